"""A small fleet with a story, the real engine over an AWS in memory, and the app on top of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from smtui.domain.node import Ec2Facts, Node, PingStatus, SsmFacts
from smtui.domain.place import Place
from smtui.domain.plugin_grade import PluginPick
from smtui.domain.version import Version
from smtui.engine.fleet import Fleet
from smtui.engine.jobs import Job
from smtui.engine.offloop import OffLoop
from smtui.engine.preset_book import Presets, PresetsInMemory
from smtui.engine.protocols import AwsPlaces, IncludedPresets, PresetStore, ReportStore
from smtui.tui.app import SmtuiApp
from smtui.tui.configured.clipboard import SystemClipboard
from smtui.tui.nodes.node_rows import Row
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.palette.palette_screen import PaletteScreen
from smtui.tui.parts.header_line import HeaderLine
from smtui.tui.parts.main_screen import MainScreen
from smtui.tui.sessions.sessions_screen import SessionsScreen
from smtui.tui.terminal.terminal_owner import TerminalOwner
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from tests.diagnosis.build import healthy
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.evidence_fakes import FakeEvidence, FakeEvidencePlaces
from tests.engine.fakes import NOW, FakeAws, FakePlaces, FakePlugins
from tests.engine.launcher_parts import NoReports, launcher_over
from tests.tui.documents.story import story_documents
from tests.tui.troubleshoot.fake_examinations import Script, ScriptedExamination
from tests.tui.tunnels.views import FakeTunnels
from tests.waiting import PATIENCE, until

WEB_1 = "i-0a1b2c3d4e5f60711"
READ_AT = NOW - timedelta(seconds=8)
"""When the list is read; the screens are looked at 8 seconds later."""


def node_id(number: int, prefix: str = "i-") -> str:
    return f"{prefix}{0x0A1B2C3D4E5F60710 + number:017x}"


def fleet_story() -> tuple[list[SsmFacts], list[Ec2Facts]]:
    """One node for each badge, and some more."""

    def ago(seconds: float) -> datetime:
        return NOW - timedelta(seconds=seconds)

    def machine(number: int, name: str, **given: Any) -> Ec2Facts:
        facts: dict[str, Any] = {
            "name": name,
            "seen_at": READ_AT,
            "instance_type": "t3.small",
            "private_ip": f"10.0.1.{number + 10}",
            "zone": "eu-west-1a",
            "vpc_id": "vpc-0a1b2c3d",
            "subnet_id": "subnet-0b1c2d3e",
            "instance_profile_arn": "arn:aws:iam::111122223333:instance-profile/managed-nodes",
            "image_id": "ami-0abc1234",
            "platform_details": "Linux/UNIX",
            "launched_at": ago(86400 * 12),
            "tags": {"Name": name, "env": "prod", "team": "shop"},
        }
        return ec2_facts(node_id(number), **{**facts, **given})

    def agent(number: int, prefix: str = "i-", **given: Any) -> SsmFacts:
        return ssm_facts(node_id(number, prefix), **{"seen_at": READ_AT, **given})

    managed = [
        agent(1, last_ping=ago(4), is_latest_agent=True, computer_name="ip-10-0-1-11.internal"),
        agent(2, last_ping=ago(11)),
        agent(3, last_ping=ago(32), agent_version="2.3.701.0", platform_name="Ubuntu", platform_version="18.04"),
        agent(4, last_ping=ago(50), agent_version="3.3.40.0", platform_name="Ubuntu", platform_version="22.04"),
        agent(7, last_ping=ago(7200), ping_status=PingStatus.CONNECTION_LOST),
        agent(8, "mi-", last_ping=ago(20), name="factory-gateway", ip_address="192.168.7.20",
            platform_name="Debian GNU/Linux", platform_version="12", iam_role="service-role/hybrid",
            activation_id="act-1",
        ),
        agent(9, last_ping=ago(44), platform_type="Windows", agent_version="3.2.582.0",
            platform_name="Microsoft Windows Server 2022 Datacenter", platform_version="10.0.20348",
        ),
    ]  # fmt: skip
    machines = [
        machine(1, "web-1"),
        machine(2, "web-2"),
        machine(3, "web-old", tags={"Name": "web-old", "env": "test"}),
        machine(4, "web-lost"),
        machine(5, "web-stopped", state="stopped"),
        machine(6, "web-new", instance_profile_arn=""),
        machine(7, "web-silent"),
        machine(9, "win-10", instance_type="m5.large", platform_details="Windows"),
        *(machine(20 + number, f"db-{number}") for number in range(1, 31)),
    ]
    managed += [agent(20 + number, last_ping=ago(number)) for number in range(1, 31)]
    return managed, machines


def story_aws() -> FakeAws:
    managed, machines = fleet_story()
    return FakeAws(
        [managed[:10], managed[10:]], [machines], unconnected={node_id(4), node_id(7)}, documents=story_documents()
    )


@dataclass
class GradedPlugins(FakePlugins):
    """Plugins that also tell a version."""

    version: str = "1.2.896.0"

    def pick(self, *, endpoint_is_aws: bool, on_pipes: bool = False) -> PluginPick:
        return replace(super().pick(endpoint_is_aws=endpoint_is_aws), version=Version.parse(self.version))


@dataclass
class FakeHandover:
    """Lends nothing, and remembers how often."""

    times: int = 0
    lent: bool = False
    refused: str = ""
    paused: list[str] = field(default_factory=list)

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        self.paused.append(sentence)

    def refusal(self) -> str:
        return self.refused

    @contextmanager
    def lend(self) -> Iterator[None]:
        self.times += 1
        self.lent = True
        yield
        self.lent = False


@dataclass
class World:
    """Everything a test may want to look at or to break."""

    aws: FakeAws = field(default_factory=story_aws)
    plugins: FakePlugins = field(default_factory=GradedPlugins)
    handover: FakeHandover = field(default_factory=FakeHandover)
    places: Sequence[Place] = (Place("ops", "eu-west-1"),)
    environ: Mapping[str, str] = field(default_factory=lambda: {"COLORTERM": "truecolor"})
    copied: list[str] = field(default_factory=list)
    launcher_arguments: dict[str, Any] = field(default_factory=dict)
    initial_filter: str = ""
    now: datetime = READ_AT
    presets: PresetStore = field(default_factory=PresetsInMemory)
    included: IncludedPresets | None = None
    tunnels: FakeTunnels = field(init=False)
    evidence: FakeEvidence = field(default_factory=lambda: FakeEvidence(healthy()))
    script: Script | None = None
    """What examinations find, instead of what follows from `evidence`."""
    reports: ReportStore = field(default_factory=NoReports)
    jobs: list[Callable[[], Job]] = field(default_factory=list)
    """What is started in the background once the app runs."""

    def __post_init__(self) -> None:
        self.tunnels = FakeTunnels(lambda: self.now)

    def seconds(self) -> float:
        """With the machine's own clock the list would be read again in the middle of a test that takes a minute."""
        return self.now.timestamp()

    def aws_places(self) -> AwsPlaces:
        """AWS in every place; a world of several places gives each its own."""
        return FakePlaces(self.aws)

    def app(self) -> SmtuiApp:
        off_loop = OffLoop()
        fleet = Fleet(self.aws_places(), self.places, off_loop, clock=lambda: self.now)
        launcher = launcher_over(
            fleet,
            self.plugins,
            off_loop,
            presets=Presets(off_loop, self.presets, self.included),
            tunnels=self.tunnels,
            evidence=FakeEvidencePlaces(self.evidence),
            reports=self.reports,
            **self.launcher_arguments,
        )

        if self.script is not None:
            launcher.examine = self.script.examine  # type: ignore[method-assign]

        def handover(_: App[Any], owner: TerminalOwner) -> FakeHandover:
            return self.handover

        return SmtuiApp(
            launcher,
            self.initial_filter,
            handover=handover,
            clipboard=SystemClipboard(off_loop, self.environ, self.copied.append),
            environ=self.environ,
            clock=self.seconds,
        )


