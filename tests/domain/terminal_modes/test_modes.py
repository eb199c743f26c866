from __future__ import annotations

import itertools

import pyte
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtui.domain.terminal_modes.modes import TerminalModes

CANCEL = b"\x18\x1b\\"
# Whether a terminal knows the last of it is not seen, so it is not taken to be enough.
DEFAULT_TABS = b"\x1b7\r\x1b[3g" + b"\x1b[8C\x1bH" * 9 + b"\x1b[?5W\x1b8"
OFF_BY_DEFAULT = (
    *(1, 4, 5, 12, 45, 66, 67, 69, 1037, 1042, 1061, 2004, 2026, 2031, 2048, 9001),
    *(9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016),
)
ON_BY_DEFAULT = (7, 8, 25, 1034, 1035, 1040, 1070)
UNKNOWN = (1007, 1010, 1036, 2027, 5522, 7727, 77096)


def undo(output: bytes, *, softly_reset: bool = False) -> bytes:
    modes = TerminalModes()
    modes.pass_on(output)
    return modes.undo(24, 80, softly_reset=softly_reset)


def shown(*pieces: bytes) -> bytes:
    modes = TerminalModes()
    return b"".join(modes.pass_on(piece) for piece in pieces)


@pytest.mark.parametrize(
    ("left", "undone"),
    [
        *((b"\x1b[?%dh" % mode, b"\x1b[?%dl" % mode) for mode in OFF_BY_DEFAULT),
        *((b"\x1b[?%dl" % mode, b"\x1b[?%dh" % mode) for mode in ON_BY_DEFAULT),
        *((b"\x1b[?%dh" % mode, b"\x1b[?%dl" % mode) for mode in (47, 1047, 1049, *UNKNOWN)),
        *((b"\x1b[?%dl" % mode, b"\x1b[?%dh" % mode) for mode in UNKNOWN),
        *((b"\x1b[%dh" % mode, b"\x1b[%dl" % mode) for mode in (2, 4, 20, 33)),
        (b"\x1b[12l", b"\x1b[12h"),
        (b"\x1b[?1000;1006h", b"\x1b[?1000l\x1b[?1006l"),
        (b"\x1b[?1007h\x1b[?1007l\x1b[?1007h", b"\x1b[?1007l"),
        (
            b"\x1b[?" + b";".join(b"%d" % mode for mode in UNKNOWN * 20) + b"h",
            b"".join(b"\x1b[?%dl" % m for m in UNKNOWN),
        ),
        # Switching origin mode off moves the cursor home, over what is shown there.
        (b"\x1b[?6h", b"\x1b[?6l\x1b[24;1H"),
        (b"\x1b[?2l", b"\x1b<"),
        (b"\x1b[?1000h\x1b[?1000s\x1b[?1000l\x1b[?1000r", b"\x1b[?1000l"),
        (b"\x1b[?1000;7r", b"\x1b[?7h\x1b[?1000l"),
        (b"\x1b[?69h\x1b[5;40s", b"\x1b[?69l"),
        (b"\x1b[5 q", b"\x1b[0 q"),
        (b'\x1b[1"q', b'\x1b[0"q'),
        (b"\x1b[2q", b"\x1b[0q"),
        (b"\x1b[1$}", b"\x1b[0$}"),
        (b"\x1b[2$~", b"\x1b[0$~"),
        (b"\x1b[2*x", b"\x1b[0*x"),
        (b"\x1b[1;2'z", b"\x1b[0'z"),
        (b"\x1b[>3p", b"\x1b[>1p"),
        (b"\x1b[?17;0;64c", b"\x1b[?0c"),
        (b"\x1b[5i", b"\x1b[4i"),
        (b"\x1b[?5i", b"\x1b[?4i"),
        (b"\x1b G", b"\x1b F"),
        (b"\x1b%@", b"\x1b%G"),
        (b"\x1b=", b"\x1b>"),
        (b"\x1b[>1u", b"\x1b[<1u"),
        (b"\x1b[>1u\x1b[>5u", b"\x1b[<2u"),
        (b"\x1b[>1u" * 9 + b"\x1b[<4u", b"\x1b[<5u"),
        (b"\x1b[=3;1u", b"\x1b[=0;1u"),
        (b"\x1b[=1u\x1b[=4;2u\x1b[=1;3u", b"\x1b[=0;1u"),
        (b"\x1b[=1u\x1b[>5u", b"\x1b[<1u\x1b[=0;1u"),
        (b"\x1b[>4;2m", b"\x1b[>4m"),
        (b"\x1b[>4n", b"\x1b[>4m"),
        (b"\x1b[>1;3m\x1b[>2n", b"\x1b[>1m\x1b[>2m"),
        (b"\x1b[>4;1f", b"\x1b[>4f"),
        (b"\x1b[5;10r", b"\x1b7\x1b[r\x1b8"),
        (b"\x1b[1;20r", b"\x1b7\x1b[r\x1b8"),
        (b"\x1b[3g", DEFAULT_TABS),
        (b"\x1bH", DEFAULT_TABS),
        (b"\x1b[3;9r\x1b[g", DEFAULT_TABS.replace(b"\r", b"\x1b[r\r", 1)),
        (b"\x0e", b"\x0f"),
        (b"\x1bn", b"\x0f"),
        (b"\x1b(0", b"\x1b(B"),
        (b"\x1b)0\x1b.A", b"\x1b)B\x1b*B"),
        (b"\x1b[1m", b"\x1b[0m"),
        (b"\x1b[0;38;5;196m", b"\x1b[0m"),
        (b"\x1b[4:3m", b"\x1b[0m"),
        (b"\x1b[31m\x1b7\x1b[m\x1b8", b"\x1b[0m"),
        (b"\x1b[31m\x1b[?1048h\x1b[m\x1b[?1048l", b"\x1b[0m"),
        (b"\x1b[?6h\x1b7\x1b[?6l\x1b8", b"\x1b[?6l\x1b[24;1H"),
        (b"\x1b]4;1;#123456\x07", b"\x1b]104\x1b\\"),
        (b"\x1b]4;1;#123456;2;#fff\x1b\\\x1b]104;1\x07", b"\x1b]104\x1b\\"),
        (b"\x1b]5;0;#123456\x07", b"\x1b]105\x1b\\"),
        *((b"\x1b]%d;red\x07" % command, b"\x1b]1%d\x1b\\" % command) for command in range(10, 20)),
        (b"\x1b]10;red;?;blue\x07", b"\x1b]110\x1b\\\x1b]112\x1b\\"),
        (b"\x1b]P0123456", b"\x18\x1b\\\x1b]R\x1b\\"),
        (b"\x1b]8;id=1;http://x\x1b\\link", b"\x1b]8;;\x1b\\"),
        (b"\x1b]9;4;1;50\x07", b"\x1b]9;4;0\x1b\\"),
        (b"\x1b]22;wait\x07", b"\x1b]22;\x1b\\"),
        (b"\x1b]0;title\x07", b"\x1b]0;\x1b\\\x1b[23;0t"),
        (b"\x1b]2;title\x07\x1b]1;icon\x07", b"\x1b]0;\x1b\\\x1b[23;1t\x1b[23;2t"),
        (b"\x1b[22;2t", b"\x1b[23;2t"),
        (b"\x1b]8;;http://half", CANCEL + b"\x1b]8;;\x1b\\"),
        (b"\x1b]0;half a title", CANCEL + b"\x1b]0;\x1b\\\x1b[23;0t"),
        (b"\x1bPq#0;2;0;0;0", CANCEL),
        (b"text\x1b[38;5", CANCEL),
        (b"text\x1b[?" + b"1" * 2000, CANCEL),
        # As one byte, and as the character that UTF-8 makes of it.
        (b"\x9b?1003h", b"\x1b[?1003l"),
        (b"\xc2\x9b?1003h", b"\x1b[?1003l"),
        (b"\x9d8;;http://x\x9c", b"\x1b]8;;\x1b\\"),
        (b"\xc2\x9d10;red\xc2\x9c\x9b4h", b"\x1b]110\x1b\\\x1b[4l"),
        (b"\x88", DEFAULT_TABS),
        (b"\x90q#0", CANCEL),
        # The alternate screen has a keyboard stack of its own, and is left before anything is drawn.
        (b"\x1b[>1u\x1b[?1049h\x1b[>3u\x1b[31m", b"\x1b[<1u\x1b[?1049l\x1b[<1u\x1b[0m"),
        (b"\x1b[?1049h\x1b[?47h", b"\x1b[?1049l"),
        # Leaving it restores what was saved with the cursor when it was entered.
        (b"\x1b[31m\x1b[?6h\x1b[?1049h\x1b[!p", b"\x1b[?1049l\x1b[0m\x1b[?6l\x1b[24;1H"),
        # What a reset is known to leave.
        (b"\x1b[?1049h\x1b[?1000h\x1b[31m\x1b[4h\x1b[!p", b"\x1b[?1049l\x1b[?1000l"),
        (b"\x1b[?1041h\x1b[?1003h\x1b]4;1;#123456\x07\x1bc", b"\x1b]104\x1b\\\x1b[?1041l"),
    ],
)
def test_what_was_left_is_undone_exactly(left: bytes, undone: bytes) -> None:
    assert undo(left) == undone
    assert undo(left + b"\x18" + undone).replace(DEFAULT_TABS, b"") == b"", "the undoing is itself complete"


