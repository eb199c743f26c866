"""Hashes as a node's tools compute them: SHA-256, or POSIX `cksum` where a node has nothing better."""

from __future__ import annotations

import hashlib
import zlib
from typing import Protocol

SHA256 = "SHA-256"
CKSUM = "cksum"
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class Checksum(Protocol):
    """Like the objects of hashlib."""

    def update(self, data: bytes, /) -> None:
        """Take in more data."""

    def hexdigest(self) -> str:
        """What the node's tool prints for all data so far."""

    def copy(self) -> Checksum:
        """Another one with the same data so far."""


def checksum(kind: str) -> Checksum:
    """An empty checksum of this kind."""
    return _Cksum() if kind == CKSUM else hashlib.sha256()


class _Cksum:
    """CRC-32 as POSIX has it: bits the other way round from zlib's, and the length behind the data."""

    def __init__(self, state: int = 0xFFFFFFFF, length: int = 0) -> None:
        self._state = state
        self._length = length

    def update(self, data: bytes, /) -> None:
        self._state = zlib.crc32(data.translate(_MIRRORED), self._state)
        self._length += len(data)

    def hexdigest(self) -> str:
        length = self._length.to_bytes((self._length.bit_length() + 7) // 8, "little")
        mirrored = zlib.crc32(length.translate(_MIRRORED), self._state)
        return str(int(f"{mirrored:032b}"[::-1], 2))

    def copy(self) -> _Cksum:
        return _Cksum(self._state, self._length)
