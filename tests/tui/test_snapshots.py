"""How the screens look. After a change that is meant, look at each picture, then run with --snapshot-update."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.diagnosis.runbook import FINAL_STEP, AutomationExecution, AutomationStep, FinalLine, LineMark
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.forward import Destination
from smtui.domain.node import PingStatus
from smtui.domain.orphaned_session import ActiveSession, OrphanedSession
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Place
from smtui.domain.plugin_facts import plugin_words
from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.preset import Preset, PresetList
from smtui.domain.records.access_request import AccessAnswer, AccessStatus
from smtui.engine.automation_runs import Automations
from smtui.engine.launcher_parts import Setup
from smtui.engine.offloop import OffLoop
from smtui.engine.preset_book import PresetsInMemory
from smtui.tui.sessions.rules_sheets import DifferenceQuestion
from smtui.tunnels.tunnel import TunnelState
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW, FakeAws, FakeRunning, fault
from tests.engine.plugin_care.care_fakes import OLD as OLD_PLUGIN
from tests.engine.plugin_care.care_fakes import SOME
from tests.engine.test_automation_runs import FAST, FakeAutomation
from tests.engine.test_instance_connect import ConnectAws, over
from tests.sessions.access_fakes import PENDING
from tests.tui.documents.story import story_documents
from tests.tui.driving import at
from tests.tui.looking import screen_text
from tests.tui.places.place_world import Everywhere, Placed
from tests.tui.plugin.plugin_world import Plugins
from tests.tui.run.carried import Carried, world_of
from tests.tui.sessions.access_world import GRANTED, AccessStory, AccessWorld
from tests.tui.sessions.account import Account
from tests.tui.sessions.rules_world import Ruled
from tests.tui.sessions.test_rules_screen import form_with, rules_opened
from tests.tui.sessions.test_session_panes import story as log_story
from tests.tui.sessions.test_session_panes import trail
from tests.tui.settings.settings_world import settings_world
from tests.tui.sign_in.place_scenes import PLACE_SCENES
from tests.tui.transfer.transfer_worlds import copy_failed, copying
from tests.tui.troubleshoot.fake_examinations import Script
from tests.tui.troubleshoot.opening import broken
from tests.tui.tunnels.fake_jobs import FakeTransfer, failed_transfer, fake_wait
from tests.tui.tunnels.views import view
from tests.tui.wait.fake_power import FakePower
from tests.tui.world import READ_AT, GradedPlugins, World, looked_at, node_id, palette_filled, settled
from tests.waiting import until

SMALL, NARROW, WIDE = (60, 20), (80, 24), (140, 45)
VAST = [(200, 50), (300, 60)]
DRAWN_VAST = ("demo", "details-open", "troubleshoot")
"""Scenes whose layout still changes beyond 140 columns."""
OPEN_BY_THEMSELVES = "details-open"
"""The scene of details that nobody opened: there are none on smaller screens."""
SIZES = [NARROW, WIDE]
SnapCompare = Callable[..., bool]


@dataclass(frozen=True)
class Scene:
    """A world, and the keys that lead to the picture."""

    world: Callable[[], World]
    keys: tuple[str, ...] = ()
    theme: str = ""
    wide: tuple[int, int] = WIDE
    """The largest of its sizes, in cells."""
    until: str = ""
    """Words that are awaited before the picture is taken."""


def ec2_denied() -> World:
    world = World()
    world.aws.failing["ec2:DescribeInstances"] = fault("ec2:DescribeInstances")
    return world


def ssm_denied() -> World:
    world = World()
    world.aws.managed = []
    world.aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation")
    return world


def both_denied() -> World:
    world = World(aws=FakeAws())
    for action in ("ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        world.aws.failing[action] = fault(action)
    return world


def expired() -> World:
    world = World(aws=FakeAws())
    for action in ("sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        world.aws.failing[action] = fault(action, FaultKind.EXPIRED_CREDENTIALS, "ExpiredTokenException")
    return world


def no_credentials() -> World:
    world = World(aws=FakeAws())
    none = replace(fault("", FaultKind.NO_CREDENTIALS), sign_in=("aws", "configure", "sso"))
    for action in ("sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        world.aws.failing[action] = none
    return world


def nasty() -> World:
    names = ["[red]x[/]", "[/]", "\x1b[31mred", "a\x07bell", "two\nlines", "\u202eright-to-left", "w" * 400, "漢字漢字"]
    machines = [
        ec2_facts(node_id(n), name=name, seen_at=READ_AT, tags={name: name, "env": "prod"})
        for n, name in enumerate(names)
    ]
    managed = [ssm_facts(node_id(n), seen_at=READ_AT, platform_name=name) for n, name in enumerate(names)]
    return World(aws=FakeAws([managed], [machines]))


def sessions_denied() -> World:
    return Account(failing={"ssm:DescribeSessions": fault("ssm:DescribeSessions")})


def not_connected() -> World:
    world = World(script=broken())
    world.aws.failing["ssm:StartSession"] = Fault(
        FaultKind.TARGET_NOT_CONNECTED,
        "ssm:StartSession",
        "TargetNotConnected",
        f"{node_id(21)} is not connected.",
        NOW,
        "7f3a1b2c-1111-2222",
    )
    return world


def crashing_plugin() -> World:
    tail = "\n".join(["SessionId: ops-0a1b", "panic: runtime error: index out of range [3]", "goroutine 1 [running]:"])
    run = PluginRun(
        exit_status=2, spoke=True, duration=4, tail=tail, words=PluginWords(PluginWord.PANIC, "index out of range [3]")
    )
    return World(plugins=GradedPlugins(FakeRunning(run)), script=Script())


def checking() -> Script:
    """The cause is not found yet."""
    return broken(hanging={"path.route"})


def not_started(kind: FaultKind, code: str, message: str) -> World:
    world = World(script=checking())
    world.aws.failing["ssm:StartSession"] = Fault(kind, "ssm:StartSession", code, message, NOW, "7f3a1b2c-1111-2222")
    return world


def denied_start() -> World:
    message = "User: arn:aws:iam::111122223333:user/ops is not authorized to perform: ssm:StartSession on resource: *"
    return not_started(FaultKind.DENIED, "AccessDeniedException", message)


def expired_start() -> World:
    return not_started(FaultKind.EXPIRED_CREDENTIALS, "ExpiredTokenException", "The security token is expired")


def blank_screen() -> World:
    run = PluginRun(
        exit_status=0, spoke=False, duration=95, tail="Starting session", words=PluginWords(PluginWord.BANNER)
    )
    return World(plugins=GradedPlugins(FakeRunning(run)), script=checking())


def idle() -> World:
    words = PluginWords(PluginWord.CLOSED, "Session timed out due to inactivity")
    run = PluginRun(exit_status=0, spoke=True, duration=1260, tail=words.text, words=words)
    return World(plugins=GradedPlugins(FakeRunning(run)), script=Script())


def bad_plugin() -> World:
    return World(plugins=GradedPlugins(grade=PluginGrade.CANNOT_HIDE_TOKEN, version="1.2.331.0"), script=checking())


def with_endpoint() -> World:
    return World(launcher_arguments={"instance_connect": over(ConnectAws())})


def two_places() -> World:
    return World(places=(Place("ops", "eu-west-1"), Place("dev", "eu-west-1")))


def shown_off() -> World:
    """The demo with a node of every kind, for pictures of the list."""
    managed, machines = [], []
    for number, (name, system, version, agent, ping) in enumerate(SHOWN_OFF, 1):
        machine = ec2_facts(
            node_id(number), name=name, seen_at=READ_AT, private_ip=f"10.0.{number % 3}.{number + 10}",
            state="stopped" if ping is None and agent else "running", instance_type="t3.small", zone="eu-west-1a",
            vpc_id="vpc-0a1b2c3d", subnet_id="subnet-0b1c2d3e", image_id="ami-0abc1234", platform_details=system,
            launched_at=NOW - timedelta(days=number), tags={"Name": name, "env": "prod", "team": "shop"},
        )  # fmt: skip
        machines.append(machine)
        if agent and ping is not None:
            status = PingStatus.ONLINE if ping < 600 else PingStatus.CONNECTION_LOST
            facts = ssm_facts(
                node_id(number), seen_at=READ_AT, ping_status=status, last_ping=NOW - timedelta(seconds=ping),
                agent_version=agent, platform_type="Windows" if "Windows" in system else "Linux",
                platform_name=system, platform_version=version,
            )  # fmt: skip
            managed.append(facts)
    unconnected = {node_id(at) for at, row in enumerate(SHOWN_OFF, 1) if "-lost" in row[0] or "-silent" in row[0]}
    aws = FakeAws([managed], [machines], unconnected=unconnected, documents=story_documents())
    return World(aws=aws, launcher_arguments={"setup": Setup(demo=True)})


LINUX, UBUNTU, SERVER = ("Amazon Linux", "2023"), ("Ubuntu", "22.04"), ("Microsoft Windows Server 2022", "10.0.20348")
NEW, OLD, NO_AGENT = "3.3.987.0", "2.3.701.0", ""
SHOWN_OFF: tuple[tuple[str, str, str, str, float | None], ...] = (
    *((f"web-{number}", *LINUX, NEW, number * 3.0) for number in range(1, 6)),
    *((f"api-{number}", *UBUNTU, NEW, number * 5.0) for number in range(1, 5)),
    *((f"worker-{number}", *LINUX, "3.2.582.0", number * 7.0) for number in range(1, 5)),
    ("bastion-1", *LINUX, NEW, 2.0),
    ("reports-1", *SERVER, NEW, 21.0),
    ("reports-2", *SERVER, "3.1.1374.0", 44.0),
    ("billing-old", "Ubuntu", "18.04", OLD, 32.0),
    ("ldap-old", "Ubuntu", "18.04", OLD, 51.0),
    ("worker-lost-1", *UBUNTU, NEW, 12.0),
    ("worker-lost-2", *UBUNTU, NEW, 40.0),
    ("cache-silent", *LINUX, NEW, 7200.0),
    ("build-1", *LINUX, NEW, None),
    ("build-2", *LINUX, NEW, None),
    ("import-1", "Linux/UNIX", "", NO_AGENT, None),
    ("import-2", "Linux/UNIX", "", NO_AGENT, None),
)
"""Name, system, its version, agent and the age of the last ping in seconds; no ping: stopped, or unmanaged."""


class Runbook(FakeAutomation):
    """AWS's automation, done at the first look."""

    def automation(self, execution_id: str) -> AutomationExecution:
        names = ("GetPingStatus", "DescribeInstance", "CheckVpcEndpoints", "CheckRouteTable", FINAL_STEP)
        lines = (
            FinalLine(LineMark.HEADING, "1. Checks the VPC endpoints of Systems Manager:"),
            FinalLine(LineMark.INFO, "The VPC has no endpoint of Systems Manager."),
            FinalLine(LineMark.HEADING, "2. Checks the route table of the instance's subnet:"),
            FinalLine(LineMark.WARNING, "No route found for 0.0.0.0/0."),
            FinalLine(LineMark.HEADING, "3. Checks the instance profile and its permissions:"),
            FinalLine(LineMark.OK, "The instance profile has the permissions that it needs."),
        )
        return AutomationExecution(execution_id, "Success", tuple(AutomationStep(n, "Success") for n in names), lines)


