"""Makes the lines of a profile for a picked account and role, and checks what is put into them.

Sources: "Format of the config file" in the AWS SDKs and Tools Reference Guide, for what every SDK reads as a name;
botocore/configloader.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList, SsoSession

DEFAULT_SCOPE = "sso:account:access"
"""Without it, a token is not renewed."""
_NAME = re.compile(r"[A-Za-z0-9_.%@:/+][A-Za-z0-9_.%@:/+-]{0,127}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_PLAIN_VALUE = re.compile(r"[!-~]+")
_LISTED_NAME = re.compile(r"[!-~]+( [!-~]+)*")
"""Of a session that is there already: a profile names it in a value, which may hold blanks."""
_NO_NAMES = frozenset({"default"})


class ProfileRefused(Exception):
    """The profile was not written; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class WantedProfile:
    """What the user picked. Nothing in it is checked yet."""

    name: str
    session: SsoSession
    account_id: str
    role_name: str
    region: str = ""
    """Empty for none: then the profile needs a Region from elsewhere."""


@dataclass(frozen=True, slots=True)
class ProfileLines:
    """What would be written where, exactly; refused later if the file has changed meanwhile."""

    wanted: WantedProfile
    lines: tuple[str, ...]
    """The new lines at the end of the file, without their line ends; the first may be empty."""
    path: str
    """The file, as the configuration names it."""
    seen: str = ""
    """Identifies what the file holds now; empty if there is no file."""

    @property
    def is_new_file(self) -> bool:
        """Whether there is no such file yet."""
        return not self.seen


def trouble(wanted: WantedProfile, known: ProfileList) -> str:
    """Say why such a profile cannot be written; empty if it can."""
    if said := name_trouble(wanted.name, known):
        return said
    if not _ACCOUNT.fullmatch(wanted.account_id):
        return f"{harmless(wanted.account_id) or 'Nothing'} is no account: an account has twelve digits."
    if not _ROLE.fullmatch(wanted.role_name):
        return f"{harmless(wanted.role_name) or 'Nothing'} is no name of a role."
    if wanted.region and not _REGION.fullmatch(wanted.region):
        return f"{harmless(wanted.region)} is no name of a Region."
    return _session_trouble(wanted.session, known)


def name_trouble(name: str, known: ProfileList) -> str:
    """Say why a profile cannot have this name; empty if it can."""
    if not name:
        return "A profile needs a name."
    if not _NAME.fullmatch(name):
        return (
            f"{harmless(name)} cannot name a profile: letters, digits and _ - . % @ : / + can, and no - at the start."
        )
    if name in _NO_NAMES:
        return f"{name} is what every program uses if no profile is named; take another name."
    if known.named(name) is not None:
        return f"There is a profile {name} already; take another name."
    return ""


def _session_trouble(session: SsoSession, known: ProfileList) -> str:
    values = (session.start_url, session.region, *session.scopes)
    if not (session.start_url and session.region):
        return f"SSO session {harmless(session.label)} lacks its start URL or its Region."
    if not all(_PLAIN_VALUE.fullmatch(value) for value in values):
        return f"SSO session {harmless(session.label)} holds characters that the configuration file cannot hold."
    if not session.name:
        return ""
    same = _same_name(session, known)
    if same is None:
        fits = _NAME.fullmatch(session.name)
        return "" if fits else f"{harmless(session.name)} cannot name an SSO session."
    if (same.start_url, same.region) != (session.start_url, session.region):
        return f"There is an SSO session {harmless(session.name)} already, with another start URL or Region."
    return "" if _LISTED_NAME.fullmatch(session.name) else f"{harmless(session.name)} cannot stand in a profile's line."


def _same_name(session: SsoSession, known: ProfileList) -> SsoSession | None:
    return next((each for each in known.sessions if each.name == session.name), None)


def lines_for(wanted: WantedProfile, known: ProfileList) -> tuple[str, ...]:
    """Return the lines of the profile, and those of its session if the configuration has none of that name."""
    session, lines = wanted.session, [f"[profile {wanted.name}]"]
    if session.name:
        lines.append(f"sso_session = {session.name}")
    else:  # the older form
        lines += [f"sso_start_url = {session.start_url}", f"sso_region = {session.region}"]
    lines += [f"sso_account_id = {wanted.account_id}", f"sso_role_name = {wanted.role_name}"]
    if wanted.region:
        lines.append(f"region = {wanted.region}")
    if session.name and _same_name(session, known) is None:
        lines += ["", f"[sso-session {session.name}]", f"sso_start_url = {session.start_url}"]
        lines.append(f"sso_region = {session.region}")
        lines.append(f"sso_registration_scopes = {','.join(session.scopes) or DEFAULT_SCOPE}")
    return tuple(lines)
