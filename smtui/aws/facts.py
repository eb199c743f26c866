"""API shapes -> facts. Tolerant: what is missing, of another type or unknown never raises.

Sources: InstanceInformation and DocumentIdentifier in the Systems Manager API reference, Instance in the EC2 API
reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from smtui.aws.shapes import mapping, mappings, text, texts, when
from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.node import Ec2Facts, PingStatus, SsmFacts

_TERMINATED = "terminated"


def ssm_facts(page: Mapping[str, Any], seen_at: datetime) -> list[SsmFacts]:
    """The nodes of one page of DescribeInstanceInformation; entries without an id are left out."""
    entries = mappings(page.get("InstanceInformationList"))
    return [_managed_node(entry, seen_at) for entry in entries if text(entry, "InstanceId")]


def ec2_facts(page: Mapping[str, Any], seen_at: datetime) -> list[Ec2Facts]:
    """The instances of one page of DescribeInstances, without the terminated ones and those without an id."""
    instances = [
        _instance(entry, seen_at)
        for reservation in mappings(page.get("Reservations"))
        for entry in mappings(reservation.get("Instances"))
        if text(entry, "InstanceId")
    ]
    return [instance for instance in instances if instance.state != _TERMINATED]


def document_summaries(page: Mapping[str, Any], side: DocumentSide) -> list[DocumentSummary]:
    """The documents of one page of ListDocuments; entries without a name are left out."""
    entries = [entry for entry in mappings(page.get("DocumentIdentifiers")) if text(entry, "Name")]
    return [
        DocumentSummary(text(entry, "Name"), text(entry, "Owner"), side, texts(entry, "PlatformTypes"))
        for entry in entries
    ]


def _managed_node(entry: Mapping[str, Any], seen_at: datetime) -> SsmFacts:
    latest = entry.get("IsLatestVersion")
    return SsmFacts(
        node_id=text(entry, "InstanceId"),
        ping_status=_ping_status(text(entry, "PingStatus")),
        last_ping=when(entry.get("LastPingDateTime")),
        agent_version=text(entry, "AgentVersion"),
        platform_type=text(entry, "PlatformType"),
        platform_name=text(entry, "PlatformName"),
        platform_version=text(entry, "PlatformVersion"),
        seen_at=seen_at,
        is_latest_agent=latest if isinstance(latest, bool) else None,
        name=text(entry, "Name"),
        computer_name=text(entry, "ComputerName"),
        ip_address=text(entry, "IPAddress"),
        iam_role=text(entry, "IamRole"),
        activation_id=text(entry, "ActivationId"),
        registered_at=when(entry.get("RegistrationDate")),
        resource_type=text(entry, "ResourceType"),
        source_type=text(entry, "SourceType"),
        source_id=text(entry, "SourceId"),
    )


def _instance(entry: Mapping[str, Any], seen_at: datetime) -> Ec2Facts:
    tags = {text(tag, "Key"): text(tag, "Value") for tag in mappings(entry.get("Tags"))}
    return Ec2Facts(
        node_id=text(entry, "InstanceId"),
        state=text(mapping(entry.get("State")), "Name"),
        seen_at=seen_at,
        name=tags.get("Name", ""),
        instance_type=text(entry, "InstanceType"),
        private_ip=text(entry, "PrivateIpAddress") or text(entry, "Ipv6Address"),
        public_ip=text(entry, "PublicIpAddress"),
        vpc_id=text(entry, "VpcId"),
        subnet_id=text(entry, "SubnetId"),
        zone=text(mapping(entry.get("Placement")), "AvailabilityZone"),
        instance_profile_arn=text(mapping(entry.get("IamInstanceProfile")), "Arn"),
        image_id=text(entry, "ImageId"),
        platform_details=text(entry, "PlatformDetails") or text(entry, "Platform"),
        launched_at=when(entry.get("LaunchTime")),
        tags=MappingProxyType(tags),
    )


def _ping_status(word: str) -> PingStatus:
    try:
        return PingStatus(word)
    except ValueError:
        return PingStatus.UNRECOGNISED
