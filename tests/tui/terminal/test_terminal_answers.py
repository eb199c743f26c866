"""No byte of a terminal's answer becomes a key; whatever a person types or pastes does."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as some
from textual import events
from textual.message import Message

from smtui.tui.terminal import terminal_answers as answers
from smtui.tui.terminal.prompt_driver import PromptParser, is_known
from smtui.tui.terminal.terminal_answers import AnswerFilter, EscapeKey, Piece

AT_EASE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
"""The machine may be busy."""
ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"
THE_NINE = {
    "primary attributes": "\x1b[?62;1;4c",
    "secondary attributes": "\x1b[>41;354;0c",
    "XTVERSION": "\x1bP>|XTerm(390) quits q:\x1b\\",
    "DECRQSS": "\x1bP1$r0;1;4q\x1b\\",
    "OSC 11": "\x1b]11;rgb:1616/1b1b/2121\x07",
    "OSC 52": "\x1b]52;c;c2hlbGwgZnEKcWZmcQ==\x1b\\",
    "title": "\x1b]lquit: fff q\x1b\\",
    "cursor position": "\x1b[?12;40;1R",
    "window size": "\x1b[8;45;140t",
}
MORE = [
    "\x1b[=0c", "\x1bP!|7E565445\x1b\\", "\x1bP1+r544e=787465726d\x1b\\", "\x1b]4;1;rgb:cd/00/00\x1b\\",
    "\x1b]10;rgba:d/d/d/f\x07", "\x1b[0n", "\x1b[?0n", "\x1b[12;2$y", "\x1b[?2026;2$y", "\x1b[?1u",
    "\x1b[48;45;140t", "\x1b[4;900;1400t", "\x1b[3;0;0t", "\x1b[?997;1n", "\x1b_Gi=31;OK\x1b\\",
    "\x1b^private\x1b\\", "\x1bXstart\x1b\\", "\x9b?62c", "\x9d11;rgb:1/1/1\x9c", "\x90>|x\x9c",
    "\x1bP0$r\x1b\\", "\x1b]52;c;" + "QUJD" * 5000 + "\x1b\\", "\x1b]l" + "j\u00fcq\u4e2d" + "\x07",
]  # fmt: skip
PRINTABLE = some.text(some.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=40)
STRINGS = some.builds(
    lambda introducer, payload, end: ESC + introducer + payload + end,
    some.sampled_from("]P_^X"),
    PRINTABLE,
    some.sampled_from([ST, "\x9c"]),
) | some.builds(lambda payload: f"{ESC}]{payload}{BEL}", PRINTABLE)
PRIVATE = some.builds(
    lambda prefix, parameters, middle, final: f"{ESC}[{prefix}{parameters}{middle}{final}",
    some.sampled_from("<=>?"),
    some.text("0123456789;:", max_size=12),
    some.text(" !\"#$%&'()*+,-./", max_size=1),
    some.characters(min_codepoint=0x40, max_codepoint=0x7E),
)
REPORTS = some.builds(
    lambda numbers, final: f"{ESC}[{';'.join(map(str, numbers))}{final}",
    some.lists(some.integers(0, 9999), min_size=1, max_size=3),
    some.sampled_from("cnty"),
)
ANSWERS = some.sampled_from([*THE_NINE.values(), *MORE]) | STRINGS | PRIVATE | REPORTS


class Line:
    """What a terminal sends, with the time that passes; and what the screen makes of it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.filter = AnswerFilter(is_known, self.now)
        self._parser = PromptParser()
        self.pieces: list[Piece] = []
        self.messages: list[Message] = []

    def send(self, *texts: str, gap: float = 0.0) -> Line:
        for text in texts:
            self._take(self.filter.feed(text, self.now))
            self.wait(gap)
        return self

    def send_late(self, text: str, *, read_after: float) -> Line:
        """At once, while the machine was too busy to read it for so long."""
        seen, self.now = self.now, self.now + read_after
        self._take(self.filter.feed(text, self.now, seen))
        return self

    def wait(self, seconds: float) -> Line:
        until = self.now + seconds
        while (due := self.filter.due()) is not None and due <= until:
            self.now = due
            self._take(self.filter.tick(due))
        self.now = until
        return self

    def _take(self, pieces: list[Piece]) -> None:
        self.pieces += pieces
        for piece in pieces:
            if isinstance(piece, EscapeKey):
                self.messages.append(events.Key("escape", ESC))
            else:
                self.messages += self._parser.feed(piece)

    @property
    def keys(self) -> list[str]:
        """Keys and pastes: all that can do something."""
        self.wait(60)
        done = [message for message in self.messages if isinstance(message, events.Key | events.Paste)]
        return [message.key if isinstance(message, events.Key) else f"paste {message.text}" for message in done]

    @property
    def passed(self) -> str:
        self.wait(60)
        return "".join(piece if isinstance(piece, str) else "<escape>" for piece in self.pieces)


