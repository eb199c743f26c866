"""Checks the identity layer: how the node gets a role, and what the role is allowed to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.diagnosis.check import Check, Judgement, passed, proven, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.checks.role_checks import policy, trust
from smtui.diagnosis.evidence.reading import Seen, Unseen, seen, value
from smtui.diagnosis.evidence.record import Evidence
from smtui.domain.node import ConnectionStatus
from smtui.domain.version import Version

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.identity_facts import ProfileAssociation
    from smtui.diagnosis.evidence.node_facts import Instance

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
    what = "still being associated with" if association.state == "associating" else "being removed from"
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
    profile, association = seen(evidence.profile), seen(evidence.association)
    by = (evidence.instance, evidence.association, evidence.profile)
    if profile is None:
        finding = f"The instance profile {name} of {instance.node_id} no longer exists."
        values = {"association_id": association.association_id} if association is not None else {}
        missing = f"iam:GetInstanceProfile: no profile {name}"
        return proven(finding, line, missing, by=by, instance_profile=name, **values)
    if not profile.roles:
        finding = f"The instance profile {name} has no role."
        missing = f"iam:GetInstanceProfile: {name} has no role"
        return proven(finding, line, missing, by=by, instance_profile=name, empty_profile=name)
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
    return proven(
        f"{instance.node_id} has no instance profile, and Default Host Management is off.",
        line,
        "ssm:GetServiceSetting: Default Host Management names no role",
        by=(evidence.instance, evidence.association, evidence.host_management),
        bare_instance=instance.node_id,
    )


def _name(arn: str) -> str:
    """The name at the end of an ARN or a path."""
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
        missing = (f"ssm:GetServiceSetting: {setting.role}", f"iam:GetRole: no role {role}")
        by = (evidence.instance, evidence.host_management, evidence.role)
        return proven(finding, *missing, by=by, role=role, missing_host_role=role)
    return _host_management_agent(evidence, instance)


def _host_management_agent(evidence: Evidence, instance: Instance) -> Judgement:
    if isinstance(evidence.managed, Unseen):
        return unseen_judgement(evidence.managed)
    facts = seen(evidence.managed)
    if facts is None or facts.agent is None:
        return unknown(
            f"Default Host Management needs SSM Agent {HOST_MANAGEMENT_AGENT}, and Systems Manager reports no version"
            f" for {instance.node_id}."
        )
    line = f"ssm:DescribeInstanceInformation: {instance.node_id} runs SSM Agent {facts.agent_version}"
    if facts.agent < HOST_MANAGEMENT_AGENT:
        return proven(
            f"Default Host Management needs SSM Agent {HOST_MANAGEMENT_AGENT}; the node runs {facts.agent_version}.",
            line,
            by=(evidence.instance, evidence.host_management, evidence.managed),
            topic="no-instance-profile",
            bare_instance=instance.node_id,
        )
    return _host_management_tokens(evidence, instance, line)


def _host_management_tokens(evidence: Evidence, instance: Instance, line: str) -> Judgement:
    """Judges whether the agent uses IMDSv2, which Default Host Management Configuration needs.

    Where tokens are optional both versions answer, so only a connected node shows that it uses the right one.
    """
    options = instance.metadata
    if options is None or options.tokens_required or not options.enabled:
        return passed("The node meets the requirements of Default Host Management.", line)
    if isinstance(evidence.connection, Unseen):
        return unseen_judgement(evidence.connection)
    connection = seen(evidence.connection)
    tokens = f"ec2:DescribeInstances: {instance.node_id} has metadata tokens optional"
    if connection is not None and connection.status is ConnectionStatus.CONNECTED:
        return passed("The node meets the requirements of Default Host Management.", line, tokens)
    return warned(
        "Default Host Management needs IMDSv2, and the node's metadata service accepts IMDSv1 too.",
        line,
        tokens,
        imdsv1_instance=instance.node_id,
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "identity.instance_profile",
        "no-instance-profile",
        (Evidence.instance, Evidence.association),
        _instance_profile,
        (Evidence.profile, Evidence.host_management),
    ),
    Check(
        "identity.trust",
        "role-trust",
        (Evidence.role,),
        trust,
        (Evidence.profile, Evidence.managed, Evidence.endpoints),
    ),
    Check(
        "identity.policy",
        "role-without-permissions",
        (Evidence.role, Evidence.policies),
        policy,
        (Evidence.host_management, Evidence.endpoints),
    ),
    Check(
        "identity.dhmc",
        "host-management",
        (Evidence.instance,),
        _host_management,
        (Evidence.host_management, Evidence.role, Evidence.managed, Evidence.connection),
    ),
)
