"""EC2 Instance Connect: what is sent, each modelled error as a sentence, and the signed URL of a tunnel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.loaders import Loader
from botocore.session import Session
from botocore.signers import RequestSigner
from botocore.stub import Stubber

from smtui.aws.actions.instance_connect_adapter import InstanceConnectAdapter
from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.wire.http_server import HttpRequest
from smtui.demo.wire.signature import KeyPair, SignatureVerifier
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.domain.text import masked
from smtui.ssh.endpoint_choice import ConnectEndpoint, ConnectTarget, EndpointWay, NoWay, choose_way
from smtui.ssh.ephemeral_key import ephemeral_key
from tests.aws.evidence_support import fault_of
from tests.demo.support import quiet_region

KEY = f"ssh-ed25519 {'A' * 68} smtui"
ENDPOINT = ConnectEndpoint(
    "eice-0123456789abcdef0", "create-complete", "vpc-1", "subnet-1", "eice.example.amazonaws.com"
)
TARGET = ConnectTarget("i-0123456789abcdef0", "running", "vpc-1", "subnet-1", private_ip="10.0.1.10")
WAY = EndpointWay(ENDPOINT, TARGET, "10.0.1.10")
ERRORS = {
    error["shape"]: error["shape"]
    for error in Loader().load_service_model("ec2-instance-connect", "service-2")["operations"]["SendSSHPublicKey"][
        "errors"
    ]
}


def adapter_of(places: BotoPlaces) -> InstanceConnectAdapter:
    return places.instance_connect_at(Place())


@pytest.fixture
def adapter() -> InstanceConnectAdapter:
    return adapter_of(BotoPlaces(FixedAccess("http://127.0.0.1:9", "AKID", "secret", "eu-west-1")))


@pytest.fixture
def stub(adapter: InstanceConnectAdapter) -> Iterator[Callable[[str], Stubber]]:
    connection, made = adapter._calls.connection, []

    def of(service: str) -> Stubber:
        made.append(Stubber(connection.client(connection.opened(), service)))
        made[-1].activate()
        return made[-1]

    yield of
    for each in made:
        each.assert_no_pending_responses()


def test_a_key_is_pushed(adapter: InstanceConnectAdapter, stub: Callable[[str], Stubber]) -> None:
    asked = {"InstanceId": TARGET.node_id, "InstanceOSUser": "ec2-user", "SSHPublicKey": KEY}
    stub("ec2-instance-connect").add_response("send_ssh_public_key", {"RequestId": "r", "Success": True}, asked)
    adapter.push_key(TARGET.node_id, "ec2-user", KEY)


def test_an_answer_without_success_is_a_fault(adapter: InstanceConnectAdapter, stub: Callable[[str], Stubber]) -> None:
    stub("ec2-instance-connect").add_response("send_ssh_public_key", {"RequestId": "r", "Success": False})
    assert "did not accept" in fault_of(lambda: adapter.push_key(TARGET.node_id, "ec2-user", KEY)).sentence()


KINDS = {
    "AuthException": FaultKind.DENIED,
    "InvalidArgsException": FaultKind.INVALID_REQUEST,
    "ServiceException": FaultKind.SERVICE,
    "ThrottlingException": FaultKind.THROTTLED,
    "EC2InstanceNotFoundException": FaultKind.INVALID_TARGET,
    "EC2InstanceStateInvalidException": FaultKind.INVALID_TARGET,
    "EC2InstanceUnavailableException": FaultKind.SERVICE,
    "AccessDeniedException": FaultKind.DENIED,
}


def test_every_modelled_error_is_known() -> None:
    assert set(ERRORS) <= set(KINDS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_each_error_is_a_sentence(adapter: InstanceConnectAdapter, stub: Callable[[str], Stubber], code: str) -> None:
    pushing = stub("ec2-instance-connect")
    for _ in range(3):  # a passing failure is tried again
        pushing.add_client_error("send_ssh_public_key", code, "words of AWS")
    fault = fault_of(lambda: adapter.push_key(TARGET.node_id, "ec2-user", KEY))
    pushing._queue.clear()
    assert (fault.kind, fault.action) == (KINDS[code], "ec2-instance-connect:SendSSHPublicKey")
    assert fault.sentence().endswith(".")
    if code not in ("ThrottlingException", "ServiceException"):
        assert TARGET.node_id in fault.sentence()
        assert fault.advice
    if fault.kind is FaultKind.DENIED:
        assert "ec2-instance-connect:SendSSHPublicKey" in fault.advice


def test_endpoints_of_a_vpc(adapter: InstanceConnectAdapter, stub: Callable[[str], Stubber]) -> None:
    full = {
        "InstanceConnectEndpointId": "eice-1",
        "State": "create-complete",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "DnsName": "one.example",
        "FipsDnsName": "fips.example",
        "IpAddressType": "dualstack",
        "PublicDnsNames": {"Dualstack": {"DnsName": "dual.example", "FipsDnsName": "dual-fips.example"}},
    }
    bare = {"InstanceConnectEndpointId": "eice-2", "State": "create-failed"}
    asked = {"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}]}
    ec2 = stub("ec2")
    ec2.add_response(
        "describe_instance_connect_endpoints", {"InstanceConnectEndpoints": [full], "NextToken": "more"}, asked
    )
    ec2.add_response(
        "describe_instance_connect_endpoints", {"InstanceConnectEndpoints": [bare, {}]}, {**asked, "NextToken": "more"}
    )
    one, two = adapter.connect_endpoints("vpc-1")
    assert one == ConnectEndpoint(
        "eice-1",
        "create-complete",
        "vpc-1",
        "subnet-1",
        "one.example",
        "fips.example",
        "dual.example",
        "dual-fips.example",
        "dualstack",
    )
    assert two == ConnectEndpoint("eice-2", "create-failed", "", "", "")


def test_a_target_without_ipv4(adapter: InstanceConnectAdapter, stub: Callable[[str], Stubber]) -> None:
    instance = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "Placement": {"AvailabilityZone": "eu-west-1a"},
        "NetworkInterfaces": [{"Ipv6Addresses": [{"Ipv6Address": "2001:db8::10"}]}],
    }
    ec2 = stub("ec2")
    ec2.add_response("describe_instances", {"Reservations": [{"Instances": [instance]}]})
    assert adapter.connect_target("i-1") == ConnectTarget(
        "i-1", "running", "vpc-1", "subnet-1", "eu-west-1a", "", "2001:db8::10"
    )
    ec2.add_response("describe_instances", {"Reservations": []})
    assert adapter.connect_target("i-1") is None


# The signed URL ------------------------------------------------------------------------------------


def places_with_keys(monkeypatch: pytest.MonkeyPatch, **environment: str) -> BotoPlaces:
    keys = {"AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a secret", "AWS_REGION": "eu-west-1"}
    for name, value in {**keys, **environment}.items():
        monkeypatch.setenv(name, value)
    return BotoPlaces()


def query_of(url: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(url).query).items()}


def test_the_url_is_signed_for_the_named_host(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = adapter_of(places_with_keys(monkeypatch, AWS_SESSION_TOKEN="a/token+of=ours"))
    address = adapter.tunnel_address(WAY, 22, 3600)
    parts, query = urlsplit(address.url), query_of(address.url)
    assert (parts.scheme, parts.netloc, parts.path) == ("wss", ENDPOINT.dns_name, "/openTunnel")
    assert address.tls is not None
    assert {name: value for name, value in query.items() if not name.startswith("X-Amz-")} == {
        "instanceConnectEndpointId": ENDPOINT.endpoint_id,
        "remotePort": "22",
        "privateIpAddress": "10.0.1.10",
        "maxTunnelDuration": "3600",
    }
    assert (query["X-Amz-Expires"], query["X-Amz-SignedHeaders"]) == ("60", "host")
    assert query["X-Amz-Credential"].endswith("/eu-west-1/ec2-instance-connect/aws4_request")
    sent = HttpRequest("GET", parts.path, parts.query, (("host", ENDPOINT.dns_name),))
    verifier = SignatureVerifier(KeyPair("ASIAEXAMPLE", "a secret", "a/token+of=ours"), ["eu-west-1"])
    assert verifier.verify_presigned(sent).service == "ec2-instance-connect"
    assert query["X-Amz-Signature"] not in masked(address.url)


def test_the_url_is_the_aws_clis(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same calls of botocore as in eicesigner.py of the AWS CLI v2, on the same clock."""
    import datetime as real

    fixed = real.datetime(2026, 11, 22, 8, 0, tzinfo=real.UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: fixed.replace(tzinfo=None))
    url = adapter_of(places_with_keys(monkeypatch)).tunnel_address(WAY, 22, 600).url
    session = Session()
    session.set_config_variable("region", "eu-west-1")
    model = session.get_service_model("ec2-instance-connect")
    signer = RequestSigner(
        model.service_id,
        session.get_config_variable("region"),
        model.signing_name,
        model.signature_version,
        session.get_credentials(),
        session.get_component("event_emitter"),
    )
    query = (
        f"instanceConnectEndpointId={ENDPOINT.endpoint_id}&remotePort=22&privateIpAddress=10.0.1.10"
        "&maxTunnelDuration=600"
    )
    request = {
        "url": f"wss://{ENDPOINT.dns_name}/openTunnel?{query}",
        "body": {},
        "headers": {"host": ENDPOINT.dns_name},
        "method": "GET",
        "query_string": "",
        "url_path": "/",
        "context": {},
    }
    assert url == signer.generate_presigned_url(request_dict=request, operation_name="openTunnel", expires_in=60)


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({"AWS_USE_FIPS_ENDPOINT": "true"}, "fips.example"),
        ({"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "dual.example"),
        ({"AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": "False"}, ENDPOINT.dns_name),
    ],
)
def test_fips_and_dual_stack(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], host: str) -> None:
    endpoint = replace(ENDPOINT, fips_dns_name="fips.example", dual_stack_dns_name="dual.example")
    adapter = adapter_of(places_with_keys(monkeypatch, **environment))
    assert urlsplit(adapter.tunnel_address(replace(WAY, endpoint=endpoint), 22, 60).url).netloc == host