def pieces_of(text: str, places: list[int]) -> list[str]:
    cuts = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(cuts)]


# Answers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [*THE_NINE.values(), *MORE])
@pytest.mark.parametrize("gap", [0.0, 0.01, 0.09])
def test_an_answer_byte_by_byte_is_no_key(answer: str, gap: float) -> None:
    if len(answer) < 1000:
        assert Line().send(*answer, gap=gap).keys == []


@AT_EASE
@given(ANSWERS, some.lists(some.integers(0, 100), max_size=8), some.sampled_from([0.0, 0.02, 0.09]))
def test_an_answer_in_any_pieces_is_no_key(answer: str, places: list[int], gap: float) -> None:
    line = Line().send(*pieces_of(answer, places), gap=gap)
    assert line.keys == []
    assert line.send("j").keys == ["j"], "and what comes after it is one"


@AT_EASE
@given(some.lists(ANSWERS, min_size=1, max_size=5), some.lists(some.integers(0, 300), max_size=8))
def test_answers_in_a_row_are_no_keys(several: list[str], places: list[int]) -> None:
    line = Line().send(*pieces_of("".join(several), places))
    assert line.keys == []
    assert line.send("j").keys == ["j"]


@AT_EASE
@given(ANSWERS, some.integers(2, 200))
@example("\x1b]52;c;c2hlbGw=\x1b\\", 5)
def test_an_answer_that_is_cut_short_is_no_key_and_nobody_is_locked_out(answer: str, length: int) -> None:
    cut = answer[:length]
    assume(len(cut) < len(answer) and not cut.endswith(("\x1b", "\x9b")))
    line = Line().send(cut)
    line.wait(answers.SILENCE_SECONDS + 0.1)
    assert line.keys == []
    assert line.send("j").keys[-1:] == ["j"]


@AT_EASE
@given(STRINGS, some.integers(3, 60), some.floats(1.2, 20.0))
def test_the_rest_of_a_string_that_comes_late_in_a_bunch_is_no_key(answer: str, length: int, pause: float) -> None:
    cut, rest = answer[:length], answer[length:]
    assume(len(rest) > 1 and not cut.endswith(ESC))
    assert Line().send(cut).wait(pause).send(rest).keys == []


def test_the_rest_of_a_clipboard_that_stalls_again_and_again_is_no_key() -> None:
    line = Line().send("\x1b]52;c;QUJDRA")
    for _ in range(8):
        line.wait(3.0).send("fqfqfqfqfq")
    assert line.send("==\x1b\\").keys == []


def test_the_rest_of_a_sequence_that_comes_late_is_no_key() -> None:
    assert Line().send("\x1b[?62;").wait(1.5).send("1;4c").keys == []


def test_an_answer_whose_escape_came_long_before_it_costs_the_escape_alone() -> None:
    line = Line().send(ESC).wait(0.3)
    line.send(*"]11;rgb:1616/1b1b/2121\x07", gap=0.01)
    assert line.keys == ["escape"]
    line = Line().send(ESC).wait(0.3)
    assert line.send("[?62;4c").keys == ["escape"]


@pytest.mark.parametrize("answer", THE_NINE.values())
def test_what_has_waited_to_be_read_was_no_silence(answer: str) -> None:
    assert Line().send(ESC).send_late(answer.removeprefix(ESC), read_after=5.0).keys == []


def test_ctrl_c_gets_out_of_an_unfinished_answer_at_once() -> None:
    assert Line().send("\x1b]52;c;QUJD").send("\x03").keys == ["ctrl+c"]


