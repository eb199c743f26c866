"""Evidence of nodes that are well, to be broken in one place: `healthy(subnets=denied("ec2:DescribeSubnets"))`.

Every field is a reading, as an examination would leave it; a change may be a reading or, for short, its answer.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from smtui.diagnosis.evidence.identity_facts import (
    HostManagement,
    InstanceProfile,
    Policy,
    PolicyKind,
    ProfileAssociation,
    Role,
    RolePolicies,
    RoleSource,
)
from smtui.diagnosis.evidence.local_facts import AwsCli, Clock, Credentials, Endpoints, Permissions, Reach, Simulated
from smtui.diagnosis.evidence.network_facts import (
    AclEntry,
    GroupRule,
    NatGateway,
    NetworkAcl,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    VpcDns,
    VpcEndpoint,
)
from smtui.diagnosis.evidence.node_facts import Activation, Instance, MetadataOptions, StatusChecks
from smtui.diagnosis.evidence.preference_facts import SessionPreferences
from smtui.diagnosis.evidence.reading import NotAsked, Reading, Seen, Unseen
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, PingStatus, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.version import Version

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
REGION = "eu-west-1"
ACCOUNT = "111122223333"
NODE = "i-0123456789abcdef0"
HYBRID = "mi-0123456789abcdef0"
ACTIVATION = "11111111-2222-3333-4444-555555555555"
VPC = "vpc-0aaaaaaaaaaaaaaa1"
VPC_CIDR = "10.0.0.0/16"
PRIVATE = "subnet-0aaaaaaaaaaaaaaa1"
PUBLIC = "subnet-0aaaaaaaaaaaaaaa2"
GROUP = "sg-0aaaaaaaaaaaaaaa1"
ENDPOINT_GROUP = "sg-0aaaaaaaaaaaaaaa2"
NAT = "nat-0aaaaaaaaaaaaaaa1"
GATEWAY = "igw-0aaaaaaaaaaaaaaa1"
PRIVATE_TABLE = "rtb-0aaaaaaaaaaaaaaa1"
PUBLIC_TABLE = "rtb-0aaaaaaaaaaaaaaa2"
MAIN_TABLE = "rtb-0aaaaaaaaaaaaaaa0"
ACL = "acl-0aaaaaaaaaaaaaaa1"
ROLE = "web-role"
PROFILE = "web-profile"
AGENT = "3.3.987.0"
ME = f"arn:aws:iam::{ACCOUNT}:user/ops"
SSM_URL = f"https://ssm.{REGION}.amazonaws.com"
SSMMESSAGES_URL = f"https://ssmmessages.{REGION}.amazonaws.com"
NO_EC2 = "A hybrid node has no EC2 instance."
OPEN_POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})

CORE_ACTIONS = (
    *(f"ssm:{name}" for name in ("DescribeAssociation", "GetDeployablePatchSnapshotForInstance", "GetDocument")),
    *(f"ssm:{name}" for name in ("DescribeDocument", "GetManifest", "GetParameter", "GetParameters")),
    *(f"ssm:{name}" for name in ("ListAssociations", "ListInstanceAssociations", "PutInventory")),
    *(f"ssm:{name}" for name in ("PutComplianceItems", "PutConfigurePackageResult", "UpdateAssociationStatus")),
    *(f"ssm:{name}" for name in ("UpdateInstanceAssociationStatus", "UpdateInstanceInformation")),
    *(f"ssmmessages:{verb}{what}" for verb in ("Create", "Open") for what in ("ControlChannel", "DataChannel")),
    *(f"ec2messages:{name}" for name in ("AcknowledgeMessage", "DeleteMessage", "FailMessage")),
    *(f"ec2messages:{name}" for name in ("GetEndpoint", "GetMessages", "SendReply")),
)
"""What AmazonSSMManagedInstanceCore allows."""


def fault(action: str, kind: FaultKind = FaultKind.DENIED, code: str = "AccessDenied", message: str = "") -> Fault:
    return Fault(kind, action, code, message, NOW)


def denied(action: str) -> Unseen:
    """A reading that we were not let."""
    return Unseen(fault(action))


def policy_document(*actions: str, effect: str = "Allow", resource: str = "*") -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust_document(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def managed_core(actions: tuple[str, ...] = CORE_ACTIONS) -> Policy:
    return Policy("AmazonSSMManagedInstanceCore", PolicyKind.AWS_MANAGED, policy_document(*actions))


def role(name: str = ROLE, source: RoleSource = RoleSource.INSTANCE_PROFILE) -> Role:
    return Role(name, f"arn:aws:iam::{ACCOUNT}:role/{name}", source, trust_document(source.service))


def host_management_role() -> str:
    return "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole"


def instance(**changes: Any) -> Instance:
    usual = Instance(
        NODE,
        "running",
        vpc_id=VPC,
        subnet_id=PRIVATE,
        private_ip="10.0.1.10",
        group_ids=(GROUP,),
        profile_arn=f"arn:aws:iam::{ACCOUNT}:instance-profile/{PROFILE}",
        metadata=MetadataOptions(enabled=True, tokens_required=True, hop_limit=2),
    )
    return replace(usual, **changes)


def managed(node_id: str = NODE, **changes: Any) -> SsmFacts:
    usual = SsmFacts(
        node_id,
        PingStatus.ONLINE,
        NOW - timedelta(seconds=30),
        AGENT,
        "Linux",
        "Amazon Linux",
        "2023",
        seen_at=NOW,
        ip_address="10.0.1.10",
        registered_at=NOW - timedelta(days=30),
    )
    return replace(usual, **changes)


def connected() -> ConnectionFact:
    return ConnectionFact(ConnectionStatus.CONNECTED, NOW)


def not_connected() -> ConnectionFact:
    return ConnectionFact(ConnectionStatus.NOT_CONNECTED, NOW)


def group(group_id: str = GROUP, ingress: tuple[GroupRule, ...] = (), **changes: Any) -> SecurityGroup:
    """Lets everything out."""
    usual = SecurityGroup(group_id, ingress, (GroupRule("-1", cidrs=("0.0.0.0/0",)),))
    return replace(usual, **changes)


def endpoint_group(**changes: Any) -> SecurityGroup:
    """Lets the VPC in on 443."""
    return group(ENDPOINT_GROUP, (GroupRule("tcp", 443, 443, cidrs=(VPC_CIDR,)),), **changes)


def acl(*entries: AclEntry) -> NetworkAcl:
    """The default one, which allows everything; or one with just these entries."""
    usual = (
        AclEntry(100, allow=True, egress=True, protocol="-1", cidr="0.0.0.0/0"),
        AclEntry(100, allow=True, egress=False, protocol="-1", cidr="0.0.0.0/0"),
        AclEntry(32767, allow=False, egress=True, protocol="-1", cidr="0.0.0.0/0"),
        AclEntry(32767, allow=False, egress=False, protocol="-1", cidr="0.0.0.0/0"),
    )
    return NetworkAcl(ACL, (PRIVATE, PUBLIC), entries or usual)


def route_tables(*private_routes: Route) -> tuple[RouteTable, ...]:
    """The private subnet's has the local route and these; the public subnet's leads to the internet gateway."""
    local = Route(VPC_CIDR, "local")
    return (
        RouteTable(MAIN_TABLE, main=True, subnet_ids=(), routes=(local,)),
        RouteTable(PRIVATE_TABLE, main=False, subnet_ids=(PRIVATE,), routes=(local, *private_routes)),
        RouteTable(PUBLIC_TABLE, main=False, subnet_ids=(PUBLIC,), routes=(local, Route("0.0.0.0/0", GATEWAY))),
    )


def subnets() -> tuple[Subnet, ...]:
    return (Subnet(PRIVATE, "10.0.1.0/24"), Subnet(PUBLIC, "10.0.2.0/24"))


def endpoint(service: str, **changes: Any) -> VpcEndpoint:
    """`service` is `ssm`, `ssmmessages`, … : available, with private DNS, in the node's subnet."""
    usual = VpcEndpoint(
        endpoint_id(service),
        f"com.amazonaws.{REGION}.{service}",
        "Interface",
        "available",
        private_dns=True,
        subnet_ids=(PRIVATE,),
        group_ids=(ENDPOINT_GROUP,),
        interface_ids=(f"eni-{service}",),
        policy=OPEN_POLICY,
    )
    return replace(usual, **changes)


