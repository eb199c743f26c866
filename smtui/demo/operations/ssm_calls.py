"""Answers the operations of Systems Manager on nodes, sessions, service settings and activations.

Source: the Systems Manager API reference, and the observed behaviour of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smtui.demo.account.preference_versions import newest_preferences
from smtui.demo.account.session_documents import check_parameters, find_document
from smtui.demo.account.session_registry import DEFAULT_DOCUMENT, JUST_IN_TIME, DemoSession
from smtui.demo.operations.node_filters import source_type, ssm_filter
from smtui.demo.story.account_facts import (
    BROKEN_HOST_MANAGEMENT_ROLE,
    HOST_MANAGEMENT_ROLE,
    OTHERS_SESSIONS,
)
from smtui.demo.wire.service_errors import AwsError, Refusal, Refused, not_authorized

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.story.demo_node import DemoNode

_LATEST_AGENT = "3.3.987.0"
_STANDARD_TIER = "Enable advanced-instances tier to use Session Manager with your on-premises instances"
_LONGEST_DETAILS = 1024
_REGISTERED = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)
_SESSION_FILTERS: dict[str, Callable[[DemoSession, str], bool]] = {
    "InvokedAfter": lambda session, value: session.started_at >= _moment(value),
    "InvokedBefore": lambda session, value: session.started_at <= _moment(value),
    "Target": lambda session, value: session.node_id == value,
    "Owner": lambda session, value: session.owner == value,
    "Status": lambda session, value: session.status == value,
    "SessionId": lambda session, value: session.session_id == value,
    "AccessType": lambda session, value: session.access_type == value,
}
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


def describe_instance_information(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists managed nodes, 10 a page by default."""
    operation = "DescribeInstanceInformation"
    wanted = ssm_filter(region.fleet, params)
    nodes, more = region.fleet.page(_start(region, operation, params), params.get("MaxResults", 10), wanted)
    now = datetime.now(UTC)
    return {
        "InstanceInformationList": [_information(node, now) for node in nodes],
        "NextToken": region.tokens.make(operation, more) if more is not None else None,
    }


