"""Which reading needs which, and how each is asked for: the whole of what a diagnosis reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from smtui.domain.evidence.identity import RoleSource
from smtui.domain.evidence.instance import Instance
from smtui.domain.evidence.reading import NotAsked, Reading, Seen, T, Unseen, seen
from smtui.domain.evidence.record import Evidence
from smtui.domain.node import NodeKind
from smtui.engine.evidence_ports import EvidenceAws

_NO_EC2 = "A hybrid node has no EC2 instance."
_NOT_HYBRID = "Only hybrid nodes are activated."


class NothingToAsk(Exception):
    """The reading does not apply; the message is a sentence that says why."""


class Inherited(Exception):
    """What was needed has no answer, so this has none either, for the same reason."""

    def __init__(self, reading: Unseen | NotAsked) -> None:
        super().__init__("inherited")
        self.reading = reading


@dataclass(frozen=True, slots=True)
class Read:
    """One field of `Evidence`. `ask` blocks, and raises `AwsCallFailed`, `NothingToAsk` or `Inherited`.

    It is asked once all readings of `after` have come, whatever they are.
    """

    field: str
    action: str
    """The IAM action, to be named when no answer comes in time."""
    ask: Callable[[EvidenceAws, Evidence], Any]
    after: tuple[str, ...] = ()


def _answer(reading: Reading[T] | None) -> T:
    """The answer of an earlier reading, or that reading's own fate for this one too."""
    if isinstance(reading, Seen):
        return reading.value
    if reading is None:
        raise ValueError("asked before its turn")
    raise Inherited(reading)


def _of_instance(ask: Callable[[EvidenceAws, str], Any]) -> Callable[[EvidenceAws, Evidence], Any]:
    def asked(aws: EvidenceAws, evidence: Evidence) -> Any:
        if evidence.subject.kind is NodeKind.HYBRID:
            raise NothingToAsk(_NO_EC2)
        return ask(aws, evidence.subject.node_id)

    return asked


def _of_vpc(ask: Callable[[EvidenceAws, str], Any]) -> Callable[[EvidenceAws, Evidence], Any]:
    def asked(aws: EvidenceAws, evidence: Evidence) -> Any:
        return ask(aws, _vpc_instance(evidence).vpc_id)

    return asked


def _known_instance(evidence: Evidence) -> Instance:
    instance = _answer(evidence.instance)
    if instance is None:
        raise NothingToAsk(f"EC2 knows no instance {evidence.subject.node_id} here.")
    if instance.state == "terminated":
        raise NothingToAsk("The instance is terminated.")
    return instance


def _vpc_instance(evidence: Evidence) -> Instance:
    instance = _known_instance(evidence)
    if not instance.vpc_id:
        raise NothingToAsk("The instance is in no VPC.")
    return instance


def _activation(aws: EvidenceAws, evidence: Evidence) -> Any:
    if evidence.subject.kind is not NodeKind.HYBRID:
        raise NothingToAsk(_NOT_HYBRID)
    managed = _answer(evidence.managed)
    if managed is None or not managed.activation_id:
        raise NothingToAsk("Systems Manager names no activation for this node.")
    return aws.activation(managed.activation_id)


def _tier(aws: EvidenceAws, evidence: Evidence) -> Any:
    if evidence.subject.kind is not NodeKind.HYBRID:
        raise NothingToAsk("Only hybrid nodes need a tier.")
    return aws.tier()


def _profile(aws: EvidenceAws, evidence: Evidence) -> Any:
    arn = _known_instance(evidence).profile_arn
    if not arn:
        raise NothingToAsk("The instance has no instance profile.")
    return aws.instance_profile(arn.rpartition("/")[2])


def _host_management(aws: EvidenceAws, evidence: Evidence) -> Any:
    """An instance profile comes first, but where its role does not let the agent register, this may stand in."""
    _known_instance(evidence)
    return aws.host_management()


