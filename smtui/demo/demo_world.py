"""Offers the demo's Region as `engine.protocols.AwsPlaces`, with its presets and a journal that records nothing."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoAws, BotoPlaces
from smtui.demo.demo_config import DemoConfig, config_home
from smtui.demo.region_process import FAULTS_VARIABLE, DemoRegionChild
from smtui.domain.forward import Destination
from smtui.domain.orphaned_session import OrphanedSession, Remains, UnansweredStart
from smtui.domain.preset import Preset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtui.aws.actions.command_adapter import CommandAdapter
    from smtui.aws.actions.instance_connect_adapter import InstanceConnectAdapter
    from smtui.aws.actions.power_adapter import PowerAdapter
    from smtui.aws.automation_adapter import AutomationAdapter
    from smtui.aws.identities.boto_identities import BotoIdentities
    from smtui.aws.identities.mfa_sessions import CodeSource, RoleSessions
    from smtui.aws.places import BotoEvidence
    from smtui.aws.records.records_places import BotoRecords
    from smtui.domain.place import Caller, Place
    from smtui.domain.request import SessionRequest, StartedSession
    from smtui.ssh.ssh_command import SshSurroundings

DEMO_PRESETS: tuple[Preset, ...] = (
    Preset(
        "Demo web",
        Destination(80),
        target="web-1",
        note="a page of the demo's web server",
        command=("curl", "-i", "http://{local_host}:{local_port}/"),
    ),
    Preset(
        "Demo database",
        Destination(5432, "db.internal"),
        target="bastion-1",
        note="reachable only through bastion-1",
        command=("psql", "-h", "{local_host}", "-p", "{local_port}"),
    ),
)
"""They name no local port, so that two demos can run at the same time."""
_MINUTE = re.compile(r"(?:\A|;)\s*minute=([0-9]+(?:\.[0-9]+)?)\s*(?:;|\Z)")


def minute_of(environment: Mapping[str, str]) -> float:
    """The seconds in a minute of a session's limits: 60, unless the fault `minute` makes it shorter."""
    found = _MINUTE.search(environment.get(FAULTS_VARIABLE, ""))
    return float(found[1]) if found else 60.0


class DemoWorld:
    """The demo's places. `start` starts its Regions in a child process, `close` ends it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.gettempdir(), f"smtui-demo-{secrets.token_hex(8)}")
        """For the files that a user saves. Created with the first of them, removed by `close`."""
        self.config = DemoConfig(config_home())
        """The demo's own AWS configuration, which its Region makes and removes."""
        self._has_ssh = False
        """Whether there may be programs that end after ssh itself."""
        self._child: DemoRegionChild | None = None
        self._places: BotoPlaces | None = None
        self._tried = threading.Event()
        """Set once the Region has started, or will not."""
        self.codes: CodeSource | None = None
        """Whom to ask for MFA codes; None as long as nobody is there."""

    def start(self) -> None:
        """Starts the Region in a child process; blocks. Raises DemoDidNotStart."""
        try:
            self._child = child = DemoRegionChild.start(config=self.config)
            folder = self.config.folder
            access = FixedAccess(child.endpoint_url, child.access_key_id, child.secret_access_key, child.region, folder)
            self._places = BotoPlaces(access, roles=self._roles)
        finally:
            self._tried.set()

    def _roles(self) -> RoleSessions:
        from smtui.aws.identities.cli_cache import CliCache
        from smtui.aws.identities.mfa_sessions import RoleSessions

        return RoleSessions(CliCache(lambda: self.config.folder / "cli" / "cache"), lambda: self.codes)

    def identities(self) -> BotoIdentities:
        """The demo's own AWS configuration, and signing in; nothing of the user's is read."""
        from smtui.aws.identities.boto_identities import BotoIdentities

        return BotoIdentities(self.boto_places, {}, self.config.folder)

    def ssh_surroundings(self) -> SshSurroundings | None:
        """What ssh needs for the nodes; None where no sshd is installed. Blocks; raises RuntimeError before `start`."""
        from smtui.demo.demo_ssh import surroundings

        if self._child is None:
            raise RuntimeError("the demo's Region has not been started")
        self._has_ssh = True
        return surroundings(self._child, self.folder)

    def at(self, place: Place) -> BotoAws:
        """The calls for the nodes and sessions of the Region. Raises RuntimeError before `start`."""
        return self._started.at(place)

    def automation_at(self, place: Place) -> AutomationAdapter:
        """The calls for automation in the Region. Raises RuntimeError before `start`."""
        return self._started.automation_at(place)

    def power_at(self, place: Place) -> PowerAdapter:
        """The calls that start instances of the Region. Raises RuntimeError before `start`."""
        return self._started.power_at(place)

    def commands_at(self, place: Place) -> CommandAdapter:
        """The calls of Run Command in the Region. Raises RuntimeError before `start`."""
        return self._started.commands_at(place)

    def instance_connect_at(self, place: Place) -> InstanceConnectAdapter:
        """EC2 Instance Connect in the Region. Raises RuntimeError before `start`."""
        return self._started.instance_connect_at(place)

    def records_at(self, place: Place) -> BotoRecords:
        """What the Region records of sessions. Raises RuntimeError before `start`."""
        return self._started.records_at(place)

    def evidence_at(self, place: Place) -> BotoEvidence:
        """The readings of the doctor in the Region. Raises RuntimeError before `start`."""
        return self._started.evidence_at(place)

    def boto_places(self) -> BotoPlaces:
        """The calls of every place. Waits for `start`; raises RuntimeError if the Region did not start."""
        self._tried.wait()
        return self._started

    @property
    def _started(self) -> BotoPlaces:
        if self._places is None:
            raise RuntimeError("the demo's Region has not been started")
        return self._places

    def close(self) -> None:
        """Ends the Region, every shell in it, and its folder; may be called again."""
        self._tried.set()
        if self._child is not None:
            if self._has_ssh:
                from smtui.demo.demo_ssh import end_programs

                end_programs(self.folder)
            self._child.close()
            self._child = None
        shutil.rmtree(self.folder, ignore_errors=True)


class DemoJournal:
    """Records nothing: the sessions of a demo Region end with it. Implements `engine.protocols.Journal`."""

    def asked(self, request: SessionRequest, label: str, caller: Caller, endpoint: str) -> str:
        """Returns an empty id: nothing is recorded."""
        return ""

    def identified(self, start_id: str, owner: str) -> None:
        """Does nothing."""
        return

    def refused(self, start_id: str) -> None:
        """Does nothing."""
        return

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int, start_id: str = "") -> None:
        """Does nothing."""
        return

    def closed(self, session_id: str) -> None:
        """Does nothing."""
        return

    def remains(self) -> Remains:
        """Nothing remains."""
        return Remains()

    def end_plugin(self, orphan: OrphanedSession) -> None:
        """Does nothing."""
        return

    def settle(self, orphan: OrphanedSession) -> None:
        """Does nothing."""
        return

    def forget(self, start: UnansweredStart) -> None:
        """Does nothing."""
        return
