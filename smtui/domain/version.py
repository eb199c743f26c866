"""Compares dotted versions number by number: SSM Agent 3.3.987.0 is newer than 3.3.99.0."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering

_DOTTED = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}", re.ASCII)
_PARTS = 4


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """One to four numbers; missing ones count as zero, so 3.1 equals 3.1.0.0."""

    parts: tuple[int, int, int, int]

    @classmethod
    def parse(cls, text: str) -> Version | None:
        """Read `3.3.987.0`; None for anything that is not a dotted version of at most four numbers."""
        text = text.strip()
        if not _DOTTED.fullmatch(text):
            return None
        numbers = [int(part) for part in text.split(".")]
        numbers += [0] * (_PARTS - len(numbers))
        return cls((numbers[0], numbers[1], numbers[2], numbers[3]))

    @classmethod
    def of(cls, text: str) -> Version:
        """Like `parse`, for constants: raises ValueError on text that is not a version."""
        version = cls.parse(text)
        if version is None:
            raise ValueError(f"not a dotted version: {text!r}")
        return version

    def __lt__(self, other: Version) -> bool:
        return self.parts < other.parts

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))
