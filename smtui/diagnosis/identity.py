"""The checks of the identity layer: how the node comes to a role, and what the role is good for."""

from __future__ import annotations

from smtui.diagnosis.checking import Check, Judgement, failed, passed, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.identity_role import policy, trust
from smtui.domain.evidence.identity import ProfileAssociation
from smtui.domain.evidence.instance import Instance
from smtui.domain.evidence.reading import Seen, Unseen, seen, value
from smtui.domain.evidence.record import Evidence
from smtui.domain.node import ConnectionStatus
from smtui.domain.version import Version

HOST_MANAGEMENT_AGENT = Version.of("3.2.582.0")
"""The oldest agent that Default Host Management Configuration serves."""


def gone(evidence: Evidence) -> str:
    """Why there is no instance to look at, as a sentence; empty where there is one."""
    instance = value(evidence.instance)
    if instance is None:
        return f"EC2 knows no instance {evidence.subject.node_id} here."
    return "The instance is terminated." if instance.state == "terminated" else ""


def _instance_profile(evidence: Evidence) -> Judgement:
    instance, association = value(evidence.instance), value(evidence.association)
    if instance is None or gone(evidence):
        return skipped(gone(evidence))
    changing = _changing(instance, association)
    if changing is not None:
        return changing
    return _with_profile(evidence, instance) if instance.profile_arn else _without_profile(evidence, instance)


def _changing(instance: Instance, association: ProfileAssociation | None) -> Judgement | None:
    if association is None or association.state not in ("associating", "disassociating"):
        return None
    name = _name(association.profile_arn)
    what = "still being associated with" if association.state == "associating" else "being taken off"
    return warned(
        f"The instance profile {name} is {what} {instance.node_id}.",
        f"ec2:DescribeIamInstanceProfileAssociations: {association.association_id} is {association.state}",
        instance_profile=name,
    )


def _with_profile(evidence: Evidence, instance: Instance) -> Judgement:
    name = _name(instance.profile_arn)
    line = f"ec2:DescribeInstances: {instance.node_id} has {instance.profile_arn}"
    if isinstance(evidence.profile, Unseen):
        return unseen_judgement(evidence.profile)
    profile = seen(evidence.profile)
    if profile is None:
        finding = f"The instance profile {name} of {instance.node_id} does not exist any more."
        return failed(finding, line, f"iam:GetInstanceProfile: no profile {name}", instance_profile=name)
    if not profile.roles:
        finding = f"The instance profile {name} holds no role."
        return failed(finding, line, f"iam:GetInstanceProfile: {name} has no role", instance_profile=name)
    held = f"iam:GetInstanceProfile: {name} has the role {profile.roles[0]}"
    return passed(f"The instance profile {name} gives the node the role {profile.roles[0]}.", line, held)


def _without_profile(evidence: Evidence, instance: Instance) -> Judgement:
    if isinstance(evidence.host_management, Unseen):
        return unseen_judgement(evidence.host_management)
    setting = seen(evidence.host_management)
    line = f"ec2:DescribeInstances: {instance.node_id} has no instance profile"
    if setting is not None and setting.role:
        role = _name(setting.role)
        finding = f"No instance profile is needed: Default Host Management gives the node the role {role}."
        return passed(finding, line, f"ssm:GetServiceSetting: Default Host Management uses {setting.role}")
    return failed(
        f"{instance.node_id} has no instance profile, and Default Host Management is off.",
        line,
        "ssm:GetServiceSetting: Default Host Management names no role",
    )


def _name(arn: str) -> str:
    """Without what an ARN or a path puts before it."""
    return arn.rpartition("/")[2]


def _host_management(evidence: Evidence) -> Judgement:
    instance = value(evidence.instance)
    if instance is None or gone(evidence):
        return skipped(gone(evidence))
    if instance.profile_arn:
        return skipped("The instance has an instance profile, which comes before Default Host Management.")
    if isinstance(evidence.host_management, Unseen):
        return unseen_judgement(evidence.host_management)
    setting = value(evidence.host_management)
    if not setting.role:
        return skipped("Default Host Management is off in this Region.")
    if isinstance(evidence.role, Seen) and evidence.role.value is None:
        role = _name(setting.role)
        finding = f"Default Host Management names the role {role}, which does not exist."
        return failed(finding, f"ssm:GetServiceSetting: {setting.role}", f"iam:GetRole: no role {role}", role=role)
    return _host_management_agent(evidence, instance)


def _host_management_agent(evidence: Evidence, instance: Instance) -> Judgement:
    if isinstance(evidence.managed, Unseen):
        return unseen_judgement(evidence.managed)
    facts = seen(evidence.managed)
    if facts is None or facts.agent is None:
        return unknown(
            f"Default Host Management needs SSM Agent {HOST_MANAGEMENT_AGENT}, and Systems Manager tells no version"
            f" for {instance.node_id}."
        )
    line = f"ssm:DescribeInstanceInformation: {instance.node_id} runs SSM Agent {facts.agent_version}"
    if facts.agent < HOST_MANAGEMENT_AGENT:
        return failed(
            f"Default Host Management needs SSM Agent {HOST_MANAGEMENT_AGENT}; the node runs {facts.agent_version}.",
            line,
        )
    return _host_management_tokens(evidence, instance, line)


def _host_management_tokens(evidence: Evidence, instance: Instance, line: str) -> Judgement:
    """AWS asks for IMDSv2. Where tokens are optional both versions answer, so a node that is connected shows that
    it uses the right one; of one that is not connected we cannot tell."""
    options = instance.metadata
    if options is None or options.tokens_required or not options.enabled:
        return passed("The node meets what Default Host Management asks of it.", line)
    if isinstance(evidence.connection, Unseen):
        return unseen_judgement(evidence.connection)
    connection = seen(evidence.connection)
    tokens = f"ec2:DescribeInstances: {instance.node_id} has metadata tokens optional"
    if connection is not None and connection.status is ConnectionStatus.CONNECTED:
        return passed("The node meets what Default Host Management asks of it.", line, tokens)
    return warned(
        "Default Host Management needs IMDSv2, and the node's metadata service accepts IMDSv1 too.", line, tokens
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "identity.instance_profile",
        "no-instance-profile",
        ("instance", "association"),
        _instance_profile,
        ("profile", "host_management"),
    ),
    Check("identity.trust", "role-trust", ("role",), trust, ("profile", "managed", "endpoints")),
    Check(
        "identity.policy",
        "role-without-permissions",
        ("role", "policies"),
        policy,
        ("host_management", "endpoints"),
    ),
    Check(
        "identity.dhmc",
        "host-management",
        ("instance",),
        _host_management,
        ("host_management", "role", "managed", "connection"),
    ),
)
