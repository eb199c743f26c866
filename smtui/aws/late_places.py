"""Imports the adapters of AWS when a place is first asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.aws.actions.command_adapter import CommandAdapter
    from smtui.aws.actions.instance_connect_adapter import InstanceConnectAdapter
    from smtui.aws.actions.power_adapter import PowerAdapter
    from smtui.aws.automation_adapter import AutomationAdapter
    from smtui.aws.identities.boto_identities import BotoIdentities
    from smtui.aws.identities.mfa_sessions import CodeSource
    from smtui.aws.places import BotoAws, BotoEvidence, BotoPlaces
    from smtui.aws.records.records_places import BotoRecords
    from smtui.domain.place import Place


class LatePlaces:
    """Makes the `BotoPlaces` in the thread that first calls AWS; making one of these imports nothing."""

    def __init__(self, make: Callable[[], BotoPlaces]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: BotoPlaces | None = None
        self.codes: CodeSource | None = None
        """Whom to ask for MFA codes; None as long as nobody is there."""

    @property
    def _places(self) -> BotoPlaces:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made

    def made(self) -> BotoPlaces:
        """The places themselves; imports botocore when it is first called."""
        return self._places

    def identities(self) -> BotoIdentities:
        """The user's AWS configuration, and signing in."""
        from smtui.aws.identities.boto_identities import BotoIdentities

        return BotoIdentities(self.made)

    def at(self, place: Place) -> BotoAws:
        """See `BotoPlaces`, here and below."""
        return self._places.at(place)

    def evidence_at(self, place: Place) -> BotoEvidence:
        """Evidence for troubleshooting."""
        return self._places.evidence_at(place)

    def automation_at(self, place: Place) -> AutomationAdapter:
        """Automations."""
        return self._places.automation_at(place)

    def power_at(self, place: Place) -> PowerAdapter:
        """Machines."""
        return self._places.power_at(place)

    def commands_at(self, place: Place) -> CommandAdapter:
        """Run Command."""
        return self._places.commands_at(place)

    def instance_connect_at(self, place: Place) -> InstanceConnectAdapter:
        """EC2 Instance Connect."""
        return self._places.instance_connect_at(place)

    def records_at(self, place: Place) -> BotoRecords:
        """What AWS records of sessions."""
        return self._places.records_at(place)
