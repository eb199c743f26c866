"""Which keys are escapes, and what of all others reaches the session."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.plugin.escapes import Escape, Escapes

END, HELP = [Escape.END], [Escape.HELP]


def typed(*pieces: bytes, doubled: bool = False) -> tuple[bytes, list[Escape]]:
    """Everything that was passed on, and the escapes, of keys that came in these pieces."""
    escapes = Escapes(doubled=doubled)
    fed = [escapes.feed(piece) for piece in pieces]
    return b"".join(passed for passed, _ in fed), [escape for _, found in fed for escape in found]


@pytest.mark.parametrize(
    ("keys", "passed", "escapes"),
    [
        (b"~.", b"", END),  # a session begins on a new line
        (b"ls\r~.", b"ls\r", END),
        (b"ls\n~.", b"ls\n", END),
        (b"ls\r~.rm -rf\r", b"ls\r", END),
        (b"\r~?", b"\r", HELP),
        (b"\r~?~.", b"\r", [*HELP, *END]),
        (b"\r~?ls\r", b"\rls\r", HELP),
        (b"\r~~", b"\r~", []),
        (b"\r~~.", b"\r~.", []),  # for an ssh inside the session
        (b"\r~~~.", b"\r~~.", []),
        (b"\r~~\r~.", b"\r~\r", END),
        (b"\r~/bin/x\r", b"\r~/bin/x\r", []),
        (b"\r~\r~.", b"\r~\r", END),
        (b"\r~\x1b[A", b"\r~\x1b[A", []),
        (b"\r~\x03", b"\r~\x03", []),
        (b"x~.", b"x~.", []),
        (b"cd ~/a~.b\r", b"cd ~/a~.b\r", []),
        (b"\r ~.", b"\r ~.", []),
        (b"\x03~.", b"\x03~.", []),  # only Enter makes a new line, as in OpenSSH
        (b"\r~", b"\r", []),  # held back
        (b"", b"", []),
    ],
)
@pytest.mark.parametrize("in_pieces", [False, True])
def test_escapes(keys: bytes, passed: bytes, escapes: list[Escape], in_pieces: bool) -> None:
    pieces = [keys[at : at + 1] for at in range(len(keys))] if in_pieces else [keys]
    if in_pieces and Escape.END in escapes:
        pieces = pieces[: keys.index(b"~.") + 2]
    assert typed(*pieces) == (passed, escapes)


PASTE = b"\x1b[200~echo\r~.\r~?\r~~\r\x1b[201~"


@pytest.mark.parametrize("in_pieces", [False, True])
def test_a_bracketed_paste_holds_no_escapes(in_pieces: bool) -> None:
    pieces = [PASTE[at : at + 1] for at in range(len(PASTE))] if in_pieces else [PASTE]
    assert typed(*pieces) == (PASTE, [])


def test_after_a_paste_that_ended_a_line_escapes_are_recognised() -> None:
    assert typed(PASTE, b"~.") == (PASTE, END)


def test_after_a_paste_that_ended_in_a_line_they_are_not() -> None:
    paste = b"\r\x1b[200~~.\x1b[201~"
    assert typed(paste, b"~.") == (paste + b"~.", [])


def test_a_paste_that_the_terminal_does_not_mark_is_typing() -> None:
    assert typed(b"echo\r~.\r") == (b"echo\r", END)


@pytest.mark.parametrize(
    ("keys", "passed", "escapes"),
    [
        (b"ls\r~.", b"ls\r", END),  # it is ours
        (b"ls\r~~.", b"ls\r~~.", []),  # the inner program makes one tilde of two
        (b"ls\r~x", b"ls\r~~x", []),
        (b"ls\r~-/x", b"ls\r~~-/x", []),
        (b"cd ~/x\r", b"cd ~/x\r", []),
        (b"~/x", b"~/x", []),  # no new line was passed on yet
        (b"\x1b[200~a\r~.\x1b[201~", b"\x1b[200~a\r~~.\x1b[201~", []),
    ],
)
def test_a_program_with_escapes_of_its_own_gets_them_quoted(keys: bytes, passed: bytes, escapes: list[Escape]) -> None:
    assert typed(keys, doubled=True) == (passed, escapes)


@given(st.lists(st.sampled_from([b"~", b"~~", b".", b"?", b"\r", b"\n", b"a", b"\x1b[200~", b"\x1b[201~"])))
def test_pieces_make_no_difference_and_a_program_inside_sees_what_was_meant(pieces: list[bytes]) -> None:
    whole, found = typed(b"".join(pieces))
    keys = b"".join(pieces)
    alone = [keys[at : at + 1] for at in range(len(keys))]
    if Escape.END not in found:
        assert typed(*alone) == (whole, found)
        inner = Escapes()
        inner.feed(b"x")  # it does not take the session's beginning for a new line
        outside, _ = typed(keys, b"x", doubled=True)
        # Nor is it known to understand pastes.
        seen, escapes = inner.feed(outside.replace(b"0~", b"0!").replace(b"1~", b"1!"))
        assert escapes == []
        assert seen.replace(b"!", b"~") == typed(keys, b"x")[0]
