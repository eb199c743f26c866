"""Other places are chosen on the screen, while a tunnel of the first one goes on."""

from __future__ import annotations

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.end_to_end.test_screen import at_the_list
from tests.end_to_end.test_screen_forwards import fetched, port_of
from tests.waiting import wait_until


def test_a_tunnel_goes_on_while_other_places_are_listed_one_and_then_two(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --demo"), world.environment, columns=140, rows=45) as terminal:
        at_the_list(terminal)
        terminal.press("f")
        terminal.wait_for("PostgreSQL")
        terminal.press("G")
        terminal.wait_for("Demo web")
        terminal.press("k\r")
        terminal.wait_for("●1")
        terminal.press("2")
        port = port_of(terminal, "web-1:80")
        terminal.press("P")
        terminal.wait_for("17 enabled: a marks them all")
        terminal.press("/stage\r")
        terminal.wait_for("enter Use stage")
        terminal.press("\r")
        terminal.wait_for("Listed now: stage.")
        assert b"web-1" in fetched(port), "the tunnel of the first place goes on"
        terminal.press("1")
        terminal.wait_for(lambda text: "stage · 444455556666 · eu-west-1" in text and "10.20.1.12" in text)
        terminal.press("P")
        terminal.wait_for("4 others")
        terminal.press("/default\r ")
        terminal.wait_for("2 profiles × 1 Region marked")
        terminal.press("\r")
        terminal.wait_for(lambda text: "2 profiles × eu-west-1" in text and "55 nodes" in text)
        terminal.wait_for(lambda _: "stage" in terminal.line_with("10.20.1.12"))
        assert "default" in terminal.line_with("10.0.1.12")
        assert b"web-1" in fetched(port)
        terminal.press("q")
        terminal.wait_for("Quit and close 1 tunnel?")
        terminal.press("\r")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])
