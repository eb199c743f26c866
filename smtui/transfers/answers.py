"""Reads what the far end writes: answers, each a line with the copy's mark, and base64 between them. Does no I/O.

Whatever else comes (prompts, the echo of what was typed, a greeting, a terminal's escapes) is dropped, and only its end
is kept for a sentence.
"""

from __future__ import annotations

import binascii
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_LONGEST_ANSWER = 4096
_KEPT = 2048


class BrokenAnswer(Exception):
    """The far end does not keep to the protocol; the message says how, for a sentence."""


class ShortPayload(BrokenAnswer):
    """Less came than was announced."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `ok` or `no`, and its words."""

    good: bool
    words: tuple[str, ...]

    @property
    def code(self) -> str:
        """Why not, in a word."""
        return self.words[0] if self.words else ""

    @property
    def said(self) -> str:
        """What a program on the node said, behind the code."""
        return " ".join(self.words[1:]).strip()

    def field(self, name: str) -> str:
        """The value of `name=value`; empty if there is none."""
        start = f"{name}="
        return next((word[len(start) :] for word in self.words if word.startswith(start)), "")

    def number(self, name: str, base: int = 10) -> int | None:
        """The value as a number; None for `none`. Raises `BrokenAnswer` for anything else."""
        text = self.field(name)
        return None if text == "none" else whole_number(text, base)


def whole_number(text: str, base: int = 10) -> int:
    """A number of at most 18 digits; raises `BrokenAnswer`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BrokenAnswer("a number was expected")
    try:
        return int(text, base)
    except ValueError:
        raise BrokenAnswer("a number was expected") from None


class AnswerReader:
    """Cuts the stream into answers."""

    def __init__(self, mark: str) -> None:
        self._start = f":{mark} ".encode()
        self._waiting = bytearray()
        self._dropped = bytearray()

    @property
    def dropped(self) -> str:
        """The end of what was no answer."""
        return bytes(self._dropped + self._waiting)[-_KEPT:].decode(errors="replace")

    def feed(self, data: bytes) -> None:
        """Take in what came."""
        self._waiting += data

    def line(self) -> str | None:
        """The next answer as it came, without the mark; None while it is not whole. Raises `BrokenAnswer`."""
        at = self._waiting.find(self._start)
        if at < 0:
            self._drop(max(len(self._waiting) - len(self._start), 0))
            return None
        self._drop(at)
        end = self._waiting.find(b"\n")
        if end < 0:
            if len(self._waiting) > _LONGEST_ANSWER:
                raise BrokenAnswer("an answer does not end")
            return None
        line = bytes(self._waiting[len(self._start) : end])
        del self._waiting[: end + 1]
        return line.rstrip(b"\r").decode("ascii", errors="replace")

    def _drop(self, number: int) -> None:
        self._dropped += self._waiting[:number]
        del self._dropped[:-_KEPT]
        del self._waiting[:number]

    def payload(self) -> tuple[bytes, bool]:
        """What came before the next answer, and whether that answer has begun."""
        at = self._waiting.find(b":")
        if at < 0:
            taken = bytes(self._waiting)
            self._waiting.clear()
            return taken, False
        taken = bytes(self._waiting[:at])
        del self._waiting[:at]
        return taken, True


def parse_answer(line: str) -> Answer:
    """Read an answer; raises `BrokenAnswer`."""
    kind, *words = line.split()
    if kind not in ("ok", "no"):
        raise BrokenAnswer("it answered neither ok nor no")
    return Answer(kind == "ok", tuple(words))


class PayloadDecoder:
    """Turns base64, perhaps of gzip, into the bytes of a file, and never into more than were announced."""

    def __init__(self, most: int, *, gzipped: bool) -> None:
        self._left = most
        self._rest = b""
        self._inflating = zlib.decompressobj(31) if gzipped else None

    def feed(self, text: bytes) -> Iterator[bytes]:
        """Yield what these characters hold, in pieces; raises `BrokenAnswer` for what is no base64, or too much."""
        text = self._rest + text.translate(None, b"\r\n")
        whole = len(text) // 4 * 4
        self._rest = text[whole:]
        if not whole:
            return
        try:
            data = binascii.a2b_base64(text[:whole], strict_mode=True)
        except ValueError:
            raise BrokenAnswer("its base64 is broken") from None
        yield from self._inflated(data) if self._inflating is not None else (self._counted(data),)

    def _inflated(self, data: bytes) -> Iterator[bytes]:
        assert self._inflating is not None  # noqa: S101 - its caller has looked
        try:
            while data:
                piece = self._inflating.decompress(data, 1 << 20)
                data = self._inflating.unconsumed_tail
                if self._inflating.unused_data:
                    raise BrokenAnswer("something follows the compressed data")
                yield self._counted(piece)
        except zlib.error:
            raise BrokenAnswer("its compressed data is broken") from None

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise BrokenAnswer("it sends more than it announced")
        return data

    def finish(self) -> None:
        """Check that all of it came; raises `BrokenAnswer`, and `ShortPayload` if only the end is missing."""
        if self._rest:
            raise BrokenAnswer("its base64 is broken")
        if self._left:
            raise ShortPayload("it sent less than it announced")