def endpoint_id(service: str) -> str:
    return f"vpce-{service}"


def endpoints(*services: str) -> tuple[VpcEndpoint, ...]:
    return tuple(endpoint(service) for service in services or ("ssm", "ssmmessages", "ec2messages"))


def _changed(evidence: Evidence, changes: dict[str, Any]) -> Evidence:
    return replace(evidence, **{name: _reading(name, change) for name, change in changes.items()})


def _reading(name: str, change: Any) -> Any:
    if name in ("subject", "now") or isinstance(change, Seen | Unseen | NotAsked):
        return change
    return Seen(change)


NODE_ARN = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{NODE}"
DOCUMENT_ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}:document/SSM-SessionManagerRunShell"
SESSION_ARN = f"arn:aws:ssm:{REGION}:{ACCOUNT}:session/AIDAEXAMPLE-0123456789abcdef0"


def permissions(
    node: str = "allowed", document: str = "allowed", channel: str = "allowed", *, to_name: str = "", **more: Any
) -> Permissions:
    """What the simulator says of each resource; `more` of those that it does not allow, or of all if it allows all."""
    start = (("ssm:StartSession", NODE_ARN, node), ("ssm:StartSession", DOCUMENT_ARN, document))
    asked = (*start, ("ssmmessages:OpenDataChannel", SESSION_ARN, channel))
    all_allowed = {node, document, channel} == {"allowed"}
    answers = [Simulated(*one, **(more if all_allowed or one[2] != "allowed" else {})) for one in asked]
    return Permissions(ME, tuple(answers), to_name)


