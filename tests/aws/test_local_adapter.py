"""Credentials, clock and endpoints: read without asking more of AWS than it takes."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies

from smtui.aws import local_adapter as reach
from smtui.aws.local_adapter import connect
from smtui.aws.places import BotoEvidence, BotoPlaces
from smtui.aws.proxy_and_trust import Trust, proxy_for
from smtui.diagnosis.evidence.local_facts import Credentials, Endpoints, Reach
from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller, Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import ACCOUNT, NOW, StubbedAws, fault_of

CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/jo</Arn>"
    "<UserId>AIDA1</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
DENIED = (
    "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired</Message></Error>"
    "</ErrorResponse>"
)
Talk = Callable[[socket.socket], None]
Listen = Callable[[Talk], int]


@pytest.fixture
def evidence(scripted: ScriptedAws) -> BotoEvidence:
    places = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1")
    places._now = lambda: NOW
    return places.evidence_at(Place())


def at_aws(region: str = "") -> BotoEvidence:
    return BotoPlaces().evidence_at(Place(region=region))


def test_the_caller(stubbed: StubbedAws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/jo"
    stubbed.answers("sts", "get_caller_identity", {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDA1"}, {})
    assert stubbed.evidence.caller() == Caller(ACCOUNT, arn, "AIDA1", "eu-west-1")


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("minutes", [0, 12, -12])
def test_any_answer_shows_the_clock(evidence: BotoEvidence, scripted: ScriptedAws, status: int, minutes: int) -> None:
    theirs = (NOW - timedelta(minutes=minutes)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    scripted.answers[:] = [Answer(status, CALLER if status == 200 else DENIED, {"Date": theirs})]
    assert abs(evidence.clock().ahead - 60 * minutes) <= 1


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_that_tells_no_time(evidence: BotoEvidence, scripted: ScriptedAws, date: str) -> None:
    scripted.answers[:] = [Answer(200, CALLER, {"Date": date})]
    assert fault_of(evidence.clock).kind is FaultKind.SERVICE


def test_the_fault_of_a_refusal_that_tells_no_time(stubbed: StubbedAws) -> None:
    stubbed.refuses("sts", "get_caller_identity", "InvalidClientTokenId", status=403)
    assert fault_of(stubbed.evidence.clock).kind is FaultKind.INVALID_CREDENTIALS


@pytest.mark.usefixtures("keys")
def test_keys_of_the_environment_have_no_end() -> None:
    assert at_aws().credentials() == Credentials("env", None)


@pytest.mark.usefixtures("keys")
def test_credentials_that_tell_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
    assert at_aws().credentials() == Credentials("env", end)


@pytest.mark.usefixtures("keys")
def test_credentials_past_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
    assert fault_of(at_aws().credentials).kind is FaultKind.EXPIRED_CREDENTIALS


@pytest.mark.usefixtures("keys")
def test_credentials_that_run_out_while_smtui_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", soon.isoformat())
    evidence = at_aws()
    evidence.credentials()
    later = soon.replace(microsecond=0) + timedelta(hours=2)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", later.isoformat())
    assert evidence.credentials().expires_at == later


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert fault_of(at_aws().credentials).kind is FaultKind.NO_CREDENTIALS


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("eu-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("us-gov-west-1", "amazonaws.com"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_endpoints_of_every_partition(region: str, suffix: str) -> None:
    ssm, messages = (f"https://{service}.{region}.{suffix}" for service in ("ssm", "ssmmessages"))
    assert at_aws(region).endpoints() == Endpoints(region, ssm, messages, is_aws=True, region_in_url=region)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("url", "region_in_url"),
    [
        ("https://ssm.us-east-1.amazonaws.com", "us-east-1"),
        ("https://vpce-0a1b2c3d-4e5f.ssm.us-east-1.vpce.amazonaws.com", "us-east-1"),
        ("https://ssm.us-east-1.api.aws", "us-east-1"),
        ("https://ssm.amazonaws.com", ""),
    ],
)
def test_an_endpoint_of_another_region_is_seen(monkeypatch: pytest.MonkeyPatch, url: str, region_in_url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", url)
    found = at_aws().endpoints()
    assert (found.ssm_url, found.is_aws, found.region, found.region_in_url) == (url, True, "eu-west-1", region_in_url)
    assert found.ssmmessages_url == "https://ssmmessages.eu-west-1.amazonaws.com"


@pytest.mark.usefixtures("keys")
def test_an_endpoint_that_is_not_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://ssm.eu-central-1.example.com:4566"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", url)
    assert at_aws().endpoints() == Endpoints("eu-west-1", url, url, is_aws=False, configured=(("ssm", url),))


@pytest.mark.usefixtures("keys")
def test_a_region_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "https://ssm.eu-west-1.amazonaws.com")
    assert fault_of(at_aws("moon").endpoints).kind is FaultKind.INVALID_REQUEST


def test_no_region(config: Callable[[str], None]) -> None:
    config("")
    assert fault_of(at_aws().endpoints).kind is FaultKind.NO_REGION


def test_reaching_without_a_region_is_reported_not_raised() -> None:
    assert "Region" in at_aws().reach("https://ssm.eu-west-1.amazonaws.com").trouble


def test_reaching(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    found = evidence.reach(scripted.url)
    assert (found.url, found.trouble, found.proxy) == (scripted.url, "", "")
    assert found.seconds < 5


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Start a listener on loopback that talks to each who comes; answers its port."""
    listeners: list[tuple[socket.socket, threading.Thread]] = []

    def start(talk: Talk) -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with suppress(OSError):
                while True:
                    one, _ = listener.accept()
                    with one, suppress(OSError):
                        one.settimeout(5)
                        talk(one)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        listeners.append((listener, thread))
        return int(listener.getsockname()[1])

    yield start
    for listener, thread in listeners:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(60)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody signed but itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    signed = built.sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


