"""Forwards from the screen under load, and when smtui is told to end."""

from __future__ import annotations

import hashlib
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtui.demo.far_end.node_services import demo_bytes
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_screen import at_the_list
from tests.end_to_end.test_screen_forwards import fetched, is_free, port_of
from tests.waiting import wait_until

FIVE_MEGABYTES = 5_000_000
COMMAND = ["/bin/sh", "-c", f"exec {SMTUI} --demo"]


def started(terminal: Terminal, number: int, far_end: str) -> int:
    """Start a preset from the list, 1 the last but one and 2 the last; answers the local port once it is open."""
    at_the_list(terminal)
    terminal.press("f")
    terminal.wait_for("PostgreSQL")
    terminal.press("G")  # the demo's own lead through other nodes, so they come last
    terminal.wait_for("Demo database")
    terminal.press("k\r" if number == 1 else "\r")
    terminal.wait_for("●1")
    terminal.press("2")
    return port_of(terminal, far_end)


def test_ten_downloads_at_once_arrive_whole(world: World) -> None:
    digest = hashlib.sha256(b"".join(demo_bytes(FIVE_MEGABYTES))).hexdigest()
    with Terminal(COMMAND, world.environment, columns=140) as terminal:
        port = started(terminal, 1, "web-1:80")
        with ThreadPoolExecutor(10) as crowd:
            bodies = list(crowd.map(lambda _: fetched(port, f"/bytes/{FIVE_MEGABYTES}"), range(10)))
        assert {hashlib.sha256(body).hexdigest() for body in bodies} == {digest}


def test_a_remote_host_answers_through_the_node(world: World) -> None:
    with Terminal(COMMAND, world.environment, columns=140) as terminal:
        port = started(terminal, 2, "db.internal:5432")
        with socket.create_connection(("127.0.0.1", port), timeout=60) as database:
            assert b"db.internal ready" in database.recv(100)
            database.sendall(b"select 1\n")
            assert b"select 1" in database.recv(100)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_being_told_to_end_closes_tunnels(world: World, number: signal.Signals) -> None:
    with Terminal(COMMAND, world.environment, columns=140) as terminal:
        port = started(terminal, 1, "web-1:80")
        terminal.signal(number)
        assert terminal.wait_for_end() == 128 + number
    wait_until(lambda: is_free(port))
    wait_until(lambda: world.processes() == [])
