"""Shares the botocore session and credentials of a profile among its Regions: resolved once, renewed once.

A `credential_process` runs once, a role is assumed once, and the user is asked once, whatever the number of Regions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smtui.domain.fault import CREDENTIAL_KINDS, PASSING_KINDS, AwsCallFailed

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.aws.shared_trust import LoadedOnce

PATIENCE = 2.0
"""Seconds that a Region waits for the credentials that another one fetches from its own STS, which may not answer."""

_REPLACE_SECONDS = 900
"""So long before an MFA session ends, another one is made: botocore renews none that needed a code."""
_REPLACE_SHORT_SECONDS = 60
"""The same for one that lasts no longer than that from the start."""


@dataclass(slots=True, eq=False)
class ProfileSession:
    """A session whose credentials are resolved."""

    session: Any
    """botocore's `Session`."""
    credentials: Any
    """botocore's `Credentials`, or None where there are none."""
    home_region: str
    """The Region that the profile or the environment names; empty if neither does."""
    making: threading.Lock = field(default_factory=threading.Lock)
    """Held while a client is made: a session makes one at a time."""
    replacing: threading.Lock = field(default_factory=threading.Lock)
    """Held while another session is made instead of it, which may ask for an MFA code."""
    retry_at: datetime | None = None
    """When to try that again, after it has failed once; None before."""
    trust: LoadedOnce | None = None
    """The certificate authorities that the clients share; None before the first client."""

    def let_last(self) -> int:
        """Let botocore use keys that needed an MFA code to their end; returns how many seconds before to replace them.

        It would try to renew them 15 minutes before, and raise at 10.
        """
        is_short = self.credentials.refresh_needed(_REPLACE_SECONDS)
        self.credentials._advisory_refresh_timeout = 0  # noqa: SLF001 - there is no public way
        return _REPLACE_SHORT_SECONDS if is_short else _REPLACE_SECONDS


class ProfileSessions:
    """The sessions by profile. Every method may be called from several threads."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._held: dict[str, ProfileSession] = {}
        self._under_way: dict[str, Future[ProfileSession]] = {}

    def session(
        self, profile: str, resolve: Callable[[], ProfileSession], can_resolve_alone: Callable[[], bool]
    ) -> ProfileSession:
        """Return the profile's session; the first caller resolves it, the others wait and share result or failure.

        Who can do so shares no failure and waits for two seconds at most: then it resolves one that nobody shares.
        """
        with self._lock:
            if (held := self._held.get(profile)) is not None:
                return held
            under_way = self._under_way.get(profile)
            mine = under_way is None
            future = self._under_way.setdefault(profile, Future())
        if mine:
            return self._resolved(profile, resolve, future)
        try:
            if not wait([future], self._patience).done and can_resolve_alone():
                return resolve()
            return future.result()
        except AwsCallFailed as failed:
            if failed.fault.kind in CREDENTIAL_KINDS | PASSING_KINDS and not can_resolve_alone():
                raise AwsCallFailed(failed.fault) from failed
            return resolve()

    def _resolved(
        self, profile: str, resolve: Callable[[], ProfileSession], future: Future[ProfileSession]
    ) -> ProfileSession:
        try:
            session = resolve()
        except BaseException as error:
            with self._lock:
                del self._under_way[profile]
            future.set_exception(error)
            raise
        with self._lock:
            del self._under_way[profile]
            self._held[profile] = session
        future.set_result(session)
        return session

    def forget(self, profile: str, used: ProfileSession) -> None:
        """Resolve the profile anew the next time, unless that was done since."""
        with self._lock:
            if self._held.get(profile) is used:
                del self._held[profile]
