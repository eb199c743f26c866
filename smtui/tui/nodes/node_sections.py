"""Collects all facts of one node in sections, each with its source and its age."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from smtui.domain.ages import age
from smtui.domain.node import Ec2Facts, Node, NodeKind, Sighting, SsmFacts
from smtui.domain.places.organisation_facts import OrganisationFacts, cloud_words
from smtui.domain.version import AgentAbility


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled fact."""

    label: str
    value: str
    """Not yet harmless."""
    parts: tuple[str, ...] = ()
    """The same in pieces that are not broken where a line can hold them."""
    gap: str = "  "
    """What joins the pieces."""


@dataclass(frozen=True, slots=True)
class Section:
    """Facts of one source."""

    title: str
    note: str
    """The age of the evidence, or why there is none."""
    facts: tuple[Fact, ...]


def identity(node: Node) -> str:
    """Name the node and what it is: `i-0a1b… · EC2 t3.small`."""
    kind = "hybrid node" if node.kind is NodeKind.HYBRID else "EC2"
    if node.ec2 and node.ec2.instance_type:
        kind = f"{kind} {node.ec2.instance_type}"
    return f"{node.node_id} · {kind}"


_KINDS = (
    ("shell", AgentAbility.SESSIONS),
    ("command", AgentAbility.NON_INTERACTIVE),
    ("port", AgentAbility.PORT_FORWARDING),
    ("port of a host behind it", AgentAbility.REMOTE_HOST),
)


def kinds(node: Node) -> tuple[str, ...]:
    """Return which kinds of sessions the agent's version can serve: `✓ shell`, `✕ port`; nothing if it is not known."""
    agent = node.ssm.agent if node.ssm else None
    if agent is None:
        return ()
    return tuple(f"{'✕' if agent < ability.minimum else '✓'} {word}" for word, ability in _KINDS)


def gist(node: Node, now: datetime, sessions: str = "", *, with_place: bool = False) -> tuple[Fact, ...]:
    """Return what one looks for first: what the node can do, tags, address, place, system, sessions and network."""
    ec2 = node.ec2
    up = f"up {age(ec2.launched_at, now)}" if ec2 and ec2.launched_at and ec2.state == "running" else ""
    machine = ", ".join(filter(None, (ec2.instance_type if ec2 else "", up)))
    tags = tuple(f"{key}={value}" for key, value in sorted(node.tags.items()) if key != "Name")
    return (
        *(Fact(label, "  ".join(parts), parts) for label, parts in (("can", kinds(node)), ("tags", tags)) if parts),
        *_known(("address", node.address)),
        *(_dotted("place", node.place_label, node.account) if with_place else ()),
        *_dotted("system", node.platform, machine),
        *_known(("sessions", sessions)),
        *(_dotted("network", ec2.vpc_id, ec2.zone) if ec2 else ()),
    )


def _dotted(label: str, *given: str) -> Iterator[Fact]:
    """Yield one fact of those that are known, parted by dots."""
    if known := [text for text in given if text]:
        parts = (*(f"{text} ·" for text in known[:-1]), known[-1])
        yield Fact(label, " ".join(parts), parts, " ")


def sections(node: Node, now: datetime) -> tuple[Section, ...]:
    """Return all sections of the node, with ages as of `now`."""
    found = [_where(node), _systems_manager(node, now)]
    if node.organisation is not None:
        found.append(_organisation(node.organisation, now))
    if node.connection is not None:
        found.append(
            Section(
                "Connection",
                f"probed {age(node.connection.probed_at, now)} ago",
                (Fact("status", node.connection.status.value),),
            )
        )
    if node.kind is NodeKind.EC2:
        found.append(_ec2(node, now))
    if node.tags:
        tags = tuple(Fact(key, value) for key, value in sorted(node.tags.items()))
        found.append(Section("Tags", "", tags))
    return tuple(found)


def _where(node: Node) -> Section:
    return Section(
        "Where",
        "",
        _known(
            ("account", node.account),
            ("region", node.region),
            ("profile", node.place.profile),
        ),
    )


def _systems_manager(node: Node, now: datetime) -> Section:
    ssm = node.ssm
    if ssm is None:
        return Section("Systems Manager", _why_missing(node.ssm_side, node.ssm_trouble), ())
    return Section("Systems Manager", f"listed {age(ssm.seen_at, now)} ago", _known(*_ssm_facts(ssm, now)))


def _ssm_facts(ssm: SsmFacts, now: datetime) -> Iterator[tuple[str, str]]:
    ping = ssm.ping_status.value
    yield "ping", f"{ping}, {age(ssm.last_ping, now)} ago" if ssm.last_ping else ping
    latest = " (latest)" if ssm.is_latest_agent else ""
    yield "agent", f"{ssm.agent_version}{latest}" if ssm.agent_version else ""
    yield "platform", f"{ssm.platform_name} {ssm.platform_version}".strip() or ssm.platform_type
    yield "computer", ssm.computer_name
    yield "address", ssm.ip_address
    yield "role", ssm.iam_role
    yield "activation", ssm.activation_id
    yield "registered", _moment(ssm.registered_at, now)
    yield "source", " ".join(filter(None, (cloud_words(ssm.source_type, ssm.source_location), ssm.source_id)))


def _organisation(facts: OrganisationFacts, now: datetime) -> Section:
    captured = (
        f"collected {age(facts.captured_at, now)} ago" if facts.captured_at is not None else "collected some time ago"
    )
    shown = (("unit", facts.unit), ("status then", facts.instance_status), ("source", facts.cloud))
    return Section("Organisation's list", captured, _known(*shown, ("zone", facts.zone)))


def _ec2(node: Node, now: datetime) -> Section:
    ec2 = node.ec2
    if ec2 is None:
        return Section("EC2", _why_missing(node.ec2_side, node.ec2_trouble), ())
    return Section("EC2", f"seen {age(ec2.seen_at, now)} ago", _known(*_ec2_facts(ec2, now)))


def _ec2_facts(ec2: Ec2Facts, now: datetime) -> Iterator[tuple[str, str]]:
    yield "state", ec2.state
    yield "type", ec2.instance_type
    yield "private", ec2.private_ip
    yield "public", ec2.public_ip
    yield "zone", ec2.zone
    yield "vpc", ec2.vpc_id
    yield "subnet", ec2.subnet_id
    yield "profile", ec2.instance_profile_arn.rpartition("/")[2] or "none"
    yield "image", ec2.image_id
    yield "platform", ec2.platform_details
    yield "launched", _moment(ec2.launched_at, now)


def _moment(moment: datetime | None, now: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC, {age(moment, now)} ago" if moment else ""


def _why_missing(side: Sighting, trouble: str) -> str:
    if side is Sighting.PENDING:
        return "still being read"
    return trouble or "not listed"


def _known(*pairs: tuple[str, str]) -> tuple[Fact, ...]:
    return tuple(Fact(label, value) for label, value in pairs if value)