def nodes_screen(app: App[Any]) -> NodesScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, NodesScreen)
    return screen


def used(app: App[Any]) -> list[str]:
    """The ids of the nodes that were used, the last one first."""
    return [node.node_id for node in nodes_screen(app)._launcher.place_book.filters.now.used]


def is_settled(app: App[Any]) -> bool:
    """Whether the list is read, shown and probed: nothing is left to change by itself."""
    screen = nodes_screen(app)
    fleet, rows = screen._fleet, screen._rows
    working = {"reading", "plugin", "probing", "clipboard", "list", "document", "presets", "report", "starting"}
    working |= {"sessions", "places", "regions"}
    return (
        not any(worker.is_running and worker.group in working for worker in app.workers)
        and screen._settling is None
        and not fleet.loading
        and len(rows) == len(fleet)
        and (bool(rows.view) or not len(rows) or bool(screen.filter_bar.text))
        and all(row.node is fleet.node(row.key) or row.node == fleet.node(row.key) for row in rows.view)
        and all(is_probed(fleet, row.node) for row in screen.table.visible_rows)
        and (not isinstance(app.screen, MainScreen) or is_headed(app.screen))
        and screen.filter_bar.count == screen._surroundings.count()
        and (not isinstance(app.screen, TroubleshootScreen) or is_drawn(app.screen))
        and (not isinstance(app.screen, SessionsScreen) or is_listed(app.screen))
        and is_at_rest(app.screen)
    )


