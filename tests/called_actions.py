"""Records the IAM actions of the calls that smtui and its plugin make of simulated Regions, for the whole run.

Importing it is enough. `tests/calls_against_policies.py` gathers what every process has recorded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from smtui.demo.account.region_state import RegionState
from smtui.demo.endpoint import _Call, _resource
from smtui.demo.far_end.tunnel_service import ACTION as TUNNEL
from smtui.demo.far_end.tunnel_service import TunnelService
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import ACCOUNT

CHANNEL = "ssmmessages:OpenDataChannel"
_OURS = ("smtui/", "smtui-plugin/")
_MOST_RESOURCES = 20
"""Resources kept of an action: one of each kind is what the policies are about."""

_called: dict[str, set[str]] = defaultdict(set)
"""Action -> resources."""


def called() -> dict[str, list[str]]:
    """What this process has recorded: action -> resources."""
    return {action: sorted(resources) for action, resources in _called.items()}


def _note(action: str, resource: str, user_agent: str) -> None:
    if any(word in user_agent for word in _OURS) and len(_called[action]) < _MOST_RESOURCES:
        _called[action].add(resource)


_answer_call, _accept_upgrade, _open_tunnel = _Call._result, SimulatedRegion._accepts_upgrade, TunnelService.refusal


def _noting_call(call: _Call, handler: Any, state: RegionState, params: Any, action: str, fate: Any) -> Any:
    _note(action, _resource(action, state, params), call._request.header("user-agent"))
    return _answer_call(call, handler, state, params, action, fate)


def _noting_upgrade(region: SimulatedRegion, path_and_query: str, headers: Mapping[str, str]) -> bool:
    session_id = path_and_query.partition("?")[0].rpartition("/")[2]
    _note(CHANNEL, f"arn:aws:ssm:{region.region}:{ACCOUNT}:session/{session_id}", headers.get("user-agent", ""))
    return _accept_upgrade(region, path_and_query, headers)


def _noting_tunnel(service: TunnelService, target: str, headers: Mapping[str, str]) -> Any:
    _note(TUNNEL, f"arn:aws:ec2:*:{ACCOUNT}:instance-connect-endpoint/*", headers.get("user-agent", ""))
    return _open_tunnel(service, target, headers)


for place, name, noting in (
    (_Call, "_result", _noting_call),
    (SimulatedRegion, "_accepts_upgrade", _noting_upgrade),
    (TunnelService, "refusal", _noting_tunnel),
):
    setattr(place, name, noting)