def automated() -> World:
    automations = Automations(Runbook(), OffLoop(2), looking=FAST)
    return World(script=broken(), launcher_arguments={"automations": automations})


def tunnelling() -> World:
    """A tunnel in each state."""
    world = World()
    for tunnel in (
        view(
            "t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW - timedelta(minutes=12),
            connections_now=3, connections_total=41, bytes_in=4_400_000, bytes_out=20_000,
            command=("psql", "-h", "127.0.0.1", "-p", "15432"), preset="Orders DB", session_id="maria-0f3c1b2a",
        ),
        view(
            "t2", "80", "web-1", 8080, TunnelState.RECONNECTING, NOW - timedelta(seconds=40),
            attempt=3, next_try_at=NOW + timedelta(seconds=4), last_word="channel closed",
        ),
        view(
            "t3", "3389", "win-10", 13389, TunnelState.FAILED, NOW - timedelta(minutes=2),
            last_word="win-10's agent is too old for port forwarding.", topic="agent-too-old",
        ),
        view(
            "t6", "db.internal:3306", "bastion-1", 13306, TunnelState.OPEN, NOW - timedelta(minutes=2),
            connections_now=1, connections_total=4,
            refusal="bastion-1 could not connect to db.internal:3306: nothing listens there, or it is out of reach.",
        ),
        view("t4", "22", "web-2", 10022, TunnelState.STARTING, NOW, last_word="Starting a session."),
        view(
            "t5", "443", "web-2", 8443, TunnelState.CLOSED, NOW - timedelta(minutes=6),
            last_word="Stopped.", connections_total=7,
        ),
    ):  # fmt: skip
        world.tunnels.known[tunnel.tunnel_id] = tunnel
    return world


