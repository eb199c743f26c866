"""The account's settings of Systems Manager that the simulated Region answers: service settings and activations.

Source: GetServiceSetting and DescribeActivations in the Systems Manager API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from smtui.demo.errors import AwsError
from smtui.demo.state import ACCOUNT, HOME_REGION, Handler, Params, RegionState
from smtui.demo.switches import BROKEN_HOST_MANAGEMENT_ROLE, HOST_MANAGEMENT_ROLE

TIER = "/ssm/managed-instance/activation-tier"
HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
_CHANGED = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
_ACTIVATION_ID = "8a3c1f0e-6b5d-4c2a-9e7f-0d1b2c3a4f5e"
_ROLE = "service-role/demo-hybrid-role"
_NAME = "onprem"
_LASTS = timedelta(days=30)
_AGE = timedelta(days=18)
_FILTERS: Mapping[str, Callable[[list[str]], bool]] = {
    "ActivationIds": lambda values: _ACTIVATION_ID in values,
    "DefaultInstanceName": lambda values: _NAME in values,
    "IamRole": lambda values: _ROLE in values,
}
_PREFIX = f"arn:aws:ssm:{{region}}:{ACCOUNT}:servicesetting"


def get_service_setting(region: RegionState, params: Params) -> Mapping[str, Any]:
    """By id, or by ARN; a value that nobody changed has the status Default."""
    prefix = _PREFIX.format(region=region.name)
    setting_id = params["SettingId"].removeprefix(prefix)
    values = {TIER: _tier(region), HOST_MANAGEMENT: _host_management(region)}
    if setting_id not in values:
        raise AwsError("ServiceSettingNotFound", f"Setting {setting_id} was not found.")
    value, default = values[setting_id]
    setting = {
        "SettingId": setting_id,
        "SettingValue": value,
        "LastModifiedDate": _CHANGED,
        "LastModifiedUser": "System" if value == default else f"arn:aws:iam::{ACCOUNT}:user/demo-admin",
        "ARN": prefix + setting_id,
        "Status": "Default" if value == default else "Customized",
    }
    return {"ServiceSetting": setting}


def _tier(region: RegionState) -> tuple[str, str]:
    """The value in force, and the service's own."""
    advanced = region.name == HOME_REGION and "standard-tier" not in region.switches()
    return "advanced" if advanced else "standard", "standard"


def _host_management(region: RegionState) -> tuple[str, str]:
    switches = region.switches() if region.name == HOME_REGION else frozenset[str]()
    if "host-management-broken" in switches:
        return f"service-role/{BROKEN_HOST_MANAGEMENT_ROLE}", "$None"
    if "host-management" in switches:
        return f"service-role/{HOST_MANAGEMENT_ROLE}", "$None"
    return "$None", "$None"


def describe_activations(region: RegionState, params: Params) -> Mapping[str, Any]:
    """The one activation that the hybrid nodes of the story were registered with; it can still be used."""
    if region.tokens.read("DescribeActivations", params.get("NextToken")) is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    wanted = region.name == HOME_REGION
    for condition in params.get("Filters", ()):
        wanted = wanted and _FILTERS[condition["FilterKey"]](condition["FilterValues"])
    return {"ActivationList": [_activation()] if wanted else []}


def _activation() -> dict[str, Any]:
    made = (datetime.now(UTC) - _AGE).replace(microsecond=0)
    return {
        "ActivationId": _ACTIVATION_ID,
        "Description": "Acme's own data centre",
        "DefaultInstanceName": _NAME,
        "IamRole": _ROLE,
        "RegistrationLimit": 20,
        "RegistrationsCount": 3,
        "ExpirationDate": made + _LASTS,
        "Expired": False,
        "CreatedDate": made,
    }


HANDLERS: Mapping[str, Handler] = {
    "GetServiceSetting": get_service_setting,
    "DescribeActivations": describe_activations,
}
