"""API shapes -> facts. Tolerant: what is missing, of another type or unknown never raises.

Sources: InstanceInformation and DocumentIdentifier in the Systems Manager API reference, Instance in the EC2 API
reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.node import Ec2Facts, PingStatus, SsmFacts

_TERMINATED = "terminated"


def ssm_facts(page: Mapping[str, Any], seen_at: datetime) -> list[SsmFacts]:
    """The nodes of one page of DescribeInstanceInformation; entries without an id are left out."""
    entries = _mappings(page.get("InstanceInformationList"))
    return [_managed_node(entry, seen_at) for entry in entries if _text(entry, "InstanceId")]


def ec2_facts(page: Mapping[str, Any], seen_at: datetime) -> list[Ec2Facts]:
    """The instances of one page of DescribeInstances, without the terminated ones and those without an id."""
    instances = [
        _instance(entry, seen_at)
        for reservation in _mappings(page.get("Reservations"))
        for entry in _mappings(reservation.get("Instances"))
        if _text(entry, "InstanceId")
    ]
    return [instance for instance in instances if instance.state != _TERMINATED]


def document_summaries(page: Mapping[str, Any], side: DocumentSide) -> list[DocumentSummary]:
    """The documents of one page of ListDocuments; entries without a name are left out."""
    entries = [entry for entry in _mappings(page.get("DocumentIdentifiers")) if _text(entry, "Name")]
    return [
        DocumentSummary(_text(entry, "Name"), _text(entry, "Owner"), side, _texts(entry, "PlatformTypes"))
        for entry in entries
    ]


def _managed_node(entry: Mapping[str, Any], seen_at: datetime) -> SsmFacts:
    latest = entry.get("IsLatestVersion")
    return SsmFacts(
        node_id=_text(entry, "InstanceId"),
        ping_status=_ping_status(_text(entry, "PingStatus")),
        last_ping=_when(entry.get("LastPingDateTime")),
        agent_version=_text(entry, "AgentVersion"),
        platform_type=_text(entry, "PlatformType"),
        platform_name=_text(entry, "PlatformName"),
        platform_version=_text(entry, "PlatformVersion"),
        seen_at=seen_at,
        is_latest_agent=latest if isinstance(latest, bool) else None,
        name=_text(entry, "Name"),
        computer_name=_text(entry, "ComputerName"),
        ip_address=_text(entry, "IPAddress"),
        iam_role=_text(entry, "IamRole"),
        activation_id=_text(entry, "ActivationId"),
        registered_at=_when(entry.get("RegistrationDate")),
        resource_type=_text(entry, "ResourceType"),
        source_type=_text(entry, "SourceType"),
        source_id=_text(entry, "SourceId"),
    )


def _instance(entry: Mapping[str, Any], seen_at: datetime) -> Ec2Facts:
    tags = {_text(tag, "Key"): _text(tag, "Value") for tag in _mappings(entry.get("Tags"))}
    return Ec2Facts(
        node_id=_text(entry, "InstanceId"),
        state=_text(_mapping(entry.get("State")), "Name"),
        seen_at=seen_at,
        name=tags.get("Name", ""),
        instance_type=_text(entry, "InstanceType"),
        private_ip=_text(entry, "PrivateIpAddress") or _text(entry, "Ipv6Address"),
        public_ip=_text(entry, "PublicIpAddress"),
        vpc_id=_text(entry, "VpcId"),
        subnet_id=_text(entry, "SubnetId"),
        zone=_text(_mapping(entry.get("Placement")), "AvailabilityZone"),
        instance_profile_arn=_text(_mapping(entry.get("IamInstanceProfile")), "Arn"),
        image_id=_text(entry, "ImageId"),
        platform_details=_text(entry, "PlatformDetails") or _text(entry, "Platform"),
        launched_at=_when(entry.get("LaunchTime")),
        tags=MappingProxyType(tags),
    )


def _ping_status(text: str) -> PingStatus:
    try:
        return PingStatus(text)
    except ValueError:
        return PingStatus.UNRECOGNISED


def _when(value: object) -> datetime | None:
    """An aware time in UTC; naive ones are UTC already."""
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def _texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = entry.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> Iterable[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