def test_so_does_a_key_that_is_a_sequence() -> None:
    assert Line().send("\x1b]52;c;QUJD", "\x1b[A").keys == ["up"]
    assert Line().send("\x1bP1$r", "\x1b[106u").keys == ["j"]


def test_a_sequence_of_any_length_ends() -> None:
    assert Line().send("\x1b[" + "1;" * 5000 + "u", "j").keys == ["j"]


# What a person does -----------------------------------------------------------------------------

KEYS = [
    "j", "G", ":", "\r", "\t", "\x7f", "\x03", "\x10", "\u00fc", "\u4e2d", " ", "[", "]", "P", "?", "\x07",
    "\x1b[A", "\x1b[1;5C", "\x1bOA", "\x1bOP", "\x1b[5~", "\x1b[3;2~", "\x1b[Z", "\x1b[15~", "\x1b[[A",
    "\x1b[23$", "\x1b[3^", "\x1b[106u", "\x1b[106;3u", "\x1b[27u", "\x1b[57399;1u", "\x1b[97;;97u", "\x1b[1;2P",
]  # fmt: skip
OTHER_INPUT = [
    "\x1b[I", "\x1b[O", "\x1b[<0;10;10M", "\x1b[<35;1;1m", "\x1b[M !!", "\x1b[48;45;140;900;1400t",
    "\x1b[?2048;1$y", "\x1b[5;10R",
]  # fmt: skip
PASTED = some.text(some.characters(exclude_categories=["Cs"]), max_size=30) | some.sampled_from(
    ["q\x1b]11;rgb:1/1/1\x07q", "\x1b[?62;4c", "\x1bP>|x\x1b\\", "\x9b1c", "a\x1b[Ab"]
)
PASTES = some.builds(
    lambda text: f"\x1b[200~{text}\x1b[201~", PASTED.filter(lambda text: "\x1b[201~" not in text + "\x1b")
)


@AT_EASE
@given(
    some.lists(some.sampled_from(KEYS + OTHER_INPUT) | PASTES, max_size=12),
    some.lists(some.integers(0, 300), max_size=8),
)
def test_keys_and_pastes_pass_unchanged_in_order(typed: list[str], places: list[int]) -> None:
    text = "".join(typed)
    assert Line().send(*pieces_of(text, places)).passed == text


@pytest.mark.parametrize("key", [key for key in KEYS if len(key) > 1])
def test_every_key_is_known(key: str) -> None:
    assert len(Line().send(key).keys) == 1


@pytest.mark.parametrize("key", [key for key in KEYS if len(key) == 1])
def test_a_plain_key_passes_at_once(key: str) -> None:
    line = Line()
    assert line.filter.feed(key, line.now) == [key]


def test_escape_by_itself_passes_after_a_moment() -> None:
    line = Line().send(ESC)
    assert line.pieces == []
    line.wait(answers.ESCAPE_SECONDS)
    assert line.keys == ["escape"]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("\x1b\x1b\x1b", ["escape", "escape", "escape"]),
        ("\x1bj", ["escape", "j"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x1b\x7f", ["ctrl+w"]),
        ("\x1b:sort", ["escape", "colon", "s", "o", "r", "t"]),
    ],
)
def test_escape_and_what_follows_it(typed: str, keys: list[str]) -> None:
    assert Line().send(typed).keys == keys
    assert Line().send(*typed).keys == keys


def test_bytes_that_are_no_text_pass_as_such_and_introduce_sequences() -> None:
    assert Line().send("\udcff").passed == "\ufffd"
    assert Line().send("\udc9b?62;4c", "j").keys == ["j"]
    assert Line().send("\udc9bA").keys == ["up"]


def test_a_paste_that_does_not_end_ends_after_a_while_and_its_rest_is_no_key() -> None:
    line = Line().send("\x1b[200~first").wait(5).send("half").wait(answers.PASTE_SILENCE_SECONDS + 1)
    line.send("second half q\x1b[201~")
    assert line.keys == ["paste firsthalf"]
    assert line.send("j").keys[-1:] == ["j"]


# After a session --------------------------------------------------------------------------------