@pytest.mark.parametrize(
    "clean",
    [
        b"",
        b"plain caf\xc3\xa9 \xe6\xbc\xa2\r\n",
        b"\xe6\xbc\x9b?1003h \xf0\x9f\x98\x9b4h \xc3\x9b5i",  # these characters end with the byte 9B
        b"\x1b[?1049h\x1b[?25l\x1b[2J\x1b[?25h\x1b[?1049l",
        b"\x1b[?1000h\x1b[?1006h\x1b[?1006l\x1b[?1000l",
        b"\x1b[?1003l\x1b[?2004l\x1b[?1004l\x1b[?9001l\x1b[?7h\x1b[?25h",
        b"\x1b[?1007h\x1b[?1007l",
        b"\x1b[?1007l\x1b[?1007h",
        b"\x1b[?1007s\x1b[?1007h\x1b[?1007r",
        b"\x1b[?1001s\x1b[?1000h\x1b[?1000l\x1b[?1001r",
        b"\x1b[?12;25h\x1b[?12l\x1b[?25h",
        b"\x1b[?2l\x1b<",
        b"\x1b[?0h\x1b[?h\x1b[?123456h",
        b"\x1b[?3h\x1b[?3l",  # to switch it back would clear the screen
        b"\x1b[1;31mred\x1b[0m \x1b[32mgreen\x1b[m \x1b[33myellow\x1b[39m \x1b[1mbold\x1b[22m \x1b[48;2;1;2;3m\x1b[49m",
        b"\x1b[38;5;1m\x1b[1;0m",
        b"\x1b[4:3m\x1b[4:0m",
        b"\x1b7\x1b[31m\x1b[m\x1b8",
        b"\x1b[5 q\x1b[ q",
        b'\x1b[1"q\x1b[2"q',
        b"\x1b[5i\x1b[4i",
        b"\x1b G\x1b F",
        b"\x1b%@\x1b%G",
        b"\x1b[>1u\x1b[<u",
        b"\x1b[>1u\x1b[=7u\x1b[<u",
        b"\x1b[=5u\x1b[=5;3u",
        b"\x1b[?u\x1b[c\x1b[6n\x1b[?2026$p\x1b[u",
        b"\x1b[>4;2m\x1b[>4;m",
        b"\x1b[>4;2m\x1b[>4;0m",
        b"\x1b[3;9r\x1b[r",
        b"\x1b[1;24r",
        b"\x1b(0lqk\x1b(B\x0e\x0f",
        b"\x1b=\x1b>",
        b"\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
        b"\x1b]4;1;?\x07\x1b]10;?\x07\x1b]11;?\x1b\\\x1b]52;c;?\x07\x1b]7;file:///\x07\x1b]133;A\x07",
        b"\x1b]4;1;#123456;2;#fff\x1b\\\x1b]104;1;2\x07",
        b"\x1b]4;1;#123456\x1b\\\x1b]104\x07",
        b"\x1b]10;red;blue\x07\x1b]110\x07\x1b]111\x07",
        b"\x1b]9;4;1;50\x07\x1b]9;4;0\x07\x1b]9;message\x07",
        b"\x1b[22;2t\x1b[22;1t\x1b]0;vim\x07\x1b[23;2t\x1b[23;1t",
        b"\x1b[22t\x1b]2;a\x07\x1b[22;0t\x1b]2;b\x07\x1b[23t\x1b[23;0;0t",
        b"\x1b]8;;http://x\x18",
        b"\x1bP\x1b\\\x1b_G\x07\x1b\\",
        b"\x1b[?1003h\x1b[31m\x1b[?25l\x1b[>1u\x1b(0\x1bc",
        b"\x1b[31m\x1b[?25l\x1b[?1h\x1b[4h\x1b[2;5r\x1b[!p",
        b"text\x1b",  # not shown yet, as a title may follow
    ],
)
def test_nothing_is_undone_that_was_not_left(clean: bytes) -> None:
    assert undo(clean) == b""


