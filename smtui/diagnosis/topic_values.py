"""Finds values for the topics' placeholders in the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.reading import seen
from smtui.domain.node import PingStatus

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.network_facts import RouteTable
    from smtui.diagnosis.evidence.node_facts import Instance
    from smtui.diagnosis.evidence.record import Evidence


def known_values(evidence: Evidence) -> Mapping[str, str]:
    """Values by names of `topic.PLACEHOLDERS`. Unknown ones are left out; those of one check are in its result."""
    values = {
        **_of_this_machine(evidence),
        **_of_the_node(evidence),
        **_of_its_role(evidence),
        **_of_its_network(evidence),
        **_of_the_preferences(evidence),
    }
    values["node_arn"] = _node_arn(values)
    return {name: text for name, text in values.items() if text}


def _of_this_machine(evidence: Evidence) -> dict[str, str]:
    place, caller, endpoints = evidence.subject.place, seen(evidence.caller), seen(evidence.endpoints)
    values = {"profile": place.profile, "region": place.region or (endpoints.region if endpoints else "")}
    if caller is not None:
        values |= {"account": caller.account, "principal_arn": caller.arn, "partition": _partition(caller.arn)}
    if endpoints is not None:
        values |= {"ssm_host": _host(endpoints.ssm_url), "ssmmessages_host": _host(endpoints.ssmmessages_url)}
    permissions = seen(evidence.permissions)
    return values | ({"principal_arn": permissions.principal_arn} if permissions else {})


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0]


def _partition(arn: str) -> str:
    return arn.split(":")[1] if arn.startswith("arn:") else ""


def _node_arn(values: Mapping[str, str]) -> str:
    """The ARN that policies name the node by; empty where a part of it is unknown."""
    known = [values.get(name, "") for name in ("partition", "region", "account", "instance_id")]
    if not all(known):
        return ""
    partition, region, account, node_id = known
    service, kind = ("ssm", "managed-instance") if node_id.startswith("mi-") else ("ec2", "instance")
    return f"arn:{partition}:{service}:{region}:{account}:{kind}/{node_id}"


def _of_the_node(evidence: Evidence) -> dict[str, str]:
    managed, instance = seen(evidence.managed), seen(evidence.instance)
    values = {"instance_id": evidence.subject.node_id, "platform": instance.platform if instance else ""}
    if managed is not None:
        values |= {
            "activation_id": managed.activation_id,
            "platform": managed.platform_type or values["platform"],
            "run_command_node": managed.node_id if managed.ping_status is PingStatus.ONLINE else "",
        }
    return values


def _of_its_role(evidence: Evidence) -> dict[str, str]:
    instance, profile, role = seen(evidence.instance), seen(evidence.profile), seen(evidence.role)
    values = {}
    if instance is not None:
        values["instance_profile"] = instance.profile_arn.rpartition("/")[2]
    if profile is not None:
        values |= {"instance_profile": profile.name, "role": next(iter(profile.roles), "")}
    return values | ({"role": role.name, "role_arn": role.arn} if role else {})


def _of_its_network(evidence: Evidence) -> dict[str, str]:
    instance = seen(evidence.instance)
    if instance is None:
        return {}
    values = {
        "vpc_id": instance.vpc_id,
        "subnet_id": instance.subnet_id,
        "security_group": next(iter(instance.group_ids), ""),
    }
    subnets, acls = seen(evidence.subnets) or (), seen(evidence.network_acls) or ()
    values["subnet_cidr"] = next((subnet.cidr for subnet in subnets if subnet.subnet_id == instance.subnet_id), "")
    values["network_acl"] = next((acl.acl_id for acl in acls if instance.subnet_id in acl.subnet_ids), "")
    table = _route_table(evidence, instance)
    if table is not None:
        values["route_table"] = table.table_id
        values["nat_gateway"] = next((route.target for route in table.routes if route.target.startswith("nat-")), "")
    return values | {"endpoint_security_group": _endpoint_group(evidence)}


def _route_table(evidence: Evidence, instance: Instance) -> RouteTable | None:
    """The one associated with the node's subnet, else the VPC's main one."""
    tables = seen(evidence.route_tables) or ()
    own = (table for table in tables if instance.subnet_id in table.subnet_ids)
    return next(own, next((table for table in tables if table.main), None))


def _endpoint_group(evidence: Evidence) -> str:
    """Only where all interface endpoints have one and the same: else a check has to say which."""
    interfaces = [endpoint for endpoint in seen(evidence.vpc_endpoints) or () if endpoint.kind == "Interface"]
    groups = {group for endpoint in interfaces for group in endpoint.group_ids}
    return groups.pop() if len(groups) == 1 else ""


def _of_the_preferences(evidence: Evidence) -> dict[str, str]:
    values = seen(evidence.preferences)
    return {"bucket": values.s3_bucket, "log_group": values.log_group, "kms_key": values.kms_key} if values else {}
