"""Makes botocore sessions that share service models, never ask on the terminal and log no secrets.

boto3's own Session would add 40 ms of processor time to the first client (220 against 180 ms, the least of 25 runs with
boto3 1.44): it imports s3transfer and its resources, which smtui does not use.
"""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import smtui
from smtui.aws.identities.profile_sessions import ProfileSessions
from smtui.aws.proxy_and_trust import forget_empty_variables, raise_permanent_failure
from smtui.domain.places.picked_role import picked_role

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from smtui.aws.identities.mfa_sessions import RoleSessions
    from smtui.aws.identities.shared_configuration import SharedConfiguration
    from smtui.aws.trimmed_models import KeptModels
    from smtui.domain.place import Place

CONNECT_TIMEOUT = 3
READ_TIMEOUT = 10
"""Seconds, for each attempt of a call."""
_ATTEMPTS = 3
_POOL = 16


@dataclass(frozen=True, slots=True)
class FixedAccess:
    """One endpoint for every service, with its keys; the user's configuration is not read."""

    endpoint_url: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str
    folder: Path | None = None
    """Like `~/.aws`, with the configuration of named profiles; None if there are no profiles."""


class SessionMaker:
    """Makes sessions that share the service models, which are cut to what smtui uses."""

    def __init__(
        self,
        fixed: FixedAccess | None = None,
        kept: KeptModels | None = None,
        keys: tuple[str, str, str] | None = None,
        loader: Any = None,
        roles: RoleSessions | Callable[[], RoleSessions] | None = None,
    ) -> None:
        """`kept` keeps the cuts between runs; without it, each run reads the whole models.

        `keys` (id, secret, token) replace the place's own credentials; `loader` is another maker's. `roles` keeps the
        sessions of roles and asks for MFA codes; without it, nobody is asked.
        """
        self.fixed = fixed
        self._roles = roles
        self._keys = keys
        self._kept = kept
        self._lock = threading.Lock()
        self._loader = loader
        self.sessions = ProfileSessions()
        """Those that the Regions of each profile share."""

    def with_keys(self, access_key_id: str, secret_access_key: str, session_token: str) -> SessionMaker:
        """A maker of the same sessions with these temporary keys instead of the place's own credentials."""
        keys = (access_key_id, secret_access_key, session_token)
        return SessionMaker(self.fixed, self._kept, keys, self._shared_loader())

    @property
    def roles(self) -> RoleSessions:
        """What these sessions share of the roles that they assume."""
        with self._lock:
            if self._roles is None or callable(self._roles):
                from smtui.aws.identities.mfa_sessions import RoleSessions

                self._roles = self._roles() if callable(self._roles) else RoleSessions()
            return self._roles

    @property
    def can_be_renewed(self) -> bool:
        """Whether a sign-in renews the credentials of these sessions."""
        has_profiles = self.fixed is None or self.fixed.folder is not None
        return has_profiles and self._keys is None

    def uses_keys(self, place: Place) -> bool:
        """Whether the place's sessions have fixed keys; else its profile says where credentials come from."""
        return self._keys is not None or (self.fixed is not None and not (place.profile and self.fixed.folder))

    def make(self, place: Place) -> Any:
        """A new session for `place`. Like every botocore session, it is not safe to share between threads."""
        from smtui.aws.identities.shared_configuration import ConfiguredSession

        if self.fixed is None:
            forget_empty_variables()
        variables = dict(self._variables())
        session = ConfiguredSession(self._configuration, session_vars=variables, profile=place.profile or None)
        session.register_component("data_loader", self._shared_loader())
        session.register_component("response_parser_factory", _parser_factory())
        session.set_config_variable("sts_regional_endpoints", "regional")
        session.set_default_client_config(self._client_config())
        session.register("needs-retry", raise_permanent_failure)
        if self._keys is not None:
            session.set_credentials(*self._keys)
        elif self.fixed and self.uses_keys(place):
            session.set_credentials(self.fixed.access_key_id, self.fixed.secret_access_key)
        if picked_role(place.profile) is not None:
            from smtui.aws.identities.picked_roles import add_picked_role

            add_picked_role(session)
        if self.fixed and self.fixed.folder is not None and place.profile:
            from smtui.aws.identities.session_folder import call_only, keep_tokens_in

            call_only(session, self.fixed.endpoint_url)
            if self._keys is None:
                keep_tokens_in(session, self.fixed.folder)
        return session

    @cached_property
    def _configuration(self) -> SharedConfiguration:
        from smtui.aws.identities.shared_configuration import SharedConfiguration

        return SharedConfiguration()

    def _variables(self) -> Mapping[str, Any]:
        if self.fixed is None:
            return _VARIABLES
        if self.fixed.folder is None:
            return _FIXED_VARIABLES
        from smtui.aws.identities.session_folder import variables_of

        return variables_of(self.fixed.folder)

    def _client_config(self) -> Any:
        """The default of every client, also of those that botocore makes itself to fetch credentials."""
        from botocore.config import Config

        config = Config(
            retries={"mode": "adaptive", "total_max_attempts": _ATTEMPTS},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=_POOL,
            user_agent_extra=f"smtui/{smtui.__version__}",
        )
        if self.fixed is None:
            return config
        # botocore would use a proxy of the environment for loopback, too.
        return config.merge(Config(proxies={}))

    def _shared_loader(self) -> Any:
        with self._lock:
            if self._loader is None:
                self._loader = self._new_loader()
                _keep_secrets_out_of_logs()
            return self._loader

    def _new_loader(self) -> Any:
        from smtui.aws.trimmed_models import TrimmedLoader

        if self.fixed is None:
            own = (os.environ.get("AWS_DATA_PATH") or "").split(os.pathsep)
            # Like botocore: a Path would raise for a user that does not exist.
            paths = [os.path.expanduser(os.path.expandvars(path)) for path in own if path]  # noqa: PTH111
            return TrimmedLoader(self._kept, extra_search_paths=paths)
        paths = [TrimmedLoader.BUILTIN_DATA_PATH]
        return TrimmedLoader(self._kept, extra_search_paths=paths, include_default_search_paths=False)


def _parser_factory() -> Any:
    from smtui.aws.quick_parsers import QuickParserFactory

    factory = QuickParserFactory()
    factory.set_parser_defaults(timestamp_parser=parse_timestamp)
    return factory


_VARIABLES = {
    # The AWS CLI reads both; botocore alone reads only AWS_DEFAULT_REGION.
    "region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None),
}
_FIXED_VARIABLES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def parse_timestamp(value: Any) -> datetime | None:
    """A time of any wire format, in UTC; None for anything else, so that one odd date does not lose a page.

    The standard library parses AWS's ISO form over a hundred times faster than botocore, and DescribeInstances has
    several times for each instance.
    """
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            read = datetime.fromisoformat(value)
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return _parse_slowly(value)


def _parse_slowly(value: Any) -> datetime | None:
    from botocore.utils import parse_timestamp as botocores

    try:
        read = botocores(value)
    except (ValueError, TypeError, OverflowError, OSError, RuntimeError):
        return None
    return read if isinstance(read, datetime) else None


def _keep_secrets_out_of_logs() -> None:
    """Raises botocore's log level: at DEBUG it logs request headers and whole answers, with session tokens."""
    logging.getLogger("botocore").setLevel(logging.INFO)
