"""The node as EC2 and Systems Manager know it. Sources: the EC2 and Systems Manager API references."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.aws.evidence_calls import EvidenceCalls, Listing, is_code
from smtui.aws.facts import ssm_facts
from smtui.aws.shapes import each_text, mapping, mappings, number, text, when
from smtui.domain.evidence.identity import HostManagement
from smtui.domain.evidence.instance import Activation, Instance, MetadataOptions, NetworkInterface, StatusChecks
from smtui.domain.fault import AwsCallFailed
from smtui.domain.node import ConnectionFact, ConnectionStatus, SsmFacts

_INSTANCES = Listing("ec2:DescribeInstances", "describe_instances", "Reservations")
_STATUS_CHECKS = Listing("ec2:DescribeInstanceStatus", "describe_instance_status", "InstanceStatuses")
_MANAGED_NODES = Listing("ssm:DescribeInstanceInformation", "describe_instance_information", "InstanceInformationList")
_ACTIVATIONS = Listing("ssm:DescribeActivations", "describe_activations", "ActivationList")
_CONNECTION_STATUS = "ssm:GetConnectionStatus"
_SERVICE_SETTING = "ssm:GetServiceSetting"
_HOST_MANAGEMENT = "/ssm/managed-instance/default-ec2-instance-management-role"
_TIER = "/ssm/managed-instance/activation-tier"
_OFF = "$None"


class NodeEvidence(EvidenceCalls):
    """Calls about one node."""

    def instance(self, node_id: str) -> Instance | None:
        """ec2:DescribeInstances by filter: an id that is malformed or of nobody finds nothing."""
        for reservation in self._by_filter(_INSTANCES, "instance-id", [node_id]):
            for entry in mappings(reservation.get("Instances")):
                if text(entry, "InstanceId") == node_id:
                    return _instance(entry, text(reservation, "OwnerId"))
        return None

    def status_checks(self, node_id: str) -> StatusChecks | None:
        """ec2:DescribeInstanceStatus, which has no filter for ids and leaves out what does not run."""
        try:
            for entry in self._entries(_STATUS_CHECKS, InstanceIds=[node_id]):
                checks = StatusChecks(_status(entry, "InstanceStatus"), _status(entry, "SystemStatus"))
                return checks if _is_running(entry) else None
        except AwsCallFailed as failed:
            if not is_code(failed, "InvalidInstanceID"):
                raise
        return None

    def managed_node(self, node_id: str) -> SsmFacts | None:
        """ssm:DescribeInstanceInformation, filtered by id; an unknown one is an error to AWS."""
        filters = [{"Key": "InstanceIds", "Values": [node_id]}]
        try:
            page = {_MANAGED_NODES.holds: list(self._entries(_MANAGED_NODES, Filters=filters))}
        except AwsCallFailed as failed:
            if is_code(failed, "InvalidInstanceId", "InvalidFilterValue"):
                return None
            raise
        return next((facts for facts in ssm_facts(page, self._now()) if facts.node_id == node_id), None)

    def connection_status(self, node_id: str) -> ConnectionFact:
        """ssm:GetConnectionStatus; a status that is neither of the two is a fault, never a guess."""
        status = text(self._call(_CONNECTION_STATUS, "get_connection_status", Target=node_id), "Status").lower()
        try:
            return ConnectionFact(ConnectionStatus(status), self._now())
        except ValueError:
            raise self._odd(_CONNECTION_STATUS, f"The connection status was {status!r}.") from None

    def activation(self, activation_id: str) -> Activation | None:
        """ssm:DescribeActivations, filtered by id."""
        filters = [{"FilterKey": "ActivationIds", "FilterValues": [activation_id]}]
        try:
            found = list(self._entries(_ACTIVATIONS, Filters=filters))
        except AwsCallFailed as failed:
            if is_code(failed, "InvalidActivation"):
                return None
            raise
        return next((_activation(entry) for entry in found if text(entry, "ActivationId") == activation_id), None)

    def tier(self) -> str:
        """ssm:GetServiceSetting of the activation tier; an account that never chose one is `standard`."""
        return self._setting(_TIER) or "standard"

    def host_management(self) -> HostManagement:
        """ssm:GetServiceSetting of Default Host Management's role; `$None` means that it is off."""
        role = self._setting(_HOST_MANAGEMENT)
        return HostManagement("" if role == _OFF else role)

    def _setting(self, setting_id: str) -> str:
        try:
            said = self._call(_SERVICE_SETTING, "get_service_setting", SettingId=setting_id)
        except AwsCallFailed as failed:
            if is_code(failed, "ServiceSettingNotFound"):
                return ""
            raise
        return text(mapping(said.get("ServiceSetting")), "SettingValue")


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


def _activation(entry: Mapping[str, Any]) -> Activation:
    return Activation(
        activation_id=text(entry, "ActivationId"),
        expired=entry.get("Expired") is True,
        expires_at=when(entry.get("ExpirationDate")),
        registrations=number(entry, "RegistrationsCount") or 0,
        limit=number(entry, "RegistrationLimit") or 0,
    )
