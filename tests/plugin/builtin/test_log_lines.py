"""How the plugin's log is worded."""

from __future__ import annotations

from smtui.plugin.builtin.log_lines import FrameFacts, LogLines, Moment

BEGAN = Moment(1_800_000_000.25, 50.0)


def at(seconds: float, *, ahead: float = 0.0) -> Moment:
    return Moment(BEGAN.wall + seconds + ahead, BEGAN.monotonic + seconds)


def lines() -> LogLines:
    return LogLines("s-1", BEGAN)


def output(sequence: int, size: int = 10) -> FrameFacts:
    return FrameFacts(False, "output", sequence, size)


def words(given: list[str]) -> list[str]:
    """Without time, session and seconds."""
    return [line.rstrip("\n").split(" ", 3)[3] for line in given]


def test_a_line_begins_with_the_time_the_session_and_the_seconds() -> None:
    assert lines().noted(at(1.5), "hello") == ["2027-01-15T08:00:01.750Z s-1 +1.500 hello\n"]


def test_what_is_noted_cannot_make_a_line_of_its_own_or_command_a_terminal() -> None:
    (line,) = lines().noted(at(0), "first\nsecond\x1b[2J")
    assert line.count("\n") == 1
    assert "\x1b" not in line


def test_consecutive_messages_share_a_line() -> None:
    log = lines()
    for number in range(5):
        assert log.frame(at(number / 10), output(number)) == []
        assert log.frame(at(number / 10), FrameFacts(True, "acknowledge", number, acknowledges=True)) == []
    assert words(log.flushed()) == ["< output #0 to #4, 5 messages, 50 bytes", "> acknowledge #0 to #4"]
    assert not log.has_open


def test_a_line_covers_a_second_at_most() -> None:
    log = lines()
    log.frame(at(0), output(0))
    log.frame(at(0.9), output(1))
    assert words(log.frame(at(1.1), output(2))) == ["< output #0 to #1, 2 messages, 20 bytes"]
    assert words(log.flushed()) == ["< output #2, 10 bytes"]


def test_what_is_noted_comes_after_the_messages_before_it() -> None:
    log = lines()
    log.frame(at(0), output(0))
    assert words(log.noted(at(0.1), "cut")) == ["< output #0, 10 bytes", "cut"]


def test_a_gap_is_seen_and_a_message_that_comes_again_is_named() -> None:
    log = lines()
    due = [line for number in (0, 2, 3, 2, 1, 4, 0) for line in log.frame(at(0), output(number))]
    assert words(due + log.flushed()) == [
        "< output #0, 10 bytes",
        "< output #2 to #3, 2 messages, 20 bytes",
        "< output #2 again, 10 bytes",
        "< output #1, 10 bytes",
        "< output #4, 10 bytes",
        "< output #0 again, 10 bytes",
    ]
    assert log.totals() == "in all: sent 0 messages, 0 bytes; received 7 messages, 70 bytes, 2 of them again"


def test_a_message_without_a_number_has_a_line_of_its_own() -> None:
    log = lines()
    facts = FrameFacts(False, "frame that cannot be read", size=7)
    assert log.frame(at(0), facts) == []
    assert words(log.frame(at(0), facts) + log.flushed()) == ["< frame that cannot be read, 7 bytes"] * 2


def test_what_is_remembered_of_a_gap_is_bounded() -> None:
    log = lines()
    for number in range(2, 60_000, 2):
        log.frame(at(0), output(number))
    assert len(log._received.ahead) == 10_000


def test_a_machine_that_slept_is_seen() -> None:
    log = lines()
    log.frame(at(1), output(0))
    assert words(log.noted(at(2, ahead=3600), "lost")) == [
        "< output #0, 10 bytes",
        "the clock jumped by +3,600.0 s: this machine slept, or its clock was set forward",
        "lost",
    ]
    assert words(log.noted(at(3, ahead=3600), "once is enough")) == ["once is enough"]
    assert words(log.frame(at(4), output(1)) + log.flushed()) == [
        "the clock jumped by -3,600.0 s: it was set back",
        "< output #1, 10 bytes",
    ]
