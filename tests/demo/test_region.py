"""The Region as a whole: its life, and sessions over its real data channel."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from smtui.channel.message import Message, MessageType, PayloadType
from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.demo.support import client, quiet_region, set_faults
from tests.waiting import until

WEB_1 = "i-0a1b2c3d4e5f60718"


def test_starting_and_closing_are_idempotent_and_free_the_port() -> None:
    region = quiet_region()
    with pytest.raises(RuntimeError, match="not running"):
        _ = region.endpoint_url
    region.start()
    region.start()
    url = region.endpoint_url
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    region.close()
    region.close()
    port = int(url.rpartition(":")[2])
    with quiet_region(port=port) as again:
        assert again.endpoint_url == url


def test_a_port_in_use_is_reported_and_nothing_is_left_running() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = threading.active_count()
        with pytest.raises(OSError, match="in use"):
            quiet_region(port=taken.getsockname()[1]).start()
        assert threading.active_count() == before


def test_keys_are_random_and_the_secret_stays_out_of_the_repr() -> None:
    one, other = quiet_region(), quiet_region(temporary_credentials=True)
    assert one.access_key_id != other.access_key_id
    assert one.secret_access_key != other.secret_access_key
    assert one.session_token == ""
    for region in (one, other):
        assert region.access_key_id in repr(region)
        assert region.secret_access_key not in repr(region)


@pytest.fixture
def real() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(3)) as running:
        yield running


@asynccontextmanager
async def opened(url: str, token: str, **headers: str) -> AsyncIterator[ClientConnection]:
    """A data channel after its first frame."""
    async with connect(url, additional_headers=headers, proxy=None, open_timeout=60) as channel:
        first = {"MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4()), "TokenValue": token}
        await channel.send(json.dumps(first | {"ClientId": str(uuid.uuid4()), "ClientVersion": "1.2.896.0"}))
        yield channel


async def close_code(channel: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        async for _ in channel:
            pass
    return channel.close_code


async def output_until(channel: ClientConnection, wanted: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(60):
        async for frame in channel:
            assert isinstance(frame, bytes)
            seen += frame[120:]
            if wanted in seen:
                return seen
    raise AssertionError(f"the channel closed without {wanted!r}: {seen!r}")


async def started(region: SimulatedRegion) -> dict[str, Any]:
    answer: dict[str, Any] = await asyncio.to_thread(client(region, "ssm").start_session, Target=WEB_1)
    return answer


async def test_a_session_is_a_shell_of_its_node_until_it_is_terminated(real: SimulatedRegion) -> None:
    session = await started(real)
    async with opened(session["StreamUrl"], session["TokenValue"]) as channel:
        await output_until(channel, b"web-1")
        await until(lambda: real.sessions.active()[0].status == "Connected")
        await asyncio.to_thread(client(real, "ssm").terminate_session, SessionId=session["SessionId"])
        await output_until(channel, b"channel_closed")
    assert real.sessions.active() == []


async def test_only_the_sessions_own_latest_token_opens_it(real: SimulatedRegion) -> None:
    session, other = await started(real), await started(real)
    for token in ("", "guess", other["TokenValue"]):
        async with opened(session["StreamUrl"], token) as channel:
            assert await close_code(channel) == 1003
    again = await asyncio.to_thread(client(real, "ssm").resume_session, SessionId=session["SessionId"])
    async with opened(again["StreamUrl"], session["TokenValue"]) as channel:
        assert await close_code(channel) == 1003
    async with opened(again["StreamUrl"], again["TokenValue"]) as channel:
        await output_until(channel, b"web-1")


def signed_headers(
    region: SimulatedRegion, url: str, *, secret: str = "", service: str = "ssmmessages"
) -> dict[str, str]:
    request = AWSRequest("GET", url.replace("ws://", "http://"))
    keys = Credentials(region.access_key_id, secret or region.secret_access_key)
    SigV4Auth(keys, service, region.region).add_auth(request)
    return {name: request.headers[name] for name in ("Authorization", "X-Amz-Date")}


async def test_a_rightly_signed_upgrade_is_taken(real: SimulatedRegion) -> None:
    session = await started(real)
    headers = signed_headers(real, session["StreamUrl"])
    async with opened(session["StreamUrl"], session["TokenValue"], **headers) as channel:
        await output_until(channel, b"web-1")


@pytest.mark.parametrize("wrong", [{"secret": "wrong"}, {"service": "ssm"}])
async def test_a_wrongly_signed_upgrade_is_refused(real: SimulatedRegion, wrong: dict[str, str]) -> None:
    session = await started(real)
    headers = signed_headers(real, session["StreamUrl"], **wrong)
    with pytest.raises(InvalidStatus) as caught:
        async with opened(session["StreamUrl"], session["TokenValue"], **headers):
            pass
    assert caught.value.response.status_code == 403


async def test_an_upgrade_with_expired_credentials_is_refused(real: SimulatedRegion) -> None:
    session = await started(real)
    real.faults.apply({"expired": True})
    headers = signed_headers(real, session["StreamUrl"])
    with pytest.raises(InvalidStatus):
        async with opened(session["StreamUrl"], session["TokenValue"], **headers):
            pass


async def test_the_faults_of_the_data_channel_can_be_set_from_outside(real: SimulatedRegion) -> None:
    session = await started(real)
    await asyncio.to_thread(set_faults, real, mute=True)
    async with opened(session["StreamUrl"], session["TokenValue"]) as channel:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await channel.recv()
        await asyncio.to_thread(set_faults, real, mute=False, drop_for_good=True, drop_now=True)
        assert await close_code(channel) == 1006
    again = await asyncio.to_thread(client(real, "ssm").resume_session, SessionId=session["SessionId"])
    with pytest.raises(InvalidStatus):
        async with opened(again["StreamUrl"], again["TokenValue"]):
            pass


async def test_closing_the_region_ends_its_shells(real: SimulatedRegion, tmp_path: Path) -> None:
    session = await started(real)
    pids = tmp_path / "pid"
    async with opened(session["StreamUrl"], session["TokenValue"]) as channel:
        await output_until(channel, b"web-1")
        line = f"echo $$ > {pids}\r".encode()
        typed = Message(MessageType.INPUT_STREAM_DATA, line, PayloadType.OUTPUT)
        await channel.send(typed.encode())
        await until(lambda: pids.exists() and pids.read_text().endswith("\n"))
        await asyncio.to_thread(real.close)
    assert not psutil.pid_exists(int(pids.read_text()))
