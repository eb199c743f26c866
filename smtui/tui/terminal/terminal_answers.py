"""Filters a terminal's answers out of its input, so that none of their bytes becomes a key. Pure: no clock, no I/O.

A remote program queries the terminal, the session ends, and the answer arrives on the screen: read as keys it would
quit, open tunnels or start sessions. Answers are recognised by their grammar (ECMA-48, xterm), never by a list:

- strings (OSC, DCS, APC, PM, SOS) are never keys, whatever is in them;
- a control sequence (CSI) passes when the caller knows it as a key, mouse or focus report, paste, size or mode.

Text comes in pieces of any size. An answer that is cut short ends after a silence; a bunch of characters soon after it
counts as its rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto

ESCAPE_SECONDS = 0.1
"""Silence after which a lone escape is the escape key; as long as Textual waits."""
DOUBTFUL_ESCAPE_SECONDS = 0.5
"""The same while an answer may be under way."""
SILENCE_SECONDS = 1.0
"""Silence after which an unfinished answer counts as cut short; the longest that it delays the user."""
BUNCH_SECONDS = 0.025
"""Nobody types two keys faster than this. Used only while the rest of an answer may be under way."""
PASTE_SILENCE_SECONDS = 10.0
"""Silence after which an unfinished paste ends; nothing that was pasted may become a key."""
STRING_DOUBT_SECONDS = 30.0
"""How long the rest of a string that was cut short (a clipboard, say) may be under way."""
SEQUENCE_DOUBT_SECONDS = 3.0
"""How long the rest of a control sequence that was cut short may be under way."""
FENCE_SECONDS = 1.0
"""How long to wait for the answer to `FENCE`; the round trip of a slow connection."""
HANDOVER_DOUBT_SECONDS = 1.0
"""How long answers to a session may be under way in a terminal that does not answer `FENCE`."""
MUTE_SECONDS = 3.0
"""A terminal that has left `FENCE` unanswered for so long, while the screen had it, answers nothing."""
_LATE_SECONDS = 1.0
_LATE_BUNCH_SECONDS = 0.05
"""For an answer whose escape came alone and was read as the escape key."""
_LONGEST_SEQUENCE = 32
"""Textual gives up on longer ones and makes keys of them."""

_ESC, _BEL, _INTERRUPT = "\x1b", "\x07", "\x03"
_STRING_INTRODUCERS = "]PX^_"
_INTRODUCERS = "[" + _STRING_INTRODUCERS
_C1 = {chr(base + ord(second) + 0x40): second for second in (*_INTRODUCERS, "\\") for base in (0, 0xDC00)}
"""The 8-bit forms of escape and a second character; bytes that are not UTF-8 arrive as lone surrogates."""
_PASTE_START, _PASTE_END = "\x1b[200~", "\x1b[201~"
_FENCE_ANSWER = re.compile(r"\x1b\[\?[\d;]*c")
FENCE = "\x1b[c"
"""Asks for the primary device attributes: a terminal answers in order, so nothing older comes after this answer."""
_REPORTS = re.compile(r"\x1b\[(?:[IO]|\?\d+;\d\$y|48;.*t)", re.DOTALL)
"""What passes even before the fence is answered: focus reports, and answers that Textual itself asked for."""


class EscapeKey:
    """The escape key, pressed by itself."""


ESCAPE_KEY = EscapeKey()
Piece = str | EscapeKey
"""One escape sequence, whole; or plain text; or the escape key."""


class _State(Enum):
    PLAIN = auto()
    ESCAPE = auto()
    SEQUENCE = auto()
    STRING = auto()
    STRING_ESCAPE = auto()
    """An escape inside a string: the end of the string, or the start of something else."""
    PASTE = auto()


class AnswerFilter:
    """Feed it decoded text and the time; `tick` when `due` has passed. Not thread-safe."""

    def __init__(self, is_known: Callable[[str], bool], now: float = 0.0) -> None:
        """`is_known` says whether a whole control sequence means anything to the screen."""
        self._is_known = is_known
        self._state = _State.PLAIN
        self._sequence = ""
        self._raw_left = 0
        """How many characters still belong to the sequence, whatever they are (X10 mouse, Linux console F-keys)."""
        self._belongs_to_osc = False
        self._held = ""
        """A plain character that may be part of a bunch."""
        self._since = now
        """When the last character came."""
        self._doubt_until = now
        self._awaits_fence = False
        self._asked_at = now
        self._is_mute = False
        self._fence_until: float | None = None
        self._drops_paste = False
        self._escape_key_at: float | None = None
        self._out: list[Piece] = []
        self.fence_answered = False
        """Whether this terminal has ever answered `FENCE`."""

    # What the driver calls ------------------------------------------------------------------------

    def expect_fence(self, now: float) -> None:
        """Note that `FENCE` is being written, to learn whether this terminal answers it."""
        self._awaits_fence, self._asked_at = True, now

    def before_session(self, now: float) -> None:
        """Note that a session gets the terminal, and all answers: none that comes later was given to the screen."""
        self._is_mute = not self.fence_answered and (self._is_mute or now - self._asked_at >= MUTE_SECONDS)

    def after_session(self, now: float) -> None:
        """Note that a session used the terminal and `FENCE` is being written: answers may be under way.

        Nothing passes from a terminal known to answer `FENCE` until it does; from one known to answer nothing,
        everything; from any other, single keys.
        """
        self._state, self._sequence, self._held = _State.PLAIN, "", ""
        self._escape_key_at = None
        self._awaits_fence, self._asked_at = True, now
        self._fence_until = now + FENCE_SECONDS if self.fence_answered else None
        self._doubt_until = now if self._is_mute else now + HANDOVER_DOUBT_SECONDS

    def feed(self, text: str, now: float, seen: float | None = None) -> list[Piece]:
        """Return what passes of this text, in order.

        `seen` is when the caller last saw that no input waited, if that is not `now`: a busy machine reads late, and
        text that has waited meanwhile was no silence.
        """
        self._expire(now if seen is None else seen)
        for character in text:
            self._take(character, now)
            self._since = now
        return self._passed()

    def tick(self, now: float) -> list[Piece]:
        """Return what passes because nothing more has come."""
        self._expire(now)
        return self._passed()

    def due(self) -> float | None:
        """Return the time at which `tick` has something to do; None when only more text can change anything."""
        patience = self._patience()
        if patience is None:
            return self._fence_until
        end = self._since + patience
        return end if self._fence_until is None else min(end, self._fence_until)

    # Silence --------------------------------------------------------------------------------------

    def _patience(self) -> float | None:
        """Return the silence, in seconds, that ends the current state; None when none does."""
        if self._state is _State.PLAIN:
            if not self._held:
                return None
            return _LATE_BUNCH_SECONDS if self._escape_key_at is not None else BUNCH_SECONDS
        if self._state is _State.ESCAPE:
            return DOUBTFUL_ESCAPE_SECONDS if self._since < self._doubt_until else ESCAPE_SECONDS
        return PASTE_SILENCE_SECONDS if self._state is _State.PASTE else SILENCE_SECONDS

    def _expire(self, now: float) -> None:
        if self._fence_until is not None and now >= self._fence_until:
            self._fence_until = None
        patience = self._patience()
        if patience is None or now < self._since + patience:
            return
        if self._state is _State.PLAIN:
            self._release()
        elif self._state is _State.ESCAPE:
            self._release()
            self._pass(ESCAPE_KEY)
            self._escape_key_at = self._since + patience
            self._state = _State.PLAIN
        else:
            if self._state is _State.PASTE:
                self._pass_pasted(_PASTE_END)
            self._cut_short(self._since + patience)

    def _cut_short(self, now: float) -> None:
        doubt = SEQUENCE_DOUBT_SECONDS if self._state is _State.SEQUENCE else STRING_DOUBT_SECONDS
        self._doubt_until = max(self._doubt_until, now + doubt)
        self._state, self._sequence = _State.PLAIN, ""

    # Characters -----------------------------------------------------------------------------------

    def _take(self, character: str, now: float) -> None:
        if self._state is _State.PASTE:
            self._take_pasted(_as_text(character))
            return
        introducer = _C1.get(character)
        if introducer is not None:
            self._take(_ESC, now)
            self._take(introducer, now)
            return
        character = _as_text(character)
        if self._state is _State.STRING:
            self._take_in_string(character, now)
        elif self._state is _State.STRING_ESCAPE:
            self._take_after_string_escape(character, now)
        elif self._state is _State.ESCAPE:
            self._take_after_escape(character, now)
        elif self._state is _State.SEQUENCE:
            self._take_in_sequence(character, now)
        else:
            self._take_plain(character, now)

    def _take_plain(self, character: str, now: float) -> None:
        if character == _ESC:
            self._state = _State.ESCAPE
        elif self._held:
            self._take_behind_held(character, now)
        elif self._is_late_introducer(character, now) or (now < self._doubt_until and character != _INTERRUPT):
            self._held = character
        else:
            self._escape_key_at = None
            self._pass(character)

    def _is_late_introducer(self, character: str, now: float) -> bool:
        at = self._escape_key_at
        return at is not None and now < at + _LATE_SECONDS and character in _INTRODUCERS

    def _take_behind_held(self, character: str, now: float) -> None:
        """Handle the second of two plain characters in a bunch: nobody types that fast."""
        if self._escape_key_at is not None and self._is_late_introducer(self._held, now):
            introducer, self._held, self._escape_key_at = self._held, "", None
            self._begin(introducer)
            self._take(character, now)
            return
        self._held = ""
        self._begin_string(osc=True)
        self._take_in_string(character, now)

    def _take_after_escape(self, character: str, now: float) -> None:
        if character == "\\" and (self._held or now < self._doubt_until):
            self._held = ""  # the end of a string whose start something else has read
            self._state = _State.PLAIN
        elif character == _ESC:
            self._release()
            self._pass(ESCAPE_KEY)
        elif character in _INTRODUCERS:
            self._release()
            self._begin(character)
        else:
            self._release()
            self._state = _State.PLAIN
            self._pass(_ESC + character)

    def _begin(self, introducer: str) -> None:
        if introducer == "[":
            self._state, self._sequence, self._raw_left = _State.SEQUENCE, _ESC + "[", 0
        else:
            self._begin_string(osc=introducer == "]")

    def _take_in_sequence(self, character: str, now: float) -> None:
        if self._raw_left:
            self._raw_left -= 1
            self._sequence += character
            if not self._raw_left:
                self._finish_sequence(now)
        elif character == _ESC:
            self._cut_short(now)
            self._state = _State.ESCAPE
        elif not " " <= character <= "~":
            self._cut_short(now)
            self._take_plain(character, now)
        else:
            self._sequence += character
            if self._sequence in ("\x1b[[", "\x1b[M"):
                self._raw_left = 1 if character == "[" else 3
            elif character >= "@" or (character == "$" and self._is_known(self._sequence)):  # `$` ends keys of rxvt
                self._finish_sequence(now)

    def _finish_sequence(self, now: float) -> None:
        sequence, self._sequence, self._state = self._sequence, "", _State.PLAIN
        if _FENCE_ANSWER.fullmatch(sequence):
            if self._awaits_fence:
                self.fence_answered, self._awaits_fence = True, False
                self._fence_until, self._doubt_until = None, now
        elif sequence == _PASTE_START:
            self._state, self._drops_paste = _State.PASTE, self._fence_until is not None
            self._pass_pasted(sequence)
        elif len(sequence) <= _LONGEST_SEQUENCE and self._is_known(sequence):
            self._pass(sequence)

    def _begin_string(self, *, osc: bool) -> None:
        self._state, self._belongs_to_osc = _State.STRING, osc

    def _take_in_string(self, character: str, now: float) -> None:
        if character == _ESC:
            self._state = _State.STRING_ESCAPE
        elif character == _BEL and self._belongs_to_osc:
            self._state = _State.PLAIN
        elif character == _INTERRUPT:  # no answer contains it: somebody wants out
            self._cut_short(now)
            self._pass(character)

    def _take_after_string_escape(self, character: str, now: float) -> None:
        if character == "\\":
            self._state = _State.PLAIN
            return
        self._cut_short(now)
        if character == _ESC:
            self._state = _State.STRING_ESCAPE
        elif character in _INTRODUCERS:
            self._begin(character)
        else:
            self._take_plain(character, now)

    def _take_pasted(self, character: str) -> None:
        self._sequence = (self._sequence + character)[-len(_PASTE_END) :]
        self._pass_pasted(character)
        if self._sequence == _PASTE_END:
            self._state, self._sequence = _State.PLAIN, ""

    # Results --------------------------------------------------------------------------------------

    def _release(self) -> None:
        if self._held:
            self._pass(self._held)
            self._held, self._escape_key_at = "", None

    def _pass(self, piece: Piece) -> None:
        if self._fence_until is None or (isinstance(piece, str) and _REPORTS.fullmatch(piece)):
            self._out.append(piece)

    def _pass_pasted(self, text: str) -> None:
        """Pass pasted text; a paste passes whole or not at all."""
        if not self._drops_paste:
            self._out.append(text)

    def _passed(self) -> list[Piece]:
        passed: list[Piece] = []
        for piece in self._out:
            if passed and _is_plain(piece) and _is_plain(passed[-1]):
                passed[-1] = f"{passed[-1]}{piece}"
            else:
                passed.append(piece)
        self._out = []
        return passed


def _is_plain(piece: Piece) -> bool:
    return isinstance(piece, str) and not piece.startswith(_ESC)


def _as_text(character: str) -> str:
    """Replace a byte that is not UTF-8, which arrives as a lone surrogate."""
    return "\ufffd" if "\udc80" <= character <= "\udcff" else character
