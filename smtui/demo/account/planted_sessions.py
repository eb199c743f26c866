"""Makes up the sessions of a simulated account before its Region is started: who is on which node, and who was.

The same seed gives the same sessions; only their times follow the clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.demo.account.session_registry import DEFAULT_DOCUMENT, JUST_IN_TIME, DemoSession
from smtui.demo.story.account_facts import ACCOUNT, CALLER_ARN, CALLER_NAME

if TYPE_CHECKING:
    from smtui.demo.story.demo_node import DemoNode

PAST_SESSIONS = 60
"""How many there are unless more are asked for."""
_SEED = 14
_KEPT = timedelta(days=30)
"""AWS lists past sessions for so long."""
_ID_DIGITS = 17
_GRANTED_MINUTES = 60
"""How long a session with just-in-time access may last."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, or something, that starts sessions."""

    arn: str
    name: str
    """The role session's name, or the user's: session ids begin with it."""
    weight: int
    """How often it starts sessions, compared with the others."""


CALLER = Person(CALLER_ARN, CALLER_NAME, 3)
ANA = Person(f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ana", "ana", 6)
BEN = Person(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Developer_5b1d7e90c3a2f468/ben@acme.example",
    "ben@acme.example",
    4,
)
CARLA = Person(f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/carla", "carla", 3)
DEPLOYER = Person(f"arn:aws:iam::{ACCOUNT}:user/automation/deploy-bot", "deploy-bot", 5)
PEOPLE = (ANA, BEN, CARLA, DEPLOYER, CALLER)

_PORT = "AWS-StartPortForwardingSession"
_REMOTE_PORT = "AWS-StartPortForwardingSessionToRemoteHost"
_SSH = "AWS-StartSSHSession"
_DATABASE: Mapping[str, tuple[str, ...]] = {
    "host": ("db.internal",),
    "portNumber": ("5432",),
    "localPortNumber": ("15432",),
}
_WORK: Sequence[tuple[str, Mapping[str, tuple[str, ...]], int]] = (
    (DEFAULT_DOCUMENT, {}, 8),
    (_SSH, {"portNumber": ("22",)}, 3),
    (_PORT, {"portNumber": ("80",), "localPortNumber": ("8080",)}, 2),
    (_REMOTE_PORT, _DATABASE, 2),
    ("AWS-StartNonInteractiveCommand", {"command": ("uptime",)}, 1),
)
"""Document, parameters, and how often it is used."""
_REASONS = (
    "",
    "",
    "INC-4711",
    "INC-4802",
    "CHG-88",
    "CHG-91: renew the certificate",
    "Look at the logs",
    "Release 4.2",
)


def sessions_of_others(nodes: Sequence[DemoNode], now: datetime) -> Iterator[DemoSession]:
    """The active sessions of other people, the oldest first; on nodes that take sessions alone."""
    by_name = {node.name: node for node in nodes if node.can_start_session}
    numbers = random.Random(_SEED)  # noqa: S311 - no secret
    wanted: Sequence[tuple[Person, str, str, Mapping[str, tuple[str, ...]], str, int, str, str]] = (
        (CARLA, "batch-1", DEFAULT_DOCUMENT, {}, "INC-4802", 190, "Disconnected", ""),
        (BEN, "bastion-1", _REMOTE_PORT, _DATABASE, "Look at the orders", 128, "Connected", ""),
        (ANA, "web-1", DEFAULT_DOCUMENT, {}, "CHG-88", 35, "Connected", JUST_IN_TIME),
        (DEPLOYER, "web-1", _SSH, {"portNumber": ("22",)}, "Release 4.2", 4, "Connected", ""),
    )
    nodes_left = iter(by_name.values())
    for person, name, document, parameters, reason, minutes, status, access in wanted:
        node = by_name.get(name) or next(nodes_left, None)
        if node is None:
            return
        yield DemoSession(
            session_id=_new_id(person, numbers),
            node_id=node.node_id,
            node_name=node.name,
            document_name=document,
            parameters=parameters,
            agent_version=node.agent_version,
            reason=reason,
            owner=person.arn,
            started_at=now - timedelta(minutes=minutes),
            status=status,
            access_type=access or "Standard",
            max_minutes=_GRANTED_MINUTES if access else None,
        )


def past_sessions(nodes: Sequence[DemoNode], now: datetime, number: int) -> Iterator[DemoSession]:
    """So many sessions of the last 30 days, of everybody; the earliest end first."""
    numbers = random.Random(_SEED + 1)  # noqa: S311 - no secret
    usable = [node for node in nodes if node.can_start_session]
    if not usable:
        return
    found = [_past_session(numbers, usable, now) for _ in range(number)]
    yield from sorted(found, key=lambda session: session.ended_at or now)


def _past_session(numbers: random.Random, nodes: Sequence[DemoNode], now: datetime) -> DemoSession:
    [person] = numbers.choices(PEOPLE, [each.weight for each in PEOPLE])
    [(document, parameters, _)] = numbers.choices(_WORK, [each[2] for each in _WORK])
    node = numbers.choice(nodes)
    ended_at = now - numbers.random() * (_KEPT - timedelta(hours=9)) - timedelta(minutes=5)
    just_in_time = document == DEFAULT_DOCUMENT and person is not DEPLOYER and numbers.random() < 0.2
    minutes = min(float(_GRANTED_MINUTES) if just_in_time else 480.0, numbers.lognormvariate(2.5, 1.2))
    failed = numbers.random() < 0.04
    return DemoSession(
        session_id=_new_id(person, numbers),
        node_id=node.node_id,
        node_name=node.name,
        document_name=document,
        parameters=parameters,
        agent_version=node.agent_version,
        reason=numbers.choice(_REASONS),
        owner=person.arn,
        started_at=ended_at - timedelta(minutes=minutes),
        status="Failed" if failed else "Terminated",
        ended_at=ended_at,
        details="The agent did not answer in time." if failed else "",
        access_type=JUST_IN_TIME if just_in_time else "Standard",
        max_minutes=_GRANTED_MINUTES if just_in_time else None,
    )


def _new_id(person: Person, numbers: random.Random) -> str:
    return f"{person.name}-{numbers.getrandbits(4 * _ID_DIGITS):0{_ID_DIGITS}x}"
