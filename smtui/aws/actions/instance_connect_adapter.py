"""Pushes a key for one login, and finds and signs the way through an EC2 Instance Connect Endpoint.

Sources: SendSSHPublicKey in the EC2 Instance Connect API reference; DescribeInstanceConnectEndpoints in the EC2 API
reference; `aws ec2-instance-connect open-tunnel` of the AWS CLI v2 (eicesigner.py) for the signed URL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import smtui
from smtui.aws.api_calls import ApiCalls, each_text, mapping, mappings, text
from smtui.aws.proxy_and_trust import BundleTrouble, proxy_for, trusted_by
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.text import KNOWN_SECRETS
from smtui.ssh.endpoint_choice import ConnectEndpoint, ConnectTarget, EndpointWay, host_of
from smtui.ssh.endpoint_tunnels import TunnelAddress

if TYPE_CHECKING:
    from smtui.aws.connection import Opened

_SERVICE = "ec2-instance-connect"
_SEND_KEY = "ec2-instance-connect:SendSSHPublicKey"
_OPEN_TUNNEL = "ec2-instance-connect:OpenTunnel"
_URL_SECONDS = 60
"""How long the signed URL may be used to open a tunnel: as long as the AWS CLI's."""
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})

_SAYS: Mapping[str, tuple[str, str]] = {
    "AuthException": (
        "{action} was denied for {node} and the user {user}",
        "Ask for {action} in your IAM policy; a condition on ec2:osuser may limit the users.",
    ),
    "EC2InstanceNotFoundException": (
        "EC2 Instance Connect finds no instance {node} in this account and Region",
        "Check the id, the account and the Region.",
    ),
    "EC2InstanceStateInvalidException": (
        "EC2 Instance Connect takes no key for {node}: the instance is not running",
        "Start the instance, then try again.",
    ),
    "EC2InstanceUnavailableException": (
        "EC2 Instance Connect cannot reach {node} right now",
        "Wait a few minutes and try again.",
    ),
    "InvalidArgsException": (
        "EC2 Instance Connect refused the request for {node}: {message}",
        "Check the user's name.",
    ),
    "ServiceException": ("EC2 Instance Connect failed: {message}", "Try again."),
}
"""By modelled error: what happened, and what helps. The others (AccessDeniedException, ThrottlingException) are
common to all services."""


class InstanceConnectAdapter:
    """EC2 Instance Connect in one place. Implements `InstanceConnectAws`.

    Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action.
    """

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def push_key(self, node_id: str, user: str, public_key: str) -> None:
        """ec2-instance-connect:SendSSHPublicKey: the user may log in with the key for a minute."""
        try:
            answer = self._calls.call(
                _SEND_KEY,
                "send_ssh_public_key",
                InstanceId=node_id,
                InstanceOSUser=user,
                SSHPublicKey=public_key,
            )
        except AwsCallFailed as failed:
            raise _worded(failed, node_id, user) from failed
        if answer.get("Success") is not True:
            raise self._calls.odd_answer(_SEND_KEY, f"AWS did not accept the key for {node_id}.")

    def connect_target(self, node_id: str) -> ConnectTarget | None:
        """ec2:DescribeInstances by filter; None for an id that is unknown here."""
        for reservation in self._calls.by_filter("ec2:DescribeInstances", "instance-id", [node_id]):
            for entry in mappings(reservation.get("Instances")):
                if text(entry, "InstanceId") == node_id:
                    return _target(entry)
        return None

    def connect_endpoints(self, vpc_id: str) -> list[ConnectEndpoint]:
        """ec2:DescribeInstanceConnectEndpoints of a VPC, in AWS's order, whatever their state."""
        found = self._calls.by_filter("ec2:DescribeInstanceConnectEndpoints", "vpc-id", [vpc_id])
        return [_endpoint(entry) for entry in found if text(entry, "InstanceConnectEndpointId")]

    def tunnel_address(self, way: EndpointWay, port: int, seconds: int) -> TunnelAddress:
        """Sign the URL that opens one tunnel; it is valid for a minute. Makes no AWS call.

        `seconds` is always sent: a policy that limits maxTunnelDuration denies a request without it. Raises `NoWay` if
        FIPS is demanded and the endpoint offers none.
        """
        connection = self._calls.connection
        opened = connection.renewed(_OPEN_TUNNEL)
        session = opened.session
        host = host_of(
            way.endpoint,
            fips=_is_set(session.get_config_variable("use_fips_endpoint")),
            dual_stack=_is_set(session.get_config_variable("use_dualstack_endpoint")),
        )
        # The demo's endpoint is on this machine, without TLS; a host of AWS is always reached by TLS.
        with connection.faults_of(opened, _OPEN_TUNNEL):
            plain = {_host(f"//{host}"), _host(connection.endpoint_url("ec2"))} <= _THIS_MACHINE
        query = {
            "instanceConnectEndpointId": way.endpoint.endpoint_id,
            "remotePort": port,
            "privateIpAddress": way.address,
            "maxTunnelDuration": seconds,
        }
        url = f"{'ws' if plain else 'wss'}://{host}/openTunnel?{urlencode(query)}"
        with connection.faults_of(opened, _OPEN_TUNNEL):
            signed = _presigned(opened, url, host)
        KNOWN_SECRETS.learn(*parse_qs(urlsplit(signed).query).get("X-Amz-Signature", []))
        try:
            tls = None if plain else trusted_by(session).context()
        except BundleTrouble as trouble:
            raise self._calls.failed(FaultKind.CERTIFICATE, _OPEN_TUNNEL, f"{trouble}.") from None
        return TunnelAddress(signed, tls, "" if plain else proxy_for(url), f"smtui/{smtui.__version__}")


