"""Keeps the requests for just-in-time access of one Region, and the keys that approved ones grant.

A decision follows from the time since the request, unless a signal came first. Nothing else happens in the background.
"""

from __future__ import annotations

import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from smtui.demo.story.account_facts import ACCOUNT
from smtui.demo.wire.signature import KeyPair

DECISION_SECONDS = 6.0
"""How long ana takes."""
GRANT_SECONDS = 2 * 3600.0
AUTOMATIC_SECONDS = 3600.0
ROLE = "AcmeJustInTimeAccess"
"""The role behind the granted keys. Its name is ours: AWS does not document the real one."""
_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True, slots=True)
class Grant:
    """The keys of an approved request, and what they may do."""

    request_id: str
    node_id: str
    keys: KeyPair
    session_name: str
    ends_at: datetime
    revoked: bool = False

    @property
    def arn(self) -> str:
        """Who calls with these keys."""
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{self.session_name}"

    def allows(self, action: str) -> bool:
        """Whether these keys may do this at all; StartSession looks at node and document besides.

        AWS's session policy allows no ResumeSession and no TerminateSession.
        """
        return action == "sts:GetCallerIdentity" or (action == "ssm:StartSession" and not self.revoked)


@dataclass(frozen=True, slots=True)
class DemoAccessRequest:
    """One request as it was made, and the signals that have come since."""

    request_id: str
    node_id: str
    requester: str
    """An ARN."""
    reason: str
    asked_at: datetime
    began: float
    """By the clock of the `AccessBook`, in seconds."""
    approvers: tuple[str, ...] = ()
    decision: str = ""
    """What is decided by itself: `Approved`, `Rejected`, or nothing."""
    after: float = 0.0
    """Seconds until that decision."""
    lasts: float = GRANT_SECONDS
    signal: str = ""
    """`Approved`, `Rejected`, `Revoked` or `Cancelled`, by a call."""
    signalled: float = 0.0
    comment: str = ""
    execution_id: str = field(default_factory=lambda: str(uuid.uuid4()))


class AccessBook:
    """Every request of one Region. Safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: dict[str, DemoAccessRequest] = {}
        self._grants: dict[str, Grant] = {}
        """By the request's id."""

    def ask(  # noqa: PLR0913 - the facts of a request
        self,
        node_id: str,
        requester: str,
        reason: str,
        *,
        approvers: tuple[str, ...] = (),
        decision: str = "",
        after: float = 0.0,
        lasts: float = GRANT_SECONDS,
        age: float = 0.0,
    ) -> DemoAccessRequest:
        """Add a request that was made `age` seconds ago."""
        request = DemoAccessRequest(
            f"oi-{secrets.token_hex(6)}",
            node_id,
            requester,
            reason,
            datetime.now(UTC) - timedelta(seconds=age),
            self._clock() - age,
            approvers,
            decision,
            after,
            lasts,
        )
        with self._lock:
            self._requests[request.request_id] = request
        return request

    def find(self, request_id: str) -> DemoAccessRequest | None:
        """The request of this id; None when there is none."""
        with self._lock:
            return self._requests.get(request_id)

    def of_execution(self, execution_id: str) -> DemoAccessRequest | None:
        """The request whose decision this automation waits for; None for any other automation."""
        with self._lock:
            return next((each for each in self._requests.values() if each.execution_id == execution_id), None)

    def all(self) -> list[DemoAccessRequest]:
        """All requests, the latest first."""
        with self._lock:
            return sorted(self._requests.values(), key=lambda each: each.began, reverse=True)

    def status(self, request: DemoAccessRequest) -> str:
        """Pending, Approved, Rejected, Revoked, Cancelled or Expired, now."""
        now = self._clock()
        if request.signal in ("Rejected", "Revoked", "Cancelled"):
            return request.signal
        if request.signal == "Approved":
            return "Expired" if now >= request.signalled + request.lasts else "Approved"
        decided = request.began + request.after
        if not request.decision or now < decided:
            return "Pending"
        if request.decision == "Approved" and now >= decided + request.lasts:
            return "Expired"
        return request.decision

    def signal(self, request: DemoAccessRequest, what: str, comment: str = "") -> bool:
        """Take a decision; returns False where the request is not in a state for it."""
        status = self.status(request)
        wanted = "Approved" if what == "Revoked" else "Pending"
        if status != wanted:
            return False
        with self._lock:
            self._requests[request.request_id] = replace(request, signal=what, signalled=self._clock(), comment=comment)
            held = self._grants.get(request.request_id)
            if what == "Revoked" and held is not None:
                self._grants[request.request_id] = replace(held, revoked=True)
        return True

    def grant(self, request: DemoAccessRequest) -> Grant:
        """The keys of an approved request; the same each time."""
        began = request.signalled if request.signal == "Approved" else request.began + request.after
        left = began + request.lasts - self._clock()
        with self._lock:
            if request.request_id not in self._grants:
                self._grants[request.request_id] = Grant(
                    request.request_id,
                    request.node_id,
                    _new_keys(),
                    request.requester.rpartition("/")[2],
                    datetime.now(UTC) + timedelta(seconds=left),
                )
            return self._grants[request.request_id]

    def grant_of(self, access_key_id: str) -> Grant | None:
        """The grant that these keys belong to; None for keys that nothing granted."""
        with self._lock:
            return next((each for each in self._grants.values() if each.keys.access_key_id == access_key_id), None)


def _new_keys() -> KeyPair:
    return KeyPair(
        "ASIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16)),
        secrets.token_urlsafe(30),
        secrets.token_urlsafe(90),
    )
