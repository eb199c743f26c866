"""Values of a sign-in to IAM Identity Center.

Source: the APIs of `sso-oidc` and `sso`; the AWS CLI writes the same token files.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

CALLBACK_PATH = "/oauth/callback"
"""Where on 127.0.0.1 the browser brings the answer."""
USUAL_INTERVAL = 5.0
"""Seconds between two questions about a device code where the service names none (RFC 8628, 3.2)."""


class AskedTooOften(Exception):
    """The service wants five more seconds between two questions about a device code."""


class TokenNotKept(Exception):
    """The token could not be written; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class AuthorizationAsked:
    """What one question to the browser consists of."""

    redirect_uri: str
    """Where the browser brings the code: this machine's loopback."""
    state: str = field(repr=False)
    """What the answer must bring back."""
    verifier: str = field(repr=False)
    """The secret behind the challenge (PKCE)."""

    @property
    def challenge(self) -> str:
        """What proves, with method S256, who asks for the token (RFC 7636, 4.2)."""
        return urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class ClientRegistration:
    """A public client that the OIDC service knows."""

    client_id: str
    client_secret: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A code that the user types on any device."""

    device_code: str = field(repr=False)
    user_code: str
    address: str
    """Where to type it."""
    address_with_code: str
    """The page that has it filled in; empty if the service names none."""
    expires_at: datetime
    interval: float
    """Seconds between two questions whether it was allowed."""


@dataclass(frozen=True, slots=True)
class SsoToken:
    """What a sign-in gives."""

    access_token: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(default="", repr=False)
    """Empty where the service sent none: then the token is not renewed."""
    clock_ahead: timedelta = timedelta()
    """How far this machine's clock was ahead of AWS's when the token came."""


@dataclass(frozen=True, slots=True)
class SsoAccount:
    """An account that the signed-in user may use."""

    account_id: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class SsoRole:
    """A role, or permission set, of such an account."""

    account_id: str
    name: str
