"""A session that is stuck, in whatever way, is left with `~.`, and is ended then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_aws_cli import with_plugin
from tests.end_to_end.test_connect import ID, assert_sane, wrapped
from tests.end_to_end.test_screen import cursor_line
from tests.waiting import wait_until

CONNECT = f"{SMTUI} connect {ID}"
PROMPT = "~]$"
HANGING_RESUME = {"hang": ["ssm:ResumeSession"], "drop_now": True}
HANGING_KEY = {"switch": ["preferences"], "hang": ["kms:GenerateDataKey"]}


def falls_mute(world: World, terminal: Terminal) -> None:
    terminal.wait_for(PROMPT)
    world.region.faults.apply({"mute": True})
    terminal.press("ls\r")


def loses_its_connection(world: World, terminal: Terminal) -> None:
    terminal.wait_for(PROMPT)
    world.region.faults.apply(HANGING_RESUME)
    wait_until(lambda: world.region.faults.calls("ssm:ResumeSession") == 1)


def waits_for_its_key(world: World, terminal: Terminal) -> None:
    wait_until(lambda: world.region.faults.calls("kms:GenerateDataKey") == 1)


def takes_nothing_more(world: World, terminal: Terminal) -> None:
    """More is typed than the window, the pipes and the terminals hold."""
    falls_mute(world, terminal)
    for _ in range(2000):
        terminal.press("x" * 1000)
    terminal.press("\r")


STUCK: Mapping[Callable[[World, Terminal], None], Mapping[str, Any]] = {
    falls_mute: {},
    loses_its_connection: {},
    waits_for_its_key: HANGING_KEY,
    takes_nothing_more: {},
}


def assert_ended(world: World) -> None:
    wait_until(lambda: world.active_sessions() == [])
    wait_until(lambda: world.plugins() == [])
    assert world.region.faults.calls("ssm:TerminateSession") == 1


@pytest.mark.parametrize("stuck", STUCK)
def test_connect(world: World, stuck: Callable[[World, Terminal], None]) -> None:
    world.region.faults.apply(STUCK[stuck])
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        stuck(world, terminal)
        terminal.press("~.")
        terminal.wait_for("status=130", patience=5)
        terminal.wait_for_end()
        assert_sane(terminal)
    assert_ended(world)


@pytest.mark.parametrize("stuck", STUCK)
def test_the_screen(world: World, stuck: Callable[[World, Terminal], None]) -> None:
    world.region.faults.apply(STUCK[stuck])
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        terminal.press("\r")
        stuck(world, terminal)
        terminal.press("~.")
        terminal.wait_for(lambda _: "web-1" in cursor_line(terminal), patience=5)
        assert_ended(world)
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)


@pytest.mark.parametrize("stuck", STUCK)
def test_our_plugin_under_the_aws_cli(world: World, stuck: Callable[[World, Terminal], None]) -> None:
    world.region.faults.apply(STUCK[stuck])
    environment = with_plugin(world, PLUGIN)
    with Terminal(wrapped(f"{AWS_CLI} ssm start-session --target {ID}"), environment) as terminal:
        stuck(world, terminal)
        terminal.press("~.")
        terminal.wait_for("status=0", patience=10)
        terminal.wait_for_end()
        assert_sane(terminal)
    assert_ended(world)


def test_an_ssh_inside_gets_its_own(world: World) -> None:
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        terminal.wait_for(PROMPT)
        terminal.press("echo rea''dy; read -r a; echo \"got <$a>\"\r")
        terminal.wait_for("ready")
        terminal.press("~~.\r")
        terminal.wait_for("got <~.>")
        terminal.press("~?")
        terminal.wait_for("~.  end the session")
        terminal.press("exit\r")
        terminal.wait_for("status=0")


def test_a_session_that_falls_mute_says_so_and_how_to_leave(world: World) -> None:
    world.region.faults.apply({"mute_after_bytes": 1})
    with Terminal(wrapped(CONNECT), world.environment) as terminal:
        terminal.wait_for("web-1")
        terminal.press("ls\r")
        terminal.wait_for("~. ends the session", patience=30)
        terminal.press("~.")
        terminal.wait_for("status=130", patience=5)
        terminal.wait_for_end()
        assert_sane(terminal)
    assert_ended(world)
