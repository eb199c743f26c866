"""Names a role of IAM Identity Center that is used without a profile: `acme/111122223333/OpsEngineer`.

The name alone tells session, account and role, so it means the same in the next run, in a preset and on the command
line. A profile that has such a name comes first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.places.profile import Profile, ProfileKind

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList

_NAME = re.compile(r"(?P<session>[^\s].*)/(?P<account>[0-9]{12})/(?P<role>[A-Za-z0-9_+=,.@-]{1,64})")
NO_FILE = "in no file: picked from the session's accounts"


@dataclass(frozen=True, slots=True)
class PickedRole:
    """A role, or permission set, of one account of an SSO session."""

    session: str
    """The session's name; its start URL where it has none."""
    account_id: str
    role_name: str

    @property
    def name(self) -> str:
        """What stands where a profile's name would."""
        return f"{self.session}/{self.account_id}/{self.role_name}"


def picked_role(name: str) -> PickedRole | None:
    """Return the role that the name means; None for the name of a profile."""
    found = _NAME.fullmatch(name)
    return PickedRole(found["session"], found["account"], found["role"]) if found else None


def as_profile(picked: PickedRole, known: ProfileList) -> Profile | None:
    """Return what a list of profiles shows of it; None if its session is not in the configuration any more."""
    sessions = (*known.sessions, *(profile.sso for profile in known.profiles if profile.sso is not None))
    session = next((each for each in sessions if each.label == picked.session), None)
    if session is None:
        return None
    return Profile(
        picked.name,
        ProfileKind.SSO,
        account=picked.account_id,
        role=picked.role_name,
        sso=session,
        detail=NO_FILE,
    )
