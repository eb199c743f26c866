"""KMS encryption of the bytes of a session: AES-256-GCM with a key for each direction.

On the wire: a nonce of 12 bytes, the ciphertext, a tag of 16; nothing else is authenticated.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from smtui.channel.message import MalformedMessage

KEY_BYTES = 64
"""What GenerateDataKey is asked for: 32 bytes for each direction."""

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class DataKey:
    """The answer of GenerateDataKey; the plaintext is a secret and stays out of the repr."""

    plaintext: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


GenerateDataKey = Callable[[str, Mapping[str, str]], Awaitable[DataKey]]
"""kms:GenerateDataKey for a key id and an encryption context; raises whatever explains itself."""


@dataclass(frozen=True, slots=True)
class AgentEncryption:
    """What an agent needs to have a session encrypted."""

    key_id: str
    decrypt: Callable[[bytes], bytes | None]
    """kms:Decrypt of a data key, with the session's own context; None for a ciphertext that cannot be decrypted."""


class Cipher(Protocol):
    """What a session does with the bytes it sends and receives."""

    def encrypt(self, data: bytes) -> bytes:
        """For the other end."""

    def decrypt(self, data: bytes) -> bytes:
        """From the other end; raises MalformedMessage."""


class SessionCipher:
    """AES-256-GCM; `sending` and `receiving` are 32 bytes each."""

    def __init__(self, *, sending: bytes, receiving: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._sending = AESGCM(sending)
        self._receiving = AESGCM(receiving)

    @classmethod
    def of_client(cls, plaintext_key: bytes) -> SessionCipher:
        """The client's end of a data key: the first half is for what the agent sends."""
        half = _half(plaintext_key)
        return cls(receiving=plaintext_key[:half], sending=plaintext_key[half:])

    @classmethod
    def of_agent(cls, plaintext_key: bytes) -> SessionCipher:
        """The agent's end of the same key."""
        half = _half(plaintext_key)
        return cls(sending=plaintext_key[:half], receiving=plaintext_key[half:])

    def encrypt(self, data: bytes) -> bytes:
        """See `Cipher`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._sending.encrypt(nonce, data, None)

    def decrypt(self, data: bytes) -> bytes:
        """See `Cipher`."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._receiving.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise MalformedMessage("a payload that was not encrypted with this session's key") from None


def _half(plaintext_key: bytes) -> int:
    if len(plaintext_key) != KEY_BYTES:
        raise MalformedMessage(f"a data key of {len(plaintext_key)} bytes")
    return KEY_BYTES // 2


def encryption_context(session_id: str, target: str, challenge: str) -> dict[str, str]:
    """What the key is bound to; newer agents add a challenge."""
    context = {"aws:ssm:SessionId": session_id, "aws:ssm:TargetId": target}
    if challenge:
        context["aws:ssm:RandomChallenge"] = challenge
    return context
