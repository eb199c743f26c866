"""Lists the nodes of an organisation, as a resource data sync collected them.

Source: API_ListNodes, API_Node and API_InstanceInfo in the Systems Manager API reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smtui.aws.api_calls import ApiCalls, mapping, mappings, text, when
from smtui.domain.places.organisation_facts import OrganisationFacts

_NODES = "ssm:ListNodes"
_NODES_A_PAGE = 50


class OrganisationAdapter:
    """The organisation as one place sees it. Every method blocks and raises `AwsCallFailed`."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def organisation_nodes(self) -> Iterator[Sequence[OrganisationFacts]]:
        """ssm:ListNodes: the facts of each page, at most 50 nodes; entries without an id are left out."""
        for page in self._calls.pages(_NODES, page_size=_NODES_A_PAGE):
            yield [_facts(entry) for entry in mappings(page) if text(entry, "Id")]


def _facts(entry: Mapping[str, Any]) -> OrganisationFacts:
    owner = mapping(entry.get("Owner"))
    instance = mapping(mapping(entry.get("NodeType")).get("Instance"))
    platform = f"{text(instance, 'PlatformName')} {text(instance, 'PlatformVersion')}".strip()
    return OrganisationFacts(
        node_id=text(entry, "Id"),
        account=text(owner, "AccountId"),
        region=text(entry, "Region"),
        captured_at=when(entry.get("CaptureTime")),
        name=text(instance, "Name"),
        computer_name=text(instance, "ComputerName"),
        unit=text(owner, "OrganizationalUnitPath") or text(owner, "OrganizationalUnitId"),
        instance_status=text(instance, "InstanceStatus"),
        is_managed={"Managed": True, "Unmanaged": False}.get(text(instance, "ManagedStatus")),
        agent_version=text(instance, "AgentVersion"),
        platform=platform or text(instance, "PlatformType"),
        address=text(instance, "IpAddress"),
        zone=text(instance, "AvailabilityZone"),
        source_type=text(instance, "SourceType"),
        source_location=text(instance, "SourceLocation"),
    )
