"""Which credentials a plugin gets: a profile that it resolves alone, or keys for its environment, never both."""

from __future__ import annotations

import os
from typing import Any

from smtui.engine.ports import PluginCredentials

_WEB_IDENTITY = "assume-role-with-web-identity"
_FROM_PROFILE = frozenset(
    {
        "shared-credentials-file",
        "config-file",
        "sso",
        "custom-process",
        "assume-role",
        _WEB_IDENTITY,
    }
)
"""botocore's names of the ways through a profile that every plugin knows too."""
_FROM_MACHINE = frozenset({"iam-role", "container-role"})
_FROM_ENVIRONMENT = "env"
_EXPLICIT = "explicit"
_DEFAULT_PROFILE = "default"


def for_plugin(session: Any, credentials: Any) -> PluginCredentials:
    """What a plugin needs to come to the same credentials as `session`; may call AWS to refresh them.

    Empty where there are none, and where the plugin finds them by itself in what it inherits: keys or a
    web identity in the environment, the role of this machine or container.
    """
    if credentials is None or _inherited(session, credentials):
        return PluginCredentials()
    if credentials.method in _FROM_MACHINE:
        return PluginCredentials(profile=session.profile or "")
    if credentials.method in _FROM_PROFILE and not needs_mfa(session):
        return PluginCredentials(profile=session.profile or _DEFAULT_PROFILE)
    return PluginCredentials(environment=_environment(credentials))


def needs_mfa(session: Any) -> bool:
    """Whether a role of the profile's chain wants an MFA code, which a plugin could not ask for."""
    profiles = session.full_config.get("profiles", {})
    name, seen = session.profile or _DEFAULT_PROFILE, set()
    while name and name not in seen:
        seen.add(name)
        profile = profiles.get(name, {})
        if "role_arn" not in profile:
            return False
        if profile.get("mfa_serial"):
            return True
        name = profile.get("source_profile", "")
    return False


def _inherited(session: Any, credentials: Any) -> bool:
    """Whether the environment itself holds what the credentials were made from; a profile by name would hide it."""
    if credentials.method == _WEB_IDENTITY:
        return "AWS_WEB_IDENTITY_TOKEN_FILE" in os.environ and not session.instance_variables().get("profile")
    return bool(credentials.method == _FROM_ENVIRONMENT)


def _environment(credentials: Any) -> dict[str, str]:
    frozen = credentials.get_frozen_credentials()
    keys = {"AWS_ACCESS_KEY_ID": frozen.access_key, "AWS_SECRET_ACCESS_KEY": frozen.secret_key}
    if frozen.token:
        keys["AWS_SESSION_TOKEN"] = frozen.token
    if credentials.method == _EXPLICIT:
        keys |= {
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    return keys
