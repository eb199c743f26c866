"""Describes the profiles of an AWS configuration, as far as its files alone tell.

Sources: botocore/credentials.py and configloader.py; "Configuration and credential file settings" in the AWS CLI's
User Guide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ProfileKind(StrEnum):
    """Where a profile's credentials come from; the words are those that a list shows."""

    KEYS = "keys"
    TEMPORARY_KEYS = "temporary keys"
    ROLE = "role"
    SSO = "SSO"
    LOGIN = "aws login"
    PROGRAM = "program"
    WEB_IDENTITY = "web identity"
    MACHINE = "machine role"
    """An instance's or container's role: also what botocore tries where a profile names nothing."""
    ENVIRONMENT = "environment"
    """Not a profile: keys or a web identity in the environment."""


@dataclass(frozen=True, slots=True)
class SsoSession:
    """An `[sso-session NAME]`, or the SSO settings of one profile in the older form."""

    name: str
    """Empty in the older form."""
    start_url: str
    region: str
    """Where its OIDC service is; not the Region of any node."""
    scopes: tuple[str, ...] = ()

    @property
    def cache_key(self) -> str:
        """What the name of the token's file is the SHA-1 of: the session's name, else the start URL."""
        return self.name or self.start_url

    @property
    def label(self) -> str:
        """Return `acme`, or the start URL of a session that has no name."""
        return self.name or self.start_url


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile, or the environment. Nothing in it was proved by a call."""

    name: str
    """Empty for credentials of the environment: a place without a profile uses them."""
    kind: ProfileKind
    region: str = ""
    """Its Region setting; empty for none."""
    account: str = ""
    """Twelve digits; empty where the configuration does not tell."""
    role: str = ""
    """The role's name, or permission set; empty for none."""
    sso: SsoSession | None = None
    """What to sign in to: its own, or that of the source of its roles."""
    chain: tuple[str, ...] = ()
    """The profiles that its roles are assumed through, the nearest first."""
    mfa_serial: str = ""
    """The MFA device that the first role of the chain asks for; empty for none."""
    detail: str = ""
    """The program, the token file, the login's ARN or the source; empty for none. Not yet harmless. No argument of a
    program: it may be secret.
    """
    trouble: str = ""
    """Why it cannot work as it stands, in a sentence; empty if nothing is known to be wrong."""
    endpoints: tuple[tuple[str, str], ...] = ()
    """Service and URL of each endpoint of its own, such as a private name. Not yet harmless."""

    @property
    def kind_words(self) -> str:
        """Return what a list shows: `SSO acme`, `role, MFA`, `keys`."""
        if self.kind is ProfileKind.SSO and self.sso is not None:
            return f"{self.kind.value} {self.sso.name}".rstrip()
        return f"{self.kind.value}, MFA" if self.mfa_serial else self.kind.value


@dataclass(frozen=True, slots=True)
class ProfileList:
    """What was read of the configuration."""

    profiles: tuple[Profile, ...]
    """In the files' order, the environment first where it counts."""
    sessions: tuple[SsoSession, ...] = ()
    """Every `[sso-session]`, also those that no profile uses."""
    trouble: str = ""
    """Why the configuration could not be read, with file and line; empty if it was."""
    files: tuple[str, ...] = ()
    """The paths that were looked at."""
    default_profile: str = "default"
    """The profile that counts where none is named, unless the environment holds credentials."""
    default_region: str = ""
    """The Region that counts where neither profile nor Region is named; empty for none."""
    ignored: tuple[str, ...] = ()
    """Headings of the configuration file that AWS passes over, such as `prod` for `profile prod`."""

    def why_missing(self, name: str) -> str:
        """Say that there is no profile of that name, and which heading may have been meant as it."""
        return f"The AWS configuration has no profile {name}. {meant_heading(self.ignored, name)}".rstrip()

    def named(self, name: str) -> Profile | None:
        """Return the profile of that name, or the picked role that it means; None for none."""
        found = next((profile for profile in self.profiles if profile.name == name), None)
        if found is not None or "/" not in name:
            return found
        from smtui.domain.places.picked_role import as_profile, picked_role

        picked = picked_role(name)
        return as_profile(picked, self) if picked is not None else None

    def name_of(self, given: str) -> str:
        """Return what a place's profile is called here; without a name it is the environment, else the default."""
        return given if given or self.named("") is not None else self.default_profile

    def of_session(self, session: SsoSession) -> tuple[Profile, ...]:
        """Return the profiles that sign in to this session."""
        return tuple(each for each in self.profiles if each.sso is not None and each.sso.cache_key == session.cache_key)


def meant_heading(ignored: Iterable[str], name: str) -> str:
    """Name the heading that was meant as this profile, as a sentence; empty for none."""
    for heading in ignored:
        if heading.removeprefix("profile").strip(" \t\"'") == name:
            right = f'"{name}"' if " " in name else name
            return f"Its [{heading}] is passed over: write [profile {right}]."
    return ""
