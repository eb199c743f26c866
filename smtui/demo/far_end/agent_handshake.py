"""Performs the agent's side of the handshake: requests actions of the client and judges its responses.

Its error messages are those of the real agent (agent/session/datachannel/datachannel.go, agent/session/crypto), since
a user sees nothing else.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smtui.channel.encryption import (
    KEY_BYTES,
    AgentEncryption,
    Cipher,
    KeyNotDecrypted,
    SessionCipher,
    encryption_context,
)
from smtui.channel.handshake import (
    KMS_ENCRYPTION,
    ActionStatus,
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    KeyRequest,
    ProcessedAction,
)
from smtui.channel.message import MalformedMessage
from smtui.channel.payloads import json_bytes, json_object
from smtui.domain.version import Version

if TYPE_CHECKING:
    from smtui.demo.far_end.far_end_settings import FarEndSettings

FIRST_WITH_CHALLENGE = Version.of("3.3.808.0")
"""The oldest version known to send a challenge; agents up to 3.3.551 do not, those between are unknown."""

_KMS_CHALLENGE_BYTES = 16
_SECRET_BYTES = 64
_BASE64 = re.compile(r"[A-Za-z0-9+/=]")
_ENCRYPTED = "This session is encrypted using AWS KMS."


class HandshakeFailed(Exception):
    """The session cannot continue; the text is the agent's message."""


class AgentCrashed(Exception):
    """The agent itself failed; the text is its whole message."""


class AgentHandshake:
    """One session's handshake: `request`, `accept` the response, then `secret` and `proves` if it is encrypted."""

    def __init__(self, session_id: str, settings: FarEndSettings) -> None:
        self._session_id = session_id
        self._settings = settings
        self._encryption = settings.encryption
        self._challenge = ""
        version = Version.parse(settings.agent_version)
        if self._encryption is not None and version is not None and version >= FIRST_WITH_CHALLENGE:
            self._challenge = base64.b64encode(os.urandom(_KMS_CHALLENGE_BYTES)).decode()
        self._secret = b""
        self.cipher: Cipher | None = None
        """None until a data key has been accepted."""

    def request(self) -> bytes:
        """The payload of the handshake request."""
        settings, encryption = self._settings, self._encryption
        key = KeyRequest(encryption.key_id, self._challenge) if encryption is not None else None
        request = HandshakeRequest.for_session(
            settings.agent_version, settings.session_type, settings.properties, key=key
        )
        return request.encode()

    async def accept(self, response: HandshakeResponse) -> None:
        """Judge the result of every action. Raises HandshakeFailed for the last failure, or AgentCrashed."""
        failure: HandshakeFailed | None = None
        for action in response.actions:
            try:
                await self._accept(action)
            except HandshakeFailed as failed:
                failure = failed
        if failure is not None:
            raise failure
        if self._encryption is not None and self.cipher is None:
            # The real agent goes on and encrypts with a missing key.
            raise AgentCrashed(
                "Plugin crashed with message runtime error: invalid memory address or nil pointer dereference!"
            )

    def secret(self) -> bytes:
        """The payload that asks the client to prove that it holds the same key."""
        if self.cipher is None:
            raise RuntimeError("there is no key yet")
        self._secret = os.urandom(_SECRET_BYTES)
        return json_bytes({"Challenge": base64.b64encode(self.cipher.encrypt(self._secret)).decode()})

    def proves(self, payload: bytes) -> bool:
        """Whether the client's answer holds what `secret` sent."""
        if self.cipher is None or not self._secret:
            return False
        try:
            answer = base64.b64decode(str(json_object(payload).get("Challenge", "")), validate=True)
            return hmac.compare_digest(self.cipher.decrypt(answer), self._secret)
        except (ValueError, MalformedMessage):
            return False

    def complete(self, nanoseconds: int) -> bytes:
        """The payload of the handshake's completion."""
        message = self._settings.customer_message + (_ENCRYPTED if self.cipher is not None else "")
        return HandshakeComplete(nanoseconds, message).encode()

    async def _accept(self, action: ProcessedAction) -> None:
        if action.status is not ActionStatus.SUCCESS:
            raise HandshakeFailed(action.failure())
        if action.type == KMS_ENCRYPTION and self._encryption is not None:
            self.cipher = await self._fetch_key(self._encryption, action.result or {})

    async def _fetch_key(self, encryption: AgentEncryption, result: Mapping[str, Any]) -> Cipher:
        """Decrypt the client's data key. The challenge is part of the context only if the client acknowledges it."""
        acknowledged = bool(self._challenge) and _acknowledged(result)
        wrapped = _wrapped_key(result)
        if encryption.requires_acknowledgement and not acknowledged:
            raise HandshakeFailed("client does not support required encryption context random challenge")
        challenge = self._challenge if acknowledged else ""
        context = encryption_context(self._session_id, encryption.target, challenge)
        try:
            if not wrapped:
                raise KeyNotDecrypted(_without_ciphertext(wrapped))
            plaintext = await encryption.decrypt(wrapped, context)
        except KeyNotDecrypted as failed:
            raise HandshakeFailed(
                f"Fetching data key failed: Unable to retrieve data key, Error when decrypting data key {failed}"
            ) from None
        if len(plaintext) != KEY_BYTES:
            second_half = max(0, len(plaintext) - KEY_BYTES // 2)
            raise HandshakeFailed(
                f"Fetching data key failed: Error creating NewCipher, crypto/aes: invalid key size {second_half}"
            )
        return SessionCipher.of_agent(plaintext)


def _acknowledged(result: Mapping[str, Any]) -> bool:
    given = result.get("ChallengeAcknowledgement")
    if not isinstance(given, bool | None):
        raise _unfit("ChallengeAcknowledgement", given, "bool")
    return bool(given)


def _wrapped_key(result: Mapping[str, Any]) -> bytes | None:
    given = result.get("KMSCipherTextKey")
    if given is None:
        return None
    if not isinstance(given, str):
        raise _unfit("KMSCipherTextKey", given, "[]uint8")
    try:
        return base64.b64decode(given, validate=True)
    except ValueError:
        fault = next((at for at, sign in enumerate(given) if not _BASE64.fullmatch(sign)), len(given))
        raise HandshakeFailed(f"illegal base64 data at input byte {fault}") from None


def _unfit(name: str, given: object, wanted: str) -> HandshakeFailed:
    """The message of Go's json for a value of the wrong type."""
    kinds = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
    kind = kinds[type(given)]
    return HandshakeFailed(
        f"json: cannot unmarshal {kind} into Go struct field KMSEncryptionResponse.{name} of type {wanted}"
    )


def _without_ciphertext(wrapped: bytes | None) -> str:
    """The message of the agent's SDK, which refuses to call KMS."""
    fault = "missing required field" if wrapped is None else "minimum field size of 1"
    return f"InvalidParameter: 1 validation error(s) found.\n- {fault}, DecryptInput.CiphertextBlob.\n"
