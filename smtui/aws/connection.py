"""The session, credentials and clients of one place, made at first use and once, whatever the number of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smtui.aws.faults import CREDENTIAL_KINDS, fault_of
from smtui.aws.sessions import SessionMaker, never_ask_for_mfa
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place

_PROFILES_NAMED = 10
_BRIEF_CONNECT = 3
_BRIEF_READ = 6
"""Seconds, for each attempt of a brief call."""
_BRIEF_POOL = 40


@dataclass(slots=True)
class Opened:
    """One attempt to come to a session; dropped as a whole when its credentials prove useless."""

    session: Any
    region: str
    credentials: Any
    """botocore's, or None where there are none."""
    clients: dict[str, Any] = field(default_factory=dict)
    brief_clients: dict[str, Any] = field(default_factory=dict)


class Connection:
    """Everything botocore of one place. Methods raise `AwsCallFailed` and are safe to call from several threads."""

    def __init__(self, place: Place, maker: SessionMaker, now: Callable[[], datetime]) -> None:
        self._place = place
        self._maker = maker
        self._now = now
        self._lock = threading.Lock()
        self._opened: Opened | None = None

    def opened(self, action: str = "") -> Opened:
        """The session with its Region and credentials; files are read, and AWS called for a role, the first time."""
        with self._lock:
            if self._opened is None:
                try:
                    self._opened = self._open()
                except Exception as error:
                    raise self.failure(error, action) from error
            return self._opened

    def call(self, action: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One API call: its answer, or `AwsCallFailed` naming the IAM action."""
        opened = self.opened(action)
        try:
            answer: dict[str, Any] = getattr(self._client(opened, service), operation)(**parameters)
        except Exception as error:
            raise self.failure(error, action, opened) from error
        return answer

    def call_briefly(self, action: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Like `call`, for one of many calls side by side: it gives up sooner, and keeps as many connections."""
        opened = self.opened(action)
        try:
            answer: dict[str, Any] = getattr(self.brief_client(opened, service), operation)(**parameters)
        except Exception as error:
            raise self.failure(error, action, opened) from error
        return answer

    def call_once(self, action: str, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Like `call`, for what must not be sent twice: never repeated, and on a connection of its own.

        A kept connection may be dead without our knowing, and then nobody could tell whether the call had arrived.
        """
        opened = self.opened(action)
        try:
            with self._lock:
                client = self._new_client(opened, service, _no_repeats())
            try:
                answer: dict[str, Any] = getattr(client, operation)(**parameters)
            finally:
                client.close()
        except Exception as error:
            raise self.failure(error, action, opened) from error
        return answer

    def endpoint_url(self, service: str) -> str:
        """The endpoint that the client really uses."""
        opened = self.opened()
        try:
            return str(self._client(opened, service).meta.endpoint_url)
        except Exception as error:
            raise self.failure(error, "") from error

    def failure(self, error: Exception, action: str, used: Opened | None = None) -> AwsCallFailed:
        """`error` as a fault; after a credential fault the next call looks for credentials afresh.

        The user signs in beside us: a new SSO sign-in, other keys in the file, must count without a restart.
        """
        fault = fault_of(error, action, self._now())
        if used is not None and fault.kind in CREDENTIAL_KINDS:
            self._forget(used)
        return AwsCallFailed(fault)

    def _forget(self, used: Opened) -> None:
        with self._lock:
            if self._opened is used:
                self._opened = None

    def _client(self, opened: Opened, service: str) -> Any:
        with self._lock:
            if service not in opened.clients:
                opened.clients[service] = self._new_client(opened, service)
            return opened.clients[service]

    def brief_client(self, opened: Opened, service: str) -> Any:
        """The client of `call_briefly`; costs no call."""
        with self._lock:
            if service not in opened.brief_clients:
                opened.brief_clients[service] = self._new_client(opened, service, _briefly())
            return opened.brief_clients[service]

    def _new_client(self, opened: Opened, service: str, config: Any = None) -> Any:
        fixed = self._maker.fixed
        return opened.session.create_client(
            service,
            region_name=opened.region,
            config=config,
            endpoint_url=fixed.endpoint_url if fixed else None,
        )

    def _open(self) -> Opened:
        session = self._maker.make(self._place)
        region = self._region(session)
        # The clients that botocore makes on the way to credentials take the Region from here.
        session.set_config_variable("region", region)
        if self._maker.fixed is None:
            never_ask_for_mfa(session)
        credentials = session.get_credentials()
        if credentials is not None:
            # Now, under our lock: later, several threads would make clients on one session to get them.
            credentials.get_frozen_credentials()
        return Opened(session, region, credentials)

    def _region(self, session: Any) -> str:
        if session.profile is not None and session.profile not in session.available_profiles:
            raise self._fault(FaultKind.UNKNOWN_PROFILE, _no_such_profile(session))
        fixed = self._maker.fixed
        region = self._place.region or (fixed.region if fixed else session.get_config_variable("region"))
        if not region:
            raise self._fault(FaultKind.NO_REGION, "Neither the profile nor the environment names a Region.")
        return str(region)

    def _fault(self, kind: FaultKind, message: str) -> AwsCallFailed:
        return AwsCallFailed(Fault(kind, "", "", message, self._now()))


def _no_repeats() -> Any:
    from botocore.config import Config

    return Config(retries={"mode": "standard", "total_max_attempts": 1})


def _briefly() -> Any:
    """Two attempts fit into the patience of an examination, so that a fault can still be told for what it is."""
    from botocore.config import Config

    return Config(
        retries={"mode": "standard", "total_max_attempts": 2},
        connect_timeout=_BRIEF_CONNECT,
        read_timeout=_BRIEF_READ,
        max_pool_connections=_BRIEF_POOL,
    )


def _no_such_profile(session: Any) -> str:
    known = sorted(session.available_profiles)
    named = ", ".join(known[:_PROFILES_NAMED])
    more = f" and {len(known) - _PROFILES_NAMED} more" if len(known) > _PROFILES_NAMED else ""
    others = f"Known are {named}{more}." if known else "No profile is configured."
    return f'There is no profile "{session.profile}". {others}'
