"""Issues temporary keys for the roles of the simulated accounts, and knows whose keys are whose.

Keys end by themselves; MFA codes are good once. Safe to use from any thread.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from smtui.demo.story.callers import MFA_DEVICE, NEVER_A_CODE, USER, DemoCaller
from smtui.demo.wire.service_errors import Refusal, Refused
from smtui.demo.wire.signature import KeyPair

if TYPE_CHECKING:
    from smtui.demo.story.identities import Role

_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class IssuedKeys:
    """Keys of an identity, and when they end."""

    keys: KeyPair
    caller: DemoCaller
    ends_at: datetime


def new_keys(*, temporary: bool) -> KeyPair:
    """Random keys; temporary ones have a session token."""
    random_part = "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
    return KeyPair(
        access_key_id=("ASIA" if temporary else "AKIA") + random_part,
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(90) if temporary else "",
    )


def unique_id(prefix: str, name: str) -> str:
    """An id as IAM makes it: a prefix, then 17 capitals or digits; the same for the same name."""
    return prefix + hashlib.sha256(name.encode()).hexdigest()[:17].upper()


def _utc_now() -> datetime:
    return datetime.now(UTC)


class IdentityBook:
    """The keys that STS and IAM Identity Center have issued."""

    def __init__(self, now: Callable[[], datetime] = _utc_now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._issued: dict[str, IssuedKeys] = {}
        self._spent_codes: set[tuple[str, str]] = set()

    def assume(self, role: Role, session_name: str, seconds: float, *, has_mfa: bool = False) -> IssuedKeys:
        """Keys of a session of the role."""
        caller = DemoCaller(
            arn=f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session_name}",
            user_id=f"{unique_id('AROA', role.arn)}:{session_name}",
            name=session_name,
            role=role.name,
            has_mfa=has_mfa,
        )
        return self._issue(caller, seconds)

    def session_of_user(self, seconds: float, *, has_mfa: bool) -> IssuedKeys:
        """Temporary keys of the user, as GetSessionToken gives them."""
        return self._issue(replace(USER, has_mfa=has_mfa), seconds)

    def _issue(self, caller: DemoCaller, seconds: float) -> IssuedKeys:
        ends_at = (self._now() + timedelta(seconds=seconds)).replace(microsecond=0)
        issued = IssuedKeys(new_keys(temporary=True), caller, ends_at)
        with self._lock:
            self._issued[issued.keys.access_key_id] = issued
        return issued

    def keys_of(self, access_key_id: str) -> KeyPair | None:
        """The keys with this id; None for others. Raises `Refused` for keys that have ended."""
        with self._lock:
            issued = self._issued.get(access_key_id)
        if issued is not None and self._now() >= issued.ends_at:
            raise Refused(Refusal.EXPIRED)
        return issued.keys if issued is not None else None

    def caller_of(self, access_key_id: str) -> DemoCaller:
        """Whose keys they are; the user's if they were never issued."""
        with self._lock:
            issued = self._issued.get(access_key_id)
        return issued.caller if issued is not None else USER

    def spend_code(self, device: str, code: str) -> bool:
        """Whether the code is right, which it is once: six digits except 000000."""
        right = len(code) == _CODE_DIGITS and code.isascii() and code.isdecimal() and code != NEVER_A_CODE
        with self._lock:
            if device != MFA_DEVICE or not right or (device, code) in self._spent_codes:
                return False
            self._spent_codes.add((device, code))
        return True
