"""Fetches what EC2 and Systems Manager know of one node, for its checks.

Sources: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ (API_DescribeInstances, API_DescribeInstanceStatus) and
https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_DescribeSessions, API_DescribeActivations,
API_GetServiceSetting).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.aws.api_calls import ApiCalls, each_text, is_code, mapping, mappings, number, text, when
from smtui.diagnosis.evidence.identity_facts import HostManagement
from smtui.diagnosis.evidence.node_facts import (
    Activation,
    Instance,
    MetadataOptions,
    NetworkInterface,
    SessionSpan,
    StatusChecks,
)
from smtui.domain.fault import AwsCallFailed

_SESSIONS = "ssm:DescribeSessions"
_SESSIONS_A_PAGE = 200
_HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
_TIER = "/ssm/managed-instance/activation-tier"
_OFF = "$None"


class InstanceAdapter:
    """The facts of one node. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def instance(self, node_id: str) -> Instance | None:
        """ec2:DescribeInstances by filter; None for an id that is malformed or unknown here."""
        for reservation in self._calls.by_filter("ec2:DescribeInstances", "instance-id", [node_id]):
            for entry in mappings(reservation.get("Instances")):
                if text(entry, "InstanceId") == node_id:
                    return _instance(entry, text(reservation, "OwnerId"))
        return None

    def status_checks(self, node_id: str) -> StatusChecks | None:
        """ec2:DescribeInstanceStatus; None while the instance does not run, and for an id that is unknown here."""
        try:
            for entry in self._calls.entries("ec2:DescribeInstanceStatus", InstanceIds=[node_id]):
                checks = StatusChecks(_status(entry, "InstanceStatus"), _status(entry, "SystemStatus"))
                return checks if _is_running(entry) else None
        except AwsCallFailed as failed:
            if not is_code(failed, "InvalidInstanceID"):
                raise
        return None

    def sessions(self, node_id: str) -> tuple[SessionSpan, ...]:
        """ssm:DescribeSessions: the node's active sessions, and the first page (200) of those that ended."""
        filters = [{"key": "Target", "value": node_id}]
        active = list(self._calls.entries(_SESSIONS, page_size=_SESSIONS_A_PAGE, State="Active", Filters=filters))
        ended = self._calls.call(_SESSIONS, State="History", Filters=filters, MaxResults=_SESSIONS_A_PAGE)
        entries = (*active, *mappings(ended.get("Sessions")))
        spans = (_span(entry) for entry in entries if text(entry, "Target") == node_id)
        return tuple(span for span in spans if span is not None)

    def activation(self, activation_id: str) -> Activation | None:
        """ssm:DescribeActivations, filtered by id; None for an unknown one."""
        filters = [{"FilterKey": "ActivationIds", "FilterValues": [activation_id]}]
        try:
            found = list(self._calls.entries("ssm:DescribeActivations", Filters=filters))
        except AwsCallFailed as failed:
            if is_code(failed, "InvalidActivation"):
                return None
            raise
        return next((_activation(entry) for entry in found if text(entry, "ActivationId") == activation_id), None)

    def tier(self) -> str:
        """ssm:GetServiceSetting of the activation tier: `standard`, also where nobody chose one, or `advanced`."""
        return self._setting(_TIER) or "standard"

    def host_management(self) -> HostManagement:
        """ssm:GetServiceSetting of Default Host Management's role; `$None` means that it is off."""
        role = self._setting(_HOST_MANAGEMENT)
        return HostManagement("" if role == _OFF else role)

    def _setting(self, setting_id: str) -> str:
        try:
            answer = self._calls.call("ssm:GetServiceSetting", SettingId=setting_id)
        except AwsCallFailed as failed:
            if is_code(failed, "ServiceSettingNotFound"):
                return ""
            raise
        return text(mapping(answer.get("ServiceSetting")), "SettingValue")


def _instance(entry: Mapping[str, Any], owner: str) -> Instance:
    interfaces = list(mappings(entry.get("NetworkInterfaces")))
    primary = next((face for face in interfaces if _is_primary(face)), {})
    return Instance(
        node_id=text(entry, "InstanceId"),
        state=text(mapping(entry.get("State")), "Name"),
        vpc_id=text(entry, "VpcId"),
        subnet_id=text(entry, "SubnetId"),
        private_ip=text(entry, "PrivateIpAddress"),
        public_ip=text(entry, "PublicIpAddress"),
        ipv6_addresses=tuple(dict.fromkeys(filter(None, (*_ipv6(primary), text(entry, "Ipv6Address"))))),
        group_ids=each_text(primary.get("Groups"), "GroupId") or each_text(entry.get("SecurityGroups"), "GroupId"),
        profile_arn=text(mapping(entry.get("IamInstanceProfile")), "Arn"),
        metadata=_metadata(mapping(entry.get("MetadataOptions"))),
        platform=text(entry, "Platform").lower(),
        owner=owner,
        other_interfaces=tuple(_interface(face) for face in interfaces if primary and face is not primary),
        interface_id=text(primary, "NetworkInterfaceId"),
        tags=tuple((text(tag, "Key"), text(tag, "Value")) for tag in mappings(entry.get("Tags"))),
    )


def _is_primary(face: Mapping[str, Any]) -> bool:
    attachment = mapping(face.get("Attachment"))
    return number(attachment, "DeviceIndex") == 0 and not number(attachment, "NetworkCardIndex")


def _interface(face: Mapping[str, Any]) -> NetworkInterface:
    return NetworkInterface(
        interface_id=text(face, "NetworkInterfaceId"),
        vpc_id=text(face, "VpcId"),
        subnet_id=text(face, "SubnetId"),
        private_ip=text(face, "PrivateIpAddress"),
        public_ip=text(mapping(face.get("Association")), "PublicIp"),
        ipv6_addresses=_ipv6(face),
        group_ids=each_text(face.get("Groups"), "GroupId"),
    )


def _ipv6(face: Mapping[str, Any]) -> tuple[str, ...]:
    return each_text(face.get("Ipv6Addresses"), "Ipv6Address")


def _metadata(options: Mapping[str, Any]) -> MetadataOptions | None:
    if not options:
        return None
    return MetadataOptions(
        enabled=text(options, "HttpEndpoint") != "disabled",
        tokens_required=text(options, "HttpTokens") == "required",
        hop_limit=number(options, "HttpPutResponseHopLimit") or 1,
    )


def _is_running(entry: Mapping[str, Any]) -> bool:
    return text(mapping(entry.get("InstanceState")), "Name") in ("running", "")


def _status(entry: Mapping[str, Any], side: str) -> str:
    return text(mapping(entry.get(side)), "Status")


def _span(entry: Mapping[str, Any]) -> SessionSpan | None:
    started_at = when(entry.get("StartDate"))
    return SessionSpan(text(entry, "SessionId"), started_at, when(entry.get("EndDate"))) if started_at else None


def _activation(entry: Mapping[str, Any]) -> Activation:
    return Activation(
        activation_id=text(entry, "ActivationId"),
        expired=entry.get("Expired") is True,
        expires_at=when(entry.get("ExpirationDate")),
        registrations=number(entry, "RegistrationsCount") or 0,
        limit=number(entry, "RegistrationLimit") or 0,
    )
