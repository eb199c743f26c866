"""AWS seen from every place, through the user's own configuration or one fixed endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtui.aws.automation import BotoAutomation
from smtui.aws.connection import Connection
from smtui.aws.faults import fault_of
from smtui.aws.gateway import BotoAws
from smtui.aws.pace import Paces
from smtui.aws.sessions import FixedAccess, SessionMaker
from smtui.domain.fault import AwsCallFailed
from smtui.domain.place import Place

if TYPE_CHECKING:
    from smtui.aws.evidence import BotoEvidence

_DEFAULT_PARTITION = "aws"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class BotoPlaces:
    """Implements `engine.ports.AwsPlaces`. Making one imports no botocore, reads no file and calls nothing."""

    def __init__(
        self,
        fixed: FixedAccess | None = None,
        paces: Paces | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._maker = SessionMaker(fixed)
        self._paces = paces or Paces()
        self._now = now
        self._lock = threading.Lock()
        self._connections: dict[Place, Connection] = {}
        self._known: dict[Place, BotoAws] = {}

    @classmethod
    def fixed(cls, endpoint_url: str, access_key_id: str, secret_access_key: str, region: str) -> BotoPlaces:
        """Every service at one endpoint with these keys; the user's profiles, files and proxies play no part."""
        return cls(FixedAccess(endpoint_url, access_key_id, secret_access_key, region))

    def at(self, place: Place) -> BotoAws:
        """The same `Aws` for the same place, each time."""
        with self._lock:
            if place not in self._known:
                self._known[place] = BotoAws(place, self._connection(place), self._paces, self._now)
            return self._known[place]

    def automation_at(self, place: Place) -> BotoAutomation:
        """Automations through the same session as all else of the place."""
        aws = self.at(place)
        with self._lock:
            return BotoAutomation(self._connection(place), aws.endpoint_is_aws)

    def evidence_at(self, place: Place) -> BotoEvidence:
        """Proof for troubleshooting, through the same session as all else of the place."""
        from smtui.aws.evidence import BotoEvidence

        with self._lock:
            return BotoEvidence(self._connection(place), self._now)

    def profiles(self) -> list[str]:
        """The configured profiles, in the order of the files; raises `AwsCallFailed` for files that cannot be read."""
        try:
            return list(self._maker.make(Place()).available_profiles)
        except Exception as error:
            raise AwsCallFailed(fault_of(error, "", self._now())) from error

    def regions(self, place: Place) -> list[str]:
        """The Regions to choose from, sorted: the account's own, or those botocore knows where AWS cannot be asked."""
        try:
            return self.at(place).region_names()
        except AwsCallFailed:
            return self._regions_by_botocore(place)

    def _connection(self, place: Place) -> Connection:
        """One for each place; the lock is held."""
        if place not in self._connections:
            self._connections[place] = Connection(place, self._maker, self._now)
        return self._connections[place]

    def _regions_by_botocore(self, place: Place) -> list[str]:
        from botocore.exceptions import BotoCoreError

        session = self._maker.make(place)
        try:
            region = place.region or session.get_config_variable("region")
            partition = session.get_partition_for_region(region) if region else _DEFAULT_PARTITION
        except BotoCoreError:
            partition = _DEFAULT_PARTITION
        return sorted(session.get_available_regions("ssm", partition_name=partition))
