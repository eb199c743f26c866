"""Opening, moving in, searching, following and saving a log; always with a bounded part in memory."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import pytest

from smtui.domain.records.session_log import Logged, LogPlace, LogStore, StreamEvent, Whereabouts
from smtui.engine.offloop import OffLoop
from smtui.sessions.log_reading import LogNotOpened, OpenLog, open_log
from smtui.sessions.log_source import PART_BYTES
from smtui.sessions.log_window import MOST_CHARACTERS
from tests.sessions.record_fakes import FakeLogs

OBJECT = LogPlace(LogStore.S3, "logs", "a.log")
STREAM = LogPlace(LogStore.CLOUDWATCH, "/ssm", "a", is_live=True)
AT = datetime(2026, 11, 29, 12, 50, 9, tzinfo=UTC)


async def opened(aws: FakeLogs, *wanted: LogPlace, is_over: bool = True) -> OpenLog:
    return await open_log(aws, Whereabouts(Logged.YES, wanted or (OBJECT,)), OffLoop(2), is_over=is_over)


def of_object(data: bytes, **more: object) -> FakeLogs:
    return FakeLogs(objects={("logs", "a.log"): data}, **more)  # type: ignore[arg-type]


def of_stream(*messages: str, page: int = 3) -> FakeLogs:
    return FakeLogs(streams={("/ssm", "a"): [StreamEvent(message, AT) for message in messages]}, page=page)


def numbered(megabytes: int) -> bytes:
    line = b"line %09d of a long log with colours \x1b[32mok\x1b[0m and more of the same text, again and again\r\n"
    return b"".join(line % number for number in range(megabytes * 2**20 // (len(line) + 5)))


def texts(log: OpenLog) -> list[str]:
    return [line.text for line in log.lines]


async def test_a_small_object_is_there_at_once() -> None:
    aws = of_object(b"sh-5.2$ \x1b[1mls\x1b[0m\r\na  b\r\nexit")
    log = await opened(aws)
    assert texts(log) == ["sh-5.2$ ls", "a  b", "exit"]
    assert (log.has_earlier, log.has_later, log.total) == (False, False, 30)
    assert aws.calls == [("s3:GetObject", (-PART_BYTES, 0))]


async def test_an_empty_object_has_no_lines() -> None:
    assert texts(await opened(of_object(b""))) == []


async def test_a_log_of_50_mb_opens_with_one_small_call_and_stays_bounded() -> None:
    data = numbered(50)
    aws = of_object(data)
    last = data.rstrip().rpartition(b"\n")[2].decode()[:14]
    tracemalloc.start()
    try:
        log = await opened(aws)
        assert aws.calls == [("s3:GetObject", (-PART_BYTES, 0))]
        assert log.lines[-1].text.startswith(last)
        for _ in range(16):
            await log.earlier()
        assert sum(len(line.text) for line in log.lines) <= MOST_CHARACTERS
        await log.go_to_start()
        assert log.lines[7].text.startswith("line 000000007")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert log.total == len(data)
    assert peak < 16 * 2**20


async def test_every_line_is_read_once_in_both_directions() -> None:
    data = numbered(2)
    whole = [line.rstrip(b"\r").decode()[:14] for line in data.splitlines()]
    log = await opened(of_object(data))
    backwards = texts(log)
    while log.has_earlier:
        came = await log.earlier()
        backwards = texts(log)[:came] + backwards
    assert [text[:14] for text in backwards] == whole
    assert [line.text[:14] for line in log.all_lines()] == whole
    await log.go_to_start()
    forwards = texts(log)
    while log.has_later:
        before = len(log.lines)
        dropped = await log.later()
        forwards += texts(log)[before - dropped :]
    assert [text[:14] for text in forwards] == whole


async def test_a_line_without_an_end_is_cut_into_bounded_pieces() -> None:
    log = await opened(of_object(b"x" * (3 * PART_BYTES)))
    assert max(map(len, texts(log))) <= 4_096
    assert sum(len(line.text) for line in log.all_lines()) == 3 * PART_BYTES


async def test_finding_goes_on_beyond_the_window_and_wraps_nowhere() -> None:
    log = await opened(of_object(numbered(3)))
    at = await log.find("LINE 000000003 long", len(log.lines) - 1, forward=False)
    assert at is not None
    assert log.lines[at].text.startswith("line 000000003")
    assert await log.find("line 000000003", at - 1, forward=False) is None
    later = await log.find("line 000020000", at, forward=True)
    assert later is not None
    assert log.lines[later].text.startswith("line 000020000")


async def test_what_is_not_there_leaves_the_window_as_it_was() -> None:
    log = await opened(of_object(numbered(1)))
    before = texts(log)
    assert await log.find("no such words", len(log.lines) - 1, forward=False) is None
    assert texts(log) == before


async def test_a_stream_is_read_from_its_end_and_back() -> None:
    log = await opened(of_stream(*"abcdefgh"), STREAM)
    assert texts(log) == ["f", "g", "h"]
    assert log.lines[0].at == AT
    while log.has_earlier:
        await log.earlier()
    assert texts(log) == [*"abcdefgh"]
    assert [line.text for line in log.all_lines()] == [*"abcdefgh"]


async def test_structured_events_of_a_running_session() -> None:
    message = '{"eventVersion":"1.0","sessionId":"a","sessionData":["sh-5.2$ ls","\\u001b[31ma\\u001b[0m"]}'
    broken = '{"sessionData": "no list", '
    log = await opened(of_stream(message, broken), STREAM)
    assert texts(log) == ["sh-5.2$ ls", "a", broken.rstrip()]


async def test_a_running_session_is_followed() -> None:
    aws = of_stream("a", "b")
    log = await opened(aws, STREAM, is_over=False)
    await log.later()
    assert texts(log) == ["a", "b"]
    aws.streams["/ssm", "a"] += [StreamEvent(text, AT) for text in "cdefg"]
    await log.later()
    assert texts(log) == ["a", "b", "c", "d", "e"]
    assert log.has_later
    await log.later()
    await log.later()
    assert texts(log) == [*"abcdefg"]
    assert not log.has_later


async def test_where_one_log_is_denied_the_other_is_read_and_the_denial_is_named() -> None:
    aws = of_object(b"whole\n", denies={"logs:GetLogEvents"})
    log = await opened(aws, STREAM, OBJECT)
    assert texts(log) == ["whole"]
    assert log.notes == ("/ssm · a: logs:GetLogEvents was denied.",)


async def test_where_nothing_can_be_read_every_reason_is_given() -> None:
    aws = FakeLogs(denies={"logs:GetLogEvents"})
    with pytest.raises(LogNotOpened) as raised:
        await opened(aws, STREAM, OBJECT, is_over=False)
    assert raised.value.sentences == (
        "/ssm · a: logs:GetLogEvents was denied.",
        "s3://logs/a.log: There is no object yet: it is written when the session ends.",
    )
    assert [fault.action for fault in raised.value.faults] == ["logs:GetLogEvents"]
