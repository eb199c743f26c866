"""Cuts the bytes of an output into lines, however they arrive."""

from __future__ import annotations

LONGEST = 65_536
"""Bytes of one line; a longer one is cut into pieces of this length, so that no node fills the memory."""


class LineSplitter:
    """Keeps the beginning of a line until the rest of it has come."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._begun = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are complete now, without their ends: a line feed, or that behind a carriage return."""
        self._begun += data
        *whole, begun = bytes(self._begun).split(b"\n")
        lines = [piece for line in whole for piece in self._pieces(line.removesuffix(b"\r"))]
        while len(begun) > self._longest:
            lines.append(begun[: self._longest])
            begun = begun[self._longest :]
        self._begun = bytearray(begun)
        return lines

    def rest(self) -> list[bytes]:
        """Return what came after the last line end: the output is over."""
        begun, self._begun = bytes(self._begun), bytearray()
        return self._pieces(begun.removesuffix(b"\r")) if begun else []

    def _pieces(self, line: bytes) -> list[bytes]:
        return [line[at : at + self._longest] for at in range(0, len(line), self._longest)] or [b""]
