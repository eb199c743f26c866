"""Connecting: TLS, proxies, redirects, keep-alive, and what is not logged."""

from __future__ import annotations

import asyncio
import contextlib
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
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from smtui.channel import websocket
from smtui.channel.served_frames import ServedFrames
from smtui.channel.transport import CannotConnect, ChannelRefused, ConnectionLost
from smtui.channel.websocket import WebSocketConnection, dial, is_loopback
from smtui.channel.whole_frames import WholeFrames


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


async def test_an_untrusted_certificate_is_named_as_such_and_not_tried_again(certificate: Path) -> None:
    async with echo(server_tls(certificate)) as port:
        with pytest.raises(ChannelRefused, match=r"^the certificate of localhost is not trusted here: self-signed"):
            await dial(f"wss://localhost:{port}/", {}, user_agent="test", tls=ssl.create_default_context())


async def test_a_certificate_must_be_for_the_name_that_is_connected_to(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    async with echo(server_tls(certificate)) as port, connect_proxy(port) as (proxy, _):
        with pytest.raises(ChannelRefused, match=r"^the certificate of messages\.test is not trusted here: Hostname"):
            await dial(
                "wss://messages.test/", {}, user_agent="test", tls=trusting, proxy=f"http://me@127.0.0.1:{proxy}/"
            )


async def test_a_proxy_is_used(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    async with echo(server_tls(certificate)) as port, connect_proxy(port) as (proxy, asked):
        via = f"http://me@127.0.0.1:{proxy}/"
        connection = await dial("wss://stream.test/", {}, user_agent="test", tls=trusting, proxy=via)
        await connection.send(b"through")
        assert await connection.receive() == b"through"
        connection.hang_up()
        assert asked == ["CONNECT stream.test:443 HTTP/1.1"]


async def test_loopback_is_never_proxied_nor_is_the_environment_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with echo() as port:
        (await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test", proxy="http://127.0.0.1:1")).hang_up()


@pytest.mark.parametrize(
    ("status", "raised", "words"),
    [
        (407, ChannelRefused, r"asks for a user and password \(407 No\)\. Put them into HTTPS_PROXY"),
        (403, ChannelRefused, r"refuses the connection: 403 No\. Have the proxy"),
        (502, CannotConnect, r"refuses the connection: 502 No\."),
    ],
)
async def test_a_proxy_that_refuses_is_named(status: int, raised: type[Exception], words: str) -> None:
    async with refusing_proxy(status) as port:
        with pytest.raises(raised, match=f"^The proxy http://127.0.0.1:{port} {words}"):
            await dial("wss://stream.test/", {}, user_agent="test", proxy=f"http://127.0.0.1:{port}")


async def test_a_login_that_a_proxy_refuses_is_not_shown() -> None:
    async with refusing_proxy(407) as port:
        with pytest.raises(ChannelRefused) as refused:
            await dial("wss://stream.test/", {}, user_agent="test", proxy=f"http://me:pass-word@127.0.0.1:{port}")
    assert f"http://***@127.0.0.1:{port} does not accept the user and password" in str(refused.value)
    assert "pass-word" not in str(refused.value)


@pytest.mark.parametrize(
    ("proxy", "raised", "words"),
    [
        ("socks5h://me:pass-word@h.test:1080", ChannelRefused, "socks5h://***@h.test:1080 is a SOCKS proxy"),
        ("http://me:pass-word@[h", ChannelRefused, "the address of the proxy cannot be read"),
        ("http://me:pass-word@127.0.0.1:1", CannotConnect, "through the proxy http://***@127.0.0.1:1 failed"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named_without_its_login(
    proxy: str, raised: type[Exception], words: str
) -> None:
    with pytest.raises(raised) as failed:
        await dial("wss://stream.test/", {}, user_agent="test", proxy=proxy)
    assert words in str(failed.value)
    assert "pass-word" not in str(failed.value)


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
        with pytest.raises(CannotConnect, match=r"no connection to 127.0.0.1 within"):
            await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test", seconds=0.1)


@asynccontextmanager
async def frozen() -> AsyncIterator[WebSocketConnection]:
    """A connection whose other end is there and reads nothing, as behind a network that went dead."""
    stopped = asyncio.Event()

    async def freeze(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await stopped.wait()

    async with serve(freeze, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        stopped.set()


async def until_lost(connection: WebSocketConnection) -> None:
    async with asyncio.timeout(60):
        with pytest.raises(ConnectionLost):
            await connection.receive()


async def test_a_connection_that_answers_no_ping_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "KEEPALIVE_SECONDS", 0.05)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.05)
    async with frozen() as connection:
        await until_lost(connection)


async def test_a_connection_on_which_nothing_follows_what_was_sent_is_asked_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(websocket, "UNANSWERED_SECONDS", 0.05)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.05)
    async with frozen() as connection:
        await connection.send(b"typed")
        await until_lost(connection)


async def test_a_connection_that_takes_nothing_more_is_lost_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither does it take a ping."""
    monkeypatch.setattr(websocket, "UNANSWERED_SECONDS", 0.05)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 0.2)

    async def fill(connection: WebSocketConnection) -> None:
        with contextlib.suppress(ConnectionLost):
            while True:
                await connection.send(bytes(1_000_000))

    async with frozen() as connection:
        filling = asyncio.create_task(fill(connection))
        await until_lost(connection)
        await filling


async def test_a_service_that_answers_pings_and_nothing_else_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The node behind it is mute, and nobody knows why."""
    monkeypatch.setattr(websocket, "UNANSWERED_SECONDS", 0.02)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 20.0)
    stopped = asyncio.Event()

    async def mute(connection: ServerConnection) -> None:
        await stopped.wait()

    async with serve(mute, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        await connection.send(b"typed")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await connection.receive()
        connection.hang_up()
        stopped.set()


async def test_a_pong_behind_much_else_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "KEEPALIVE_SECONDS", 0.01)
    monkeypatch.setattr(websocket, "PONG_SECONDS", 1.0)
    stopped = asyncio.Event()

    async def talk(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        while not stopped.is_set():
            await connection.send(b"output")
            await asyncio.sleep(0.02)

    async with serve(talk, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5):
                while True:
                    assert await connection.receive() == b"output"
        connection.hang_up()
        stopped.set()


async def test_a_service_that_says_it_closes_need_not_do_so_itself() -> None:
    stopped = asyncio.Event()

    async def close_without_ending(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        connection.transport.write(b"\x82\x04last" + b"\x88\x05\x03\xe8Bye")
        await stopped.wait()

    async with serve(close_without_ending, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        assert await connection.receive() == b"last"
        async with asyncio.timeout(5):
            with pytest.raises(ConnectionLost) as lost:
                await connection.receive()
        assert (lost.value.code, lost.value.reason) == (1000, "Bye")
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


async def test_what_was_sent_just_before_hanging_up_arrives() -> None:
    came: asyncio.Future[list[str | bytes]] = asyncio.get_running_loop().create_future()

    async def take(connection: ServerConnection) -> None:
        frames = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                frames.append(await connection.recv())
        came.set_result(frames)

    async with serve(take, "127.0.0.1", 0, ping_interval=None, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        connection = await dial(f"ws://127.0.0.1:{port}/", {}, user_agent="test")
        await connection.send(b"first")
        await connection.send(b"last")
        connection.hang_up()
        assert await came == [b"first", b"last"]


async def test_no_frame_is_logged_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connections: list[WebSocketConnection] = []

    async def take(websocket_: ServerConnection) -> None:
        assert isinstance(websocket_, WholeFrames)
        connections.append(WebSocketConnection(websocket_))
        await connections[0].receive()

    serving = serve(take, "127.0.0.1", 0, logger=websocket.wire_log, close_timeout=0.1, create_connection=ServedFrames)
    async with serving as server:
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
async def refusing_proxy(status: int) -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