def over_tls(certificate: Path) -> Talk:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(one: socket.socket) -> None:
        with context.wrap_socket(one, server_side=True) as tls:
            tls.recv(1)

    return talk


def proxy(answer: bytes, asked: list[bytes], then: Talk = lambda _: None) -> Talk:
    def talk(one: socket.socket) -> None:
        asked.append(one.recv(4096))
        one.sendall(answer)
        then(one)

    return talk


@pytest.fixture
def bundle() -> Trust:
    from botocore.httpsession import get_cert_path

    return Trust(str(get_cert_path(True)))


def test_a_listener_is_reached(listen: Listen, bundle: Trust) -> None:
    found = connect(f"http://127.0.0.1:{listen(lambda _: None)}", "", bundle)
    assert (found.trouble, found.proxy) == ("", "")
    assert 0 < found.seconds < 5


def test_tls_is_part_of_it(listen: Listen, certificate: Path) -> None:
    assert connect(f"https://127.0.0.1:{listen(over_tls(certificate))}", "", Trust(str(certificate))).trouble == ""


def test_a_certificate_of_nobody(listen: Listen, certificate: Path, bundle: Trust) -> None:
    found = connect(f"https://127.0.0.1:{listen(over_tls(certificate))}", "", bundle)
    assert found.trouble.startswith("The certificate of 127.0.0.1 is not trusted here: self")
    assert found.trouble.endswith(".")
    assert found.untrusted


def test_no_tls_where_there_should_be(listen: Listen, bundle: Trust) -> None:
    port = listen(lambda one: one.sendall(b"SSH-2.0-nothing\r\n"))
    assert connect(f"https://127.0.0.1:{port}", "", bundle).trouble.startswith("The connection to 127.0.0.1 failed: ")


def test_nobody_listens(bundle: Trust) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert connect(f"http://127.0.0.1:{port}", "", bundle).trouble == "127.0.0.1 refuses the connection."


def test_a_name_of_nobody(bundle: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    trouble = connect("https://ssm.example.invalid", "", bundle).trouble
    assert trouble == "The name ssm.example.invalid cannot be resolved."


def test_one_that_never_speaks(listen: Listen, bundle: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "TIMEOUT", 0.2)
    done = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        done.wait(60)

    port = listen(say_nothing)
    trouble = connect(f"https://127.0.0.1:{port}", "", bundle).trouble
    done.set()
    assert trouble.startswith("127.0.0.1 did not answer within")


def test_a_port_that_is_none(bundle: Trust) -> None:
    assert connect("https://127.0.0.1:seven", "", bundle).trouble


def test_a_bundle_that_is_not_there(listen: Listen, tmp_path: Path) -> None:
    trouble = connect(
        f"https://127.0.0.1:{listen(lambda _: None)}", "", Trust(str(tmp_path / "none.pem"), "AWS_CA_BUNDLE")
    ).trouble
    assert "No such file" in trouble


def test_through_a_proxy(listen: Listen, certificate: Path) -> None:
    asked: list[bytes] = []
    port = listen(proxy(b"HTTP/1.1 200 Connection established\r\n\r\n", asked, over_tls(certificate)))
    found = connect("https://127.0.0.1", f"http://jo:p%40ss@127.0.0.1:{port}", Trust(str(certificate)))
    assert (found.trouble, found.proxy) == ("", f"http://***@127.0.0.1:{port}")
    assert asked[0].startswith(b"CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\n")
    assert b"Proxy-Authorization: Basic am86cEBzcw==\r\n" in asked[0]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "does not accept the user and password that it was given (407 Proxy Authentication Required). Put them",
        ),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", "refuses the connection: 403 Forbidden. Have the proxy let"),
        (b"", "closed the connection without an answer."),
    ],
)
def test_a_proxy_that_refuses(listen: Listen, bundle: Trust, answer: bytes, trouble: str) -> None:
    port = listen(proxy(answer, []))
    found = connect("https://ssm.eu-west-1.amazonaws.com", f"http://jo:secret@127.0.0.1:{port}", bundle)
    assert found.trouble.startswith(f"The proxy http://***@127.0.0.1:{port} {trouble}")
    assert "secret" not in repr(found)


