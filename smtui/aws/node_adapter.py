"""Lists the managed nodes and EC2 instances of a place, and probes which nodes are connected.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_DescribeInstanceInformation,
API_InstanceInformation, API_GetConnectionStatus) and https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
(API_DescribeInstances, API_Instance).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from smtui.aws.api_calls import ApiCalls, is_code, mapping, mappings, text, when
from smtui.domain.fault import AwsCallFailed
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, PingStatus, SsmFacts

_MANAGED_NODES = "ssm:DescribeInstanceInformation"
_INSTANCES = "ec2:DescribeInstances"
_CONNECTION_STATUS = "ssm:GetConnectionStatus"
_NODES_A_PAGE = 50
_INSTANCES_A_PAGE = 1000
"""The largest pages that AWS gives."""
_NO_SUCH_NODE = ("InvalidInstanceId", "InvalidFilterValue")
_TERMINATED = "terminated"
_WILDCARD = re.compile(r"[*?\\]")
"""EC2's wildcards, and the backslash that takes one literally."""


class NodeAdapter:
    """The nodes of one place. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def managed_nodes(self) -> Iterator[Sequence[SsmFacts]]:
        """ssm:DescribeInstanceInformation: the facts of each page, at most 50 nodes."""
        for page in self._calls.pages(_MANAGED_NODES, page_size=_NODES_A_PAGE):
            yield ssm_facts(page, self._calls.now())

    def managed_node(self, node_id: str) -> SsmFacts | None:
        """ssm:DescribeInstanceInformation, filtered by id; None for a node that Systems Manager does not list.

        AWS answers an unknown id with an error, which is not raised.
        """
        filters = [{"Key": "InstanceIds", "Values": [node_id]}]
        try:
            entries = list(self._calls.items(_MANAGED_NODES, page_size=_NODES_A_PAGE, Filters=filters))
        except AwsCallFailed as failed:
            if is_code(failed, *_NO_SUCH_NODE):
                return None
            raise
        return next((facts for facts in ssm_facts(entries, self._calls.now()) if facts.node_id == node_id), None)

    def instances(self) -> Iterator[Sequence[Ec2Facts]]:
        """ec2:DescribeInstances: the facts of each page, terminated instances left out."""
        for page in self._calls.pages(_INSTANCES, page_size=_INSTANCES_A_PAGE):
            yield ec2_facts(page, self._calls.now())

    def instances_with(self, name: str, value: str) -> Sequence[Ec2Facts]:
        """ec2:DescribeInstances with one filter; wildcards in the value have no effect."""
        chosen = [{"Name": name, "Values": [_WILDCARD.sub(r"\\\g<0>", value)]}]
        pages = self._calls.pages(_INSTANCES, page_size=_INSTANCES_A_PAGE, Filters=chosen)
        return [facts for page in pages for facts in ec2_facts(page, self._calls.now())]

    def hybrid_nodes(self) -> Sequence[SsmFacts]:
        """ssm:DescribeInstanceInformation of the nodes that are not EC2 instances."""
        chosen = [{"Key": "ResourceType", "Values": ["ManagedInstance"]}]
        pages = self._calls.pages(_MANAGED_NODES, page_size=_NODES_A_PAGE, Filters=chosen)
        return [facts for page in pages for facts in ssm_facts(page, self._calls.now())]

    def connection_status(self, node_id: str) -> ConnectionFact:
        """ssm:GetConnectionStatus; a status other than `connected` and `notconnected` is a fault, never a guess."""
        status = text(self._calls.call(_CONNECTION_STATUS, Target=node_id), "Status").lower()
        try:
            return ConnectionFact(ConnectionStatus(status), self._calls.now())
        except ValueError:
            raise self._calls.odd_answer(_CONNECTION_STATUS, f"The connection status was {status!r}.") from None


def ssm_facts(entries: object, seen_at: datetime) -> list[SsmFacts]:
    """The nodes among the entries of an InstanceInformationList; entries without an id are left out."""
    return [_managed_node(entry, seen_at) for entry in mappings(entries) if text(entry, "InstanceId")]


def ec2_facts(reservations: object, seen_at: datetime) -> list[Ec2Facts]:
    """The instances of some Reservations, without the terminated ones and those without an id."""
    instances = [
        _instance(entry, seen_at)
        for reservation in mappings(reservations)
        for entry in mappings(reservation.get("Instances"))
        if text(entry, "InstanceId")
    ]
    return [instance for instance in instances if instance.state != _TERMINATED]


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
        source_type=text(entry, "SourceType"),
        source_id=text(entry, "SourceId"),
        source_location=text(entry, "SourceLocation"),
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
