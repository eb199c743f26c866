"""Describes what is asked when a role needs an MFA code.

Source: sts:AssumeRole (SerialNumber, TokenCode); a code of six digits is good once, and a new one comes every 30 s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CODE_SECONDS = 30
"""A device shows each code for so long (RFC 6238); AWS takes each once."""
_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True)
class MfaQuestion:
    """One code that the user is asked for. Profile, serial and role are not yet harmless."""

    profile: str
    """Whose calls need it; empty for the profile that boto3 takes by itself."""
    serial: str
    """The MFA device: its ARN, or the serial number of a hardware device."""
    role: str = ""
    """ARN of the role that is assumed with it."""
    lasts_seconds: int = 3600
    """How long the role's session will last."""
    trouble: str = ""
    """Why the last code did not do, in a sentence; empty for the first question."""
    next_code_at: datetime | None = None
    """When the device shows another code, if its present one was already used; aware, UTC."""


class NoMfaCode(Exception):
    """No code was given; the message is a sentence for the user."""


def code_in(typed: str) -> str:
    """Return the six digits of what was typed, which may have blanks between them; empty for anything else."""
    digits = _BETWEEN.sub("", typed)
    return digits if _CODE.fullmatch(digits) else ""


def next_code(now: datetime) -> datetime:
    """Return when a device shows its next code."""
    since = now.astimezone(UTC).timestamp()
    return datetime.fromtimestamp(since - since % CODE_SECONDS, UTC) + timedelta(seconds=CODE_SECONDS)
