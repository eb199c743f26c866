"""What troubleshooting asks of AWS and of this machine: read-only, blocking calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from smtui.domain.evidence.identity import (
    HostManagement,
    InstanceProfile,
    ProfileAssociation,
    Role,
    RolePolicies,
    RoleSource,
)
from smtui.domain.evidence.instance import Activation, Instance, StatusChecks
from smtui.domain.evidence.local import AwsCli, Clock, Credentials, Endpoints, Permissions, Reach
from smtui.domain.evidence.network import (
    InterfaceAddresses,
    NatGateway,
    NetworkAcl,
    PrefixList,
    RouteTable,
    SecurityGroup,
    Subnet,
    VpcDns,
    VpcEndpoint,
)
from smtui.domain.evidence.preferences import Bucket, KmsKey, LogGroup, SessionPreferences
from smtui.domain.node import ConnectionFact, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.plugin import PluginPick


class EvidenceAws(Protocol):
    """One place of AWS, asked for proof. Every method may block, raises `AwsCallFailed`, changes nothing.

    A fault's action is the IAM permission that the call takes.
    """

    def credentials(self) -> Credentials: ...

    def caller(self) -> Caller: ...

    def clock(self) -> Clock:
        """From the Date header of an answer to sts:GetCallerIdentity."""

    def endpoints(self) -> Endpoints: ...

    def reach(self, url: str) -> Reach:
        """One connection; a failure is told in the answer, never raised."""

    def permissions(self, caller: Caller, node_id: str) -> Permissions:
        """iam:SimulatePrincipalPolicy of ssm:StartSession and ssmmessages:OpenDataChannel; any node if it is empty."""

    def instance(self, node_id: str) -> Instance | None:
        """ec2:DescribeInstances; None for an id that EC2 does not know here."""

    def status_checks(self, node_id: str) -> StatusChecks | None:
        """ec2:DescribeInstanceStatus; None while the instance does not run."""

    def managed_node(self, node_id: str) -> SsmFacts | None: ...

    def connection_status(self, node_id: str) -> ConnectionFact: ...

    def activation(self, activation_id: str) -> Activation | None:
        """ssm:DescribeActivations."""

    def tier(self) -> str:
        """ssm:GetServiceSetting of /ssm/managed-instance/activation-tier: `standard` or `advanced`."""

    def association(self, node_id: str) -> ProfileAssociation | None:
        """ec2:DescribeIamInstanceProfileAssociations: the latest that is not disassociated."""

    def instance_profile(self, name: str) -> InstanceProfile | None:
        """iam:GetInstanceProfile; None for one that does not exist."""

    def host_management(self) -> HostManagement:
        """ssm:GetServiceSetting of /ssm/managed-instance/default-ec2-instance-management-role."""

    def role(self, name: str, source: RoleSource) -> Role | None:
        """iam:GetRole; None for one that does not exist. `name` may carry a path, which is dropped."""

    def policies(self, role: Role) -> RolePolicies:
        """iam:ListAttachedRolePolicies, GetPolicy, GetPolicyVersion, ListRolePolicies, GetRolePolicy."""

    def security_groups(self, group_ids: Sequence[str]) -> tuple[SecurityGroup, ...]: ...

    def prefix_lists(self, prefix_list_ids: Sequence[str]) -> tuple[PrefixList, ...]:
        """ec2:GetManagedPrefixListEntries."""

    def network_acls(self, vpc_id: str) -> tuple[NetworkAcl, ...]: ...

    def route_tables(self, vpc_id: str) -> tuple[RouteTable, ...]: ...

    def nat_gateways(self, vpc_id: str) -> tuple[NatGateway, ...]: ...

    def subnets(self, vpc_id: str) -> tuple[Subnet, ...]: ...

    def vpc_endpoints(self, vpc_id: str) -> tuple[VpcEndpoint, ...]: ...

    def interface_addresses(self, interface_ids: Sequence[str]) -> InterfaceAddresses:
        """ec2:DescribeNetworkInterfaces."""

    def vpc_dns(self, vpc_id: str) -> VpcDns:
        """ec2:DescribeVpcAttribute, twice."""

    def preferences(self) -> SessionPreferences | None:
        """ssm:GetDocument of SSM-SessionManagerRunShell; None where there is no such document."""

    def bucket(self, name: str) -> Bucket:
        """s3:HeadBucket, which takes s3:ListBucket."""

    def bucket_encryption(self, name: str) -> str:
        """s3:GetEncryptionConfiguration: `AES256`, `aws:kms`, … or empty for none."""

    def log_group(self, name: str) -> LogGroup:
        """logs:DescribeLogGroups."""

    def kms_key(self, key: str) -> KmsKey:
        """kms:DescribeKey."""


class EvidencePlaces(Protocol):
    """Proof from every place; making one does no call."""

    def evidence_at(self, place: Place) -> EvidenceAws: ...


class PluginChoice(Protocol):
    """Which plugin a session would get; blocking."""

    def pick(self, *, endpoint_is_aws: bool) -> PluginPick: ...


class ThisMachine(Protocol):
    """What lies on this machine; blocking."""

    def aws_cli(self) -> AwsCli | None:
        """The AWS CLI on PATH and its version; None where there is none."""


class NoMachine:
    """Finds nothing; for launchers whose machine is not examined."""

    def aws_cli(self) -> AwsCli | None:
        return None