def test_an_escape_ends_a_string() -> None:
    assert undo(b"\x1b]7;\x1b[?1000h\x07") == b"\x1b[?1000l"


def test_a_session_that_was_cut_off_is_followed_by_a_soft_reset() -> None:
    left = b"\x1b[?1049h\x1b[>1u\x1b[31m\x1b[?7l\x1b[5;10r\x1b]2;vi\x07"
    undone = undo(left, softly_reset=True)
    parts = (
        b"\x1b[<1u",
        b"\x1b[?1049l",
        b"\x1b[23;2t",
        b"\x1b[!p\x1b[?7h",
        b"\x1b[0m",
        b"\x1b7\x1b[r\x1b8",
        b"\x1b[?7h",
    )
    places = [undone.index(part) for part in parts[:-1]]
    assert places == sorted(places), "a soft reset forgets the saved cursor, so it comes after the alternate screen"
    assert undone.endswith(parts[-1])
    assert undo(b"\x1b[m", softly_reset=True) == b"\x1b[!p\x1b[?7h"
    assert undo(b"plain caf\xc3\xa9\r\n", softly_reset=True) == b"", "text changes no terminal"


def test_without_the_size_everything_is_reset() -> None:
    modes = TerminalModes()
    modes.pass_on(b"\x1b[1;24r\x1b[3g\x1b[?6h")
    assert modes.undo() == b"\x1b[?6l\x1b[999;1H\x1b7\x1b[r\x1b[?5W\x1b8"


