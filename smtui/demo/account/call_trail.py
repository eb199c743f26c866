"""Records the calls that a simulated Region has received about sessions, as CloudTrail does, and makes up earlier ones.

Source: "Log Systems Manager API calls with AWS CloudTrail" and CloudTrail's record contents. The token of a session is
never recorded.
"""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import ACCOUNT, CALLER_ID

if TYPE_CHECKING:
    from smtui.demo.account.session_registry import DemoSession

_MOST_CALLS = 5_000
_HIDDEN = "Value hidden due to security reasons."
_AGENTS = (
    "aws-cli/2.17.56 md/awscrt#0.21.5 ua/2.0 os/linux#6.1 lang/python#3.11.9 md/command#ssm.start-session",
    "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
    "Boto3/1.35.20 md/Botocore#1.35.20 ua/2.0 os/linux#6.1 lang/python#3.12.5 Botocore/1.35.20",
)
_ADDRESSES = ("203.0.113.7", "203.0.113.41", "198.51.100.23")
RECORDED = frozenset({"StartSession", "ResumeSession", "TerminateSession"})


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One event of CloudTrail."""

    at: datetime
    name: str
    source: str
    user_name: str
    access_key_id: str
    event_id: str
    text: str
    """The event, JSON; one of the story is cut off."""
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a call, and with what."""

    arn: str
    access_key_id: str
    user_agent: str
    address: str = "127.0.0.1"
    user_id: str = CALLER_ID


class CallTrail:
    """The calls of one Region; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: deque[RecordedCall] = deque(maxlen=_MOST_CALLS)

    def record(self, call: TrailCall) -> None:
        """Record a call with parameters and answer as they were on the wire."""
        wire = replace(call, asked=_asked(call.asked), answered=_answered(call.answered))
        with self._lock:
            self._calls.append(wire.recorded())

    def calls(
        self, sessions: Iterator[DemoSession], region: str, since: datetime, until: datetime
    ) -> list[RecordedCall]:
        """Those between the two times, the newest first; `sessions` are all of the Region, planted or not."""
        with self._lock:
            real = list(self._calls)
        known = {call.session_id for call in real}
        planted = (
            call for session in sessions if session.session_id not in known for call in _planted(session, region)
        )
        found = [call for call in (*real, *planted) if since <= call.at <= until]
        return sorted(found, key=lambda call: call.at, reverse=True)


@dataclass(frozen=True, slots=True)
class TrailCall:
    """A call about a session, and what came of it."""

    name: str
    sender: Sender
    region: str
    asked: Mapping[str, Any]
    answered: Mapping[str, Any] | None
    """None for a call that failed."""
    at: datetime
    error: tuple[str, str] = ("", "")
    """Code and message."""
    event_id: str = ""
    source: str = "ssm.amazonaws.com"
    account: str = ACCOUNT

    def recorded(self) -> RecordedCall:
        """The call as CloudTrail keeps it."""
        event_id, sender = self.event_id or str(uuid.uuid4()), self.sender
        held: dict[str, Any] = {
            "eventVersion": "1.09",
            "userIdentity": _identity(sender),
            "eventTime": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": self.region,
            "sourceIPAddress": sender.address,
            "userAgent": sender.user_agent,
            "requestParameters": dict(self.asked),
            "responseElements": dict(self.answered) if self.answered is not None else None,
            "eventID": event_id,
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }
        if self.error[0]:
            held |= dict(zip(("errorCode", "errorMessage"), self.error, strict=True))
        session_id = str((self.answered or {}).get("sessionId") or self.asked.get("sessionId", ""))
        user_name = sender.arn.rpartition("/")[2]
        return RecordedCall(
            self.at, self.name, self.source, user_name, sender.access_key_id, event_id, json.dumps(held), session_id
        )


def _identity(sender: Sender) -> dict[str, Any]:
    kind = "AssumedRole" if ":assumed-role/" in sender.arn else "IAMUser"
    found = {
        "type": kind,
        "principalId": sender.user_id if sender.user_id != CALLER_ID or kind == "IAMUser" else _made_up_id(sender),
        "arn": sender.arn,
        "accountId": sender.arn.split(":")[4],
        "accessKeyId": sender.access_key_id,
    }
    return found | ({"userName": sender.arn.rpartition("/")[2]} if kind == "IAMUser" else {})


def _made_up_id(sender: Sender) -> str:
    return f"AROADEMO0ROLE00000001:{sender.arn.rpartition('/')[2]}"


def _asked(params: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name[:1].lower()}{name[1:]}": value for name, value in params.items()}


def _answered(answer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if answer is None:
        return None
    shown = {f"{name[:1].lower()}{name[1:]}": value for name, value in answer.items()}
    return shown | ({"tokenValue": _HIDDEN} if "tokenValue" in shown else {})


def _planted(session: DemoSession, region: str) -> Iterator[RecordedCall]:
    """What CloudTrail has of a session that began before the Region was started."""
    number = int(hashlib.sha256(session.session_id.encode()).hexdigest()[:8], 16)
    key = f"ASIADEMO{number % 10**12:012d}"
    sender = Sender(session.owner, key, _AGENTS[number % len(_AGENTS)], _ADDRESSES[number // 3 % len(_ADDRESSES)])
    asked: dict[str, Any] = {"target": session.node_id}
    if session.document_name != "SSM-SessionManagerRunShell":
        asked["documentName"] = session.document_name
    if session.parameters:
        asked["parameters"] = {name: list(values) for name, values in session.parameters.items()}
    if session.reason:
        asked["reason"] = session.reason
    stream = f"wss://ssmmessages.{region}.amazonaws.com/v1/data-channel/{session.session_id}?role=publish_subscribe"
    answer = {"sessionId": session.session_id, "tokenValue": _HIDDEN, "streamUrl": stream}

    def event(
        name: str, at: datetime, given: Mapping[str, Any], answered: Mapping[str, Any] | None = None, source: str = ""
    ) -> RecordedCall:
        made = hashlib.sha256(f"{session.session_id}/{name}".encode()).hexdigest()[:32]
        call = TrailCall(name, sender, region, given, answered, at, event_id=str(uuid.UUID(made)))
        return (replace(call, source=source) if source else call).recorded()

    itself = {"sessionId": session.session_id}
    yield event("StartSession", session.started_at, asked, answer)
    if number % 2:
        opened = session.started_at + timedelta(seconds=1)
        yield event("OpenDataChannel", opened, itself, source="ssmmessages.amazonaws.com")
    if number % 7 == 0 and session.ended_at is not None:
        halfway = session.started_at + (session.ended_at - session.started_at) / 2
        yield event("ResumeSession", halfway, itself, answer)
    if session.ended_at is not None and number % 3:
        yield event("TerminateSession", session.ended_at, itself, itself)
