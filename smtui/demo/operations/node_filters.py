"""Turns the filters of DescribeInstanceInformation and DescribeInstances into predicates on nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from smtui.demo.story.demo_node import DemoNode
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.story.simulated_fleet import Fleet

_SPECIAL = re.compile(r"[*?\\]")
_TOKEN = re.compile(r"\*+|\\.|.", re.DOTALL)
Predicate = Callable[[DemoNode], bool]
_MOST_VALUES = 200
_MOST_TAG_VALUES = 5


def source_type(node: DemoNode) -> str:
    """The SourceType of DescribeInstanceInformation."""
    if not node.hybrid:
        return "AWS::EC2::Instance"
    return "AWS::IoT::Thing" if node.thing_name else "AWS::SSM::ManagedInstance"


_SSM: dict[str, Callable[[DemoNode], str]] = {
    "InstanceIds": lambda node: node.node_id,
    "AgentVersion": lambda node: node.agent_version,
    "PingStatus": lambda node: node.ping.value,
    "PlatformTypes": lambda node: node.platform.kind,
    "ActivationIds": lambda node: node.activation_id,
    "IamRole": lambda node: "service-role/demo-hybrid-role" if node.hybrid else "",
    "ResourceType": lambda node: "ManagedInstance" if node.hybrid else "EC2Instance",
    "AssociationStatus": lambda node: "Success",
    "SourceIds": lambda node: node.thing_name or node.node_id,
    "SourceTypes": source_type,
}

_EC2: dict[str, Callable[[DemoNode], Iterable[str]]] = {
    "instance-id": lambda node: (node.node_id,),
    "instance-state-name": lambda node: (node.state,),
    "instance-type": lambda node: (node.instance_type,),
    "image-id": lambda node: (node.platform.image_id,),
    "availability-zone": lambda node: (node.network.zone,) if node.network else (),
    "vpc-id": lambda node: (node.network.vpc_id,) if node.network else (),
    "subnet-id": lambda node: (node.network.subnet_id,) if node.network else (),
    "private-ip-address": lambda node: (node.network.private_ip,) if node.network else (),
    "ip-address": lambda node: (node.network.public_ip,) if node.network else (),
    "tag-key": lambda node: ("Name", *node.tags),
}


def ssm_filter(fleet: Fleet, params: Mapping[str, Any]) -> Predicate:
    """The nodes that Systems Manager lists with these filters. Raises `AwsError` for filters that AWS refuses."""
    new = [(item["Key"], item["Values"]) for item in params.get("Filters", ())]
    old = [(item["key"], item["valueSet"]) for item in params.get("InstanceInformationFilterList", ())]
    if new and old:
        raise AwsError("ValidationException", "Specify either Filters or InstanceInformationFilterList, not both.")
    conditions = new or old
    if any(_is_of_tags(key) for key, _ in conditions) and not all(_is_of_tags(key) for key, _ in conditions):
        raise AwsError("ValidationException", "Cannot mix tag or inventory filter with any other filter.")
    checks = [_ssm_check(fleet, key, values) for key, values in conditions]
    return lambda node: node.listed and all(check(node) for check in checks)


def _is_of_tags(key: str) -> bool:
    return key == "tag-key" or key.startswith("tag:")


def _ssm_check(fleet: Fleet, key: str, values: Sequence[str]) -> Predicate:
    accepted = frozenset(values)
    if _is_of_tags(key):
        if len(values) > _MOST_TAG_VALUES:
            many = f"The number of tag values for {key} was {len(values)}. Max: {_MOST_TAG_VALUES}."
            raise AwsError("ValidationException", many)
        tag = key.removeprefix("tag:")
        if tag == key:
            return lambda node: not accepted.isdisjoint(all_tags(node))
        return lambda node: all_tags(node).get(tag) in accepted
    if key not in _SSM:
        raise AwsError("InvalidFilterKey")
    if key == "ResourceType" and len(values) > 1:
        raise AwsError("InvalidInstanceInformationFilterValue", "ResourceType filter may contain only one value.")
    if key == "InstanceIds":
        for node_id in values:
            if fleet.find(node_id) is None:
                raise AwsError("InvalidInstanceId", f"The instance ID {node_id} does not exist.")
    fact = _SSM[key]
    return lambda node: fact(node) in accepted


def ec2_filter(params: Mapping[str, Any]) -> Predicate:
    """The instances that EC2 lists with these filters. Raises `AwsError` for a filter that EC2 does not know."""
    checks = [_ec2_check(item.get("Name", ""), item.get("Values", ())) for item in params.get("Filters", ())]
    return lambda node: not node.hybrid and all(check(node) for check in checks)


def _ec2_check(name: str, values: Sequence[str]) -> Predicate:
    if len(values) > _MOST_VALUES:
        raise AwsError("FilterLimitExceeded", f"The maximum number of filter values is {_MOST_VALUES}.")
    matches = matcher(values)
    if name.startswith("tag:"):
        tag = name.removeprefix("tag:")
        return lambda node: tag in (tags := all_tags(node)) and matches(tags[tag])
    if name not in _EC2:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    facts = _EC2[name]
    return lambda node: any(matches(fact) for fact in facts(node))


def matcher(values: Sequence[str]) -> Callable[[str], bool]:
    """Matches any of the values, with EC2's wildcards * and ?, which a backslash before them takes literally."""
    plain = frozenset(value for value in values if not _SPECIAL.search(value))
    wild = [value for value in values if value not in plain]
    if not wild:
        return plain.__contains__
    pattern = re.compile("|".join(_translated(value) for value in wild), re.DOTALL)
    return lambda fact: fact in plain or pattern.fullmatch(fact) is not None


def _translated(value: str) -> str:
    tokens = _TOKEN.findall(value)
    return "".join({"*": ".*", "?": "."}.get(token[0], re.escape(token[-1])) for token in tokens)


def all_tags(node: DemoNode) -> dict[str, str]:
    """The tags of an instance, with its Name."""
    return {"Name": node.name, **node.tags}