def _presigned(opened: Opened, url: str, host: str) -> str:
    """The URL with its signature in the query; of the headers only `host` is signed."""
    from botocore.signers import RequestSigner

    model = opened.session.get_service_model(_SERVICE)
    signer = RequestSigner(
        model.service_id,
        opened.region,
        model.signing_name,
        model.signature_version,
        opened.credentials,
        opened.session.get_component("event_emitter"),
    )
    request = {
        "method": "GET",
        "url": url,
        "url_path": "/",
        "query_string": "",
        "headers": {"host": host},
        "body": {},
        "context": {},
    }
    return str(signer.generate_presigned_url(request, operation_name="openTunnel", expires_in=_URL_SECONDS))


def _is_set(value: object) -> bool:
    """botocore gives booleans as it found them: of the environment and of files as text."""
    return value is True or str(value).strip().lower() == "true"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _worded(failed: AwsCallFailed, node_id: str, user: str) -> AwsCallFailed:
    """The failure of a push in words that name the instance, for AWS's modelled errors."""
    fault = failed.fault
    words = _SAYS.get(fault.code) or (_SAYS["AuthException"] if fault.kind is FaultKind.DENIED else None)
    if words is None:
        return failed
    names = {"action": _SEND_KEY, "node": node_id, "user": user, "message": fault.message or fault.code}
    says, advice = (sentence.format(**names) for sentence in words)
    return AwsCallFailed(replace(fault, says=says, advice=advice))


def _target(entry: Mapping[str, Any]) -> ConnectTarget:
    addresses = [address for face in mappings(entry.get("NetworkInterfaces")) for address in _ipv6(face)]
    return ConnectTarget(
        node_id=text(entry, "InstanceId"),
        state=text(mapping(entry.get("State")), "Name"),
        vpc_id=text(entry, "VpcId"),
        subnet_id=text(entry, "SubnetId"),
        zone=text(mapping(entry.get("Placement")), "AvailabilityZone"),
        private_ip=text(entry, "PrivateIpAddress"),
        ipv6=next(filter(None, (text(entry, "Ipv6Address"), *addresses)), ""),
    )


def _ipv6(face: Mapping[str, Any]) -> tuple[str, ...]:
    return each_text(face.get("Ipv6Addresses"), "Ipv6Address")


def _endpoint(entry: Mapping[str, Any]) -> ConnectEndpoint:
    dual = mapping(mapping(entry.get("PublicDnsNames")).get("Dualstack"))
    return ConnectEndpoint(
        endpoint_id=text(entry, "InstanceConnectEndpointId"),
        state=text(entry, "State"),
        vpc_id=text(entry, "VpcId"),
        subnet_id=text(entry, "SubnetId"),
        dns_name=text(entry, "DnsName"),
        fips_dns_name=text(entry, "FipsDnsName"),
        dual_stack_dns_name=text(dual, "DnsName"),
        dual_stack_fips_dns_name=text(dual, "FipsDnsName"),
        address_type=text(entry, "IpAddressType"),
    )
