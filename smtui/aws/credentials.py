"""Decides which credentials a plugin gets and which command renews a profile's.

A plugin gets the name of a profile that it resolves alone, or keys in its environment, never both.
Sources: botocore/credentials.py; https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from smtui.aws.identities.configured_endpoints import configured_endpoints
from smtui.aws.identities.picked_roles import is_picked
from smtui.domain.fault import FaultKind
from smtui.domain.places.picked_role import picked_role
from smtui.domain.request import PluginCredentials
from smtui.domain.text import KNOWN_SECRETS

_WEB_IDENTITY = "assume-role-with-web-identity"
_FROM_MACHINE = frozenset({"iam-role", "container-role"})
_FROM_ENVIRONMENT = "env"
_FROM_SSO = "sso"
_EXPLICIT = "explicit"
_DEFAULT_PROFILE = "default"
_SSO = ("aws", "sso", "login")
_LOGIN = ("aws", "login")
_SET_UP = ("aws", "configure", "sso")
_ASK_FOR_CODE = ("aws", "sts", "get-caller-identity")
_RENEWABLE = frozenset(
    {
        FaultKind.EXPIRED_CREDENTIALS,
        FaultKind.INVALID_CREDENTIALS,
        FaultKind.NO_CREDENTIALS,
        FaultKind.SSO_SIGN_IN,
    }
)


def for_plugin(session: Any, credentials: Any, *, finds_tokens: bool = True) -> PluginCredentials:
    """What a plugin needs to use the same credentials as `session`; may call AWS to renew them.

    Empty where there are none, and where the plugin inherits them: keys or a web identity in the environment, the role
    of this machine or container. With `finds_tokens` false, SSO tokens are where a plugin does not look.
    """
    if credentials is None or _inherited(session, credentials):
        return PluginCredentials()
    if credentials.method in _FROM_MACHINE:
        return PluginCredentials(profile=session.profile or "")
    is_found = not is_picked(session) and (finds_tokens or credentials.method != _FROM_SSO)
    if credentials.method in profile_methods(session) and not needs_mfa(session) and is_found:
        return PluginCredentials(profile=session.profile or _DEFAULT_PROFILE)
    return PluginCredentials(environment=_environment(credentials) | _settings_of_profile(session))


def profile_methods(session: Any) -> frozenset[str]:
    """botocore's names of the sources that a profile can have: its profile providers, and roles.

    Such keys may last for minutes (15 with `aws login`); with the profile's name a plugin can fetch the next ones.
    """
    from botocore.credentials import AssumeRoleProvider, ProfileProviderBuilder

    built = ProfileProviderBuilder(session).providers(session.profile or _DEFAULT_PROFILE)
    return frozenset({AssumeRoleProvider.METHOD, *(provider.METHOD for provider in built)})


def needs_mfa(session: Any) -> bool:
    """Whether a role of the profile's chain needs an MFA code, which a plugin could not ask for."""
    for _, held in profile_chain(session):
        if "role_arn" not in held:
            return False
        if held.get("mfa_serial"):
            return True
    return False


def profile_chain(session: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The profile in use, then the sources of its roles, each with its settings; nothing for a broken file."""
    from botocore.exceptions import BotoCoreError

    try:
        profiles = session.full_config.get("profiles", {})
    except BotoCoreError:
        return
    name, seen = session.profile or _DEFAULT_PROFILE, set[str]()
    while name and name not in seen:
        seen.add(name)
        held = profiles.get(name, {})
        yield name, held
        name = held.get("source_profile", "") if "role_arn" in held else ""


def sign_in_argv(kind: FaultKind, profile: str, source: str, settings: Mapping[str, Any]) -> tuple[str, ...]:
    """The command of the AWS CLI after such a fault; empty where no sign-in helps. `profile` is empty for the default.

    `source` is the profile at the end of its chain of roles, the one to sign in to; `settings` are the source's.
    """
    if kind is FaultKind.MFA_NEEDED:
        return (*_ASK_FOR_CODE, *_named(profile))
    if kind not in _RENEWABLE:
        return ()
    if not profile and source == _DEFAULT_PROFILE:
        source = ""
    if settings.get("sso_session") or settings.get("sso_start_url"):
        return sso_login(source)
    if settings.get("login_session"):
        return (*_LOGIN, *_named(source))
    if kind is FaultKind.SSO_SIGN_IN:
        return sso_login(profile)
    return (*_SET_UP, *_named(profile)) if kind is FaultKind.NO_CREDENTIALS else ()


def sso_login(profile: str) -> tuple[str, ...]:
    """The AWS CLI's command that signs in for this profile; it knows a picked role by its session alone."""
    picked = picked_role(profile)
    if picked is None:
        return (*_SSO, *_named(profile))
    return (*_SSO, "--sso-session", picked.session) if "://" not in picked.session else ()


def _inherited(session: Any, credentials: Any) -> bool:
    """Whether the credentials come from the environment; naming a profile would hide them from a plugin."""
    if credentials.method == _WEB_IDENTITY:
        return "AWS_WEB_IDENTITY_TOKEN_FILE" in os.environ and not session.instance_variables().get("profile")
    return bool(credentials.method == _FROM_ENVIRONMENT)


def _settings_of_profile(session: Any) -> dict[str, str]:
    """CA bundle and endpoint of KMS for a plugin that is not given the profile, and so cannot read them there."""
    held, services = session.get_scoped_config(), session.full_config.get("services", {})
    endpoints = dict(configured_endpoints(held, services, os.environ))
    found = {
        "AWS_CA_BUNDLE": session.get_config_variable("ca_bundle"),
        "AWS_ENDPOINT_URL_KMS": endpoints.get("kms"),
    }
    return {name: str(value) for name, value in found.items() if value}


def _environment(credentials: Any) -> dict[str, str]:
    frozen = credentials.get_frozen_credentials()
    KNOWN_SECRETS.learn(frozen.secret_key, frozen.token or "")
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


def _named(profile: str) -> tuple[str, ...]:
    return ("--profile", profile) if profile else ()