def _role(aws: EvidenceAws, evidence: Evidence) -> Any:
    found = _role_name(evidence)
    return aws.role(*found) if found is not None else None


def _role_name(evidence: Evidence) -> tuple[str, RoleSource] | None:
    if evidence.subject.kind is NodeKind.HYBRID:
        managed = _answer(evidence.managed)
        if managed is None or not managed.iam_role:
            raise NothingToAsk("Systems Manager names no role for this node.")
        return managed.iam_role, RoleSource.ACTIVATION
    if _known_instance(evidence).profile_arn:
        profile = _answer(evidence.profile)
        return (profile.roles[0], RoleSource.INSTANCE_PROFILE) if profile is not None and profile.roles else None
    setting = _answer(evidence.host_management)
    return (setting.role, RoleSource.DEFAULT_HOST_MANAGEMENT) if setting.role else None


def _policies(aws: EvidenceAws, evidence: Evidence) -> Any:
    role = _answer(evidence.role)
    return aws.policies(role) if role is not None else None


def _security_groups(aws: EvidenceAws, evidence: Evidence) -> Any:
    instance = _vpc_instance(evidence)
    endpoints = seen(evidence.vpc_endpoints) or ()
    of_interfaces = (group for face in instance.other_interfaces for group in face.group_ids)
    of_endpoints = (group for endpoint in endpoints for group in endpoint.group_ids)
    return aws.security_groups(tuple(dict.fromkeys((*instance.group_ids, *of_interfaces, *of_endpoints))))


def _prefix_lists(aws: EvidenceAws, evidence: Evidence) -> Any:
    _vpc_instance(evidence)
    named = tuple(dict.fromkeys(_named_prefix_lists(evidence)))
    return aws.prefix_lists(named) if named else ()


def _named_prefix_lists(evidence: Evidence) -> Iterator[str]:
    for group in seen(evidence.security_groups) or ():
        for rule in (*group.ingress, *group.egress):
            yield from rule.prefix_list_ids
    for table in seen(evidence.route_tables) or ():
        # The list of a gateway endpoint's own route says nothing about the way to Systems Manager.
        yield from (r.destination for r in table.routes if r.destination.startswith("pl-") and r.target[:5] != "vpce-")


def _interface_addresses(aws: EvidenceAws, evidence: Evidence) -> Any:
    interfaces = tuple(face for endpoint in _answer(evidence.vpc_endpoints) for face in endpoint.interface_ids)
    return aws.interface_addresses(interfaces) if interfaces else {}


def _bucket_name(evidence: Evidence) -> str:
    preferences = _answer(evidence.preferences)
    if preferences is None or not preferences.s3_bucket:
        raise NothingToAsk("The preferences send no session output to S3.")
    return preferences.s3_bucket


def _log_group(aws: EvidenceAws, evidence: Evidence) -> Any:
    preferences = _answer(evidence.preferences)
    if preferences is None or not preferences.log_group:
        raise NothingToAsk("The preferences send no session output to CloudWatch Logs.")
    return aws.log_group(preferences.log_group)


def _kms_key(aws: EvidenceAws, evidence: Evidence) -> Any:
    preferences = _answer(evidence.preferences)
    if preferences is None or not preferences.kms_key:
        raise NothingToAsk("The preferences name no key for sessions.")
    return aws.kms_key(preferences.kms_key)


