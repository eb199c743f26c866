"""A tunnel's wire: binary frames both ways, refusals with a body, text frames and close codes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from smtui.channel.tunnel_client import FRAME_BYTES, TunnelClient, open_tunnel
from smtui.ssh.endpoint_choice import ConnectEndpoint, ConnectTarget, EndpointWay
from smtui.ssh.endpoint_tunnels import TunnelAddress, TunnelFailed

WAY = EndpointWay(
    ConnectEndpoint("eice-1", "create-complete", "vpc-1", "subnet-1", "host"),
    ConnectTarget("i-1", "running", "vpc-1", "subnet-1"),
    "10.0.1.10",
)


@asynccontextmanager
async def endpoint(
    handle: Callable[[ServerConnection], Awaitable[None]], refusal: tuple[HTTPStatus, str] | None = None
) -> AsyncIterator[TunnelAddress]:
    def answer(connection: ServerConnection, _: Request) -> Response | None:
        return connection.respond(*refusal) if refusal is not None else None

    async with serve(handle, "127.0.0.1", 0, process_request=answer, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield TunnelAddress(f"ws://127.0.0.1:{port}/openTunnel?x=1", None, user_agent="test")


@asynccontextmanager
async def tunnel(handle: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[TunnelClient]:
    async with endpoint(handle) as address:
        client = await open_tunnel(address, WAY, 22)
        yield client
        await client.close()


async def failure_of(reading: Awaitable[object]) -> str:
    with pytest.raises(TunnelFailed) as raised:
        await reading
    return str(raised.value)


async def echo(connection: ServerConnection) -> None:
    async for frame in connection:
        await connection.send(frame)


async def test_bytes_pass_unchanged_in_frames_that_aws_takes() -> None:
    sizes: list[int] = []

    async def sizing(connection: ServerConnection) -> None:
        async for frame in connection:
            assert isinstance(frame, bytes)
            sizes.append(len(frame))
            await connection.send(frame)

    sent = bytes(range(256)) * 600
    async with tunnel(sizing) as client:
        await client.write(sent)
        got = b""
        while len(got) < len(sent):
            got += await client.read()
    assert got == sent
    assert max(sizes) == FRAME_BYTES


async def test_an_orderly_end_is_the_end_of_data() -> None:
    async def say(connection: ServerConnection) -> None:
        await connection.send(b"SSH-2.0-x")
        await connection.send(b"")

    async with tunnel(say) as client:
        assert await client.read() == b"SSH-2.0-x"
        assert await client.read() == b""


async def test_our_end_closes_in_order() -> None:
    codes: list[int | None] = []

    async def watch(connection: ServerConnection) -> None:
        await connection.wait_closed()
        codes.append(connection.close_code)

    async with endpoint(watch) as address:
        client = await open_tunnel(address, WAY, 22)
        await client.close()
    assert codes == [1000]


async def test_a_text_frame_is_an_error() -> None:
    async def say(connection: ServerConnection) -> None:
        await connection.send("something \x1b[31mwrong")
        await connection.wait_closed()

    async with tunnel(say) as client:
        assert "eice-1 sent an error in place of data: something" in await failure_of(client.read())


async def test_a_close_reason_is_told() -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(1011, "Unable to connect to target")

    async with tunnel(leave) as client:
        assert "cannot reach 10.0.1.10 on port 22" in await failure_of(client.read())


async def test_a_broken_connection_is_told() -> None:
    async def break_off(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with tunnel(break_off) as client:
        assert await failure_of(client.read()) == "The connection to eice-1 broke."
        assert await failure_of(client.write(b"x")) == "The connection to eice-1 broke."


@pytest.mark.parametrize("status", [HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.SERVICE_UNAVAILABLE])
async def test_the_body_of_a_refusal_is_told(status: HTTPStatus) -> None:
    body = '{"ErrorCode":"X","Message":"The reason"}'
    async with endpoint(echo, (status, body)) as address:
        sentence = await failure_of(open_tunnel(address, WAY, 22))
    assert sentence.startswith(f"eice-1 refused the tunnel (HTTP status {status.value}). AWS says: The reason.")


async def test_nobody_there() -> None:
    async with endpoint(echo) as address:
        pass
    sentence = await failure_of(open_tunnel(address, WAY, 22))
    assert sentence.startswith("The tunnel through eice-1 cannot be opened: ")
