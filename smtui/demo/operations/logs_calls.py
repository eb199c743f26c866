"""Answers the operations of CloudWatch Logs on log groups.

Source: DescribeLogGroups in the CloudWatch Logs API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.story.account_facts import ACCOUNT, HOME_REGION
from smtui.demo.story.account_switches import KEY_ARN, LOG_GROUP
from smtui.demo.wire.service_errors import AwsError

_MADE = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)
_OTHERS = ("/acme/api", "/acme/session-manager-old", "/aws/lambda/acme-nightly", "/aws/ssm/AWS-RunShellScript")
_OPERATION = "DescribeLogGroups"
_EXISTS, _ENCRYPTED = "logs/group-exists", "logs/group-encrypted"


def describe_log_groups(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists log groups by name; one group's name is a prefix of another's, as can happen."""
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
    there = (LOG_GROUP,) if log_group_exists(region) else ()
    return sorted((*_OTHERS, *there))


def create_log_group(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates the log group of the preferences, encrypted if a key is given."""
    name = params["logGroupName"]
    if name != LOG_GROUP or region.name != HOME_REGION:
        raise AwsError("LimitExceededException", "The simulated account has no room for other log groups.")
    with region.account.lock:
        if log_group_exists(region):
            raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
        region.account.put_setting(_EXISTS, "true")
        region.account.put_setting(_ENCRYPTED, "true" if params.get("kmsKeyId") else "false")
    return {}


def associate_kms_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Encrypts a log group."""
    if params.get("logGroupName") not in _names(region):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    with region.account.lock:
        region.account.put_setting(_ENCRYPTED, "true")
    return {}


def log_group_exists(region: RegionState) -> bool:
    """Whether the log group of the preferences exists."""
    return bool(region.account.setting(_EXISTS)) or "log-group-deleted" not in region.switches()


def log_group_encrypted(region: RegionState) -> bool:
    """Whether the log group of the preferences is encrypted."""
    changed = region.account.setting(_ENCRYPTED)
    return changed == "true" if changed else "log-group-unencrypted" not in region.switches()


def _wanted(name: str, params: Params) -> bool:
    pattern = params.get("logGroupNamePattern", "").lower()
    return name.startswith(params.get("logGroupNamePrefix", "")) and pattern in name.lower()


def _group(name: str, region: RegionState) -> dict[str, Any]:
    arn = f"arn:aws:logs:{region.name}:{ACCOUNT}:log-group:{name}"
    encrypted = name == LOG_GROUP and log_group_encrypted(region)
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


HANDLERS: Mapping[str, Handler] = {
    _OPERATION: describe_log_groups,
    "CreateLogGroup": create_log_group,
    "AssociateKmsKey": associate_kms_key,
}
