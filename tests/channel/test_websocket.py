"""Connecting: TLS, proxies, redirects, keep-alive, and what is not logged."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from smtui.channel import websocket
from smtui.channel.connection import CannotConnect, ChannelRefused, ConnectionLost
from smtui.channel.websocket import WebSocketConnection, dial, is_loopback


@asynccontextmanager
async def echo(
    tls: ssl.SSLContext | None = None, answer: Callable[[Request], Response | None] = lambda _: None
) -> AsyncIterator[int]:
    async def handle(connection: ServerConnection) -> None:
        async for frame in connection:
            await connection.send(frame)

    async with serve(
        handle, "127.0.0.1", 0, ssl=tls, process_request=lambda _, request: answer(request), close_timeout=0.1
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for stream.test and localhost, its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stream.test")])
    names = [x509.DNSName("stream.test"), x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_frames_pass_over_tls(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    async with echo(server_tls(certificate)) as port:
        connection = await dial(f"wss://localhost:{port}/", {}, user_agent="test", tls=trusting)
        await connection.send(b"\x00frame")
        assert await connection.receive() == b"\x00frame"
        await connection.send("text")
        assert await connection.receive() == b"text"
        connection.hang_up()


async def test_an_untrusted_certificate_is_no_connection(certificate: Path) -> None:
    async with echo(server_tls(certificate)) as port:
        with pytest.raises(CannotConnect, match="certificate"):
            await dial(f"wss://localhost:{port}/", {}, user_agent="test")


async def test_a_proxy_of_the_environment_is_used(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    async with echo(server_tls(certificate)) as port, connect_proxy(port) as (proxy, asked):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        connection = await dial("wss://stream.test/", {}, user_agent="test", tls=trusting)
        await connection.send(b"through")
        assert await connection.receive() == b"through"
        connection.hang_up()
        assert asked == ["CONNECT stream.test:443 HTTP/1.1"]


async def test_loopback_is_never_proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with echo() as port:
        (await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")).hang_up()


async def test_redirects_are_not_followed() -> None:
    async with echo() as port:
        elsewhere = Headers(Location=f"ws://127.0.0.1:{port}/")
        async with echo(answer=lambda _: Response(302, "Found", elsewhere)) as first:
            with pytest.raises(ChannelRefused, match="302"):
                await dial(f"ws://127.0.0.1:{first}/", {}, user_agent="test")


@pytest.mark.parametrize(("status", "raised"), [(403, ChannelRefused), (503, CannotConnect)])
async def test_an_http_answer_is_a_refusal_or_trouble(status: int, raised: type[Exception]) -> None:
    async with echo(answer=lambda _: Response(status, "No", Headers())) as port:
        with pytest.raises(raised, match=str(status)):
            await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")


async def test_the_given_headers_are_sent() -> None:
    seen: list[Headers] = []

    def look(request: Request) -> None:
        seen.append(request.headers)

    async with echo(answer=look) as port:
        (await dial(f"ws://127.0.0.1:{port}/", {"X-Amz-Date": "now"}, user_agent="smtui-plugin/1")).hang_up()
    assert seen[0]["X-Amz-Date"] == "now"
    assert seen[0]["User-Agent"] == "smtui-plugin/1"
    assert "Origin" not in seen[0]
    assert "Sec-WebSocket-Extensions" not in seen[0]


async def test_a_server_that_accepts_and_says_nothing_is_no_connection() -> None:
    async with silent() as port:
        with pytest.raises(CannotConnect, match="no connection within"):
            await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test", seconds=0.1)


async def test_a_connection_that_answers_no_ping_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "KEEPALIVE_SECONDS", 0.05)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.05)
    stopped = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await stopped.wait()

    async with serve(freeze, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionLost):
                await connection.receive()
        stopped.set()


async def test_a_connection_that_answers_pings_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "KEEPALIVE_SECONDS", 0.02)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 1.0)
    async with echo() as port:
        connection = await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await connection.receive()
        await connection.send(b"alive")
        assert await connection.receive() == b"alive"
        connection.hang_up()


async def test_no_frame_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connections: list[WebSocketConnection] = []

    async def take(websocket_: ServerConnection) -> None:
        connections.append(WebSocketConnection(websocket_))
        await connections[0].receive()

    async with serve(take, "127.0.0.1", 0, logger=websocket.wire_log, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://127.0.0.1:{port}/", {"Authorization": "s3cret"}, user_agent="test")
        await connection.send("s3cret")
        with pytest.raises(ConnectionLost):
            await connection.receive()
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "127.0.0.1.example", "128.0.0.1", "localhost.example", "127.1", "::2", "0.0.0.0"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


@asynccontextmanager
async def connect_proxy(target: int) -> AsyncIterator[tuple[int, list[str]]]:
    """A proxy that leads every CONNECT to one local port."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.decode().splitlines()[0])
        there, back = await asyncio.open_connection("127.0.0.1", target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pour(reader, back), pour(there, writer))

    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], asked


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