def test_fips_without_a_fips_host(monkeypatch: pytest.MonkeyPatch) -> None:
    adapter = adapter_of(places_with_keys(monkeypatch, AWS_USE_FIPS_ENDPOINT="true"))
    with pytest.raises(NoWay):
        adapter.tunnel_address(WAY, 22, 60)


def test_no_credentials_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    fault = fault_of(lambda: adapter_of(BotoPlaces()).tunnel_address(WAY, 22, 60))
    assert fault.kind is FaultKind.NO_CREDENTIALS


def test_only_the_demo_goes_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    here = replace(WAY, endpoint=replace(ENDPOINT, dns_name="127.0.0.1:9"))
    demo = adapter_of(BotoPlaces.fixed("http://127.0.0.1:8", "AKID", "secret", "eu-west-1"))
    assert demo.tunnel_address(here, 22, 60).url.startswith("ws://127.0.0.1:9/openTunnel?")
    assert demo.tunnel_address(WAY, 22, 60).url.startswith("wss://")
    real = adapter_of(places_with_keys(monkeypatch))
    assert real.tunnel_address(here, 22, 60).url.startswith("wss://127.0.0.1:9/")


def test_the_proxy_of_calls_is_the_tunnels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    adapter = adapter_of(places_with_keys(monkeypatch))
    assert adapter.tunnel_address(WAY, 22, 60).proxy == "http://proxy.example:3128"
    monkeypatch.setenv("NO_PROXY", "amazonaws.com")
    assert adapter.tunnel_address(WAY, 22, 60).proxy == ""


