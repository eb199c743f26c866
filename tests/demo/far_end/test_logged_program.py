"""What a program writes is logged: streamed line by line, or as a whole at its end, and to S3 at its end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from smtui.channel.message import PayloadType
from smtui.demo.account.log_book import LogBook
from smtui.demo.far_end.agent import ProgramMessage, RemoteProgram
from smtui.demo.far_end.logged_program import SessionLogging, logged


class Prints:
    """A program that writes these things and ends."""

    def __init__(self, *outputs: bytes | ProgramMessage) -> None:
        self._outputs = [*outputs, b""]

    async def read(self) -> bytes | ProgramMessage:
        return self._outputs.pop(0)

    async def write(self, data: bytes) -> None:
        pass

    def resize(self, columns: int, rows: int) -> None:
        pass

    async def close(self) -> None:
        pass


async def run(inputs: Mapping[str, Any], *outputs: bytes | ProgramMessage, to_its_end: bool = True) -> LogBook:
    book = LogBook()

    async def start(_: str) -> RemoteProgram:
        return Prints(*outputs)

    where = SessionLogging.by(inputs, "ana-0b", "i-1", "arn:aws:iam::1:user/ana")
    program = await logged(start, where, book)("")
    while await program.read():
        pass
    if to_its_end:
        await program.close()
        await program.close()
    return book


def streamed(book: LogBook) -> list[list[str]]:
    return [json.loads(event.message)["sessionData"] for event in book.stream("/ssm", "ana-0b") or []]


STREAMING = {"cloudWatchLogGroupName": "/ssm", "cloudWatchStreamingEnabled": "true"}


async def test_whole_lines_are_streamed_and_the_rest_at_the_end() -> None:
    outputs = b"a\r\nb\r", b"\nprompt$ "
    assert streamed(await run(STREAMING, *outputs, to_its_end=False)) == [["a"], ["b"]]
    assert streamed(await run(STREAMING, *outputs)) == [["a"], ["b"], ["prompt$ "]]


async def test_without_streaming_the_text_comes_at_the_end() -> None:
    inputs = {"cloudWatchLogGroupName": "/ssm", "cloudWatchStreamingEnabled": False}
    assert (await run(inputs, b"a\r\nb\r\n", to_its_end=False)).stream("/ssm", "ana-0b") is None
    (event,) = (await run(inputs, b"a\r\nb\r\n")).stream("/ssm", "ana-0b") or []
    assert event.message == "a\nb\n"


@pytest.mark.parametrize(("prefix", "key"), [("", "ana-0b.log"), ("ssm/", "ssm/ana-0b.log")])
async def test_the_object_has_every_byte_and_what_was_written_on_stderr(prefix: str, key: str) -> None:
    inputs = {"s3BucketName": "logs", "s3KeyPrefix": prefix}
    status = ProgramMessage(PayloadType.EXIT_CODE, b"0")
    book = await run(inputs, b"\x1b[31mout\x1b[0m\r\n", ProgramMessage(PayloadType.STDERR, b"err\n"), status)
    assert book.object("logs", key) == b"\x1b[31mout\x1b[0m\r\nerr\n"


async def test_a_session_that_is_not_logged_is_left_as_it_is() -> None:
    async def start(_: str) -> RemoteProgram:
        return Prints()

    assert logged(start, SessionLogging.by({}, "a", "i", "arn"), LogBook()) is start
