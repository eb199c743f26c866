"""Escapes in the hand-over: whichever plugin runs and whatever state it is in, the user can leave."""

from __future__ import annotations

import dataclasses
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.plugin import relay
from smtui.plugin.handoff import Patience
from tests.plugin.desk import QUICK, Desk, Seat, children, desk, python, shell
from tests.plugin.test_relay import BANNER, ECHO_HEX, RAW
from tests.waiting import let_time_pass, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")

DEAF = RAW + "\nimport time\nwhile True: time.sleep(60)"
IMPATIENT = dataclasses.replace(QUICK, answer=0.2)


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk() as made:
        yield made


def test_a_session_is_ended(at: Desk) -> None:
    before = at.modes()
    seat = Seat(at, python(ECHO_HEX))
    at.wait_for(b"ready:")
    at.type(b"ls\r~.more")
    run = seat.run()
    assert (run.escaped, run.left, run.stopped, run.signal) == (True, False, False, signal.SIGTERM)
    assert at.modes() == before
    assert children() == []


def test_what_is_no_escape_arrives_and_the_escape_does_not(at: Desk) -> None:
    seat = Seat(at, python(ECHO_HEX))
    at.wait_for(b"ready:")
    at.type(b"\r~")
    at.wait_for(b"0d ")
    at.type(b"~.")
    at.wait_for(b"7e ?2e ")
    at.type(b"\r~x")
    at.wait_for(b"0d ?7e ?78 ")
    at.type(b"q")
    assert seat.run().exit_status == 0


def test_the_help_is_shown_and_nothing_is_passed_on(at: Desk) -> None:
    seat = Seat(at, python(ECHO_HEX))
    at.wait_for(b"ready:")
    at.type(b"~?")
    at.wait_for(rb"\r\n  ~\.  end the session\r\n  ~\?  list the escapes\r\n  ~~  send a tilde\r\n")
    at.type(b"q")
    seat.run()
    assert b"7e" not in at.shown


def test_a_plugin_with_escapes_of_its_own_has_tildes_quoted(at: Desk) -> None:
    seat = Seat(at, dataclasses.replace(python(ECHO_HEX), has_escapes=True))
    at.wait_for(b"ready:")
    at.type(b"\r~~.")
    at.wait_for(b"0d ?7e ?7e ?2e ")
    at.type(b"q")
    seat.run()


def test_while_connecting_it_leaves_as_ctrl_c_does(at: Desk) -> None:
    seat = Seat(at, shell(f"{BANNER} exec sleep 100"))
    at.wait_for(b"SessionId: u-1\r\n")
    at.type(b"~.")
    run = seat.run()
    assert (run.left, run.escaped, run.spoke) == (True, True, False)


def test_a_plugin_that_takes_neither_keys_nor_signals_is_left(at: Desk) -> None:
    """More was typed than its terminal holds."""
    ignoring = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    seat = Seat(at, python(ignoring + DEAF))
    at.wait_for(b"ready:")
    for _ in range(300):
        at.type(b"k" * 1000)
    at.type(b"\r~.")
    run = seat.run()
    assert (run.escaped, run.signal) == (True, signal.SIGKILL)


def test_a_terminal_that_shows_nothing_more_lets_it_through(at: Desk) -> None:
    flood = RAW + "\nwhile True: os.write(1, b'x' * 4096)"
    seat = Seat(at, python(flood))
    at.wait_for(b"ready:x")
    wait_until(lambda: len(seat.running._relay._to_user) >= relay._MOST_SHOWN_LATER)  # type: ignore[attr-defined]
    at.type(b"~.")
    assert seat.run_unread().escaped


QUIET = rb"\r\n\x1b\[2msmtui: no answer from web-1 for 0 s\.\r\nsmtui: after a new line ~\. ends"


def quiet_lines(at: Desk) -> int:
    return len(re.findall(QUIET, at.shown))


def test_a_silence_after_typing_is_reported_once(at: Desk) -> None:
    seat = Seat(at, python(DEAF), IMPATIENT)
    at.wait_for(b"ready:")
    at.type(b"x")
    at.wait_for(QUIET)
    at.type(b"y")
    let_time_pass(2 * IMPATIENT.answer)
    at.read_all()
    assert quiet_lines(at) == 1
    at.type(b"\r~.")
    seat.run()


def test_an_answer_ends_the_silence_and_the_next_one_is_reported_again(at: Desk) -> None:
    code = RAW + "\nwhile True:\n b = os.read(0, 1)\n if b == b'a': os.write(1, b'reply')"
    seat = Seat(at, python(code), IMPATIENT)
    at.wait_for(b"ready:")
    for told in (1, 2):
        at.type(b"x")
        at.wait_for(b"(?s)" + rb".*smtui: no answer" * told)
        at.type(b"a")
        at.wait_for(b"(?s)" + rb".*reply" * told)
    at.type(b"\r~.")
    seat.run()
    assert quiet_lines(at) == 2


@pytest.mark.parametrize(
    ("shown", "typed"),
    [
        (b"", b""),  # nobody waits for an answer
        (b"\\x1b[?1049h", b"x"),  # a full-screen program would be disturbed
        (b"\\x1b]0;title", b"x"),  # in the middle of a sequence
        (b"", b"\x1b[?62;c"),  # the terminal's own answer
    ],
)
def test_a_silence_that_is_not_reported(at: Desk, shown: bytes, typed: bytes) -> None:
    code = RAW.replace("b'ready:'", f"b'{shown.decode()}ready:'") + "\nimport time\ntime.sleep(60)"
    seat = Seat(at, python(code), IMPATIENT)
    at.wait_for(b"ready:")
    if typed:
        at.type(typed)
    let_time_pass(2 * IMPATIENT.answer)
    at.read_all()
    assert quiet_lines(at) == 0
    at.type(b"\r~.")
    assert seat.run().escaped


def test_before_the_first_word_the_watchdog_speaks_alone(at: Desk) -> None:
    patience = Patience(word=0.6, answer=0.1, leaving=0.2, stopping=0.3, draining=0.3)
    seat = Seat(at, shell(f"stty -echo; {BANNER} exec sleep 100"), patience)
    at.wait_for(b"SessionId: u-1\r\n")
    at.type(b"x")
    at.wait_for(b"Still waiting")
    assert at.shown.count(b"smtui: no answer") == 1
    assert quiet_lines(at) == 0
    at.type(b"\r~.")
    seat.run()
