"""Answers ListNodes: the nodes of the whole organisation, as its data sync collected them last.

Source: API_ListNodes in the Systems Manager API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smtui.demo.operations.node_filters import source_type
from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT
from smtui.demo.story.place_fleets import places_with_nodes
from smtui.demo.story.strangers import Stranger, strangers
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.story.demo_node import DemoNode

_UNITS = {ACCOUNT: "r-demo/ou-demo-prod0001/", OTHER_ACCOUNT: "r-demo/ou-demo-stage001/"}
_COLLECTED_EVERY = timedelta(hours=6)
_MOST_A_PAGE = 50
_FILTERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "InstanceId": lambda entry: str(entry["Id"]),
    "AccountId": lambda entry: str(entry["Owner"]["AccountId"]),
    "OrganizationalUnitPath": lambda entry: str(entry["Owner"]["OrganizationalUnitPath"]),
    "Region": lambda entry: str(entry["Region"]),
}
_FILTERS_OF_INSTANCE = ("AgentVersion", "ComputerName", "IpAddress", "PlatformType", "ResourceType", "SourceType")
_FITS: Mapping[str, Callable[[str, list[str]], bool]] = {
    "Equal": lambda value, wanted: value in wanted,
    "NotEqual": lambda value, wanted: value not in wanted,
    "BeginWith": lambda value, wanted: value.startswith(tuple(wanted)),
}


def list_nodes(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists them to the delegated administrator, which is the first account; others have no such list."""
    if region.place.account != ACCOUNT:
        raise AwsError("UnsupportedOperationException", "Systems Manager is not set up for an organization here.")
    start = region.tokens.read("ListNodes", params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    entries = [entry for entry in _entries(region) if _is_wanted(entry, params.get("Filters", []))]
    end = start + params.get("MaxResults", _MOST_A_PAGE)
    more = region.tokens.make("ListNodes", end) if end < len(entries) else None
    return {"Nodes": entries[start:end], "NextToken": more}


def _is_wanted(entry: Mapping[str, Any], filters: list[Mapping[str, Any]]) -> bool:
    for each in filters:
        key, kind = each["Key"], each.get("Type", "Equal")
        if (key not in _FILTERS and key not in _FILTERS_OF_INSTANCE) or kind not in _FITS:
            raise AwsError("InvalidFilter", f"The filter {key} is not valid.")
        value = _FILTERS[key](entry) if key in _FILTERS else entry["NodeType"]["Instance"].get(key, "")
        if not _FITS[kind](value, each["Values"]):
            return False
    return True


def _entries(region: RegionState) -> Iterator[Mapping[str, Any]]:
    """Every entry: the home Region's nodes, those of the other places, and those of accounts nobody here reaches."""
    now = datetime.now(UTC)
    since_midnight = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    collected = now - since_midnight % _COLLECTED_EVERY
    if region.place.is_home:
        yield from (_entry(region.fleet.node(index), collected) for index in range(len(region.fleet)))
    for nodes in places_with_nodes():
        yield from (_entry(node, collected) for node in nodes)
    yield from (_stranger(stranger, collected) for stranger in strangers())


def _entry(node: DemoNode, collected: datetime) -> Mapping[str, Any]:
    instance = {
        "AgentType": "amazon-ssm-agent",
        "AgentVersion": node.agent_version,
        "ComputerName": node.computer_name,
        "InstanceStatus": node.state or "running",
        "IpAddress": node.reported_address,
        "ManagedStatus": "Managed" if node.listed else "Unmanaged",
        "Name": node.name,
        "PlatformType": node.platform.kind,
        "PlatformName": node.platform.title,
        "PlatformVersion": node.platform.release,
        "ResourceType": "ManagedInstance" if node.hybrid else "EC2Instance",
        "SourceType": source_type(node),
        "SourceId": node.thing_name or node.node_id,
        "AvailabilityZone": "" if node.hybrid else f"{node.place.region}a",
    }
    return _listed(node.node_id, node.place.account, node.place.region, collected, instance)


def _stranger(stranger: Stranger, collected: datetime) -> Mapping[str, Any]:
    instance = {
        "AgentType": "amazon-ssm-agent",
        "AgentVersion": stranger.agent_version,
        "ComputerName": stranger.name,
        "InstanceStatus": "running",
        "IpAddress": stranger.address,
        "ManagedStatus": "Managed",
        "Name": stranger.name,
        "PlatformType": stranger.platform.kind,
        "PlatformName": stranger.platform.title,
        "PlatformVersion": stranger.platform.release,
        "ResourceType": "ManagedInstance",
        "SourceType": stranger.source_type,
        "SourceId": stranger.name,
        "SourceLocation": stranger.location,
    }
    return _listed(stranger.node_id, stranger.account, stranger.region, collected, instance)


def _listed(
    node_id: str, account: str, region: str, collected: datetime, instance: Mapping[str, str]
) -> Mapping[str, Any]:
    return {
        "CaptureTime": collected,
        "Id": node_id,
        "Owner": {
            "AccountId": account,
            "OrganizationalUnitId": _UNITS.get(account, "r-demo/ou-demo-cloud001/").split("/")[1],
            "OrganizationalUnitPath": _UNITS.get(account, "r-demo/ou-demo-cloud001/"),
        },
        "Region": region,
        "NodeType": {"Instance": {name: value for name, value in instance.items() if value}},
    }


HANDLERS: Mapping[str, Handler] = {"ListNodes": list_nodes}