def test_a_title_is_saved_before_it_is_first_set() -> None:
    assert shown(b"a\x1b]2;one\x07b\x1b]2;two\x07") == b"a\x1b[22;2t\x1b]2;one\x07b\x1b]2;two\x07"
    assert shown(b"\x1b[22;2t\x1b]0;x\x07") == b"\x1b[22;2t\x1b[22;1t\x1b]0;x\x07", "vim saved one of the two itself"
    popped = b"\x1b]0;x\x07\x1b[23;0t"
    assert shown(popped, popped) == (b"\x1b[22;0t" + popped) * 2, "what is saved can be taken away"


def test_many_titles_are_put_back_by_as_many_pops_as_there_were_pushes() -> None:
    assert undo(b"\x1b[22;2t\x1b]2;x\x07" * 50) == b"\x1b]2;\x1b\\" + b"\x1b[23;2t" * 10


def test_the_remote_cannot_make_it_fail_with_numbers() -> None:
    digits = b"9" * 5000
    for final in (b"m", b"h", b"l", b"r", b"s", b"u", b" q", b"g", b"t", b"i", b"c", b"p", b"n", b"f"):
        for private in (b"", b"?", b">", b"<", b"="):
            for parameters in (digits + b";" + digits, b"9" * 900 + b";" + b"8" * 20, b":;:;::"):
                assert len(undo(b"\x1b[" + private + parameters + final)) < 100
    for command in (b"4", b"5", b"8", b"9", b"10", b"104", b"110", b"9" * 5000):
        for rest in (b"", b";", b";;;", b";" + digits, b";1;" + digits + b";" + digits, b";\xb2;\xd9\xa1;x"):
            assert len(undo(b"\x1b]" + command + rest + b"\x07")) < 100


def test_the_remote_cannot_fill_the_memory() -> None:
    modes = TerminalModes()
    for number in range(1, 100_000, 8):
        modes.pass_on(b"\x1b[?%dh\x1b[?%ds\x1b[%dh\x1b]4;%d;red\x07\x1b[>%du\x1b[>%d;1m\x1b[22t" % ((number,) * 6))
    modes.pass_on(b"\x1b[?25l\x1b]0;" + b"x" * 1_000_000)
    modes.pass_on(b"\x1b[" + b"1;" * 1_000_000)
    undone = modes.undo(24, 80)
    assert len(undone) < 10_000
    for known in (b"\x1b[?9001l", b"\x1b[?25h", b"\x1b[?1049l", b"\x1b]104\x1b\\"):
        assert known in undone


