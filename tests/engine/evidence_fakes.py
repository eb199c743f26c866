"""Another AWS for troubleshooting: it answers from an `Evidence`, and can be told to deny, delay, hang or break."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smtui.diagnosis.evidence.identity_facts import (
    HostManagement,
    InstanceProfile,
    ProfileAssociation,
    Role,
    RolePolicies,
    RoleSource,
)
from smtui.diagnosis.evidence.local_facts import AwsCli, Clock, Credentials, Endpoints, Permissions, Reach
from smtui.diagnosis.evidence.network_facts import (
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
from smtui.diagnosis.evidence.node_facts import Activation, Instance, SessionSpan, StatusChecks
from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup, SessionPreferences
from smtui.diagnosis.evidence.reading import NotAsked, Seen, Unseen
from smtui.diagnosis.evidence.record import LOOKUPS, Evidence, EvidenceAws
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionFact, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.plugin.plugin_host import PluginHost

NOT_OF_AWS = (Evidence.plugin, Evidence.aws_cli)
ACTIONS = {lookup.name: lookup.action for lookup in LOOKUPS if lookup not in NOT_OF_AWS}
"""Field of `Evidence` that AWS is asked for -> the IAM action of its lookup."""
_LONGEST_HANG = 60.0


@dataclass
class FakeEvidence:
    """Implements `EvidenceAws`. Every knob is keyed by a field of `Evidence`: `subnets`, `reach_ssm`, …"""

    evidence: Evidence
    delays: dict[str, float] = field(default_factory=dict)
    """Seconds before the answer; `every` goes for all that are not named."""
    denied: set[str] = field(default_factory=set)
    """Fields, or IAM actions."""
    gates: dict[str, threading.Event] = field(default_factory=dict)
    """No answer until the event is set: a call that hangs."""
    breaking: dict[str, Exception] = field(default_factory=dict)
    """Raised as it is: a fault in our own code, or an `AwsCallFailed`."""
    calls: list[str] = field(default_factory=list)
    arguments: dict[str, Any] = field(default_factory=dict)
    """What the last call of each field was given."""

    def _answer(self, name: str, *arguments: Any) -> Any:
        self.calls.append(name)
        self.arguments[name] = arguments
        if name in self.gates:
            self.gates[name].wait(_LONGEST_HANG)
        time.sleep(self.delays.get(name, self.delays.get("every", 0.0)))
        if name in self.breaking:
            raise self.breaking[name]
        if name in self.denied or ACTIONS.get(name, "") in self.denied:
            raise AwsCallFailed(Fault(FaultKind.DENIED, ACTIONS[name], "AccessDenied", "no", self.evidence.now))
        reading = getattr(self.evidence, name)
        if isinstance(reading, Unseen):
            raise AwsCallFailed(reading.fault)
        if isinstance(reading, Seen):
            return reading.value
        raise AssertionError(f"{name} was asked for, and there is nothing: {reading}")

    def credentials(self) -> Credentials:
        return self._answer("credentials")  # type: ignore[no-any-return]

    def caller(self) -> Caller:
        return self._answer("caller")  # type: ignore[no-any-return]

    def clock(self) -> Clock:
        return self._answer("clock")  # type: ignore[no-any-return]

    def endpoints(self) -> Endpoints:
        return self._answer("endpoints")  # type: ignore[no-any-return]

    def reach(self, url: str) -> Reach:
        name = "reach_ssmmessages" if "ssmmessages" in url else "reach_ssm"
        return self._answer(name, url)  # type: ignore[no-any-return]

    def permissions(self, caller: Caller, node_id: str, document: str, tags: Mapping[str, str] | None) -> Permissions:
        return self._answer("permissions", caller, node_id, document, tags)  # type: ignore[no-any-return]

    def instance(self, node_id: str) -> Instance | None:
        return self._answer("instance", node_id)  # type: ignore[no-any-return]

    def status_checks(self, node_id: str) -> StatusChecks | None:
        return self._answer("status_checks", node_id)  # type: ignore[no-any-return]

    def managed_node(self, node_id: str) -> SsmFacts | None:
        return self._answer("managed", node_id)  # type: ignore[no-any-return]

    def connection_status(self, node_id: str) -> ConnectionFact:
        return self._answer("connection", node_id)  # type: ignore[no-any-return]

    def sessions(self, node_id: str) -> tuple[SessionSpan, ...]:
        if isinstance(self.evidence.sessions, NotAsked) and "sessions" not in self.denied:
            return ()
        return self._answer("sessions", node_id)  # type: ignore[no-any-return]

    def activation(self, activation_id: str) -> Activation | None:
        return self._answer("activation", activation_id)  # type: ignore[no-any-return]

    def tier(self) -> str:
        return self._answer("tier")  # type: ignore[no-any-return]

    def association(self, node_id: str) -> ProfileAssociation | None:
        return self._answer("association", node_id)  # type: ignore[no-any-return]

    def instance_profile(self, name: str) -> InstanceProfile | None:
        return self._answer("profile", name)  # type: ignore[no-any-return]

    def host_management(self) -> HostManagement:
        return self._answer("host_management")  # type: ignore[no-any-return]

    def role(self, name: str, source: RoleSource) -> Role | None:
        return self._answer("role", name, source)  # type: ignore[no-any-return]

    def policies(self, role: Role) -> RolePolicies:
        return self._answer("policies", role)  # type: ignore[no-any-return]

    def security_groups(self, group_ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
        return self._answer("security_groups", group_ids)  # type: ignore[no-any-return]

    def prefix_lists(self, prefix_list_ids: Sequence[str]) -> tuple[PrefixList, ...]:
        return self._answer("prefix_lists", prefix_list_ids)  # type: ignore[no-any-return]

    def network_acls(self, vpc_id: str) -> tuple[NetworkAcl, ...]:
        return self._answer("network_acls", vpc_id)  # type: ignore[no-any-return]

    def route_tables(self, vpc_id: str) -> tuple[RouteTable, ...]:
        return self._answer("route_tables", vpc_id)  # type: ignore[no-any-return]

    def nat_gateways(self, vpc_id: str) -> tuple[NatGateway, ...]:
        return self._answer("nat_gateways", vpc_id)  # type: ignore[no-any-return]

    def subnets(self, vpc_id: str) -> tuple[Subnet, ...]:
        return self._answer("subnets", vpc_id)  # type: ignore[no-any-return]

    def vpc_endpoints(self, vpc_id: str) -> tuple[VpcEndpoint, ...]:
        return self._answer("vpc_endpoints", vpc_id)  # type: ignore[no-any-return]

    def interface_addresses(self, interface_ids: Sequence[str]) -> InterfaceAddresses:
        return self._answer("interface_addresses", interface_ids)  # type: ignore[no-any-return]

    def vpc_dns(self, vpc_id: str) -> VpcDns:
        return self._answer("vpc_dns", vpc_id)  # type: ignore[no-any-return]

    def preferences(self) -> SessionPreferences | None:
        return self._answer("preferences")  # type: ignore[no-any-return]

    def bucket(self, name: str) -> Bucket:
        return self._answer("bucket", name)  # type: ignore[no-any-return]

    def bucket_encryption(self, name: str) -> str:
        return self._answer("bucket_encryption", name)  # type: ignore[no-any-return]

    def log_group(self, name: str) -> LogGroup:
        return self._answer("log_group", name)  # type: ignore[no-any-return]

    def kms_key(self, key: str) -> KmsKey:
        return self._answer("kms_key", key)  # type: ignore[no-any-return]


@dataclass
class FakeEvidencePlaces:
    """Implements `EvidencePlaces`: the same proof everywhere."""

    aws: EvidenceAws

    def evidence_at(self, place: Place) -> EvidenceAws:
        return self.aws


@dataclass
class FakePick(PluginHost):
    """What an examination asks of this machine: the built-in plugin, unless a test says otherwise, and the AWS CLI."""

    picked: PluginPick = field(default_factory=lambda: PluginPick("", None, PluginGrade.BUILTIN, "A test asks for it."))
    cli: AwsCli | None = None

    def pick(self, *, endpoint_is_aws: bool, on_pipes: bool = False) -> PluginPick:
        return self.picked

    def aws_cli(self) -> AwsCli | None:
        return self.cli
