"""Opens the session, credentials and clients of one place, once, whatever the number of threads.

Sources: botocore/session.py; https://docs.aws.amazon.com/boto3/latest/guide/clients.html on threads and clients.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from smtui.aws.call_faults import fault_of
from smtui.aws.config_faults import BUNDLE_ADVICE, bundle_trouble, no_such_profile, number_trouble, unreadable
from smtui.aws.credential_faults import credential_fault, unusable_keys
from smtui.aws.credentials import needs_mfa, profile_chain, sign_in_argv
from smtui.aws.identities.configured_endpoints import configured_endpoints, stream_endpoint_of
from smtui.aws.identities.disabled_region import as_disabled, elsewhere, is_disabled, is_suspect
from smtui.aws.identities.profile_sessions import ProfileSession
from smtui.aws.identities.shared_attempt import SharedAttempt
from smtui.aws.shared_trust import share_trust
from smtui.domain.fault import CREDENTIAL_KINDS, PASSING_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Caller, PendingCall, Place
from smtui.domain.places.stream_endpoint import EndpointUnusable
from smtui.domain.text import KNOWN_SECRETS

if TYPE_CHECKING:
    from smtui.aws.boto_session import SessionMaker

_TRY_AGAIN = timedelta(seconds=10)
_REFUSED_KEYS = frozenset({FaultKind.EXPIRED_CREDENTIALS, FaultKind.INVALID_CREDENTIALS})
_BRIEF_CONNECT = 3
_BRIEF_READ = 6
"""Seconds, for each attempt of a brief call."""
_BRIEF_POOL = 40


class Patience(Enum):
    """How long a call may take and how often it is sent."""

    USUAL = "usual"
    """As the session's default says: three attempts, 10 s each."""
    BRIEF = "brief"
    """Two attempts of 6 s, with room for 40 calls side by side."""
    ONCE = "once"
    """One attempt, on a connection of its own."""


@dataclass(slots=True)
class Opened:
    """A session that was opened, with its Region and credentials; dropped whole when its credentials prove useless."""

    shared: ProfileSession
    """What all Regions of the profile use."""
    region: str
    clients: dict[tuple[str, Patience], Any] = field(default_factory=dict)
    caller: Caller | None = None
    """Who these credentials are; None until sts:GetCallerIdentity has answered."""
    replace_seconds: int = 0
    """How long before its end it is replaced, if a role of its chain needed an MFA code; else 0."""
    access_key_id: str = ""
    """Of the keys that were used last."""

    @property
    def session(self) -> Any:
        """botocore's `Session`."""
        return self.shared.session

    @property
    def credentials(self) -> Any:
        """botocore's `Credentials`, or None where there are none."""
        return self.shared.credentials


