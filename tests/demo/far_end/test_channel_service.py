"""The demo's data channel service: who may connect, and what becomes of sessions whose client goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.handshake import SessionType
from smtui.channel.timers import Backoff
from smtui.channel.transport import ChannelRefused, Connection
from smtui.channel.websocket import dial
from smtui.demo.far_end.agent import CannotRun, RemoteProgram
from smtui.demo.far_end.channel_service import DataChannelServer, HostedSession, SessionWork
from smtui.demo.far_end.far_end_settings import VerifyUpgrade
from smtui.demo.far_end.session_work import work_of
from tests.channel.wires import ScriptedProgram
from tests.demo.far_end.session_book import TinyBook
from tests.waiting import let_loop_run

WEB, DB = "demo-web-0123456789", "demo-db-0123456789"


class AwaitedBook(TinyBook):
    """Two sessions; lets the test await what is reported."""

    def __init__(self) -> None:
        super().__init__({WEB: "web-token", DB: "db-token"}, agent_version="3.3.1234.0")
        self.logged = asyncio.Event()

    async def until(self, *entry: str) -> None:
        async with asyncio.timeout(60):
            while entry not in self.log:
                self.logged.clear()
                await self.logged.wait()

    def note(self, *entry: str) -> None:
        super().note(*entry)
        self.logged.set()


@dataclass
class Demo:
    server: DataChannelServer
    book: AwaitedBook
    programs: list[ScriptedProgram]

    def channel(self) -> ClientChannel:
        async def connect_to(url: str) -> Connection:
            return await dial(url, {}, user_agent="test")

        async def resume() -> StreamAddress | None:
            self.book.tokens[WEB] += "+"
            return self.address

        return ClientChannel(
            connect_to, resume, client_version="1.2.896.0", to_resume=Backoff(first=0.01, longest=0.05, total=2)
        )

    @property
    def address(self) -> StreamAddress:
        return StreamAddress(self.server.stream_url(WEB), self.book.tokens[WEB])


@asynccontextmanager
async def running(
    *,
    verify: VerifyUpgrade | None = None,
    absent_seconds: float = 60,
    refuse: str = "",
    session_type: SessionType = SessionType.STANDARD_STREAM,
) -> AsyncIterator[Demo]:
    programs: list[ScriptedProgram] = []

    def work_for(session: HostedSession) -> SessionWork:
        assert session.node_name == "web-1"
        return SessionWork(start, session_type)

    async def start(_: str) -> RemoteProgram:
        if refuse:
            raise CannotRun(refuse)
        programs.append(ScriptedProgram())
        programs[-1].say(b"$ ")
        return programs[-1]

    book = AwaitedBook()
    server = DataChannelServer(book, verify_upgrade=verify, work_for=work_for, absent_seconds=absent_seconds)
    await server.start()
    try:
        yield Demo(server, book, programs)
    finally:
        await server.close()


def raw(demo: Demo, session_id: str = WEB, **options: object) -> connect:
    return connect(demo.server.stream_url(session_id), proxy=None, **options)  # type: ignore[arg-type]


async def close_of(client: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as closed:
        await client.recv()
    assert closed.value.rcvd
    return closed.value.rcvd.code, closed.value.rcvd.reason


def opening(**fields: str) -> str:
    return json.dumps({"MessageSchemaVersion": "1.0", "RequestId": "r", "ClientId": "c", **fields})


async def test_the_stream_url_is_shaped_like_awss() -> None:
    async with running() as demo:
        assert demo.server.stream_url(WEB).startswith(
            f"ws://127.0.0.1:{demo.server.port}/v1/data-channel/{WEB}?role=publish_subscribe&cell-number="
        )


@pytest.mark.parametrize(
    ("first", "fault"),
    [
        (opening(), "does not contain token."),
        (opening(TokenValue=""), "does not contain token."),
        ("hello", "does not contain token."),
        ("[" * 100_000, "does not contain token."),
        (opening(TokenValue="wrong"), "contains an invalid token."),
        (opening(TokenValue="db-token"), "contains an invalid token."),
    ],
    ids=["none", "empty", "no json", "deep json", "wrong", "of another session"],
)
async def test_a_bad_token_is_refused_as_aws_does(first: str, fault: str) -> None:
    async with running() as demo, raw(demo) as client:
        await client.send(first)
        assert await close_of(client) == (1003, f"Channel {WEB}: request to open data channel {fault}")
        assert demo.programs == []
        assert demo.book.log == []


async def test_an_unknown_session_is_refused() -> None:
    async with running() as demo, raw(demo, "demo-other") as client:
        await client.send(opening(TokenValue="web-token"))
        assert (await close_of(client))[0] == 1003


async def test_a_token_that_was_replaced_is_refused() -> None:
    async with running() as demo, raw(demo) as client:
        demo.book.tokens[WEB] = "newer"
        await client.send(opening(TokenValue="web-token"))
        assert (await close_of(client))[0] == 1003


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 403), ({"Origin": "http://127.0.0.1"}, 403), ({"Host": "127.0.0.1:1"}, 403)],
)
async def test_what_a_web_page_could_send_is_refused(headers: dict[str, str], status: int) -> None:
    async with running() as demo:
        request = (
            f"GET /v1/data-channel/{WEB} HTTP/1.1\r\n"
            f"Host: {headers.pop('Host', f'127.0.0.1:{demo.server.port}')}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            + "\r\n"
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", demo.server.port)
        writer.write(request.encode())
        assert f" {status} ".encode() in await reader.readline()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("path", ["/", "/v1/data-channel/", "/v1/control-channel/x"])
async def test_other_paths_are_not_there(path: str) -> None:
    async with running() as demo:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{demo.server.port}{path}", proxy=None)
        assert refused.value.response.status_code == 404


async def test_a_signature_is_checked_where_there_is_one() -> None:
    asked: list[tuple[str, Mapping[str, str]]] = []

    def verify(target: str, headers: Mapping[str, str]) -> bool:
        asked.append((target, headers))
        return headers["authorization"] == "good"

    async with running(verify=verify) as demo:
        await (await raw(demo, additional_headers={"Authorization": "good"})).close()
        with pytest.raises(InvalidStatus) as refused:
            await raw(demo, additional_headers={"Authorization": "bad"})
        assert refused.value.response.status_code == 403
        assert asked[0][0].startswith(f"/v1/data-channel/{WEB}?role=")
        assert asked[0][1]["host"] == f"127.0.0.1:{demo.server.port}"
        await (await raw(demo)).close()
        assert len(asked) == 2, "an unsigned upgrade is accepted unasked"


async def test_a_session_is_reported_from_connect_to_end() -> None:
    async with running() as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        events = channel.events()
        assert isinstance(await anext(events), Opened)
        assert await anext(events) == Output(1, b"$ ")  # type: ignore[arg-type]
        demo.programs[0].exit()
        assert await anext(events) == Closed("")
        await channel.close()
        await demo.book.until("ended", WEB, "")
        assert demo.book.log == [("connected", WEB), ("ended", WEB, "")]
        assert demo.programs[0].closed


async def test_a_client_that_goes_may_come_back_with_a_new_token() -> None:
    async with running() as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        events = channel.events()
        await anext(events)
        await anext(events)
        demo.server.drop_now(WEB)
        await demo.book.until("disconnected", WEB)
        demo.programs[0].say(b"meanwhile")
        assert await anext(events) == Output(1, b"meanwhile")  # type: ignore[arg-type]
        assert demo.book.log == [("connected", WEB), ("disconnected", WEB), ("connected", WEB)]
        assert len(demo.programs) == 1
        await channel.close()


async def test_terminate_session_ends_program_and_channel() -> None:
    async with running() as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        events = channel.events()
        await anext(events)
        await asyncio.to_thread(demo.book.terminate, WEB)
        rest: list[Event] = [event async for event in events]
        assert rest[-1] == Closed("")
        await demo.book.until("ended", WEB, "")
        assert demo.programs[0].closed
        await channel.close()


@pytest.mark.parametrize("session_type", [SessionType.PORT, SessionType.STANDARD_STREAM])
async def test_the_clients_flag_ends_a_port_session_and_no_other(session_type: SessionType) -> None:
    is_port = session_type is SessionType.PORT
    async with running(session_type=session_type) as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        events = channel.events()
        await anext(events)

        async def exhaust() -> list[Event]:
            return [event async for event in events]

        reading = asyncio.create_task(exhaust())
        await channel.terminate(20 if is_port else 0.1)
        assert channel.closed == is_port
        if not is_port:
            assert await channel.drained(20), "it is acknowledged"
            await asyncio.to_thread(demo.book.terminate, WEB)
        assert (await reading)[-1] == Closed("")
        await channel.close()
        await demo.book.until("ended", WEB, "")


async def test_an_absent_client_is_waited_for_only_so_long() -> None:
    async with running(absent_seconds=0.05) as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        await anext(channel.events())
        await channel.close()
        await demo.book.until("ended", WEB, "")
        assert demo.programs[0].closed


async def test_a_client_that_came_back_in_time_is_not_ended() -> None:
    async with running(absent_seconds=2.0) as demo:  # a busy machine comes back in time, too
        channel = demo.channel()
        await channel.connect(demo.address)
        events = channel.events()
        await anext(events)
        await anext(events)
        demo.server.drop_now(WEB)
        demo.programs[0].say(b"back")
        assert await anext(events) == Output(1, b"back")  # type: ignore[arg-type]
        await let_loop_run(2.2)  # longer than it may be absent
        assert not demo.programs[0].closed
        await channel.close()


async def test_what_the_agent_cannot_run_is_said_in_the_agents_way() -> None:
    async with running(refuse="Unable to start command: no such user") as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        error = "\n----------ERROR-------\nUnable to start command: no such user"
        assert [event async for event in channel.events()] == [Closed(error)]
        await channel.close()
        await demo.book.until("ended", WEB, error)


async def test_a_mute_service_accepts_and_says_nothing() -> None:
    async with running() as demo:
        demo.server.faults.mute = True
        channel = demo.channel()
        await channel.connect(demo.address)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(channel.events())
        await channel.close()


async def test_a_channel_that_is_down_for_good_refuses_to_come_back() -> None:
    async with running() as demo:
        channel = demo.channel()
        await channel.connect(demo.address)
        events = channel.events()
        await anext(events)
        await anext(events)
        demo.server.faults.for_good = True
        demo.server.drop_now(WEB)
        with pytest.raises(Exception, match="could not be restored: the service answered with HTTP status 503"):
            await anext(events)
        await channel.close()


async def test_a_wrong_token_is_a_refusal_to_the_client() -> None:
    async with running() as demo:
        channel = demo.channel()
        await channel.connect(StreamAddress(demo.server.stream_url(WEB), "wrong"))
        with pytest.raises(ChannelRefused, match="invalid token"):
            await anext(channel.events())
        await channel.close()


async def test_closing_ends_every_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    book = AwaitedBook()
    server = DataChannelServer(book, work_for=work_of)
    await server.start()
    demo = Demo(server, book, [])
    channel = demo.channel()
    await channel.connect(demo.address)
    async for event in channel.events():
        if isinstance(event, Output) and b"web-1" in event.data:
            break
    assert len(list(tmp_path.glob("smtui-demo-*"))) == 1
    await server.close()
    await channel.close()
    assert ("ended", WEB, "") in book.log
    assert list(tmp_path.iterdir()) == []
