"""Works out what kind of credentials each profile has, by the configuration alone, in botocore's order of providers.

Resolving would run a credential_process and ask the machine's metadata service; this does neither. A test compares it
with botocore's own resolver. Sources: botocore/credentials.py (CredentialResolver, AssumeRoleProvider, SSOProvider);
https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.domain.places.profile import Profile, ProfileKind, SsoSession

if TYPE_CHECKING:
    from smtui.aws.identities.aws_files import AwsFiles, Settings

_KEY, _SECRET = "aws_access_key_id", "aws_secret_access_key"
_TOKENS = ("aws_security_token", "aws_session_token")
_OF_PROFILE = ("sso_role_name", "sso_account_id")
_OF_SESSION = ("sso_start_url", "sso_region")
_SOURCES = {"Environment", "EcsContainer", "Ec2InstanceMetadata"}
_MOST_SOURCES = 100
"""Profiles in one chain. botocore ends in a RecursionError at some hundreds; no real chain has ten."""
_ARN_PARTS = 6
_ACCOUNT = 4


class ProfileKinds:
    """The profiles of one reading of the files."""

    def __init__(self, files: AwsFiles) -> None:
        self._files = files

    def profile(self, name: str) -> Profile:
        """Describe the profile of this name."""
        described = self._as_role(name) if self._is_role(name) else self.without_role(name)
        services = self._held(name).get("services", "")
        if self._files.trouble:
            described = replace(described, trouble=self._files.trouble)
        elif services and services not in self._files.services and not described.trouble:
            missing = f"Profile {name} has services {services}, and there is no [services {services}]."
            described = replace(described, trouble=missing)
        return replace(described, region=_text(self._held(name), "region"))

    def sso_session(self, name: str) -> SsoSession:
        """Describe an `[sso-session]`; what it lacks is empty."""
        held = self._files.sso_sessions.get(name, {})
        scopes = tuple(scope.strip() for scope in _text(held, "sso_registration_scopes").split(",") if scope.strip())
        return SsoSession(name, _text(held, "sso_start_url"), _text(held, "sso_region"), scopes)

    def _held(self, name: str) -> Settings:
        return self._files.profiles.get(name, {})

    # Roles -------------------------------------------------------------------------------------

    def _is_role(self, name: str) -> bool:
        held = self._held(name)
        return "role_arn" in held and "web_identity_token_file" not in held

    def _has_keys(self, name: str) -> bool:
        held = self._held(name)
        return _KEY in held or _SECRET in held

    def _as_role(self, name: str) -> Profile:
        """Follow `source_profile` as botocore does, to whatever gives the first keys."""
        account, role = role_of(_text(self._held(name), "role_arn"))
        described = Profile(name, ProfileKind.ROLE, account=account, role=role)
        chain: list[str] = []
        visited, current = [name], name
        while True:
            held = self._held(current)
            if not described.mfa_serial:
                described = replace(described, mfa_serial=_text(held, "mfa_serial"))
            source, trouble = self._next_source(current, visited)
            if len(visited) > _MOST_SOURCES:
                trouble = trouble or f"Profile {name} has a chain of more than {_MOST_SOURCES} source_profiles."
            if trouble:
                return replace(described, chain=tuple(chain), trouble=trouble)
            if not source:
                return replace(described, chain=tuple(chain), detail=_text(held, "credential_source"))
            if source != current:
                chain.append(source)
            visited.append(source)
            if self._has_keys(source) or not self._is_role(source):
                return self._from_source(replace(described, chain=tuple(chain)), source)
            current = source

    def _next_source(self, name: str, visited: list[str]) -> tuple[str, str]:
        """The source of this role (empty for a `credential_source`), and why it cannot be used."""
        held = self._held(name)
        source, kind = held.get("source_profile"), held.get("credential_source")
        if source is not None and kind is not None:
            return "", f"Profile {name} has both source_profile and credential_source."
        if source is None and kind is None:
            return "", f"Profile {name} has role_arn, but neither source_profile nor credential_source."
        if kind is not None:
            known = kind in _SOURCES
            return "", "" if known else f"Profile {name} has credential_source {kind}, which AWS does not know."
        if source not in self._files.profiles:
            return "", f"Profile {name} has source_profile {source}, and there is no such profile."
        if source in visited and (source != name or not self._has_keys(name)):
            way = " → ".join([*visited[visited.index(source) :], source])
            return "", f"The source_profile of {name} leads back to itself: {way}."
        return str(source), ""

    def _from_source(self, role: Profile, source: str) -> Profile:
        first = self.without_role(source)
        trouble = first.trouble
        if first.kind is ProfileKind.MACHINE:
            trouble = f"Profile {source}, the source of {role.name}, has no credentials."
        return replace(role, sso=first.sso, detail=first.detail, trouble=trouble)

    # The other kinds ---------------------------------------------------------------------------

    def without_role(self, name: str) -> Profile:  # noqa: PLR0911 - one a provider, in botocore's order
        """Describe the profile as a source of the first credentials, whatever role it names."""
        held = self._held(name)
        if held.get("web_identity_token_file"):
            return self._web_identity(name, held)
        if any(key in held for key in _OF_PROFILE):
            return self._sso(name, held)
        if (keys := self._files.shared_keys.get(name)) is not None:
            return self._keys(name, keys)
        if "login_session" in held:
            arn = _text(held, "login_session")
            return Profile(name, ProfileKind.LOGIN, account=account_of(arn), detail=arn)
        if "credential_process" in held:
            program, trouble = _program(name, _text(held, "credential_process"))
            return Profile(name, ProfileKind.PROGRAM, detail=program, trouble=trouble)
        if (keys := self._files.own_keys.get(name)) is not None:
            return self._keys(name, keys)
        if "sso_session" in held or "sso_start_url" in held:
            return self._sso(name, held)
        return Profile(name, ProfileKind.MACHINE)

    @staticmethod
    def _web_identity(name: str, held: Settings) -> Profile:
        path, arn = _text(held, "web_identity_token_file"), _text(held, "role_arn")
        account, role = role_of(arn)
        trouble = "" if arn else f"Profile {name} has web_identity_token_file, but no role_arn."
        return Profile(name, ProfileKind.WEB_IDENTITY, account=account, role=role, detail=path, trouble=trouble)

    @staticmethod
    def _keys(name: str, held: Settings) -> Profile:
        kind = ProfileKind.TEMPORARY_KEYS if any(token in held for token in _TOKENS) else ProfileKind.KEYS
        trouble = "" if held.get(_SECRET) else f"Profile {name} has an access key, but not its secret."
        return Profile(name, kind, account=_text(held, "aws_account_id"), trouble=trouble)

    def _sso(self, name: str, held: Settings) -> Profile:
        session_name = held.get("sso_session")
        if session_name is None:
            session = SsoSession("", _text(held, "sso_start_url"), _text(held, "sso_region"))
            found: Settings = held
        else:
            session = self.sso_session(str(session_name))
            found = {**self._files.sso_sessions.get(str(session_name), {}), **held}
        return Profile(
            name,
            ProfileKind.SSO,
            account=_text(held, "sso_account_id"),
            role=_text(held, "sso_role_name"),
            sso=session,
            trouble=self._sso_trouble(name, session_name, held, found),
        )

    def _sso_trouble(self, name: str, session_name: Any, held: Settings, found: Settings) -> str:
        if session_name is not None:
            if session_name not in self._files.sso_sessions:
                return f"Profile {name} has sso_session {session_name}, and there is no [sso-session {session_name}]."
            for key, value in self._files.sso_sessions[session_name].items():
                if key in held and held[key] != value:
                    return f"{key} differs between profile {name} and [sso-session {session_name}]."
        missing = [key for key in (*_OF_PROFILE, *_OF_SESSION) if key not in found]
        if not missing:
            return ""
        of_session = session_name is not None and set(missing) <= set(_OF_SESSION)
        owner = f"[sso-session {session_name}], which profile {name} uses," if of_session else f"SSO profile {name}"
        return f"{owner} lacks {' and '.join(missing)}."


def account_of(arn: str) -> str:
    """Return the account of an ARN; empty where it names none."""
    parts = arn.split(":", _ARN_PARTS - 1)
    account = parts[_ACCOUNT] if len(parts) == _ARN_PARTS else ""
    return account if account.isascii() and account.isdigit() else ""


def role_of(arn: str) -> tuple[str, str]:
    """Return the account and the role's name of a role's ARN; empty where it is none."""
    resource = arn.split(":", _ARN_PARTS - 1)[-1]
    return account_of(arn), resource.rpartition("/")[2] if resource.startswith("role/") else ""


def _program(name: str, command: str) -> tuple[str, str]:
    """The program of a profile, without its arguments, which may be secret; and why it cannot be started.

    It is looked for, not run.
    """
    from botocore.compat import compat_shell_split

    try:
        words = compat_shell_split(command)
    except ValueError:
        return "", f"The command line of credential_process of profile {name} has an open quotation mark."
    if not words:
        return "", f"The command line of credential_process of profile {name} is empty."
    found = shutil.which(words[0]) is not None
    return words[0], "" if found else f"Profile {name} runs {shlex.quote(words[0])}, which was not found."


def _text(held: Mapping[str, Any], key: str) -> str:
    value = held.get(key)
    return value.strip() if isinstance(value, str) else ""
