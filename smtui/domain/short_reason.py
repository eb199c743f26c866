"""Gives the shortest reason for a node's status, for a column; `readiness.reasons` has whole sentences."""

from __future__ import annotations

import re
from datetime import datetime

from smtui.domain.ages import age
from smtui.domain.node import Node, PingStatus, Sighting, SsmFacts
from smtui.domain.readiness import Badge, Readiness, ec2_is_outdated, trusted_connection
from smtui.domain.version import AgentAbility, missing_abilities

_CALL = re.compile(r"\b(?:ssm|ec2):[A-Za-z]+")
_TOO_OLD = {
    AgentAbility.SESSIONS: "agent too old for sessions",
    AgentAbility.PORT_FORWARDING: "too old for port forwarding",
    AgentAbility.NON_INTERACTIVE: "too old for commands",
    AgentAbility.REMOTE_HOST: "too old for remote hosts",
}
_OLD_LIST = "listed too long ago"


def short_reason(node: Node, judged: Readiness, now: datetime) -> str:
    """Return why the status, as `readiness` judged it now, is not plainly Ready, in some words; empty if it is."""
    match judged.badge:
        case Badge.READY:
            return "" if judged.confirmed else _unconfirmed(node, now)
        case Badge.LIMITED:
            return _missing(node) if node.ssm else ""
        case Badge.NOT_CONNECTED:
            return "Online, but not connected"
        case Badge.OFFLINE:
            return _offline(node, now)
        case Badge.UNMANAGED:
            return _unmanaged(node, judged)
        case Badge.UNKNOWN:
            return _unknown(node, now)


def _unconfirmed(node: Node, now: datetime) -> str:
    if node.connection is None:
        return "not probed yet"
    return "probed too long ago" if trusted_connection(node.connection, now) is None else _OLD_LIST


def _missing(node: Node) -> str:
    agent = node.ssm.agent if node.ssm else None
    missing = missing_abilities(agent) if agent else ()
    return _TOO_OLD[missing[0]] if missing else ""


def _offline(node: Node, now: datetime) -> str:
    if node.ec2 is not None and node.ec2.state != "running" and not ec2_is_outdated(node.ec2, node, now):
        return f"instance {node.ec2.state}"
    ssm = node.ssm
    if ssm is not None and ssm.agent is not None and ssm.agent < AgentAbility.SESSIONS.minimum:
        return _TOO_OLD[AgentAbility.SESSIONS]
    return _silent(ssm) if ssm else ""


def _silent(ssm: SsmFacts) -> str:
    match ssm.ping_status:
        case PingStatus.CONNECTION_LOST:
            return "agent stopped answering"
        case PingStatus.INACTIVE:
            return "agent inactive"
        case _:
            return "unknown ping status"


def _unmanaged(node: Node, judged: Readiness) -> str:
    if not judged.confirmed:
        return _OLD_LIST
    bare = node.ec2 is not None and not node.ec2.instance_profile_arn
    return "no instance profile" if bare else "not in Systems Manager's list"


def _unknown(node: Node, now: datetime) -> str:
    if node.ssm is None and node.organisation is not None:
        if node.no_way_in:
            return f"no profile for {node.account}"
        captured = node.organisation.captured_at
        return f"organisation's list, {age(captured, now)}" if captured is not None else "organisation's list"
    if node.ssm is None and node.ssm_side is Sighting.PENDING:
        return "still being read"
    call = _CALL.search(node.ssm_trouble)
    what = call.group() if call else "Systems Manager's list"
    return f"denied: {what}" if node.ssm_side is Sighting.DENIED else f"not read: {what}"
