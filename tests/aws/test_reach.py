"""One connection from here: to a listener, through a proxy, to nothing, and to those that cannot be trusted."""

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

from smtui.aws import reach
from smtui.aws.reach import connect, proxy_for
from smtui.domain.evidence.local import Reach

Talk = Callable[[socket.socket], None]
Listen = Callable[[Talk], int]


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
        thread.join(5)


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
def bundle() -> str:
    from botocore.httpsession import get_cert_path

    return str(get_cert_path(True))


def test_a_listener_is_reached(listen: Listen, bundle: str) -> None:
    found = connect(f"http://127.0.0.1:{listen(lambda _: None)}", "", bundle)
    assert (found.trouble, found.proxy) == ("", "")
    assert 0 < found.seconds < 5


def test_tls_is_part_of_it(listen: Listen, certificate: Path) -> None:
    assert connect(f"https://127.0.0.1:{listen(over_tls(certificate))}", "", str(certificate)).trouble == ""


def test_a_certificate_of_nobody(listen: Listen, certificate: Path, bundle: str) -> None:
    trouble = connect(f"https://127.0.0.1:{listen(over_tls(certificate))}", "", bundle).trouble
    assert trouble.startswith("The certificate that 127.0.0.1 shows is not trusted: self")
    assert trouble.endswith(".")


def test_no_tls_where_there_should_be(listen: Listen, bundle: str) -> None:
    port = listen(lambda one: one.sendall(b"SSH-2.0-nothing\r\n"))
    assert connect(f"https://127.0.0.1:{port}", "", bundle).trouble.startswith("The connection to 127.0.0.1 failed: ")


def test_nobody_listens(bundle: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert connect(f"http://127.0.0.1:{port}", "", bundle).trouble == "127.0.0.1 refuses the connection."


def test_a_name_of_nobody(bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    trouble = connect("https://ssm.example.invalid", "", bundle).trouble
    assert trouble == "The name ssm.example.invalid cannot be resolved."


def test_one_that_never_speaks(listen: Listen, bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "TIMEOUT", 0.2)
    done = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        done.wait(5)

    port = listen(say_nothing)
    trouble = connect(f"https://127.0.0.1:{port}", "", bundle).trouble
    done.set()
    assert trouble.startswith("127.0.0.1 did not answer within")


def test_a_port_that_is_none(bundle: str) -> None:
    assert connect("https://127.0.0.1:seven", "", bundle).trouble


def test_a_bundle_that_is_not_there(listen: Listen, tmp_path: Path) -> None:
    trouble = connect(f"https://127.0.0.1:{listen(lambda _: None)}", "", str(tmp_path / "none.pem")).trouble
    assert "No such file" in trouble


def test_through_a_proxy(listen: Listen, certificate: Path) -> None:
    asked: list[bytes] = []
    port = listen(proxy(b"HTTP/1.1 200 Connection established\r\n\r\n", asked, over_tls(certificate)))
    found = connect("https://127.0.0.1", f"http://jo:p%40ss@127.0.0.1:{port}", str(certificate))
    assert (found.trouble, found.proxy) == ("", f"127.0.0.1:{port}")
    assert asked[0].startswith(b"CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\n")
    assert b"Proxy-Authorization: Basic am86cEBzcw==\r\n" in asked[0]


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b""])
def test_a_proxy_that_refuses(listen: Listen, bundle: str, answer: bytes) -> None:
    port = listen(proxy(answer, []))
    found = connect("https://ssm.eu-west-1.amazonaws.com", f"http://jo:secret@127.0.0.1:{port}", bundle)
    said = answer.partition(b"\r\n")[0].decode() or "nothing"
    assert found.trouble == f"The proxy 127.0.0.1:{port} answered: {said}."
    assert "secret" not in repr(found)


def test_a_proxy_that_is_not_there(bundle: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    found = connect("https://ssm.eu-west-1.amazonaws.com", f"127.0.0.1:{port}", bundle)
    assert (found.trouble, found.proxy) == ("127.0.0.1 refuses the connection.", f"127.0.0.1:{port}")


def test_plain_http_through_a_proxy_needs_no_tunnel(listen: Listen, bundle: str) -> None:
    port = listen(lambda _: None)
    assert connect("http://aws.example.invalid", f"http://127.0.0.1:{port}", bundle).trouble == ""


def test_which_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", ".internal.example")
    assert proxy_for("https://ssm.eu-west-1.amazonaws.com", None) == "http://proxy.example:3128"
    assert proxy_for("https://ssm.internal.example", None) == ""
    assert proxy_for("https://ssm.eu-west-1.amazonaws.com", {}) == ""


@pytest.mark.parametrize(
    ("url", "proxy", "trouble"),
    [
        ("https://node.invalid", "http://user:sec/ret@proxy:8080", "The address of the proxy cannot be read."),
        ("https://node.invalid", "http://proxy:sec", "The address of the proxy cannot be read."),
        ("https://node.invalid", "http://[sec", "The address of the proxy cannot be read."),
        ("https://node.invalid", "http://:8080", "The address of the proxy cannot be read."),
        ("https://[node", "", "The address of the endpoint cannot be read."),
        ("https://node:port", "", "The address of the endpoint cannot be read."),
    ],
)
def test_an_address_that_cannot_be_read_is_told_without_its_words(url: str, proxy: str, trouble: str) -> None:
    told = connect(url, proxy, "")
    assert told == Reach(url, 0.0, trouble)
    assert "sec" not in f"{told.trouble}{told.proxy}"
