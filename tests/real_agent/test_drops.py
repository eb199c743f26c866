"""Either end's connection is reset or closed at three moments of a shell and a forward: no byte is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest

from tests.plugin.builtin.soak import Counted
from tests.real_agent.conftest import Bed
from tests.real_agent.sessions import (
    PATIENCE,
    Line,
    Started,
    echo,
    forward,
    line_of_shell,
    line_through,
    shell,
    start,
    start_forward,
    stop,
)
from tests.waiting import wait_until

KEY = "arn:aws:kms:eu-west-1:123456789012:key/of-the-bed"
SLOW_MS, USUAL_MS = 300, 2
"""One way. The handshake must take long enough to be cut."""
LINE = 1_000
LINES = 1_500
"""Of a forward; a shell has fewer, as the agent sends them at 0.7 MB/s."""

SIDES, HOWS = ("client", "agent"), ("abort", "close")
Drop = Callable[[], None]


@pytest.fixture
def patient(bed: Bed) -> Iterator[Bed]:
    yield bed
    bed.tell("options", latency_ms=USUAL_MS, hold=True)
    bed.tell("preferences", kmsKeyId="")


def drop(bed: Bed, session_id: str, side: str, how: str) -> None:
    """Drop the connection, once it is there, and see that it is made again."""
    opens = f"{side}_opens"
    before = wait_until(lambda: bed.tell("sessions")[session_id]["stats"][opens])
    bed.tell("drop", session=session_id, side=side, how=how)
    wait_until(lambda: bed.tell("sessions")[session_id]["stats"][opens] > before)


def when_it_shakes_hands(bed: Bed, session_id: str, side: str, how: str) -> None:
    """Drop the connection when the agent's request is on its way, before the handshake is complete."""
    wait_until(lambda: "HandshakeRequest" in payloads(bed, session_id))
    wait_until(lambda: bed.tell("sessions")[session_id]["stats"][f"{side}_opens"])
    assert "HandshakeComplete" not in payloads(bed, session_id)
    drop(bed, session_id, side, how)
    bed.tell("options", latency_ms=USUAL_MS)


def payloads(bed: Bed, session_id: str) -> list[str]:
    return [each.get("ptype_name", "") for each in bed.transcript(session_id)]


def exchange(bed: Bed, started: Started, line: Line, moment: str, side: str, how: str, lines: int) -> None:
    """Send lines both ways, with the drop in the middle or between two parts."""

    def act() -> None:
        drop(bed, started.session_id, side, how)

    if moment == "in mid transfer":
        line.exchange(Counted("all", LINE, lines), after=lines * LINE // 3, act=act)
    else:
        line.exchange(Counted("first part", LINE, 20))
        if moment == "idle":
            act()
        line.exchange(Counted("second part", LINE, lines // 5))


MOMENTS = ("in the handshake", "in mid transfer", "idle")
CASES = [(*each, True) for each in product(MOMENTS, SIDES, HOWS)]
CASES += [("in mid transfer", side, how, False) for side, how in product(SIDES, HOWS)]
cases = pytest.mark.parametrize(
    ("moment", "side", "how", "kept"),
    CASES,
    ids=[f"{moment}-{side}-{how}{'' if kept else '-nothing kept'}" for moment, side, how, kept in CASES],
)


@cases
def test_a_forward(patient: Bed, moment: str, side: str, how: str, kept: bool) -> None:
    bed = patient
    early = moment == "in the handshake"
    bed.tell("options", latency_ms=SLOW_MS if early else USUAL_MS, hold=kept)
    with echo() as port:
        started = start_forward(bed, port)
        with forward(bed, started) as running:
            if early:
                when_it_shakes_hands(bed, started.session_id, side, how)
            line, connection = line_through(running)
            with connection:
                exchange(bed, started, line, moment, side, how, LINES)
            other, second = line_through(running)
            with second:
                other.exchange(Counted("another connection", LINE, 20))
            assert stop(running) == 0
    wait_until(lambda: started.session_id not in bed.active_sessions(), patience=PATIENCE)


@cases
def test_a_shell(patient: Bed, moment: str, side: str, how: str, kept: bool) -> None:
    """Encrypted where the handshake is cut: else a shell has none."""
    bed = patient
    early = moment == "in the handshake"
    bed.tell("options", latency_ms=SLOW_MS if early else USUAL_MS, hold=kept)
    bed.tell("preferences", kmsKeyId=KEY if early else "")
    started = start(bed)
    with shell(started) as plugin:
        if early:
            when_it_shakes_hands(bed, started.session_id, side, how)
        exchange(bed, started, line_of_shell(plugin), moment, side, how, LINES // 4)
    wait_until(lambda: started.session_id not in bed.active_sessions(), patience=PATIENCE)
