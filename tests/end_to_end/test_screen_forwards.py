"""Forwards and documents from the screen, in a real terminal: bytes arrive, nothing is left behind."""

from __future__ import annotations

import re
import signal
import socket
from http.client import HTTPConnection

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.end_to_end.test_screen import at_the_list, cursor_line
from tests.waiting import wait_until


def fetched(port: int, path: str = "/") -> bytes:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def port_of(terminal: Terminal, far_end: str) -> int:
    """The local port of the tunnel to it, once the screen shows it open."""
    terminal.wait_for(lambda _: "● open" in terminal.line_with(far_end))
    found = re.search(r"127\.0\.0\.1:(\d+)", terminal.line_with(far_end))
    assert found is not None
    return int(found[1])


def test_a_preset_in_two_keys_then_stopped(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --demo"), world.environment, columns=140) as terminal:
        at_the_list(terminal)
        terminal.press("f")
        terminal.wait_for("PostgreSQL")
        terminal.press("G")  # the demo's own lead through other nodes, so they come last
        terminal.wait_for("Demo web")
        terminal.press("k\r")
        terminal.wait_for("●1")
        terminal.press("2")
        port = port_of(terminal, "web-1:80")
        assert b"web-1" in fetched(port)
        assert len(fetched(port, "/bytes/300000")) == 300_000
        terminal.wait_for("0 now · 2 so far")  # with connections open, it would ask
        terminal.press("x")
        terminal.wait_for("○ closed")
        assert is_free(port)
        terminal.press("qq")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])


def test_quitting_closes_what_it_lists(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment, columns=140) as terminal:
        terminal.wait_for("Ready")
        terminal.press("f")
        terminal.wait_for("Windows RM")
        terminal.press("3")
        terminal.wait_for("●1")
        wait_until(lambda: bool(world.active_sessions()))
        terminal.press("q")
        terminal.wait_for("Quit and close 1 tunnel?")
        terminal.press("\x1b")
        terminal.wait_until_gone("Quit and close")
        terminal.press("qq")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])
    assert world.active_sessions() == []


def test_what_a_kill_left_behind_is_cleaned_up_at_the_next_start(world: World) -> None:
    with Terminal([SMTUI, "--filter", "web-1"], world.environment, columns=140) as terminal:
        terminal.wait_for("Ready")
        terminal.press("f")
        terminal.wait_for("Windows RM")
        terminal.press("3")
        terminal.wait_for("●1")
        wait_until(lambda: bool(world.active_sessions()))
        terminal.press("2")
        port_of(terminal, "web-1:80")
        plugins = world.plugins()
        for plugin in plugins:
            plugin.suspend()  # left alone, it would see that smtui is gone and end its session
        terminal.signal(signal.SIGKILL)
        terminal.wait_for_end()
        for plugin in plugins:
            plugin.kill()
    wait_until(lambda: world.processes() == [])
    assert world.active_sessions()
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment, columns=140) as terminal:
        terminal.wait_for("An earlier smtui left")
        terminal.wait_for("Leave them")
        terminal.press("\r")
        terminal.wait_until_gone("An earlier smtui left")
        wait_until(lambda: world.active_sessions() == [])
        terminal.wait_for("Ready")
        terminal.press("q")
        terminal.wait_for("status=0")
    wait_until(lambda: world.processes() == [])


def test_a_commands_output_stays_until_enter(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment, columns=140) as terminal:
        terminal.wait_for("Ready")
        terminal.press("d")
        terminal.wait_for("Acme-Exit")
        terminal.press("acme-exit\r")
        terminal.wait_for("The exit status, 0 to 255.")
        terminal.press("7\x13")
        terminal.wait_for("Press enter to go back to smtui.")
        shown = terminal.text()
        assert "this is stdout" in shown
        assert "this is stderr" in shown
        assert "ended with status 7" in shown
        terminal.press("\r")
        terminal.wait_for(lambda _: "web-1" in cursor_line(terminal))
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.active_sessions() == []
