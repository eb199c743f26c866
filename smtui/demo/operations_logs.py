"""The one operation of CloudWatch Logs that the simulated Region answers.

Source: DescribeLogGroups in the CloudWatch Logs API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smtui.demo.errors import AwsError
from smtui.demo.operations_kms import KEY_ARN
from smtui.demo.state import ACCOUNT, HOME_REGION, Handler, Params, RegionState
from smtui.demo.switches import LOG_GROUP

_MADE = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)
_OTHERS = ("/acme/api", "/acme/session-manager-old", "/aws/lambda/acme-nightly", "/aws/ssm/AWS-RunShellScript")
_OPERATION = "DescribeLogGroups"


def describe_log_groups(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Sorted by name; the prefix of one group's name may be the whole name of another."""
    if "logGroupNamePrefix" in params and "logGroupNamePattern" in params:
        raise AwsError(
            "InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive."
        )
    found = [name for name in _names(region) if _wanted(name, params)]
    start = region.tokens.read(_OPERATION, params.get("nextToken"))
    if start is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    end = start + params.get("limit", 50)
    return {
        "logGroups": [_group(name, region) for name in found[start:end]],
        "nextToken": region.tokens.make(_OPERATION, end) if end < len(found) else None,
    }


def _names(region: RegionState) -> list[str]:
    if region.name != HOME_REGION:
        return []
    there = () if "log-group-deleted" in region.switches() else (LOG_GROUP,)
    return sorted((*_OTHERS, *there))


def _wanted(name: str, params: Params) -> bool:
    pattern = params.get("logGroupNamePattern", "").lower()
    return name.startswith(params.get("logGroupNamePrefix", "")) and pattern in name.lower()


def _group(name: str, region: RegionState) -> dict[str, Any]:
    arn = f"arn:aws:logs:{region.name}:{ACCOUNT}:log-group:{name}"
    encrypted = name == LOG_GROUP and "log-group-unencrypted" not in region.switches()
    return {
        "logGroupName": name,
        "creationTime": int(_MADE.timestamp() * 1000),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": 48_128,
        "kmsKeyId": KEY_ARN if encrypted else None,
        "logGroupClass": "STANDARD",
    }


HANDLERS: Mapping[str, Handler] = {_OPERATION: describe_log_groups}