def asking() -> World:
    return AccessWorld(AccessStory([PENDING]))


def granting() -> World:
    return AccessWorld(AccessStory([GRANTED]))


def rejecting() -> World:
    return AccessWorld(AccessStory([AccessAnswer(AccessStatus.REJECTED)]))


def working() -> World:
    """Tunnels, and jobs of which one has failed."""
    world = tunnelling()
    world.jobs += [FakeTransfer, fake_wait, failed_transfer]
    return world


def coming_up() -> World:
    """A stopped instance that has registered as soon as it is started."""
    world = World()
    power = RunningPower(world.aws)
    world.launcher_arguments["power"] = power
    return world


class RunningPower(FakePower):
    """Machines that run at once, and whose agents have registered, but are not Online."""

    def start_instance(self, node_id: str) -> None:
        self.become(node_id, "running")
        lost = ssm_facts(
            node_id, ping_status=PingStatus.CONNECTION_LOST, last_ping=NOW - timedelta(minutes=4), seen_at=NOW
        )
        self.aws.managed = [*self.aws.managed, [lost]]
        self.aws.unconnected.add(node_id)


def never_coming() -> World:
    world = World(script=broken())
    world.launcher_arguments["power"] = FakePower(world.aws)
    world.aws.failing["ssm:GetConnectionStatus"] = fault("ssm:GetConnectionStatus", FaultKind.EXPIRED_CREDENTIALS)
    return world


