"""Logs what a session's program writes, as the agent does: line by line while it runs, or as a whole at its end.

Source: the agent (cloudwatchlogsservice.go and the shell plugin). The agent sends what is new once a second; here it is
sent with the last line that is complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.operations.log_reading_calls import structured_message

if TYPE_CHECKING:
    from smtui.demo.account.log_book import LogBook
    from smtui.demo.far_end.agent import ProgramMessage, RemoteProgram, StartProgram

_MOST_BYTES = 64 << 20
_EVENT_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class SessionLogging:
    """Where one session is logged; a name is empty where it is not."""

    session_id: str
    node_id: str
    owner: str
    bucket: str
    prefix: str
    group: str
    streaming: bool

    @classmethod
    def by(cls, inputs: Mapping[str, Any], session_id: str, node_id: str, owner: str) -> SessionLogging:
        """By the inputs of the preferences."""
        return cls(
            session_id,
            node_id,
            owner,
            str(inputs.get("s3BucketName", "")),
            str(inputs.get("s3KeyPrefix", "")).strip("/"),
            str(inputs.get("cloudWatchLogGroupName", "")),
            str(inputs.get("cloudWatchStreamingEnabled", False)).lower() == "true",
        )

    @property
    def key(self) -> str:
        """The object's key."""
        return f"{self.prefix}/{self.session_id}.log" if self.prefix else f"{self.session_id}.log"


def logged(start: StartProgram, where: SessionLogging, book: LogBook) -> StartProgram:
    """Start the program so that it is logged."""
    if not where.bucket and not where.group:
        return start

    async def start_logged(client_version: str) -> RemoteProgram:
        return _LoggedProgram(await start(client_version), where, book)

    return start_logged


class _LoggedProgram:
    """A `RemoteProgram` around another one."""

    def __init__(self, program: RemoteProgram, where: SessionLogging, book: LogBook) -> None:
        self._program = program
        self._where = where
        self._book = book
        self._written = bytearray()
        self._unsent = b""
        self._closed = False

    async def read(self) -> bytes | ProgramMessage:
        output = await self._program.read()
        shown = output if isinstance(output, bytes) else output.data if output.kind.name == "STDERR" else b""
        if len(self._written) < _MOST_BYTES:
            self._written += shown
            self._stream(shown)
        return output

    async def write(self, data: bytes) -> None:
        await self._program.write(data)

    def resize(self, columns: int, rows: int) -> None:
        self._program.resize(columns, rows)

    async def close(self) -> None:
        await self._program.close()
        if self._closed:
            return
        self._closed = True
        where = self._where
        if where.group and where.streaming and self._unsent:
            self._put(self._unsent)
        elif where.group and not where.streaming and self._written:
            text = bytes(self._written).decode("utf-8", "replace").replace("\r\n", "\n")
            for start in range(0, len(text), _EVENT_BYTES):
                self._book.put_event(where.group, where.session_id, text[start : start + _EVENT_BYTES])
        if where.bucket and self._written:
            self._book.put_object(where.bucket, where.key, bytes(self._written))

    def _stream(self, shown: bytes) -> None:
        if not (self._where.group and self._where.streaming):
            return
        whole, feed, rest = (self._unsent + shown).rpartition(b"\n")
        self._unsent = rest
        lines = whole + feed
        for start in range(0, len(lines), _EVENT_BYTES):
            self._put(lines[start : start + _EVENT_BYTES])

    def _put(self, lines: bytes) -> None:
        where = self._where
        text = lines.decode("utf-8", "replace")
        message = structured_message(where.session_id, where.node_id, where.owner, datetime.now(UTC), text)
        self._book.put_event(where.group, where.session_id, message)
