"""How the screens look. After a change that is meant, look at each picture, then run with --snapshot-update."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.forward import Destination
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Place
from smtui.domain.plugin import PluginGrade
from smtui.domain.preset import Preset
from smtui.domain.tunnel import Leftover, TunnelState
from smtui.engine.launcher import Setup
from smtui.engine.presets import PresetsInMemory
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW, FakeAws, FakeRunning, fault
from tests.tui.examinations import Script
from tests.tui.troubleshooting import broken
from tests.tui.tunnels import view
from tests.tui.world import READ_AT, GradedPlugins, World, looked_at, node_id, settled

SIZES = [(80, 24), (140, 45)]
SnapCompare = Callable[..., bool]


@dataclass(frozen=True)
class Scene:
    """A world, and the keys that lead to the picture."""

    world: Callable[[], World]
    keys: tuple[str, ...] = ()
    theme: str = ""


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


def nasty() -> World:
    names = ["[red]x[/]", "[/]", "\x1b[31mred", "a\x07bell", "two\nlines", "\u202eright-to-left", "w" * 400, "漢字漢字"]
    machines = [
        ec2_facts(node_id(n), name=name, seen_at=READ_AT, tags={name: name, "env": "prod"})
        for n, name in enumerate(names)
    ]
    managed = [ssm_facts(node_id(n), seen_at=READ_AT, platform_name=name) for n, name in enumerate(names)]
    return World(aws=FakeAws([managed], [machines]))


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


def two_places() -> World:
    return World(places=(Place("ops", "eu-west-1"), Place("dev", "eu-west-1")))


def demo() -> World:
    return World(launcher_arguments={"setup": Setup(demo=True)})


def tunnelling() -> World:
    """A tunnel in each state."""
    world = World()
    for tunnel in (
        view(
            "t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW - timedelta(minutes=12),
            connections_now=3, connections_total=41, bytes_in=4_400_000, bytes_out=20_000,
            command=("psql", "-h", "127.0.0.1", "-p", "15432"),
        ),
        view(
            "t2", "80", "web-1", 8080, TunnelState.RECONNECTING, NOW - timedelta(seconds=40),
            attempt=3, next_try_at=NOW + timedelta(seconds=4), last_word="channel closed",
        ),
        view(
            "t3", "3389", "win-10", 13389, TunnelState.FAILED, NOW - timedelta(minutes=2),
            last_word="win-10's agent is too old for port forwarding.",
        ),
        view("t4", "22", "web-2", 10022, TunnelState.STARTING, NOW, last_word="Starting a session."),
        view(
            "t5", "443", "web-2", 8443, TunnelState.CLOSED, NOW - timedelta(minutes=6),
            last_word="Stopped.", connections_total=7,
        ),
    ):  # fmt: skip
        world.tunnels.known[tunnel.tunnel_id] = tunnel
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


def left_over() -> World:
    world = World()
    began, place = NOW - timedelta(hours=3), Place("ops", "eu-west-1")
    world.tunnels.left = (
        Leftover("ops-0a", "db.internal:5432 through bastion-1", place, began, 4711, True, "a"),
        Leftover("ops-0b", "web-1", place, began, 4712, False, "b"),
    )
    return world


TO_WEB_LOST = ("/", *"web-lost", "enter")

SCENES = {
    "list": Scene(World),
    "demo": Scene(demo),
    "details": Scene(World, (*TO_WEB_LOST, "i")),
    "help": Scene(World, ("?",)),
    "palette": Scene(World, (":",)),
    "palette-search": Scene(World, (":", *"copy")),
    "filter": Scene(World, ("/", *"web-")),
    "filter-kept": Scene(World, ("/", *"web-", "enter")),
    "filter-none": Scene(World, ("/", *"zzz")),
    "sorted-by-name": Scene(World, ("o",)),
    "not-ready": Scene(World, (*TO_WEB_LOST, "enter")),
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
    "two-places": Scene(two_places),
    "copied": Scene(World, ("c",)),
    "forward": Scene(own_presets, ("f",)),
    "forward-new": Scene(World, ("f", "G", "enter", *"db.internal", "enter", *"65536")),
    "document": Scene(World, ("d", *"tail", "enter", *"/etc/passwd")),
    "documents": Scene(World, ("/", *"web-old", "enter", "d", *"start")),
    "tunnels": Scene(tunnelling, ("2",)),
    "no-tunnels": Scene(World, ("2",)),
    "tunnel-log": Scene(tunnelling, ("2", "l")),
    "tunnel-command": Scene(tunnelling, ("2", "o")),
    "stop": Scene(tunnelling, ("2", "x")),
    "presets": Scene(own_presets, ("4",)),
    "preset-form": Scene(own_presets, ("4", "enter")),
    "quit": Scene(tunnelling, ("q",)),
    "left-overs": Scene(left_over),
}


def leading_to(scene: Scene, world: World) -> Callable[[Pilot[Any]], Awaitable[None]]:
    async def lead(pilot: Pilot[Any]) -> None:
        if scene.theme:
            pilot.app.theme = scene.theme
        await looked_at(pilot, world)
        await pilot.press(*scene.keys)
        await settled(pilot)
        await asyncio.sleep(0.3)  # the palette gathers what it shows in a task of its own
        await pilot.pause()

    return lead


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
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
