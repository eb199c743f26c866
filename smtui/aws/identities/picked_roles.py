"""Lets botocore use a role of an SSO session that no profile names.

The profile is added to what the session has read, in memory: botocore's own provider then fetches its credentials, with
the token that the AWS CLI and every SDK share. Other programs know no such profile, so they get its keys.
"""

from __future__ import annotations

from typing import Any

from smtui.domain.places.picked_role import picked_role

_MARK = "smtui_picked"


def add_picked_role(session: Any) -> None:
    """Add the profile that the session is for, if its name means a picked role and no file has such a profile.

    A session that is not in the configuration is left unknown, so that the missing profile is reported.
    """
    from botocore.exceptions import BotoCoreError

    name = str(session.profile or "")
    picked = picked_role(name)
    if picked is None:
        return
    try:
        config = session.full_config
    except BotoCoreError:  # whoever uses the session reports it
        return
    profiles, sessions = config.setdefault("profiles", {}), config.get("sso_sessions", {})
    if name in profiles:
        return
    role = {"sso_account_id": picked.account_id, "sso_role_name": picked.role_name, _MARK: "true"}
    if picked.session in sessions:
        profiles[name] = {"sso_session": picked.session, **role}
        return
    for held in list(profiles.values()):
        if held.get("sso_start_url") == picked.session and held.get("sso_region"):
            profiles[name] = {"sso_start_url": picked.session, "sso_region": held["sso_region"], **role}
            return


def is_picked(session: Any) -> bool:
    """Whether the profile of the session is a picked role, which no file has."""
    from botocore.exceptions import BotoCoreError

    try:
        return _MARK in session.full_config.get("profiles", {}).get(session.profile or "", {})
    except BotoCoreError:
        return False