def own_presets() -> World:
    return World(
        presets=PresetsInMemory(
            [
                Preset("Orders", Destination(5432, "db.internal"), "bastion-1", 15432, note="production",
                    command=("psql", "-h", "{local_host}", "-p", "{local_port}", "orders"),
                ),
                Preset("Shop", Destination(80), "tag:env=prod", pick="any"),
            ]
        )
    )  # fmt: skip


class TeamPresets:
    """A file of a team's repository."""

    def load(self) -> PresetList:
        origin = "~/src/infra/smtui.toml"
        grafana = Preset("Grafana", Destination(443, "grafana.int"), "tag:role=mon", 8443, note="dashboards",
            command=("open", "https://{local_host}:{local_port}/"), origin=origin)  # fmt: skip
        return PresetList((grafana, Preset("Shop", Destination(8080), origin=origin)))


def team_presets() -> World:
    world = own_presets()
    world.included = TeamPresets()
    return world


def left_over() -> World:
    world = World()
    began, place = NOW - timedelta(hours=3), Place("ops", "eu-west-1")
    world.tunnels.noted.left = [
        OrphanedSession("ops-0a", "db.internal:5432 through bastion-1", place, began, 4711, True, "a"),
        OrphanedSession("ops-0b", "web-1", place, began, 4712, False, "b"),
    ]
    world.aws.active_now = [ActiveSession("ops-0b", "i-0", "arn", began)]
    return world


TO_WEB_LOST = ("/", *"web-lost", "enter")