def is_headed(shown: MainScreen[Any]) -> bool:
    """Whether the header says what is so now."""
    return all(header.facts == shown.header_facts() for header in shown.query(HeaderLine))


def is_listed(shown: SessionsScreen) -> bool:
    """Whether all sessions that were read are in their rows."""
    return (
        shown._read_from is not None
        and not shown._is_reading()
        and not shown._list._is_due
        and not shown._changed.is_set()
        and {row.key: row.session for row in shown._rows._rows.values()} == shown._known()
        and shown.filter_bar.count == shown._count(shown._now())
    )


def is_at_rest(screen: Screen[Any]) -> bool:
    """Whether nothing waits to be handled, laid out or drawn.

    One key can be a chain of all of these, and time alone says little of how far it is on a busy machine.
    """
    widgets: list[Widget] = [screen, *screen.walk_children(Widget)]
    waiting = any(widget.message_queue_size or widget._refresh_styles_required for widget in widgets)
    return not (waiting or screen._layout_required or screen._dirty_widgets)


def is_drawn(pane: TroubleshootScreen) -> bool:
    """Whether all that its script finds is on the pane."""
    examination: object = pane._examined._examination
    found = not isinstance(examination, ScriptedExamination) or examination.at_rest
    return found and pane._drawing is None and bool(pane._page.lines)


def is_probed(fleet: Fleet, node: Node) -> bool:
    return node.ssm is None or node.connection is not None or fleet._prober.fault(node.place) is not None


async def settled(pilot: Pilot[Any], *, patience: float = PATIENCE) -> None:
    """Wait until it stays settled for a while: one burst may wake another."""
    await pilot.pause()
    async with asyncio.timeout(patience):
        calm = 0
        while calm < 3:
            await asyncio.sleep(0.02)
            calm = calm + 1 if is_settled(pilot.app) else 0
    await pilot.pause()


async def palette_filled(pilot: Pilot[Any]) -> None:
    """Wait until the palette, if it is open, has gathered what fits what was typed."""
    if isinstance(pilot.app.screen, PaletteScreen):
        await until(lambda: not gathering(pilot.app))
        await pilot.pause()


def gathering(app: App[Any]) -> bool:
    """Whether presets or texts are still being read."""
    return any(worker.group in ("presets", "texts") and not worker.is_finished for worker in app.workers)


async def looked_at(pilot: Pilot[Any], world: World) -> None:
    """Settle, read again until all that was probed is in its place, and let the 8 seconds pass."""
    for make in world.jobs:
        nodes_screen(pilot.app)._launcher.jobs.start(make())
    await settled(pilot)
    before: list[Row] = []
    while before != (before := list(nodes_screen(pilot.app)._rows.view)):
        nodes_screen(pilot.app).action_refresh_nodes()
        await settled(pilot)
    world.now = NOW
    nodes_screen(pilot.app)._tick()
    await settled(pilot)
