"""Makes launchers over fakes: each part that a test does not name is one that lives in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from smtui.diagnosis.diagnosis_report import ReportNotSaved
from smtui.domain.fault import AwsCallFailed
from smtui.engine.automation_runs import Automations
from smtui.engine.document_library import DocumentLibrary
from smtui.engine.fleet import Fleet
from smtui.engine.instance_connect import InstanceConnect
from smtui.engine.launcher import Launcher
from smtui.engine.launcher_parts import Parts, Setup
from smtui.engine.notices import Notices
from smtui.engine.offloop import OffLoop
from smtui.engine.preset_book import Presets, PresetsInMemory
from smtui.engine.ssh_access import SshAccess
from smtui.places.place_book import PlaceBook
from smtui.plugin.plugin_host import PluginHost
from smtui.recording.recordings import Recordings
from smtui.runs.run_maker import RunMaker
from smtui.ssh.ssh_login import SshLogin
from smtui.store.filter_file import FiltersInMemory
from smtui.store.place_memory_file import PlacesInMemory
from smtui.tunnels.supervisor import Tunnels
from tests.diagnosis.build import healthy
from tests.engine.evidence_fakes import FakeEvidence, FakeEvidencePlaces
from tests.engine.fakes import FakeAws, fault
from tests.engine.plugin_care.care_fakes import plugin_care
from tests.places.place_fakes import NoIdentities
from tests.tunnels.tunnel_fakes import FakeForwardPlugins, FakeJournal


class NoReports:
    """A store that is out of order."""

    def save(self, name: str, parts: Iterable[str]) -> str:
        raise ReportNotSaved("Reports cannot be saved here.")


class LoginsInMemory:
    """What `store` keeps in a file."""

    def __init__(self, **logins: SshLogin) -> None:
        self.logins = logins

    def login(self, node_id: str) -> SshLogin:
        return self.logins.get(node_id, SshLogin())

    def remember(self, node_id: str, login: SshLogin) -> None:
        self.logins[node_id] = login


class NoAutomations:
    """An AWS without automations: whatever asks it for one is wrong."""

    def automation_at(self, place: object) -> Any:
        raise AssertionError("no test asked for automations here")


class NoPower:
    """An AWS whose machines nobody starts: whatever asks for them is wrong."""

    def power_at(self, place: object) -> Any:
        raise AssertionError("no test starts machines here")


class NoRecords:
    """An AWS whose approval policies may not be seen; whatever else is recorded nobody asks for."""

    def records_at(self, place: object) -> Any:
        return self

    @property
    def access(self) -> Any:
        return self

    def policies(self) -> Any:
        raise AwsCallFailed(fault("ssm:ListDocuments"))


class NoCommands:
    """An AWS without Run Command: whatever asks it for one is wrong."""

    def commands_at(self, place: object) -> Any:
        raise AssertionError("no test asked for Run Command here")


class NoInstanceConnect:
    """An AWS whose EC2 knows no instance, so that no endpoint leads to any."""

    def instance_connect_at(self, place: object) -> Any:
        return self

    def connect_target(self, node_id: str) -> None:
        return None


async def no_tunnel(*_: object) -> Any:
    raise AssertionError("no test asked for a tunnel here")


async def nothing_to_prepare() -> None:
    return


def launcher_over(fleet: Fleet, plugins: PluginHost, off_loop: OffLoop | None = None, **parts: Any) -> Launcher:
    """`parts` are those of `Parts`, ready made, and those of `Launcher`, by their names."""
    off_loop = off_loop or OffLoop()
    journal = parts["tunnels"].journal if "tunnels" in parts else FakeJournal()
    given: dict[str, Any] = {
        "setup": Setup(),
        "prepare": nothing_to_prepare,
        "notices": Notices(),
        "journal": journal,
        "documents": DocumentLibrary(off_loop, fleet.aws_places),
        "presets": Presets(off_loop, PresetsInMemory()),
        "tunnels": Tunnels(fleet.aws, fleet.node_at, FakeForwardPlugins(), journal, read_only=False),
        "automations": Automations(NoAutomations(), off_loop, read_only=False),
        "instance_connect": InstanceConnect(NoInstanceConnect(), no_tunnel, off_loop, read_only=False),
        "evidence": FakeEvidencePlaces(FakeEvidence(healthy())),
        "power": NoPower(),
        "plugin_care": plugin_care(FakeAws([], []), fleet.clock),
        "records": NoRecords(),
        "recordings": Recordings({}, lambda: datetime.now(UTC), lambda: True),
        "reports": NoReports(),
        "runs": lambda open_session, documents: RunMaker(
            open_session, documents.document, NoCommands(), off_loop, read_only=False
        ),
        "ssh": SshAccess(off_loop, LoginsInMemory()),
        "place_book": PlaceBook(NoIdentities(), PlacesInMemory(), off_loop, filters=FiltersInMemory(), read_only=False),
    } | parts
    launcher = Launcher(
        fleet,
        off_loop,
        Parts(
            plugins=lambda: plugins,
            plugin_care=lambda _: given["plugin_care"],
            journal=lambda: given["journal"],
            documents=lambda: given["documents"],
            presets=lambda: given["presets"],
            tunnels=lambda _plugins, _journal: given["tunnels"],
            automations=lambda: given["automations"],
            instance_connect=lambda: given["instance_connect"],
            runs=given["runs"],
            evidence=lambda: given["evidence"],
            power=lambda: given["power"],
            records=lambda: given["records"],
            recordings=lambda: given["recordings"],
            reports=lambda: given["reports"],
            ssh=lambda: given["ssh"],
            place_book=lambda: given["place_book"],
            import_soon=lambda: None,
        ),
        given["notices"],
        setup=given["setup"],
        prepare=given["prepare"],
    )
    if "tunnels" in parts:
        assert launcher.tunnels is parts["tunnels"]
    return launcher
