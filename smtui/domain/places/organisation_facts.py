"""Describes nodes as an organisation's list has them: collected some time ago, in accounts one may not reach.

Source: ListNodes and Node in the Systems Manager API reference. The list holds no tags and no ping status.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import age

if TYPE_CHECKING:
    from smtui.domain.place import Place

_CLOUDS = {
    "AWS::EC2::Instance": "EC2 instance",
    "AWS::IoT::Thing": "IoT thing",
    "AWS::SSM::ManagedInstance": "hybrid node",
    "Microsoft.Compute/virtualMachines": "Azure virtual machine",
    "compute.googleapis.com/Instance": "Google Cloud instance",
}

WayIn = Callable[[str, str], "Place | None"]
"""The place through which one reaches an account (twelve digits) and Region; None if no profile leads there."""


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """One entry of ListNodes."""

    node_id: str
    account: str
    region: str
    captured_at: datetime | None
    """When the data was collected, by AWS's clock; None if AWS does not say."""
    name: str = ""
    computer_name: str = ""
    unit: str = ""
    """The path of its organizational unit; empty if there is none."""
    instance_status: str = ""
    """AWS's own word at that time, such as `Active`."""
    is_managed: bool | None = None
    """None if AWS does not say."""
    agent_version: str = ""
    platform: str = ""
    address: str = ""
    zone: str = ""
    source_type: str = ""
    source_location: str = ""
    """Where in another cloud it runs."""

    @property
    def cloud(self) -> str:
        """Return `Azure virtual machine in westeurope`; AWS's own word for what is not known here."""
        return cloud_words(self.source_type, self.source_location)

    def sentence(self, now: datetime) -> str:
        """Return what the list proves: that it was so at that time."""
        when = f"{age(self.captured_at, now)} ago" if self.captured_at is not None else "at a time it does not say"
        what = {True: "as managed", False: "as not managed", None: ""}[self.is_managed]
        return f"The organisation's list had it {what}".rstrip() + f" {when}; its account has not been asked since."


def cloud_words(source_type: str, source_location: str = "") -> str:
    """Return what kind of machine it is, and where in another cloud; empty if neither is known."""
    kind = _CLOUDS.get(source_type, source_type)
    return f"{kind} in {source_location}" if source_location and kind else kind or source_location
