"""Calls, data channel and checks go the same way: over real TLS with a private authority, and through real proxies."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from botocore.httpsession import get_cert_path

from smtui.aws.places import BotoPlaces
from smtui.aws.plugin_calls import CallRefused, PluginCalls
from smtui.aws.proxy_and_trust import BundleTrouble, Trust, forget_empty_variables, trusted
from smtui.channel.transport import ChannelRefused
from smtui.channel.websocket import dial
from smtui.diagnosis.check_result import CheckStatus
from smtui.diagnosis.checks.local_checks import CHECKS
from smtui.diagnosis.evidence.reading import Seen
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from smtui.topics.next_step import after_fault
from tests.diagnosis.build import only_here

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{"Status":"connected"}'
KEYS = "region = eu-west-1\naws_access_key_id = AKID\naws_secret_access_key = s\n"
Config = Callable[[str], None]


@dataclass
class Private:
    """An authority of one's own, and what a server of its needs."""

    authority: Path
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Private:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now, folder = datetime.now(UTC), tmp_path_factory.mktemp("authority")

    def named(name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])

    def certificate(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        built = x509.CertificateBuilder(named("smtui test authority"), named(subject), key.public_key(), 1000)
        return built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))

    theirs, ours = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("smtui test authority", theirs)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    names = x509.SubjectAlternativeName([x509.DNSName("ssm.test"), x509.IPAddress(ip_address("127.0.0.1"))])
    leaf = certificate("ssm.test", ours).add_extension(names, critical=False)
    authority, both = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(root.sign(theirs, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    key = ours.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both.write_bytes(key + leaf.sign(theirs, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return Private(authority, context)


@dataclass
class Listener:
    """On loopback: TLS and the answer of GetConnectionStatus; as a proxy, after CONNECT, the same or a refusal."""

    port: int
    asked: list[str] = field(default_factory=list)
    """The first line of each connection's request; empty where TLS failed before."""
    refusal: bytes = b""
    is_proxy: bool = False


@pytest.fixture
def listener(private: Private) -> Iterator[Listener]:
    server = socket.create_server(("127.0.0.1", 0))
    told = Listener(int(server.getsockname()[1]))

    def serve_one(plain: socket.socket) -> None:
        if told.is_proxy:
            told.asked.append(plain.recv(4096).partition(b"\r\n")[0].decode())
            plain.sendall(told.refusal or b"HTTP/1.1 200 Connection established\r\n\r\n")
            if told.refusal:
                return
        else:
            told.asked.append("")
        with private.context.wrap_socket(plain, server_side=True) as tls:
            request = tls.recv(65536)
            while request.startswith(b"POST") and not request.endswith(b"}"):
                request += tls.recv(65536)
            told.asked.append(request.partition(b"\r\n")[0].decode())
            tls.sendall(ANSWER)

    def serve() -> None:
        with suppress(OSError):
            while True:
                plain, _ = server.accept()
                plain.settimeout(20)
                with plain, suppress(OSError):
                    serve_one(plain)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield told
    with suppress(OSError):
        server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(60)


@pytest.fixture
def direct(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"https://127.0.0.1:{listener.port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    return url


@pytest.fixture
def proxied(listener: Listener, monkeypatch: pytest.MonkeyPatch, private: Private, config: Config) -> Listener:
    """The listener as the proxy on the way to https://ssm.test, whose authority is trusted."""
    listener.is_proxy = True
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://ssm.test")
    config(f"[profile p]\n{KEYS}ca_bundle = {private.authority}\n")
    return listener


def status() -> str:
    return BotoPlaces().at(Place("p")).connection_status("i-1").status.value


def failed() -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        status()
    return raised.value.fault


def doctor(url: str) -> tuple[CheckStatus, str, str]:
    """Status, finding and topic of the check of this machine's way, from a real connection."""
    reach = Seen(BotoPlaces().evidence_at(Place("p")).reach(url))
    check = next(check for check in CHECKS if check.code == "local.endpoints")
    result = check.result(only_here(reach_ssm=reach, reach_ssmmessages=reach))
    assert result is not None
    return result.status, result.finding, result.topic


def websocket(url: str) -> str:
    """What the plugin's connection fails with; the listener knows no websockets, and says 200."""

    async def connect() -> None:
        calls = PluginCalls("p", "eu-west-1", url, {})
        url_of_stream = url.replace("https", "wss")
        await dial(url_of_stream, {}, user_agent="t", tls=calls.tls_context(), proxy=calls.proxy_for(url_of_stream))

    with pytest.raises(ChannelRefused) as refused:
        asyncio.run(connect())
    return str(refused.value)


REACHED = "the service refused the connection with HTTP status 200"


@pytest.mark.parametrize("chosen", ["ca_bundle", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_counts_for_all_three(
    direct: str, private: Private, config: Config, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    config(f"[profile p]\n{KEYS}" + (f"ca_bundle = {private.authority}\n" if chosen == "ca_bundle" else ""))
    if chosen != "ca_bundle":
        monkeypatch.setenv(chosen, str(private.authority))
    calls = PluginCalls("p", "eu-west-1", direct, {chosen: str(private.authority)} if chosen != "ca_bundle" else {})
    assert status() == "connected"
    assert doctor(direct)[0] is CheckStatus.PASS
    assert [authority["serialNumber"] for authority in calls.tls_context().get_ca_certs()] == ["03E8"]


def test_a_certificate_that_is_not_trusted_is_named_as_such_and_not_tried_again(
    direct: str, listener: Listener, config: Config
) -> None:
    config(f"[profile p]\n{KEYS}")
    fault = failed()
    assert fault.kind is FaultKind.CERTIFICATE
    assert fault.sentence() == (
        "The certificate of 127.0.0.1 is not trusted here: unable to get local issuer certificate."
    )
    assert "ca_bundle" in after_fault(fault)
    assert not fault.may_be_done
    assert len(listener.asked) == 1
    assert websocket(direct) == (
        "the certificate of 127.0.0.1 is not trusted here: unable to get local issuer certificate"
    )
    found, finding, topic = doctor(direct)
    assert (found, topic) == (CheckStatus.FAIL, "untrusted-certificate")
    assert "The certificate of 127.0.0.1 is not trusted here: unable to get local issuer certificate." in finding
    assert len(listener.asked) == 3
    with pytest.raises(CallRefused, match="ssm:ResumeSession is not possible: The certificate of 127"):
        PluginCalls("p", "eu-west-1", direct, {}).resume_session("s-1")
    assert len(listener.asked) == 4


@pytest.mark.parametrize(
    ("content", "why"),
    [(None, "No such file or directory"), ("no certificate", "it holds no certificate")],
)
def test_a_bundle_that_cannot_be_used_is_named(config: Config, tmp_path: Path, content: str | None, why: str) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    config(f"[profile p]\n{KEYS}ca_bundle = {bundle}\n")
    fault, says = failed(), f"The certificates of ca_bundle of the profile cannot be read: {bundle}: {why}"
    assert (fault.kind, fault.sentence()) == (FaultKind.BROKEN_CONFIG, f"{says}.")
    with pytest.raises(CallRefused, match=f"cannot be read: {bundle}: {why}"):
        PluginCalls("p", "eu-west-1", "", {}).tls_context()


def test_an_empty_bundle_is_named() -> None:
    with pytest.raises(BundleTrouble, match=r"^ca_bundle of the profile is empty$"):
        trusted({}, lambda: " ").context()


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2])
def test_the_data_channel_takes_no_tls_older_than_1_2(private: Private, newest: ssl.TLSVersion) -> None:
    calls = PluginCalls("p", "eu-west-1", "https://localhost:1", {"AWS_CA_BUNDLE": str(private.authority)})
    serving = old_server(private, newest)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = calls.tls_context().wrap_bio(to_client, to_server, server_hostname="ssm.test")
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    if newest < ssl.TLSVersion.TLSv1_2:
        with pytest.raises(ssl.SSLError, match=r"(?i)protocol|version"):
            shake_hands(client, server)
    else:
        shake_hands(client, server)
        assert client.version() == "TLSv1.2"


def old_server(private: Private, newest: ssl.TLSVersion) -> ssl.SSLContext:
    """A server that speaks TLS 1.1 too, which OpenSSL by itself no longer does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(private.authority.with_name("server.pem"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = newest
    return context


def shake_hands(*ends: ssl.SSLObject) -> None:
    """Let each end have its turn until both are done; raises what either raises."""
    waiting = list(ends)
    for _ in range(20):
        for end in list(waiting):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                waiting.remove(end)
        if not waiting:
            return
    raise AssertionError("the handshake does not come to an end")


def test_without_a_choice_the_authorities_are_botocores_own() -> None:
    assert trusted({}, lambda: None) == Trust(str(get_cert_path(True)))


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_proxy_with_or_without_its_scheme_is_used_by_all_three(
    proxied: Listener, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}127.0.0.1:{proxied.port}")
    assert status() == "connected"
    assert doctor("https://ssm.test")[0] is CheckStatus.PASS
    assert websocket("https://ssm.test") == REACHED
    assert [line[:20] for line in proxied.asked if line.startswith("CONNECT")] == ["CONNECT ssm.test:443"] * 3


@pytest.mark.parametrize(
    ("login", "status_line", "says"),
    [
        ("", "407 Proxy Authentication Required", "asks for a user and password (407 Proxy Authentication Required)"),
        ("me:pass-word@", "407 No", "does not accept the user and password that it was given (407 No)"),
        ("", "403 Forbidden", "refuses the connection: 403 Forbidden"),
    ],
)
def test_a_proxy_that_refuses_says_the_same_everywhere_and_is_asked_once(
    proxied: Listener, monkeypatch: pytest.MonkeyPatch, login: str, status_line: str, says: str
) -> None:
    proxied.refusal = f"HTTP/1.1 {status_line}\r\nContent-Length: 0\r\n\r\n".encode()
    monkeypatch.setenv("HTTPS_PROXY", f"http://{login}127.0.0.1:{proxied.port}")
    sentence = f"The proxy http://{'***@' if login else ''}127.0.0.1:{proxied.port} {says}."
    fault = failed()
    assert (fault.kind, fault.sentence()) == (FaultKind.UNREACHABLE, sentence)
    assert len(proxied.asked) == 1
    assert not fault.may_be_done
    found, finding, _ = doctor("https://ssm.test")
    assert found is CheckStatus.FAIL
    assert f"{sentence} {fault.advice}" in finding
    assert websocket("https://ssm.test") == f"{sentence} {fault.advice}"
    assert "pass-word" not in f"{fault}{finding}"


def test_a_socks_proxy_is_refused_by_name(proxied: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    monkeypatch.setenv("HTTPS_PROXY", f"socks5://me:pass-word@127.0.0.1:{proxied.port}")
    named = f"socks5://***@127.0.0.1:{proxied.port} is a SOCKS proxy, which is not supported by"
    assert failed().sentence() == f"{named} botocore, which calls AWS for smtui."
    assert named in doctor("https://ssm.test")[1]
    assert websocket("https://ssm.test").startswith(f"{named} smtui's own plugin.")
    assert proxied.asked == []


def test_a_proxy_that_is_not_there_is_named(proxied: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"me:pass-word@127.0.0.1:{port}")
    fault = failed()
    assert fault.sentence() == f"The proxy http://***@127.0.0.1:{port} cannot be reached: it refuses the connection."
    assert "pass-word" not in repr(fault)


def test_empty_variables_go_but_those_of_the_aws_cli() -> None:
    environ = {"AWS_REGION": "", "AWS_PROFILE": " ", "AWS_PAGER": "", "AWS_CA_BUNDLE": "x", "HTTPS_PROXY": ""}
    forget_empty_variables(environ)
    assert environ == {"AWS_PAGER": "", "AWS_CA_BUNDLE": "x", "HTTPS_PROXY": ""}
