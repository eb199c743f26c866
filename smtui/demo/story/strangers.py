"""Lists nodes that only the organisation's list shows: those of an account that no profile of the demo leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import CURRENT_AGENT, Platform

FAR_ACCOUNT = "777788889999"
"""An account of the organisation without a profile."""
_AZURE = "Microsoft.Compute/virtualMachines"
_GOOGLE = "compute.googleapis.com/Instance"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A node of another cloud, or of one's own machines, in that account."""

    name: str
    address: str
    platform: Platform
    source_type: str
    location: str = ""
    region: str = "eu-west-1"
    account: str = FAR_ACCOUNT
    agent_version: str = CURRENT_AGENT

    @property
    def node_id(self) -> str:
        """Its id, as of a hybrid node."""
        return made_up_id("mi", f"{self.account}/{self.name}")


def strangers() -> Sequence[Stranger]:
    """The same ones each time."""
    return (
        Stranger("azure-web-1", "172.20.1.4", Platform.UBUNTU_24, _AZURE, "westeurope"),
        Stranger("azure-sql-1", "172.20.2.7", Platform.WINDOWS_2022, _AZURE, "westeurope"),
        Stranger("gcp-batch-1", "172.24.0.9", Platform.DEBIAN_12, _GOOGLE, "europe-west1-b"),
        Stranger("plant-gate-1", "192.168.60.5", Platform.UBUNTU_22, "AWS::SSM::ManagedInstance"),
    )
