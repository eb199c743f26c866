"""Lists the profiles of the user's AWS configuration, and the credentials of the environment.

It resolves nothing: no program runs, no metadata service is asked, AWS is not called.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from smtui.aws.identities.aws_files import AwsFiles, read_aws_files
from smtui.aws.identities.configured_endpoints import configured_endpoints
from smtui.aws.identities.profile_kinds import ProfileKinds, role_of
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList

_KEY, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
_TOKEN_FILE, _ROLE = "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_VENDOR = Path("/sys/devices/virtual/dmi/id/sys_vendor")
_DEFAULT = "default"


class ProfileReader:
    """One reading, with a session as all else uses, so that the same files count. Blocks and never raises."""

    def __init__(
        self,
        session: Any,
        environment: Mapping[str, str] = os.environ,
        vendor_file: Path = _VENDOR,
    ) -> None:
        """`environment` is empty where the session uses none of it, as in the demo."""
        self.files = read_aws_files(session)
        self._session = session
        self._environment = environment
        self._vendor_file = vendor_file

    def profiles(self) -> ProfileList:
        """Every profile, in the files' order, the environment first where it counts."""
        files = self.files
        kinds = ProfileKinds(files)
        default = str(self._session.get_config_variable("profile") or _DEFAULT)
        profiles = [replace(kinds.profile(name), endpoints=self._endpoints(name)) for name in files.profiles]
        named_default = next((profile for profile in profiles if profile.name == default), None)
        unnamed = self._of_environment(named_default)
        if unnamed is not None:
            unnamed = replace(unnamed, endpoints=self._endpoints(default))
        return ProfileList(
            (*([unnamed] if unnamed else ()), *profiles),
            tuple(kinds.sso_session(name) for name in files.sso_sessions),
            files.trouble or self._trouble(files, default, named_default, unnamed),
            files.paths,
            default,
            self._region(),
            files.ignored,
        )

    def _endpoints(self, name: str) -> tuple[tuple[str, str], ...]:
        return configured_endpoints(self.files.profiles.get(name, {}), self.files.services, self._environment)

    def _of_environment(self, default: Profile | None) -> Profile | None:  # noqa: PLR0911 - one a provider
        """What a place without a profile uses if that is not the default profile, in botocore's order."""
        environment = self._environment
        if environment.get(_KEY):
            missing = "" if environment.get(_SECRET) else f"{_KEY} is set, but {_SECRET} is not."
            return Profile("", ProfileKind.ENVIRONMENT, account=environment.get("AWS_ACCOUNT_ID", ""), trouble=missing)
        if default is not None and default.kind is ProfileKind.ROLE:
            return None
        if path := environment.get(_TOKEN_FILE):
            account, role = role_of(environment.get(_ROLE, ""))
            missing = "" if environment.get(_ROLE) else f"{_TOKEN_FILE} is set, but {_ROLE} is not."
            return Profile("", ProfileKind.ENVIRONMENT, account=account, role=role, detail=path, trouble=missing)
        if default is not None and default.kind is not ProfileKind.MACHINE:
            return None
        if any(environment.get(name) for name in _CONTAINER):
            return Profile("", ProfileKind.MACHINE, detail="this container's role")
        if self._is_instance() and environment.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true":
            return Profile("", ProfileKind.MACHINE, detail="this instance's role, if it has one")
        return None

    def _is_instance(self) -> bool:
        try:
            return self._vendor_file.read_text().startswith("Amazon EC2")
        except (OSError, ValueError):
            return False

    @staticmethod
    def _trouble(files: AwsFiles, default: str, named: Profile | None, unnamed: Profile | None) -> str:
        if default != _DEFAULT and named is None:
            return f"AWS_PROFILE names {default}, and there is no such profile."
        if not files.profiles and unnamed is None and files.ignored:
            return f"{files.paths[0]} has no profile: AWS passes over [{files.ignored[0]}]. Write [profile NAME]."
        if not files.profiles and unnamed is None:
            return "No AWS configuration was found."
        return ""

    def _region(self) -> str:
        try:
            return str(self._session.get_config_variable("region") or "")
        except Exception:  # the profile does not exist, or a file is broken: the list says so
            return ""