def _here(subject: Subject) -> Evidence:
    return Evidence(
        subject=subject,
        now=NOW,
        plugin=Seen(
            PluginPick("/usr/bin/plugin", Version.of("1.2.792.0"), PluginGrade.FINE, "The official plugin was found.")
        ),
        credentials=Seen(Credentials("sso", NOW + timedelta(hours=7))),
        caller=Seen(Caller(ACCOUNT, ME, "AIDAEXAMPLE", REGION)),
        clock=Seen(Clock(0.4)),
        endpoints=Seen(Endpoints(REGION, SSM_URL, SSMMESSAGES_URL, is_aws=True, region_in_url=REGION)),
        reach_ssm=Seen(Reach(SSM_URL, 0.05)),
        reach_ssmmessages=Seen(Reach(SSMMESSAGES_URL, 0.06)),
        permissions=Seen(permissions()),
        aws_cli=Seen(AwsCli("/usr/bin/aws", Version.of("2.31.0"))),
    )


def only_here(**changes: Any) -> Evidence:
    """This machine without a node, all well."""
    return _changed(_here(Subject(place=Place("work", REGION))), changes)


def healthy(**changes: Any) -> Evidence:
    """A connected EC2 node in a private subnet behind a NAT gateway; nothing set in the preferences."""
    evidence = replace(
        _here(Subject(NODE, Place("work", REGION))),
        instance=Seen(instance()),
        status_checks=Seen(StatusChecks("ok", "ok")),
        managed=Seen(managed()),
        connection=Seen(connected()),
        sessions=NotAsked("The node has not gone away."),
        activation=NotAsked("Only hybrid nodes are activated."),
        tier=NotAsked("Only hybrid nodes need a tier."),
        association=Seen(ProfileAssociation("iip-assoc-1", "associated", instance().profile_arn)),
        profile=Seen(InstanceProfile(PROFILE, (ROLE,))),
        host_management=Seen(HostManagement("")),
        role=Seen(role()),
        policies=Seen(RolePolicies((managed_core(),))),
        security_groups=Seen((group(),)),
        prefix_lists=Seen(()),
        network_acls=Seen((acl(),)),
        route_tables=Seen(route_tables(Route("0.0.0.0/0", NAT))),
        nat_gateways=Seen((NatGateway(NAT, "available", PUBLIC, public=True),)),
        subnets=Seen(subnets()),
        vpc_endpoints=Seen(()),
        interface_addresses=Seen({}),
        vpc_dns=Seen(VpcDns(support=True, hostnames=True)),
        preferences=Seen(SessionPreferences()),
        bucket=NotAsked("The preferences send no session output to S3."),
        bucket_encryption=NotAsked("The preferences send no session output to S3."),
        log_group=NotAsked("The preferences send no session output to CloudWatch Logs."),
        kms_key=NotAsked("The preferences name no key for sessions."),
    )
    return _changed(evidence, changes)


def isolated(**changes: Any) -> Evidence:
    """A connected EC2 node whose VPC has no way out but the three endpoints."""
    faces = {f"eni-{name}": (f"10.0.1.{100 + at}",) for at, name in enumerate(("ssm", "ssmmessages", "ec2messages"))}
    evidence = healthy(
        route_tables=route_tables(),
        nat_gateways=(),
        vpc_endpoints=endpoints(),
        security_groups=(group(), endpoint_group()),
        interface_addresses=faces,
    )
    return _changed(evidence, changes)


def host_managed(**changes: Any) -> Evidence:
    """Without an instance profile: the Region's Default Host Management Configuration gives the role."""
    name = host_management_role()
    evidence = healthy(
        instance=instance(profile_arn=""),
        association=None,
        profile=NotAsked("The instance has no instance profile."),
        host_management=HostManagement(name),
        role=role(name.rpartition("/")[2], RoleSource.DEFAULT_HOST_MANAGEMENT),
    )
    return _changed(evidence, changes)


def hybrid(**changes: Any) -> Evidence:
    """A connected mi- node in a Region with the advanced-instances tier."""
    no_ec2 = NotAsked(NO_EC2)
    of_ec2 = ("instance", "status_checks", "association", "profile", "host_management", "security_groups")
    of_vpc = ("prefix_lists", "network_acls", "route_tables", "nat_gateways", "subnets", "vpc_endpoints")
    readings: dict[str, Reading[Any]] = dict.fromkeys((*of_ec2, *of_vpc, "interface_addresses", "vpc_dns"), no_ec2)
    evidence = healthy(
        subject=Subject(HYBRID, Place("work", REGION)),
        managed=managed(HYBRID, iam_role="service-role/HybridRole", activation_id=ACTIVATION, name="plant"),
        activation=Activation(ACTIVATION, False, NOW + timedelta(days=3), 1, 10),
        tier="advanced",
        role=role("HybridRole", RoleSource.ACTIVATION),
        **readings,
    )
    return _changed(evidence, changes)