def get_connection_status(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Reports whether the agent of a node holds its control channel."""
    node = region.fleet.find(params["Target"])
    connected = node is not None and node.can_start_session
    return {"Target": params["Target"], "Status": "connected" if connected else "notconnected"}


def start_session(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Starts a session on a connected node."""
    document, given = params.get("DocumentName", ""), params.get("Parameters", {})
    _check_allowed(region, document or DEFAULT_DOCUMENT, params["Target"])
    if document:
        check_parameters(find_document(document, region.place), given)
    node = region.fleet.find(params["Target"])
    if node is not None and node.hybrid and tier(region)[0] == "standard":
        raise AwsError("BadRequest", _STANDARD_TIER)
    if node is None or not node.can_start_session:
        raise AwsError("TargetNotConnected", f"{params['Target']} is not connected.")
    session, token = region.sessions.start(
        node,
        owner_arn=region.caller_arn,
        document_name=document,
        parameters=given,
        reason=params.get("Reason", ""),
        access_type=JUST_IN_TIME if region.granted is not None else "Standard",
        max_minutes=_most_minutes(region),
    )
    return _opening(region, session.session_id, token)


def _most_minutes(region: RegionState) -> int | None:
    """The maximum duration by the preferences of now."""
    inputs = newest_preferences(region.account, region.place, region.switches())["inputs"]
    minutes = str(inputs.get("maxSessionDuration") or "")
    return int(minutes) if minutes.isdecimal() else None


def _check_allowed(region: RegionState, document: str, target: str) -> None:
    node, grant = region.fleet.find(target), region.granted
    if grant is not None and (grant.node_id != target or document != DEFAULT_DOCUMENT):
        raise Refused(Refusal.DENIED, not_authorized(grant.arn, "ssm:StartSession", f"{target}, {document}"))
    if grant is None and node is not None and node.approval is not None:
        arn = region.place.arn("ec2", f"instance/{target}")
        raise Refused(Refusal.DENIED, not_authorized(region.caller.arn, "ssm:StartSession", arn))
    if region.denies(f"ssm:StartSession@node/{target}"):
        arn = region.place.arn("ec2", f"instance/{target}")
        raise Refused(Refusal.DENIED, not_authorized(region.caller.arn, "ssm:StartSession", arn))
    if region.denies(f"ssm:StartSession@document/{document}"):
        owner = "" if document.startswith("AWS-") else region.place.account
        arn = f"arn:aws:ssm:{region.name}:{owner}:document/{document}"
        raise Refused(Refusal.DENIED, not_authorized(region.caller.arn, "ssm:StartSession", arn))


def resume_session(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns a new token; none for an ended session, from which a plugin learns that it timed out."""
    session_id = params["SessionId"]
    _check_own(region, "ssm:ResumeSession", session_id)
    token = region.sessions.resume(session_id)
    return _opening(region, session_id, token) if token is not None else {"SessionId": session_id}


def terminate_session(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Ends a session that is alive."""
    session_id = params["SessionId"]
    _check_own(region, "ssm:TerminateSession", session_id)
    if not region.sessions.terminate(session_id):
        raise AwsError("ValidationException", f"Session {session_id} is not in a valid state to be terminated.")
    return {"SessionId": session_id}


def describe_sessions(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists active or ended sessions, newest first."""
    operation = f"DescribeSessions/{params['State']}"
    sessions = region.sessions.active() if params["State"] == "Active" else region.sessions.history()
    for condition in params.get("Filters", ()):
        fits = _SESSION_FILTERS[condition["key"]]
        sessions = [session for session in sessions if fits(session, condition["value"])]
    start = _start(region, operation, params)
    end = start + params.get("MaxResults", 200)
    return {
        "Sessions": [_session(session) for session in sessions[start:end]],
        "NextToken": region.tokens.make(operation, end) if end < len(sessions) else None,
    }


def _start(region: RegionState, operation: str, params: Params) -> int:
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    return start


def _information(node: DemoNode, now: datetime) -> Mapping[str, Any]:
    facts: dict[str, Any] = {
        "InstanceId": node.node_id,
        "PingStatus": node.ping.value,
        "LastPingDateTime": now - timedelta(seconds=node.ping_age),
        "AgentVersion": node.agent_version,
        "PlatformType": node.platform.kind,
        "PlatformName": node.platform.title,
        "PlatformVersion": node.platform.release,
        "ResourceType": "ManagedInstance" if node.hybrid else "EC2Instance",
        "IPAddress": node.reported_address,
        "ComputerName": node.computer_name,
        "SourceId": node.thing_name or node.node_id,
        "SourceType": source_type(node),
        "AssociationStatus": "Success",
        "LastAssociationExecutionDate": now - timedelta(seconds=node.ping_age, minutes=20),
    }
    if node.platform.kind == "Linux":
        facts["IsLatestVersion"] = node.agent_version == _LATEST_AGENT
    return facts | _hybrid_facts(node) if node.hybrid else facts


def _hybrid_facts(node: DemoNode) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "Name": node.name,
        "IamRole": "service-role/demo-hybrid-role",
        "RegistrationDate": _REGISTERED,
    }
    return facts | ({"ActivationId": node.activation_id} if node.activation_id else {})


def _opening(region: RegionState, session_id: str, token: str) -> Mapping[str, Any]:
    return {"SessionId": session_id, "TokenValue": token, "StreamUrl": region.stream_url(session_id)}


def _check_own(region: RegionState, action: str, session_id: str) -> None:
    """The usual policy allows `session/${aws:username}-*` alone, whether such a session exists or not."""
    if not session_id.startswith(f"{region.caller.name}-") and OTHERS_SESSIONS not in region.switches():
        arn = region.place.arn("ssm", f"session/{session_id}")
        raise Refused(Refusal.DENIED, not_authorized(region.caller.arn, action, arn))
    if not region.sessions.knows(session_id):
        raise AwsError("DoesNotExistException", f"Session {session_id} does not exist.")


def _session(session: DemoSession) -> Mapping[str, Any]:
    return {
        "SessionId": session.session_id,
        "Target": session.node_id,
        "Status": session.status,
        "StartDate": session.started_at,
        "EndDate": session.ended_at,
        "DocumentName": session.document_name,
        "Owner": session.owner,
        "Reason": session.reason or None,
        "Details": session.details[:_LONGEST_DETAILS] or None,
        "OutputUrl": {},
        "AccessType": session.access_type,
        "MaxSessionDuration": str(session.max_minutes) if session.max_minutes is not None else None,
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise AwsError("ValidationException", f"Invalid date: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def get_service_setting(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes a setting, named by id or ARN; an unchanged one has the status Default."""
    prefix = region.place.arn("ssm", "servicesetting")
    setting_id = known_setting(region, params["SettingId"])
    value, default = tier(region) if setting_id == TIER else _host_management(region)
    setting = {
        "SettingId": setting_id,
        "SettingValue": value,
        "LastModifiedDate": _CHANGED,
        "LastModifiedUser": "System" if value == default else f"arn:aws:iam::{region.place.account}:user/demo-admin",
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
    setting_id = setting.removeprefix(region.place.arn("ssm", "servicesetting"))
    if setting_id not in (TIER, HOST_MANAGEMENT):
        raise AwsError("ServiceSettingNotFound", f"Setting {setting_id} was not found.")
    return setting_id


def tier(region: RegionState) -> tuple[str, str]:
    """The value in force, and the default."""
    if region.place.is_home and region.account.setting(TIER):
        return region.account.setting(TIER), "standard"
    advanced = region.place.is_home and "standard-tier" not in region.switches()
    return "advanced" if advanced else "standard", "standard"


def _host_management(region: RegionState) -> tuple[str, str]:
    switches = region.switches() if region.place.is_home else frozenset[str]()
    if "host-management-broken" in switches:
        return f"service-role/{BROKEN_HOST_MANAGEMENT_ROLE}", "$None"
    if "host-management" in switches:
        return f"service-role/{HOST_MANAGEMENT_ROLE}", "$None"
    return "$None", "$None"


def describe_activations(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the one activation, with which the hybrid nodes of the story were registered; it has not expired."""
    if region.tokens.read("DescribeActivations", params.get("NextToken")) is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    wanted = region.place.is_home
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
    "DescribeInstanceInformation": describe_instance_information,
    "GetConnectionStatus": get_connection_status,
    "StartSession": start_session,
    "ResumeSession": resume_session,
    "TerminateSession": terminate_session,
    "DescribeSessions": describe_sessions,
    "GetServiceSetting": get_service_setting,
    "UpdateServiceSetting": update_service_setting,
    "DescribeActivations": describe_activations,
}