TO_ACCESS = ("/", *"web-1", "enter")
ASK = (*TO_ACCESS, "A", *"INC-4711 checkout is down")
SCENES = {
    "list": Scene(World),
    "demo": Scene(shown_off, wide=(140, 32)),
    "details": Scene(shown_off, ("/", *"worker", "enter", "i"), wide=(140, 32)),
    "help": Scene(World, ("?",), wide=(140, 32)),
    "settings": Scene(settings_world, ("comma",)),
    "setting-changed": Scene(settings_world, ("comma", "/", *"how often", "enter", "enter")),
    "palette": Scene(World, (":",)),
    "palette-search": Scene(World, (":", *"copy")),
    "filter": Scene(World, ("/", *"web-")),
    "filter-kept": Scene(shown_off, ("/", *"prod", "space", *"ready", "enter")),
    "filter-none": Scene(World, ("/", *"zzz")),
    "filter-completion": Scene(World, ("/", *"web tag:"), until="tag:env="),
    "filter-mistakes": Scene(World, ("/", *"web agent:<3.x stat:ready"), until="keys: name id"),
    "filter-save": Scene(World, ("/", *"web tag:env=prod", "ctrl+s"), until="finds the same"),
    "sorted-by-name": Scene(World, ("o",)),
    "not-ready": Scene(World, (*TO_WEB_LOST, "enter"), wide=(140, 32)),
    "failure": Scene(not_connected, ("enter",)),
    "failure-of-the-plugin": Scene(crashing_plugin, ("enter",)),
    "failure-denied": Scene(denied_start, ("enter",)),
    "failure-expired": Scene(expired_start, ("enter",)),
    "failure-plugin-too-old": Scene(bad_plugin, ("enter",)),
    "failure-blank": Scene(blank_screen, ("enter",)),
    "failure-idle": Scene(idle, ("enter",)),
    "troubleshoot": Scene(lambda: World(script=broken()), (*TO_WEB_LOST, "t")),
    "troubleshoot-running": Scene(
        lambda: World(script=broken(hanging={"node.ping", "path.route", "preferences.log_group"})), (*TO_WEB_LOST, "t")
    ),
    "troubleshoot-verdict": Scene(lambda: World(script=broken()), (*TO_WEB_LOST, "t", "g")),
    "ec2-denied": Scene(ec2_denied),
    "ssm-denied": Scene(ssm_denied),
    "both-denied": Scene(both_denied),
    "expired": Scene(expired),
    "no-nodes": Scene(lambda: World(aws=FakeAws([[]], [[]]))),
    "nasty-names": Scene(nasty, ("i",)),
    "bad-plugin": Scene(bad_plugin),
    # Tall enough for every row: which others are probed, and so how wide WHY is, depends on what was in sight.
    "two-places": Scene(two_places, wide=(140, 90)),
    "copied": Scene(World, ("c",)),
    "messages": Scene(ec2_denied, ("c", "y", "m")),
    "read-only": Scene(lambda: World(launcher_arguments={"setup": Setup(read_only=True)})),
    "filter-near": Scene(World, ("/", *"web tag:env=tset")),
    "no-credentials": Scene(no_credentials),
    "details-open": Scene(shown_off, ("/", *"worker", "enter")),
    "automation": Scene(automated, (*TO_WEB_LOST, "t", "a", "enter"), until="1 warning, no errors"),
    "forward": Scene(own_presets, ("f",), wide=(140, 32)),
    "forward-new": Scene(World, ("f", "tab", *"db.internal", "enter", *"65536")),
    "ssh": Scene(World, ("/", *"web-1", "enter", "x"), wide=(140, 32)),
    "ssh-endpoint": Scene(with_endpoint, (*TO_WEB_LOST, "x", "enter", *"push"), wide=(140, 32)),
    "document": Scene(World, ("d", *"tail", "enter", *"/etc/passwd"), wide=(140, 32)),
    "document-choice": Scene(
        World, ("d", *"startinteractive", "enter", "enter", *"ana", "enter", *"zsh", "enter", *"/srv"), wide=(140, 32)
    ),
    "documents": Scene(World, ("/", *"web-old", "enter", "d", *"start")),
    "tunnels": Scene(tunnelling, ("2",), wide=(140, 24)),
    "sessions": Scene(Account, ("3", "G", "k", "space"), until="5 active"),
    "sessions-past": Scene(Account, ("3", "h"), until="7 sessions"),
    "sessions-filter": Scene(Account, ("3", "/", *"who:ana chg-89"), until="chg-88 does"),
    "sessions-none": Scene(lambda: Account([], []), ("3",), until="No session is active."),
    "sessions-denied": Scene(sessions_denied, ("3",), until="ssm:DescribeSessions"),
    "sessions-terminate": Scene(Account, ("3", "G", "k", "x"), wide=(140, 32)),
    "sessions-terminate-many": Scene(Account, ("3", "*", "x"), wide=(140, 32)),
    "places": Scene(Placed, ("P", "j", "j", "space"), wide=(140, 32), until="2 profiles × 1 Region marked"),
    "regions": Scene(Placed, ("R", "a"), wide=(140, 32), until="1 profile × 15 Regions marked"),
    "several-places": Scene(Everywhere, ("i",), wide=(140, 32)),
    "no-tunnels": Scene(World, ("2",)),
    "tunnel-log": Scene(tunnelling, ("2", "l")),
    "tunnel-command": Scene(tunnelling, ("2", "o")),
    "stop": Scene(tunnelling, ("2", "x")),
    "presets": Scene(own_presets, ("4",), wide=(140, 24)),
    "plugin": Scene(lambda: Plugins().world, ("5",), wide=(140, 24)),
    "plugin-verified": Scene(
        lambda: Plugins(SOME, OLD_PLUGIN).world, ("5", "v"), wide=(140, 30), until="Verified session-m"
    ),
    "plugin-steps": Scene(lambda: Plugins(SOME).world, ("5", "i")),
    "plugin-log": Scene(lambda: Plugins().world, ("5", "l"), until="closed"),
    "presets-team": Scene(team_presets, ("4", "down", "down"), wide=(140, 24)),
    "preset-form": Scene(own_presets, ("4", "enter")),
    "marked": Scene(shown_off, ("/", *"web", "enter", "space", "down", "space"), wide=(140, 32)),
    "run-form": Scene(World, ("/", *"db-", "enter", "*", "!", *"nginx -t"), wide=(140, 32)),
    "run": Scene(
        lambda: world_of(Carried(plays=True)),
        ("/", *"db-", "enter", "*", "!", *"nginx -t", "ctrl+s"),
        wide=(140, 32),
        until="3 alike",
    ),
    "quit": Scene(tunnelling, ("q",), wide=(140, 24)),
    "left-overs": Scene(left_over, until="Leave them"),
    "transfer": Scene(World, ("u", *"~/build/app.tar.gz", "tab", *"/tmp/"), wide=(140, 32)),
    "transfer-progress": Scene(copying, ("2", "enter"), wide=(140, 32), until="124 of 200 MB"),
    "transfer-failed": Scene(copy_failed, ("2", "enter"), until="No room"),
    "jobs": Scene(working, ("2", "G", "k"), wide=(140, 24)),
    "ask-access": Scene(asking, (*TO_ACCESS, "A"), wide=(140, 45), until="outright"),
    "ask-access-waiting": Scene(asking, (*ASK, "enter"), wide=(140, 45), until="Waiting for ana."),
    "ask-access-approved": Scene(granting, (*ASK, "enter"), wide=(140, 45), until="Approved until"),
    "ask-access-rejected": Scene(rejecting, (*ASK, "enter"), wide=(140, 45), until="was rejected"),
    "ask-access-after-a-denied-start": Scene(asking, (*TO_ACCESS, "enter"), wide=(140, 45), until="A Ask for access"),
    "session-log": Scene(
        lambda: Account(log_story()[1], [], logs=log_story()[0]), ("3", "enter"), wide=(140, 45), until="line 399"
    ),
    "session-log-not-seen": Scene(
        lambda: Account(log_story()[1], [], logs=log_story(denies={"logs:GetLogEvents"})[0]),
        ("3", "enter"),
        wide=(140, 45),
        until="There is no object yet",
    ),
    "session-audit": Scene(
        lambda: Account(log_story()[1], [], logs=log_story()[0], trail=trail()),
        ("3", "a"),
        wide=(140, 45),
        until="EventBridge notifies nobody",
    ),
    "requests": Scene(asking, ("3", "A"), wide=(140, 45), until="INC-4790"),
    "requests-decision": Scene(asking, ("3", "A", "x"), wide=(140, 45), until="comment"),
    "rules": Scene(Ruled, ("3", "p"), wide=(140, 45), until="A shell would fail"),
    "rules-form": Scene(Ruled, ("3", "p", "e"), wide=(140, 45), until="Windows shell"),
    "rules-versions": Scene(Ruled, ("3", "p", "z"), wide=(140, 32), until="VERSION"),
    "wait": Scene(coming_up, ("/", *"web-stopped", "enter", "w", "enter"), wide=(140, 32), until="agent 3.3"),
    "wait-given-up": Scene(never_coming, (*TO_WEB_LOST, "w"), wide=(140, 32), until="Wait again"),
    "wait-question": Scene(
        coming_up, ("/", *"web-stopped", "enter", "w"), wide=(140, 32), until="You may: ec2:StartInstances"
    ),
    "quit-with-jobs": Scene(working, ("q",), wide=(140, 24)),
}