_PIECES = st.lists(
    st.sampled_from(
        [b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h", b"\x1b[31m", b"\x1b[m", b"\x1b[1;39m", b"\x1b]0;t",
         b"\x07", b"\x1b\\", b"\x1bP", b"\x1bc", b"\x1b[!p", b"\x0e", b"\x0f", b"\x1b(0", b"\x1b[>1u", b"\x1b[<u",
         b"\x1b", b"\x1b[", b"\x1b[?20", b"04h", b"\x18", b"text", b"\x1b[2;4r", b"\x1b[>4;1m", b"\xe6\xbc", b"\x1b=",
         b"\x9b", b"\xc2\x9b", b"\xc2", b"?1003h", b"\x9d4;1;red", b"\x9c", b"\xf0\x9f\x98", b"\x1b[?1007", b"s", b"r",
         b"h", b"l", b"\x1b[22;", b"2t", b"\x1b[23t", b"\x1b]8;;x", b"\x1b]2", b";", b"\x1b7", b"\x1b8", b"\x1bH",
         b"\x1b[?6h", b"\x1b[=5;2u", b"\x1b[3 ", b"q", b"\x1b]11;#fff", b"\x1b[5i", b"1" * 2000]
    )
)  # fmt: skip


@given(_PIECES, st.lists(st.integers(0, 200)))
def test_chunks_make_no_difference(pieces: list[bytes], cuts: list[int]) -> None:
    output = b"".join(pieces)
    whole, cut = TerminalModes(), TerminalModes()
    edges = [0, *sorted(cut for cut in cuts if cut < len(output)), len(output)]
    parts = [cut.pass_on(output[start:end]) for start, end in itertools.pairwise(edges)]
    assert b"".join(parts) == whole.pass_on(output)
    assert cut.undo(24, 80, softly_reset=True) == whole.undo(24, 80, softly_reset=True)


@pytest.mark.parametrize("cut", [b"\xf0\x9f\x98", b"\xf0\x9f", b"\xe6\x9b"])
def test_a_cut_character_is_no_control(cut: bytes) -> None:
    assert undo(cut + b"\x0e") == b"\x0f", "else a string would have begun that holds it"


@given(_PIECES)
@example([b"\x0e", b"\xf0\x9f\x98"])
def test_undoing_is_complete_and_final(pieces: list[bytes]) -> None:
    output = b"".join(pieces)
    assert undo(shown(output) + undo(output)).replace(DEFAULT_TABS, b"") == b""


@given(_PIECES)
def test_the_end_never_clears_what_is_to_be_read(pieces: list[bytes]) -> None:
    undone = undo(b"".join(pieces), softly_reset=True)
    for clears in (b"\x1bc", b"J", b"\x1b[?3", b"\x1b[?1049h"):
        assert clears not in undone


# Against a terminal that we did not write. It knows less than ours, so these sequences are some that it knows.

_KNOWN_TO_PYTE = st.lists(
    st.sampled_from(
        [*(b"\x1b[?%d%c" % (mode, how) for mode in (6, 7, 25) for how in b"hl"), b"\x1b[4h", b"\x1b[4l", b"\x1b[20h",
         b"\x1b[3;9r", b"\x1b[r", b"\x1b[31;1m", b"\x1b[7m", b"\x1b[m", b"\x1b[4;27m", b"\x1b[3g", b"\x1bH", b"\x1b[g",
         b"\x1b(0", b"\x1b)0", b"\x1b(B", b"\x0e", b"\x0f", b"\x1b7", b"\x1b8", b"text\r\n", b"\x1b[7;5H", b"\x1bc"]
    )
)  # fmt: skip


@given(_KNOWN_TO_PYTE)
def test_a_terminal_is_as_before(pieces: list[bytes]) -> None:
    output = b"".join(pieces)
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    stream.select_other_charset("@")  # in UTF-8 it would not choose character sets
    stream.feed(shown(output))
    before = (screen.cursor.y, screen.cursor.x)
    stream.feed(undo(output))
    fresh = pyte.Screen(80, 24)
    assert screen.mode == fresh.mode
    assert (screen.margins, screen.tabstops) == (fresh.margins, fresh.tabstops)
    assert (screen.charset, screen.g0_charset) == (0, fresh.g0_charset)
    assert screen.g1_charset in (fresh.g1_charset, pyte.charsets.LAT1_MAP)
    assert screen.cursor.attrs == fresh.cursor.attrs
    assert not screen.cursor.hidden or b"\x1b8" in pieces, "pyte alone saves that with the cursor"
    assert (screen.cursor.y, screen.cursor.x) in (before, (23, 0))
