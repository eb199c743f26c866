"""A smtui that ends while StartSession is under way: the next one finds the session, asks, and ends it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from smtui.aws.places import BotoPlaces
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.waiting import PATIENCE, wait_until

COMMANDS = {"connect": "connect web-1", "forward": "forward bastion-1 db.internal:5432"}
PERHAPS = "An earlier smtui perhaps left this behind. End it? [y/N]"


def kill_in_flight(world: World, words: str, late: float = 1.5) -> None:
    """kill -9 after StartSession was sent; AWS answers it `late`."""
    world.region.faults.apply({"latency": {"ssm:StartSession": late}})
    calls = world.region.faults.calls("ssm:StartSession")
    with Terminal(wrapped(f"{SMTUI} {words}"), world.environment) as terminal:
        wait_until(lambda: world.region.faults.calls("ssm:StartSession") > calls)
        [smtui] = [process for process in world.processes() if words.split(maxsplit=1)[0] in process.cmdline()]
        smtui.kill()
        terminal.wait_for("status=137", PATIENCE)
    world.region.faults.apply({"reset": True})


def session_begun(world: World) -> str:
    wait_until(lambda: len(world.active_sessions()) == 1)
    [session] = world.active_sessions()
    return session


def journals(world: World) -> list[str]:
    return [path.name for path in (world.home / "state").glob("sessions-*")]


@contextmanager
def on_a_terminal(world: World, words: str) -> Iterator[Terminal]:
    with Terminal(wrapped(f"trap : INT; {SMTUI} {words}"), world.environment, columns=160, rows=60) as terminal:
        yield terminal


def in_a_script(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    """Its input stays open: whoever reads it hangs."""
    with subprocess.Popen(["sleep", "600"], stdout=subprocess.PIPE) as silent:
        try:
            return subprocess.run(
                [SMTUI, *words],
                env=world.environment,
                stdin=silent.stdout,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
        finally:
            silent.kill()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_next_list_tells_of_it_asks_and_ends_it(world: World, command: str) -> None:
    kill_in_flight(world, COMMANDS[command])
    session = session_begun(world)
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for(PERHAPS, PATIENCE)
        shown = terminal.text()
        assert "web-2" in shown, "the list comes first"
        assert session in shown
        assert "perhaps" in terminal.line_with(session)
        assert world.active_sessions() == [session], "nothing is ended without a word"
        terminal.press("y\r")
        terminal.wait_for("status=0", PATIENCE)
        terminal.wait_for_end()
        assert_sane(terminal)
    assert world.active_sessions() == []
    assert journals(world) == []
    assert world.region.faults.calls("ssm:TerminateSession") == 1


def test_no_leaves_it_and_is_not_asked_again(world: World) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for(PERHAPS, PATIENCE)
        terminal.press("\r")
        terminal.wait_for("status=0", PATIENCE)
        assert f"aws ssm terminate-session --session-id {session}" in terminal.text()
    assert world.active_sessions() == [session]
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for("status=0", PATIENCE)
        assert "earlier smtui" not in terminal.text()
    assert journals(world) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_connect_and_forward_ask_before_they_start(world: World, command: str) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session_begun(world)
    with on_a_terminal(world, COMMANDS[command]) as terminal:
        terminal.wait_for(PERHAPS, PATIENCE)
        terminal.press("y\r")
        terminal.wait_for("~]$" if command == "connect" else "127.0.0.1:", PATIENCE)
        wait_until(lambda: len(world.active_sessions()) == 1)
        terminal.press("exit\r" if command == "connect" else "\x03")
        terminal.wait_for("status=0", PATIENCE)
    wait_until(lambda: world.active_sessions() == [])
    assert journals(world) == []


def test_a_script_is_asked_nothing_and_gets_one_line(world: World) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    for words in (["list"], ["list", "--json"]):
        done = in_a_script(world, *words)
        assert done.returncode == 0
        assert "earlier" not in done.stdout
        assert done.stderr == (
            "smtui: an earlier smtui left a session behind, or may have: smtui list, on a terminal, offers to end it.\n"
        )
    with on_a_terminal(world, "list --json") as terminal:
        terminal.wait_for("status=0", PATIENCE)
        assert "[y/N]" not in terminal.text(), "JSON is for programs, on a terminal too"
    assert world.active_sessions() == [session]


def test_what_was_typed_ahead_answers_nothing(world: World) -> None:
    """It is meant for the shell that is to come."""
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    with Terminal(
        ["/bin/sh", "-c", f"read go; sleep 0.5; {SMTUI} connect web-2; echo status=$?"],
        world.environment,
        columns=160,
    ) as terminal:
        terminal.press("\ry\r")
        terminal.wait_for("y: command not found", PATIENCE)
        assert "[y/N]" not in terminal.text()
        assert session in world.active_sessions()
        terminal.press("exit\r")
        terminal.wait_for("status=", PATIENCE)
    assert world.active_sessions() == [session]


def test_one_that_was_quit_while_the_call_hung_is_found_as_well(world: World) -> None:
    world.region.faults.apply({"latency": {"ssm:StartSession": 4}})
    with Terminal(wrapped(f"trap : INT; {SMTUI} connect web-1"), world.environment, columns=200) as terminal:
        wait_until(lambda: world.region.faults.calls("ssm:StartSession") == 1)
        terminal.press("\x03")
        terminal.wait_for("status=130", PATIENCE)
        assert "a session may have begun" in terminal.text()
    world.region.faults.apply({"reset": True})
    session_begun(world)
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for(PERHAPS, PATIENCE)
        terminal.press("yes\r")
        terminal.wait_for("status=0", PATIENCE)
    assert world.active_sessions() == []


def test_sessions_of_other_programs_are_never_taken_along(world: World) -> None:
    """Two of the same user on the same node in the same minute, and one start: one of them at least is not ours."""
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    region = world.region
    aws = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    other = aws.at(Place()).start_session(SessionRequest(region.sessions.active()[0].node_id)).session_id
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for("status=0", PATIENCE)
        assert "[y/N]" not in terminal.text()
        assert session in terminal.text()
        assert other in terminal.text()
        assert "aws ssm terminate-session" in terminal.text()
    assert {session, other} == set(world.active_sessions())


def test_denied_is_said_with_the_command(world: World) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    world.region.faults.apply({"deny": ["ssm:DescribeSessions"]})
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for("status=0", PATIENCE)
        text = terminal.written()
        assert "ssm:DescribeSessions was denied." in text
        assert "aws ssm describe-sessions --state Active" in text
        assert "[y/N]" not in text
    world.region.faults.apply({"reset": True})
    with on_a_terminal(world, "list") as terminal:
        terminal.wait_for(PERHAPS, PATIENCE)
        terminal.press("y\r")
        terminal.wait_for("status=0", PATIENCE)
    assert session not in world.active_sessions()


def test_the_screen_offers_one_that_begins_late(world: World) -> None:
    """Its session begins after the screen has looked for the first time."""
    kill_in_flight(world, COMMANDS["connect"], late=12)
    assert world.active_sessions() == []
    with on_a_terminal(world, "") as terminal:
        terminal.wait_for("bastion-1", PATIENCE)
        terminal.wait_for("An earlier smtui may have left a session running", PATIENCE)
        terminal.wait_for("Leave them", PATIENCE)
        terminal.press("\r")
        wait_until(lambda: world.active_sessions() == [])
        terminal.press("q")
        terminal.wait_for("status=0", PATIENCE)
        terminal.wait_for_end()
        assert_sane(terminal)
    assert journals(world) == []


def test_leaving_waits_until_a_session_is_known_to_have_ended(world: World) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session_begun(world)
    world.region.faults.apply({"latency": {"ssm:TerminateSession": 1.5}})
    with on_a_terminal(world, "") as terminal:
        terminal.wait_for("Leave them", PATIENCE)
        terminal.press("\r")
        wait_until(lambda: world.region.faults.calls("ssm:TerminateSession") == 1)
        terminal.press("q")
        terminal.wait_for("status=0", PATIENCE)
    assert world.active_sessions() == []
    assert journals(world) == []


def test_what_is_refused_while_leaving_is_told_after_the_screen(world: World) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    world.region.faults.apply({"latency": {"ssm:TerminateSession": 1.5}, "deny": ["ssm:TerminateSession"]})
    with on_a_terminal(world, "") as terminal:
        terminal.wait_for("Leave them", PATIENCE)
        terminal.press("\r")
        wait_until(lambda: world.region.faults.calls("ssm:TerminateSession") == 1)
        terminal.press("q")
        terminal.wait_for("status=1", PATIENCE)
        assert "ssm:TerminateSession was denied" in terminal.text()
        assert_sane(terminal)
    assert world.active_sessions() == [session]


@pytest.mark.parametrize("again", [False, True])
def test_leaving_gives_up_on_an_answer_that_does_not_come(world: World, again: bool) -> None:
    kill_in_flight(world, COMMANDS["connect"])
    session = session_begun(world)
    world.region.faults.apply({"latency": {"ssm:TerminateSession": 600}})
    with on_a_terminal(world, "") as terminal:
        terminal.wait_for("Leave them", PATIENCE)
        terminal.press("\r")
        wait_until(lambda: world.region.faults.calls("ssm:TerminateSession") == 1)
        terminal.press("q")
        if again:
            terminal.wait_for("q again leaves at once", PATIENCE)
            terminal.press("q")
        terminal.wait_for("status=1", PATIENCE)
        assert f"smtui ended before it was known to be done: terminating session {session}." in terminal.text()
        assert_sane(terminal)
    assert journals(world) != [], "the next smtui offers it again"
