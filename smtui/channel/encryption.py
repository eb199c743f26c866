"""Encrypts the bytes of a KMS session: AES-256-GCM with a key for each direction.

On the wire: a nonce of 12 bytes, the ciphertext, a tag of 16; nothing else is authenticated.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from smtui.channel.message import MalformedMessage

KEY_BYTES = 64
"""Bytes requested from GenerateDataKey: 32 for each direction."""

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class DataKey:
    """The answer of GenerateDataKey. The plaintext is a secret and stays out of the repr."""

    plaintext: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


GenerateDataKey = Callable[[str, Mapping[str, str]], Awaitable[DataKey]]
"""Calls kms:GenerateDataKey for a key id and an encryption context; raises an error whose text explains itself."""


class KeyNotDecrypted(Exception):
    """kms:Decrypt failed; the message is what the agent prints, `Code: message`."""


DecryptDataKey = Callable[[bytes, Mapping[str, str]], Awaitable[bytes]]
"""Calls kms:Decrypt for a data key that is bound to an encryption context; raises KeyNotDecrypted."""


@dataclass(frozen=True, slots=True)
class AgentEncryption:
    """What an agent needs for an encrypted session."""

    key_id: str
    target: str
    """The node's id, as the agent knows it."""
    decrypt: DecryptDataKey
    requires_acknowledgement: bool = False
    """The agent's setting RequireKMSChallengeResponse, off by default."""


class Cipher(Protocol):
    """Encrypts what a session sends and decrypts what it receives."""

    def encrypt(self, data: bytes) -> bytes:
        """Encrypt bytes for the other end."""

    def decrypt(self, data: bytes) -> bytes:
        """Decrypt bytes from the other end; raises MalformedMessage."""


class SessionCipher:
    """AES-256-GCM; `sending` and `receiving` are 32 bytes each."""

    def __init__(self, *, sending: bytes, receiving: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._sending = AESGCM(sending)
        self._receiving = AESGCM(receiving)

    @classmethod
    def of_client(cls, plaintext_key: bytes) -> SessionCipher:
        """Return the client's end of a data key: the first half is for what the agent sends."""
        half = _half(plaintext_key)
        return cls(receiving=plaintext_key[:half], sending=plaintext_key[half:])

    @classmethod
    def of_agent(cls, plaintext_key: bytes) -> SessionCipher:
        """Return the agent's end of the same key."""
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
    """Return what the key is bound to at both ends, with the challenge of newer agents unless it is empty."""
    context = {"aws:ssm:SessionId": session_id, "aws:ssm:TargetId": target}
    if challenge:
        context["aws:ssm:RandomChallenge"] = challenge
    return context
