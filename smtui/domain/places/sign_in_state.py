"""Says whether a profile is signed in, as far as the files of its credentials tell without a call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class SignedIn(Enum):
    """What is known; `NOT_KNOWN` is never shown as either of the others."""

    YES = "yes"
    NO = "no"
    """Certain: a token or key is missing, has expired, or was refused."""
    ASKS_CODE = "asks for a code"
    """Nothing is kept: the next call needs an MFA code."""
    ALWAYS = "always"
    """Long-lived keys: there is nothing to sign in to."""
    BROKEN = "broken"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class SignInState:
    """The state of one profile's sign-in."""

    signed_in: SignedIn
    until: datetime | None = None
    """When it ends, or has ended; None where nothing tells."""
    note: str = ""
    """What is wrong, in a few words: `./creds.sh not found`; empty for nothing."""
    renews_itself: bool = False
    """Whether a refresh token lets it last longer than `until`."""