def leading_to(scene: Scene, world: World) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def lead(pilot: Pilot[Any]) -> None:
        if scene.theme:
            pilot.app.theme = scene.theme
        await looked_at(pilot, world)
        await pilot.press(*scene.keys[:-1])
        await settled(pilot)  # what the last key does depends on what is known of the node
        await pilot.press(*scene.keys[-1:])
        await settled(pilot)
        await until(lambda: scene.until in screen_text(pilot.app), lambda: screen_text(pilot.app))
        await palette_filled(pilot)

    return lead


PICTURES = [
    pytest.param(name, size, id=f"{name}-{size[0]}x{size[1]}")
    for name, scene in SCENES.items()
    for size in (
        *(() if name == OPEN_BY_THEMSELVES else (SMALL, NARROW, scene.wide)),
        *(VAST if name in DRAWN_VAST else ()),
    )
]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Messages have the time of day of this machine, and the plugins smtui's version."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        patched.setattr(plugin_words, "__version__", "0.4.0")
        yield
    time.tzset()


@pytest.mark.parametrize("size", SIZES)
def test_difference_of_preferences(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    async def lead(pilot: Pilot[Any]) -> None:
        await rules_opened(pilot)
        await form_with(pilot, idleSessionTimeout="5", runAsEnabled="yes")
        await pilot.press("ctrl+s")
        await at(pilot, DifferenceQuestion)
        await settled(pilot)

    assert snap_compare(Ruled().app(), terminal_size=size, run_before=lead)


@pytest.mark.parametrize(
    ("name", "size"),
    [*((name, NARROW) for name in PLACE_SCENES), ("browser", WIDE), ("accounts", WIDE), ("profile", SMALL)],
    ids=lambda given: given if isinstance(given, str) else f"{given[0]}x{given[1]}",
)
def test_signing_in(name: str, size: tuple[int, int], snap_compare: SnapCompare) -> None:
    scene = PLACE_SCENES[name]
    world = scene.world()

    async def lead(pilot: Pilot[Any]) -> None:
        await looked_at(pilot, world)
        await scene.lead(pilot, world)
        await settled(pilot)

    assert snap_compare(world.app(), terminal_size=size, run_before=lead)


@pytest.mark.parametrize(("name", "size"), PICTURES)
def test_scene(name: str, size: tuple[int, int], snap_compare: SnapCompare) -> None:
    scene = SCENES[name]
    world = scene.world()
    assert snap_compare(world.app(), terminal_size=size, run_before=leading_to(scene, world))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_light_theme(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    scene, world = Scene(World, (*TO_WEB_LOST, "i"), "smtui-light"), World()
    assert snap_compare(world.app(), terminal_size=size, run_before=leading_to(scene, world))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_light_troubleshooting(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    scene = Scene(lambda: World(script=broken()), ("t",), "smtui-light")
    world = scene.world()
    assert snap_compare(world.app(), terminal_size=size, run_before=leading_to(scene, world))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_light_tunnels(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    scene = Scene(tunnelling, ("2",), "smtui-light")
    world = scene.world()
    assert snap_compare(world.app(), terminal_size=size, run_before=leading_to(scene, world))


@pytest.mark.parametrize(
    "keys",
    [("i",), (":",), ("f",), ("2",), ("t",)],
    ids=["details", "palette", "forward", "tunnels", "troubleshoot"],
)
def test_without_colour(keys: tuple[str, ...], snap_compare: SnapCompare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    world = tunnelling()
    world.environ, world.script = {"NO_COLOR": "1"}, broken()
    assert snap_compare(world.app(), terminal_size=(80, 24), run_before=leading_to(Scene(World, keys), world))
