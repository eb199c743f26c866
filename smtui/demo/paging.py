"""Opaque NextTokens that cannot be made up, nor used with another operation or another Region."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets

_SEAL = 12


class PageTokens:
    """Makes and reads the NextTokens of one Region; each holds the index to go on from."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)

    def make(self, operation: str, start: int) -> str:
        place = start.to_bytes(8, "big")
        return base64.urlsafe_b64encode(place + self._seal(operation, place)).decode()

    def read(self, operation: str, token: str | None) -> int | None:
        """The index to go on from, 0 for no token at all; None for a token that is not ours."""
        if not token:
            return 0
        try:
            raw = base64.urlsafe_b64decode(token.encode())
        except (binascii.Error, ValueError):
            return None
        place, seal = raw[:8], raw[8:]
        if not hmac.compare_digest(seal, self._seal(operation, place)):
            return None
        return int.from_bytes(place, "big")

    def _seal(self, operation: str, place: bytes) -> bytes:
        return hmac.digest(self._key, operation.encode() + place, "sha256")[:_SEAL]
