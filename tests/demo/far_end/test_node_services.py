"""The demo's listeners, which are reached by no other way than `dial`."""

from __future__ import annotations

import asyncio
import socket
from hashlib import sha256

import pytest

from smtui.demo.far_end.node_services import MemoryStream, demo_bytes, dial
from tests.waiting import let_loop_run


async def ask(stream: MemoryStream, request: str) -> bytes:
    await stream.write(request.encode())
    answer = b""
    while data := await stream.read():
        answer += data
    return answer


async def get(path: str, node: str = "web-1", method: str = "GET") -> tuple[str, bytes]:
    stream = await dial(node, "localhost", 80)
    answer = await ask(stream, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert f"content-length: {len(body) if method == 'GET' else ''}" in head.decode().lower()
    return head.decode().split("\r\n")[0], body


@pytest.mark.parametrize(
    ("node", "host", "port"),
    [
        ("web-1", "localhost", 81),
        ("web-2", "localhost", 7),
        ("bastion-1", "localhost", 80),
        ("bastion-1", "localhost", 5432),
        ("web-1", "db.internal", 5432),
        ("bastion-1", "db.internal", 5433),
        ("bastion-1", "db.internal.example.com", 5432),
        ("web-1", "example.com", 80),
    ],
)
async def test_everything_else_refuses(node: str, host: str, port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        await dial(node, host, port)


async def test_what_this_machine_listens_on_is_not_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine, pytest.raises(ConnectionRefusedError):
        await dial("web-1", "127.0.0.1", mine.getsockname()[1])


@pytest.mark.parametrize("node", ["web-1", "web-2", "web-prod-00001"])
async def test_a_page_names_its_node(node: str) -> None:
    status, body = await get("/", node)
    assert status == "HTTP/1.1 200 OK"
    assert f"<h1>{node}</h1>".encode() in body


async def test_a_nasty_name_is_harmless() -> None:
    assert b"<b>" not in (await get("/", "web-<b>"))[1]


@pytest.mark.parametrize("size", [0, 1, 65_521, 5_000_000])
async def test_bytes_are_as_many_as_asked_and_always_the_same(size: int) -> None:
    (_, first), (_, second) = await get(f"/bytes/{size}"), await get(f"/bytes/{size}")
    assert len(first) == size
    assert first == second == b"".join(demo_bytes(size))


async def test_a_doubled_block_would_show() -> None:
    data = b"".join(demo_bytes(200_000))
    doubled = data[:32_768] + data[:32_768] + data[65_536:]
    assert sha256(doubled).digest() != sha256(data).digest()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", "404 Not Found"),
        ("GET", "/bytes/-1", "404 Not Found"),
        ("GET", "/bytes/200000001", "404 Not Found"),
        ("GET", "/bytes/٣", "404 Not Found"),
        ("HEAD", "/", "200 OK"),
        ("POST", "/", "405 Method Not Allowed"),
        ("", "", "405 Method Not Allowed"),
    ],
)
async def test_other_requests(method: str, path: str, status: str) -> None:
    stream = await dial("web-1", "localhost", 80)
    answer = await ask(stream, f"{method} {path} HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(f"HTTP/1.1 {status}\r\n".encode())


async def test_one_request_after_the_other() -> None:
    stream = await dial("web-1", "localhost", 80)
    answer = await ask(stream, "GET /bytes/3 HTTP/1.1\r\n\r\nGET /bytes/4 HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2


async def test_a_head_without_end_is_not_listened_to_for_ever() -> None:
    stream = await dial("web-1", "localhost", 80)
    with pytest.raises(BrokenPipeError):
        for _ in range(100):
            await stream.write(b"x" * 1000)
            await asyncio.sleep(0)


async def test_echo_and_database() -> None:
    echo = await dial("web-1", "localhost", 7)
    await echo.write(b"line\n")
    assert await echo.read() == b"line\n"
    await echo.close()
    database = await dial("bastion-1", "DB.internal.", 5432)
    assert await database.read() == b"db.internal ready\n"
    await database.write(b"select 1;\n")
    assert await database.read() == b"select 1;\n"
    await database.close()


async def test_who_does_not_read_is_waited_for() -> None:
    stream = await dial("web-1", "localhost", 80)
    await stream.write(b"GET /bytes/200000000 HTTP/1.1\r\n\r\n")
    await let_loop_run(0.1)
    assert len(await stream.read()) < 1_000_000
    stream.abort()