TAILS = [answer[cut:] for answer in THE_NINE.values() for cut in (1, 2, 4, len(answer) // 2)]


def after_session(*, answers_fence: bool) -> Line:
    line = Line()
    line.filter.expect_fence(line.now)
    if answers_fence:
        line.send("\x1b[?62;4c")
    line.wait(20)
    line.filter.after_session(line.now)
    return line


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("gap", [0.0, 0.01, 0.05])
def test_a_terminal_that_answers_is_not_heard_until_it_does(tail: str, gap: float) -> None:
    line = after_session(answers_fence=True).send(*tail, gap=min(gap, 0.9 / len(tail))).send("\x1b[?62;4c")
    assert line.keys == []
    assert line.send("jk").keys == ["j", "k"], "and from then on all is heard, bunches too"


def test_the_screens_own_questions_are_answered_all_the_same() -> None:
    line = after_session(answers_fence=True)
    line.send("q\x1b[?2026;2$y\x1b[I\x1b[48;45;140;900;1400tq\x1b[?62;4c")
    assert line.passed.endswith("\x1b[?2026;2$y\x1b[I\x1b[48;45;140;900;1400t")


def test_a_paste_that_begins_before_the_fence_is_answered_is_dropped_whole() -> None:
    line = after_session(answers_fence=True).send("\x1b[200~stop").wait(answers.FENCE_SECONDS + 0.1)
    assert line.send("q\x1b[201~", "j").keys == ["j"]


def test_a_fence_that_is_not_answered_is_no_prison() -> None:
    line = after_session(answers_fence=True).send("q").wait(answers.FENCE_SECONDS + 0.01)
    assert line.send("jk").keys == ["j", "k"]


def test_a_fence_whose_answer_waits_to_be_read_was_answered_in_time() -> None:
    line = after_session(answers_fence=True).send_late("q\x1b[?62;4c", read_after=5.0)
    assert line.keys == []
    assert line.send("jk").keys == ["j", "k"]


@pytest.mark.parametrize("tail", [tail for tail in TAILS if len(tail) > 1])
def test_from_a_terminal_that_does_not_answer_no_bunch_is_taken(tail: str) -> None:
    assert after_session(answers_fence=False).send(tail).keys == []
    assert after_session(answers_fence=False).send(*tail, gap=0.9 / 40).keys == []


def test_and_single_keys_are() -> None:
    line = after_session(answers_fence=False)
    line.send("j").wait(0.1).send("\x1b[A").wait(0.1).send("q")
    assert line.keys == ["j", "up", "q"]
    line = after_session(answers_fence=False).wait(answers.HANDOVER_DOUBT_SECONDS)
    assert line.send("jk").keys == ["j", "k"]


@pytest.mark.parametrize(("seconds", "keys"), [(answers.MUTE_SECONDS, ["j", "k"]), (answers.MUTE_SECONDS / 2, [])])
def test_a_terminal_that_left_the_screens_question_unanswered_has_no_answers_under_way(
    seconds: float, keys: list[str]
) -> None:
    line = Line()
    line.filter.expect_fence(line.now)
    line.wait(seconds).filter.before_session(line.now)
    line.wait(600).filter.after_session(line.now)
    assert line.send("jk").keys == keys, "how long the session had the terminal counts for nothing"


def test_one_answer_shows_that_a_terminal_is_not_mute() -> None:
    line = Line()
    line.filter.expect_fence(line.now)
    line.wait(60).filter.before_session(line.now)
    line.filter.after_session(line.now)
    line.send("\x1b[?62;4c").filter.before_session(line.now)
    line.filter.after_session(line.now)
    assert line.send("jk", "\x1b[?62;4c", "l").keys == ["l"]


def test_an_answer_to_the_first_question_ends_the_doubt_of_the_first_session() -> None:
    line = after_session(answers_fence=False).send("\x1b[?62;4c")
    assert line.send("jk").keys == ["j", "k"]


@AT_EASE
@given(ANSWERS, some.booleans(), some.lists(some.integers(0, 100), max_size=6))
def test_after_a_session_as_ever_no_answer_is_a_key(answer: str, answers_fence: bool, places: list[int]) -> None:
    assert after_session(answers_fence=answers_fence).send(*pieces_of(answer, places), gap=0.02).keys == []