# Against two other AWS -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with quiet_region(demo_fleet()) as running:
        yield running


def of_region(region: SimulatedRegion) -> InstanceConnectAdapter:
    return adapter_of(
        BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    )


def node_id(region: SimulatedRegion, name: str) -> str:
    return next(node.node_id for node in region._fleet.story if node.name == name)


def way_to(adapter: InstanceConnectAdapter, target: str) -> EndpointWay:
    found = adapter.connect_target(target)
    assert found is not None
    return choose_way(adapter.connect_endpoints(found.vpc_id), found)


def test_the_way_to_a_node_of_the_demo(region: SimulatedRegion) -> None:
    adapter = of_region(region)
    way = way_to(adapter, node_id(region, "no-nat-1"))
    assert (way.address, way.same_subnet, way.endpoint.dns_name) == ("10.103.1.10", True, "127.0.0.1:9")
    assert not way_to(adapter, node_id(region, "web-1")).same_subnet
    with pytest.raises(NoWay, match="create-failed"):
        way_to(adapter, node_id(region, "no-egress-1"))
    with pytest.raises(NoWay, match="no EC2 Instance Connect Endpoint"):
        way_to(adapter, node_id(region, "vpc-dns-off-1"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("web-1", None),
        ("stopped-1", FaultKind.INVALID_TARGET),
        ("impaired-1", FaultKind.SERVICE),
        ("unknown", FaultKind.INVALID_TARGET),
    ],
)
def test_pushing_to_nodes_of_the_demo(region: SimulatedRegion, name: str, kind: FaultKind | None) -> None:
    adapter = of_region(region)
    target = node_id(region, name) if name != "unknown" else "i-0ffffffffffffffff"
    with ephemeral_key() as pair:
        if kind is None:
            adapter.push_key(target, "ec2-user", pair.public)
        else:
            assert fault_of(lambda: adapter.push_key(target, "ec2-user", pair.public)).kind is kind


def test_a_denied_push_names_the_permission(region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ec2-instance-connect:SendSSHPublicKey"]})
    try:
        fault = fault_of(lambda: of_region(region).push_key(node_id(region, "web-1"), "ec2-user", KEY))
    finally:
        region.faults.apply({"reset": True})
    assert fault.kind is FaultKind.DENIED
    assert fault.advice.startswith("Ask for ec2-instance-connect:SendSSHPublicKey")


def test_moto_accepts_a_key() -> None:
    moto = pytest.importorskip("moto.server")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        places = BotoPlaces.fixed(f"http://{host}:{port}", "AKID", "secret", "eu-west-1")
        with ephemeral_key() as pair:
            adapter_of(places).push_key(TARGET.node_id, "ec2-user", pair.public)
    finally:
        server.stop()


def test_unexpected_types_give_empty_values() -> None:
    from smtui.aws.actions.instance_connect_adapter import _endpoint, _target

    nonsense: dict[str, Any] = {"InstanceId": 5, "State": [], "NetworkInterfaces": "x", "PublicDnsNames": 7}
    assert _endpoint(nonsense) == ConnectEndpoint("", "", "", "", "")
    assert _target(nonsense) == ConnectTarget("", "", "", "")
