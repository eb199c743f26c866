"""Holds what the simulated IAM Identity Center works with: its start URL, its sign-ins, the keys that it issues."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import CALLER_NAME

if TYPE_CHECKING:
    from smtui.demo.account.identity_book import IdentityBook
    from smtui.demo.account.sign_in_book import SignInBook

START_URL = "https://acme.awsapps.com/start"
"""For tests; a demo has one that nobody can guess."""
USER = CALLER_NAME
"""Whoever clicks on the pages is this user."""
_KEYS_LAST_SECONDS = 3600.0


def new_start_url() -> str:
    """A start URL that nobody can guess, of the form that AWS gives by itself.

    The calls of IAM Identity Center are not signed, and anybody on this machine could click on its pages: whoever does
    not know the start URL gets no client that a person could let in, and so no keys.
    """
    return f"https://d-{secrets.token_hex(16)}.awsapps.com/start"


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation; `base_url` is where its pages are, for a browser of this machine."""

    book: SignInBook
    identities: IdentityBook
    base_url: str = ""
    start_url: str = START_URL
    keys_last: float = _KEYS_LAST_SECONDS
    clock: Callable[[], float] = field(default=time.monotonic)


Handler = Callable[[Organisation, Mapping[str, Any]], Mapping[str, Any]]
"""From the parameters of an operation to its result. Raises `AwsError`."""
