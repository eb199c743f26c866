"""Starts stopped EC2 instances, and says before what is known of the stop.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ (API_StartInstances, API_Instance, errors-overview).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smtui.aws.api_calls import ApiCalls, is_code, mapping, mappings, text
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.node import StopFacts
from smtui.domain.text import harmless

_START = "ec2:StartInstances"
_MOMENT = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) GMT\)")
_WOULD_WORK = "DryRunOperation"


class PowerAdapter:
    """The machines of one place. Implements `PowerAws`.

    Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action.
    """

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def stop_facts(self, node_id: str) -> StopFacts | None:
        """ec2:DescribeInstances: what is known of the stop; None for an instance that EC2 does not list."""
        for reservation in self._calls.by_filter("ec2:DescribeInstances", "instance-id", [node_id]):
            for entry in mappings(reservation.get("Instances")):
                if text(entry, "InstanceId") == node_id:
                    return stop_facts(entry)
        return None

    def may_start(self, node_id: str) -> None:
        """ec2:StartInstances as a dry run; returns if the start would be allowed."""
        try:
            self._calls.call(_START, InstanceIds=[node_id], DryRun=True)
        except AwsCallFailed as failed:
            if not is_code(failed, _WOULD_WORK):
                raise
            return
        raise self._calls.failed(FaultKind.SERVICE, _START, "The answer to the dry run was odd.")

    def start_instance(self, node_id: str) -> None:
        """ec2:StartInstances; nothing happens to an instance that runs already."""
        self._calls.call(_START, InstanceIds=[node_id])


def stop_facts(entry: Mapping[str, Any]) -> StopFacts:
    """What an Instance of DescribeInstances says about its stop."""
    reason = text(entry, "StateTransitionReason")
    moment = _MOMENT.search(reason)
    return StopFacts(
        state=text(mapping(entry.get("State")), "Name"),
        instance_type=harmless(text(entry, "InstanceType")),
        stopped_at=_moment(moment[1]) if moment else None,
        code=text(mapping(entry.get("StateReason")), "Code"),
        has_fixed_public_address=bool(text(entry, "PublicIpAddress")),
    )


def _moment(words: str) -> datetime | None:
    try:
        return datetime.strptime(words, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
