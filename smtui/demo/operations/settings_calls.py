"""Answers the operations of Systems Manager on service settings and activations.

Source: GetServiceSetting, UpdateServiceSetting and DescribeActivations in the Systems Manager API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.story.account_facts import ACCOUNT, HOME_REGION
from smtui.demo.story.account_switches import BROKEN_HOST_MANAGEMENT_ROLE, HOST_MANAGEMENT_ROLE
from smtui.demo.wire.service_errors import AwsError

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
    """Describes a setting, named by id or ARN; an unchanged one has the status Default."""
    prefix = _PREFIX.format(region=region.name)
    setting_id = known_setting(region, params["SettingId"])
    value, default = tier(region) if setting_id == TIER else _host_management(region)
    setting = {
        "SettingId": setting_id,
        "SettingValue": value,
        "LastModifiedDate": _CHANGED,
        "LastModifiedUser": "System" if value == default else f"arn:aws:iam::{ACCOUNT}:user/demo-admin",
        "ARN": prefix + setting_id,
        "Status": "Default" if value == default else "Customized",
    }
    return {"ServiceSetting": setting}


def update_service_setting(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Changes a service setting."""
    with region.account.lock:
        region.account.put_setting(known_setting(region, params["SettingId"]), params["SettingValue"])
    return {}


def known_setting(region: RegionState, setting: str) -> str:
    """The id of a setting, given its id or ARN. Raises `AwsError` for an unknown one."""
    setting_id = setting.removeprefix(_PREFIX.format(region=region.name))
    if setting_id not in (TIER, HOST_MANAGEMENT):
        raise AwsError("ServiceSettingNotFound", f"Setting {setting_id} was not found.")
    return setting_id


def tier(region: RegionState) -> tuple[str, str]:
    """The value in force, and the default."""
    if region.name == HOME_REGION and region.account.setting(TIER):
        return region.account.setting(TIER), "standard"
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
    """Lists the one activation, with which the hybrid nodes of the story were registered; it has not expired."""
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
    "UpdateServiceSetting": update_service_setting,
    "DescribeActivations": describe_activations,
}