class Connection:
    """The session of one place. Methods raise `AwsCallFailed` and are safe to call from several threads."""

    def __init__(self, place: Place, maker: SessionMaker, now: Callable[[], datetime]) -> None:
        self.place = place
        self.account = ""
        """Twelve digits; the account of the last caller, also after its credentials were dropped; empty before."""
        self._maker = maker
        self.now = now
        self._lock = threading.Lock()
        self._opening = SharedAttempt(self._lock)
        self._opened: Opened | None = None
        self._pending: dict[object, PendingCall] = {}
        self._disabled: dict[str, bool] = {}
        """Whether the Region is not enabled, by the id of the key that was refused."""

    def with_keys(self, access_key_id: str, secret_access_key: str, session_token: str) -> Connection:
        """Return a separate connection to the same place that uses these temporary keys; calls nothing."""
        maker = self._maker.with_keys(access_key_id, secret_access_key, session_token)
        return Connection(self.place, maker, self.now)

    @property
    def reads_users_files(self) -> bool:
        """Whether the place is one of the user's own AWS configuration."""
        return self._maker.fixed is None

    def pending(self) -> list[PendingCall]:
        """The calls that wait for an answer right now, the oldest first."""
        return sorted(self._pending.copy().values(), key=lambda call: call.since)

    @contextmanager
    def waiting_for(self, what: str) -> Iterator[None]:
        """Lists `what` among the pending calls while the block runs."""
        token = object()
        self._pending[token] = PendingCall(what, self.now())
        try:
            yield
        finally:
            del self._pending[token]

    @contextmanager
    def faults_of(self, used: Opened | None, action: str = "") -> Iterator[None]:
        """Turns every exception of the block into `AwsCallFailed`, with the fault that `failure` makes."""
        try:
            yield
        except Exception as error:
            raise self.failure(error, action, used) from error

    def opened(self, action: str = "") -> Opened:
        """The session; the first time, its files are read, and AWS is called for a role's credentials.

        `action` is the IAM action that a failure names.
        """

        def attempt() -> Opened:
            with self.faults_of(None, action), self.waiting_for(self._credentials_named):
                self._opened = self._open_without_refused()
            return self._opened

        return self._opening.result(lambda: self._opened, attempt)

    def renewed(self, action: str = "") -> Opened:
        """Like `opened`, and renews credentials that are about to expire.

        The client would renew them within the call, and a failure would then look like a failure of the call.
        """
        opened = self.opened(action)
        if opened.replace_seconds and opened.credentials.refresh_needed(opened.replace_seconds):
            opened = self._replaced(opened)
        if opened.credentials is not None:
            try:
                with self.waiting_for(self._credentials_named):
                    held = opened.credentials.get_frozen_credentials()
            except Exception as error:
                fault = credential_fault(error, opened.session, self.now())
                if fault.kind in PASSING_KINDS:
                    self._forget(opened)  # Another Region's STS may have been asked: the next time it is our own.
                raise self._failed(fault, opened) from error
            if held is not None:
                KNOWN_SECRETS.learn(held.secret_key or "", held.token or "")
                opened.access_key_id = held.access_key or ""
        return opened

    def _replaced(self, used: Opened) -> Opened:
        """Return a session with new keys instead of one that needed an MFA code and is about to end.

        While the old keys last, one thread of one Region asks for the code and all others go on with them.
        """
        shared, is_over = used.shared, used.credentials.refresh_needed(0)
        if not is_over and shared.retry_at is not None and self.now() < shared.retry_at:
            return used
        if not shared.replacing.acquire(blocking=is_over):
            return used
        try:
            with self._lock:
                current = self._opened
            if current is not None and current is not used:
                return current
            with self.waiting_for(self._credentials_named):
                self._maker.sessions.forget(self.place.profile, shared)
                fresh = self._open_without_refused()
            with self._lock:
                self._opened = fresh
            return fresh
        except AwsCallFailed:
            shared.retry_at = self.now() + _TRY_AGAIN
            if used.credentials.refresh_needed(0):
                self._forget(used)
                raise
            return used
        finally:
            shared.replacing.release()

    def client(self, opened: Opened, service: str, patience: Patience = Patience.USUAL) -> Any:
        """botocore's client of the service, made at its first use and kept; for `ONCE` a new one, to be closed.

        Makes no call; raises what botocore raises.
        """
        with self._lock:
            if patience is Patience.ONCE:
                return self._new_client(opened, service, patience)
            if (service, patience) not in opened.clients:
                opened.clients[service, patience] = self._new_client(opened, service, patience)
            return opened.clients[service, patience]

    def region(self) -> str:
        """The Region by the configuration alone; empty where none is named, or the configuration cannot be read."""
        try:
            return self._known_region(self._home_region(self._maker.make(self.place)))
        except Exception:  # `opened` reports it
            return self.place.region

    def endpoint_url(self, service: str) -> str:
        """The endpoint that the client really uses, without a login: it goes to a plugin's argv and the journal."""
        opened = self.opened()
        with self.faults_of(opened):
            parts = urlsplit(str(self.client(opened, service).meta.endpoint_url))
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

    def configured_endpoints(self) -> tuple[tuple[str, str], ...]:
        """Service and URL of each endpoint that the environment or the profile names."""
        if self._maker.fixed is not None:
            return ()
        session = self.opened().session
        return configured_endpoints(session.get_scoped_config(), session.full_config.get("services", {}), os.environ)

    def stream_endpoint(self) -> str:
        """The data channel's endpoint that is configured; empty for AWS's own. Ask before a session is started."""
        if self._maker.fixed is not None:
            return ""
        opened = self.opened()
        try:
            return stream_endpoint_of(opened.session)
        except EndpointUnusable as unusable:
            raise self._fault(FaultKind.BROKEN_CONFIG, str(unusable)) from unusable

    def failure(self, error: Exception, action: str, used: Opened | None = None) -> AwsCallFailed:
        """`error` as a fault; after a credential fault the next call looks for credentials afresh.

        The user signs in while smtui runs: a new SSO sign-in or new keys in the file must count without a restart.
        """
        fault = fault_of(error, action, self.now())
        if fault.kind is FaultKind.NO_CREDENTIALS and used is not None:
            profile = self.place.profile
            says = f"Profile {profile} has no AWS credentials." if profile else fault.sentence()
            fault = replace(fault, says=f"{says} {unreadable(used.session)}".rstrip())
        if is_suspect(fault) and self._is_region_disabled(used):
            account = used.caller.account if used is not None and used.caller is not None else self.account
            fault = as_disabled(fault, self.region(), account)
        return self._failed(fault, used)

    def _is_region_disabled(self, used: Opened | None) -> bool:
        """Whether the account has not enabled this Region, asked once for each key in another one."""
        region, key = (used.region, used.access_key_id) if used is not None else (self.region(), "")
        there = elsewhere(region)
        if not there or (used is None and needs_mfa(self._maker.make(self.place))):
            return False  # for MFA, another session would ask for another code
        if key not in self._disabled:
            asked = Connection(replace(self.place, region=there), self._maker, self.now)
            self._disabled[key] = is_disabled(asked, region)
        return self._disabled[key]

    def _failed(self, fault: Fault, used: Opened | None) -> AwsCallFailed:
        if fault.kind in CREDENTIAL_KINDS:
            if used is not None:
                self._forget(used)
                if fault.kind in _REFUSED_KEYS and used.access_key_id:
                    self._maker.roles.cache.distrust(used.access_key_id)
            if not fault.sign_in:
                fault = replace(fault, sign_in=self._sign_in(fault.kind, used))
        return AwsCallFailed(fault)

    def _sign_in(self, kind: FaultKind, used: Opened | None) -> tuple[str, ...]:
        if not self._maker.can_be_renewed or self._maker.uses_keys(self.place):
            return ()
        try:
            session = used.session if used is not None else self._maker.make(self.place)
            *_, (source, settings) = profile_chain(session)
        except Exception:  # the fault itself says why the configuration cannot be read
            return ()
        return sign_in_argv(kind, session.profile or "", source, settings)

    def _forget(self, used: Opened) -> None:
        with self._lock:
            if self._opened is used:
                self._opened = None
        self._maker.sessions.forget(self.place.profile, used.shared)

    @property
    def _credentials_named(self) -> str:
        return f"the credentials of profile {self.place.profile}" if self.place.profile else "the AWS credentials"

    def _new_client(self, opened: Opened, service: str, patience: Patience) -> Any:
        fixed = self._maker.fixed
        with opened.shared.making:
            client = opened.session.create_client(
                service,
                region_name=opened.region,
                config=_client_config(patience),
                endpoint_url=fixed.endpoint_url if fixed else None,
            )
            opened.shared.trust = share_trust(client, opened.shared.trust)
            return client

    def _open_without_refused(self) -> Opened:
        """Open a session; again if that has shown that AWS refuses a kept session that it is made of."""
        while True:
            refused = self._maker.roles.cache.distrusted
            try:
                return self._open()
            except AwsCallFailed as failed:
                if failed.fault.kind not in _REFUSED_KEYS or self._maker.roles.cache.distrusted == refused:
                    raise

    def _open(self) -> Opened:
        shared = self._maker.sessions.session(self.place.profile, self._resolve, self._can_resolve_alone)
        opened = Opened(shared, self._known_region(shared.home_region))
        if (
            not self._maker.uses_keys(self.place)
            and needs_mfa(shared.session)
            and hasattr(shared.credentials, "refresh_needed")
        ):
            opened.replace_seconds = shared.let_last()
        return opened

    def _can_resolve_alone(self) -> bool:
        """Whether another attempt costs no more than another AssumeRole, which this Region's own STS answers.

        The STS of another Region may hang, or refuse because the account has not enabled that Region.
        """
        settings = [settings for _, settings in profile_chain(self._maker.make(self.place))]
        return "role_arn" in settings[0] and not any("credential_process" in each for each in settings)

    def _resolve(self) -> ProfileSession:
        session = self._maker.make(self.place)
        home = self._home_region(session)
        region = self._known_region(home)
        if trouble := number_trouble(session):
            raise self._fault(FaultKind.BROKEN_CONFIG, trouble)
        if self._maker.fixed is None and (trouble := bundle_trouble(session)):
            raise self._fault(FaultKind.BROKEN_CONFIG, trouble, BUNDLE_ADVICE)
        # The clients that botocore makes to fetch credentials take the Region from here.
        session.set_config_variable("region", region)
        if not self._maker.uses_keys(self.place):
            self._maker.roles.join(session, self.place.profile)
        return ProfileSession(session, self._credentials(session), home)

    def _credentials(self, session: Any) -> Any:
        """Fetched now, under our lock: later, several threads would make clients on one session to get them."""
        try:
            credentials = session.get_credentials()
            held = credentials.get_frozen_credentials() if credentials is not None else None
        except Exception as error:
            raise AwsCallFailed(credential_fault(error, session, self.now())) from error
        if held is not None:
            if not (_is_text(held.access_key) and _is_text(held.secret_key) and _is_text(held.token or "-")):
                raise AwsCallFailed(unusable_keys(credentials, session, self.now()))
            KNOWN_SECRETS.learn(held.secret_key, held.token or "")
        return credentials

    def _home_region(self, session: Any) -> str:
        """The Region that the configuration names, else an empty text."""
        if session.profile is not None and session.profile not in session.available_profiles:
            raise self._fault(FaultKind.UNKNOWN_PROFILE, no_such_profile(session))
        fixed = self._maker.fixed
        region = fixed.region if fixed and self._maker.uses_keys(self.place) else ""
        return region or str(session.get_config_variable("region") or "")

    def _known_region(self, home: str) -> str:
        if region := self.place.region or home:
            return region
        raise self._fault(FaultKind.NO_REGION, "Neither the profile nor the environment names a Region.")

    def _fault(self, kind: FaultKind, message: str, advice: str = "") -> AwsCallFailed:
        return AwsCallFailed(Fault(kind, "", "", message, self.now(), advice=advice))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _client_config(patience: Patience) -> Any:
    """None for the session's default.

    Two brief attempts fit into the 15 s of a reading, so that its fault is the call's own.
    """
    from botocore.config import Config

    if patience is Patience.ONCE:
        return Config(retries={"mode": "standard", "total_max_attempts": 1})
    if patience is Patience.BRIEF:
        return Config(
            retries={"mode": "standard", "total_max_attempts": 2},
            connect_timeout=_BRIEF_CONNECT,
            read_timeout=_BRIEF_READ,
            max_pool_connections=_BRIEF_POOL,
        )
    return None