OF_THIS_MACHINE: tuple[Read, ...] = (
    Read("caller", "sts:GetCallerIdentity", lambda aws, _: aws.caller()),
    # Only a call renews those that are about to expire.
    Read("credentials", "", lambda aws, _: aws.credentials(), ("caller",)),
    Read("clock", "sts:GetCallerIdentity", lambda aws, _: aws.clock()),
    Read("endpoints", "", lambda aws, _: aws.endpoints()),
    Read("reach_ssm", "", lambda aws, got: aws.reach(_answer(got.endpoints).ssm_url), ("endpoints",)),
    Read("reach_ssmmessages", "", lambda aws, got: aws.reach(_answer(got.endpoints).ssmmessages_url), ("endpoints",)),
    Read(
        "permissions",
        "iam:SimulatePrincipalPolicy",
        lambda aws, got: aws.permissions(_answer(got.caller), got.subject.node_id),
        ("caller",),
    ),
)
OF_THE_NODE: tuple[Read, ...] = (
    Read("instance", "ec2:DescribeInstances", _of_instance(lambda aws, node: aws.instance(node))),
    Read("status_checks", "ec2:DescribeInstanceStatus", _of_instance(lambda aws, node: aws.status_checks(node))),
    Read("managed", "ssm:DescribeInstanceInformation", lambda aws, got: aws.managed_node(got.subject.node_id)),
    Read("connection", "ssm:GetConnectionStatus", lambda aws, got: aws.connection_status(got.subject.node_id)),
    Read("activation", "ssm:DescribeActivations", _activation, ("managed",)),
    Read("tier", "ssm:GetServiceSetting", _tier),
)
OF_ITS_IDENTITY: tuple[Read, ...] = (
    Read(
        "association",
        "ec2:DescribeIamInstanceProfileAssociations",
        _of_instance(lambda aws, node: aws.association(node)),
    ),
    Read("profile", "iam:GetInstanceProfile", _profile, ("instance",)),
    Read("host_management", "ssm:GetServiceSetting", _host_management, ("instance",)),
    Read("role", "iam:GetRole", _role, ("instance", "managed", "profile", "host_management")),
    Read("policies", "iam:ListAttachedRolePolicies", _policies, ("role",)),
)
OF_ITS_PATH: tuple[Read, ...] = (
    Read(
        "security_groups",
        "ec2:DescribeSecurityGroups",
        _security_groups,
        ("instance", "vpc_endpoints"),
    ),
    Read(
        "prefix_lists",
        "ec2:GetManagedPrefixListEntries",
        _prefix_lists,
        ("instance", "security_groups", "route_tables"),
    ),
    Read("network_acls", "ec2:DescribeNetworkAcls", _of_vpc(lambda aws, vpc: aws.network_acls(vpc)), ("instance",)),
    Read("route_tables", "ec2:DescribeRouteTables", _of_vpc(lambda aws, vpc: aws.route_tables(vpc)), ("instance",)),
    Read("nat_gateways", "ec2:DescribeNatGateways", _of_vpc(lambda aws, vpc: aws.nat_gateways(vpc)), ("instance",)),
    Read("subnets", "ec2:DescribeSubnets", _of_vpc(lambda aws, vpc: aws.subnets(vpc)), ("instance",)),
    Read("vpc_endpoints", "ec2:DescribeVpcEndpoints", _of_vpc(lambda aws, vpc: aws.vpc_endpoints(vpc)), ("instance",)),
    Read("interface_addresses", "ec2:DescribeNetworkInterfaces", _interface_addresses, ("vpc_endpoints",)),
    Read("vpc_dns", "ec2:DescribeVpcAttribute", _of_vpc(lambda aws, vpc: aws.vpc_dns(vpc)), ("instance",)),
)
OF_THE_PREFERENCES: tuple[Read, ...] = (
    Read("preferences", "ssm:GetDocument", lambda aws, _: aws.preferences()),
    Read("bucket", "s3:ListBucket", lambda aws, got: aws.bucket(_bucket_name(got)), ("preferences",)),
    Read(
        "bucket_encryption",
        "s3:GetEncryptionConfiguration",
        lambda aws, got: aws.bucket_encryption(_bucket_name(got)),
        ("preferences",),
    ),
    Read("log_group", "logs:DescribeLogGroups", _log_group, ("preferences",)),
    Read("kms_key", "kms:DescribeKey", _kms_key, ("preferences",)),
)
OF_A_NODE = (*OF_THE_NODE, *OF_ITS_IDENTITY, *OF_ITS_PATH, *OF_THE_PREFERENCES)
