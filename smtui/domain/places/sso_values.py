"""Values of a sign-in to IAM Identity Center.

Source: the APIs of `sso-oidc` and `sso`; the AWS CLI writes the same token files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta


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