def test_a_socks_proxy_is_not_tried(bundle: Trust) -> None:
    found = connect("https://ssm.eu-west-1.amazonaws.com", "socks5://jo:secret@proxy.invalid:1080", bundle)
    assert found.trouble.startswith("socks5://***@proxy.invalid:1080 is a SOCKS proxy, which is not supported by smtui")


def test_a_proxy_that_is_not_there(bundle: Trust) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = connect("https://ssm.eu-west-1.amazonaws.com", f"127.0.0.1:{port}", bundle)
    via = f"http://127.0.0.1:{port}"
    assert (found.trouble, found.proxy) == (f"The proxy {via} refuses the connection.", via)


def test_an_https_proxy_is_spoken_to_over_tls(listen: Listen, certificate: Path) -> None:
    asked: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def talk(one: socket.socket) -> None:
        with context.wrap_socket(one, server_side=True) as tls:
            asked.append(tls.recv(4096))
            tls.sendall(b"HTTP/1.1 403 Not this one\r\n\r\n")

    port = listen(talk)
    found = connect("https://ssm.eu-west-1.amazonaws.com", f"https://127.0.0.1:{port}", Trust(str(certificate)))
    assert found.trouble.startswith(f"The proxy https://127.0.0.1:{port} refuses the connection: 403 Not this one.")
    assert asked[0].startswith(b"CONNECT ssm.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n")


def test_plain_http_through_a_proxy_needs_no_tunnel(listen: Listen, bundle: Trust) -> None:
    port = listen(lambda _: None)
    assert connect("http://aws.example.invalid", f"http://127.0.0.1:{port}", bundle).trouble == ""


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({"HTTPS_PROXY": "http://p.test:3128"}, "https://ssm.test", "http://p.test:3128"),
        ({"HTTPS_PROXY": "p.test:3128"}, "https://ssm.test", "http://p.test:3128"),
        ({"HTTPS_PROXY": "//p.test:3128"}, "https://ssm.test", "http://p.test:3128"),
        ({"HTTPS_PROXY": "me:pw@p.test:3128"}, "wss://ssm.test/x", "http://me:pw@p.test:3128"),
        ({"HTTP_PROXY": "http://p.test:3128"}, "https://ssm.test", ""),
        ({"HTTP_PROXY": "http://p.test:3128"}, "http://ssm.test", "http://p.test:3128"),
        ({"ALL_PROXY": "socks5://p.test:1080"}, "https://ssm.test", ""),
        ({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": ".internal.test"}, "https://ssm.internal.test", ""),
        ({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": ".internal.test"}, "wss://m.internal.test/x", ""),
        ({"HTTPS_PROXY": "http://p.test:3128", "NO_PROXY": "*"}, "wss://ssm.test", ""),
        ({}, "https://ssm.test", ""),
    ],
)
def test_calls_checks_and_websocket_take_the_same_proxy_as_botocore(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str, proxy: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == proxy
    if url.startswith("http"):
        theirs = ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url)
        assert (theirs or "") == proxy


@pytest.mark.parametrize(
    ("url", "proxy", "trouble"),
    [
        ("https://node.invalid", "http://user:sec/ret@proxy:8080", "The address of the proxy is not a valid URL."),
        ("https://node.invalid", "http://proxy:sec", "The address of the proxy is not a valid URL."),
        ("https://node.invalid", "http://[sec", "The address of the proxy is not a valid URL."),
        ("https://node.invalid", "http://:8080", "The address of the proxy is not a valid URL."),
        ("https://[node", "", "The address of the endpoint is not a valid URL."),
        ("https://node:port", "", "The address of the endpoint is not a valid URL."),
    ],
)
def test_an_address_that_cannot_be_read_is_reported_without_its_words(url: str, proxy: str, trouble: str) -> None:
    reached = connect(url, proxy, Trust(""))
    assert reached == Reach(url, 0.0, trouble)
    assert "sec" not in f"{reached.trouble}{reached.proxy}"
