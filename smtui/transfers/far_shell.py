"""Talks to the driver on a node: starts it with a typed line, asks it, and passes the bytes of files."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from smtui.domain.text import harmless
from smtui.transfers import posix_driver
from smtui.transfers.answers import Answer, AnswerReader, BrokenAnswer, PayloadDecoder, ShortPayload, parse_answer
from smtui.transfers.checksum import CKSUM, SHA256
from smtui.transfers.copy_failure import CopyFailed, SentLess, ShellLost

PROMPT_SECONDS = 60.0
"""A session may start and show its first prompt so late."""
QUIET_SECONDS = 0.3
"""A shell that has written nothing for so long waits for what is typed: a profile may start others before it."""
START_SECONDS = 20.0
"""The typed line may take so long to start the driver."""
ANSWER_SECONDS = 60.0
HASHING_SPEED = 5_000_000
"""Bytes a second that the slowest node may hash."""
_READ = 1 << 18


class Streams(Protocol):
    """What a copy uses of a `PipedSession`."""

    stdout: asyncio.StreamReader

    async def write(self, data: bytes) -> None:
        """Write to the shell; raises `SessionOver`."""


class Refused(Exception):
    """The far end did not do what it was asked for."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class FarTools:
    """What the node has for a copy."""

    system: str
    hash_kind: str
    """`SHA-256`, or `cksum` where it has no better one; empty for none at all."""
    base64: bool
    head: bool
    gzip: bool
    tar: bool


async def open_far_shell(streams: Streams, label: str) -> FarShell:
    """Wait for the prompt and start the driver that fits it; raises `CopyFailed` and `ShellLost`."""
    from smtui.transfers.powershell_shell import PowerShellShell, is_powershell

    shell = FarShell(streams, label)
    await shell.until_prompt()
    if is_powershell(shell.greeting):
        shell = PowerShellShell(streams, label)
    await shell.begin()
    return shell


class FarShell:
    """One shell session whose far end is the driver. For the event loop."""

    def __init__(self, streams: Streams, label: str) -> None:
        """`label` names the node in sentences."""
        self._streams = streams
        self._label = label
        self._mark = secrets.token_hex(8)
        self._reader = AnswerReader(self._mark)
        self.tools = FarTools("", "", base64=False, head=False, gzip=False, tar=False)

    @staticmethod
    def word(value: bytes) -> str:
        """A path or name for a command."""
        return posix_driver.word(value)

    @property
    def greeting(self) -> str:
        """What it has written before the driver was started."""
        return self._reader.dropped

    async def begin(self) -> None:
        """Start the driver; raises `CopyFailed` with what the node said instead, and `ShellLost`."""
        await self._write(posix_driver.typed_line(self._mark))
        await self._until_hello(START_SECONDS)
        await self._write(posix_driver.loading(self._mark))
        await self._answer(ANSWER_SECONDS)
        await self._write(posix_driver.FUNCTIONS.encode())
        self.tools = _tools(await self._answer(ANSWER_SECONDS))

    async def _until_hello(self, seconds: float) -> None:
        try:
            while await self._line(seconds) != posix_driver.HELLO:
                pass
        except (TimeoutError, BrokenAnswer):
            raise self._no_driver() from None
        except ShellLost:
            if self._reader.dropped.strip():
                raise self._no_driver() from None
            raise

    async def until_prompt(self) -> None:
        """Wait for the prompt: until something came and nothing has followed it for a moment."""
        try:
            async with asyncio.timeout(PROMPT_SECONDS):
                self._take(await self._read(None))
                while True:
                    self._take(await self._read(QUIET_SECONDS))
        except TimeoutError:
            return

    def _take(self, data: bytes) -> None:
        self._reader.feed(data)
        self._reader.line()

    def _no_driver(self) -> CopyFailed:
        lines = [line.strip() for line in self._reader.dropped.splitlines() if self._mark not in line]
        said = harmless(next((line for line in reversed(lines) if line), ""))
        heard = f" It said last: {said}" if said else " It said nothing."
        return CopyFailed(
            f"The shell of {self._label} did not start a copy: it takes no commands of sh, has no stty, or a profile "
            f"starts another program.{heard}"
        )

    async def ask(self, *words: str, seconds: float = ANSWER_SECONDS) -> Answer:
        """Run a function of the driver; raises `Refused` if it says no, `CopyFailed` and `ShellLost`."""
        await self._write(self._command(" ".join(words)))
        return await self._answer(seconds)

    def _command(self, words: str) -> bytes:
        return posix_driver.command(self._mark, words)

    def _shown(self, data: bytes) -> bytes:
        """What the shell has written, without what a terminal draws with; a POSIX driver's terminal is raw."""
        return data

    async def put(self, block: bytes) -> Answer:
        """Send a block of the file that is being written; answers once the far end has taken it in."""
        await self.ask("put", str(len(block)))
        await self._write(block)
        return await self._answer(ANSWER_SECONDS)

    async def get(self, offset: int, most: int, *, gzipped: bool) -> AsyncIterator[bytes]:
        """Yield the file from there on: `most` bytes exactly, or raise `SentLess`, `CopyFailed` or `ShellLost`."""
        await self.ask("get", str(offset), str(most), "y" if gzipped else "")
        decoder = PayloadDecoder(most, gzipped=gzipped)
        try:
            while True:
                text, ended = self._reader.payload()
                for piece in decoder.feed(text):
                    yield piece
                if ended:
                    break
                self._reader.feed(await self._read(ANSWER_SECONDS))
            if await self._line(ANSWER_SECONDS) != "end":
                raise BrokenAnswer("its data ends without a word")
            decoder.finish()
        except ShortPayload as short:
            raise SentLess(self._strange(short).args[0], keeps_part=False) from None
        except BrokenAnswer as broken:
            raise self._strange(broken) from None
        except TimeoutError:
            raise ShellLost("sent nothing for a minute") from None

    async def _answer(self, seconds: float) -> Answer:
        try:
            answer = parse_answer(await self._line(seconds))
        except BrokenAnswer as broken:
            raise self._strange(broken) from None
        except TimeoutError:
            raise ShellLost("did not answer") from None
        if not answer.good:
            raise Refused(answer)
        return answer

    async def _line(self, seconds: float) -> str:
        async with asyncio.timeout(seconds):
            while (line := self._reader.line()) is None:
                self._reader.feed(await self._read(None))
            return line

    async def _read(self, seconds: float | None) -> bytes:
        async with asyncio.timeout(seconds):
            data = await self._streams.stdout.read(_READ)
        if not data:
            raise ShellLost("ended")
        return self._shown(data)

    async def _write(self, data: bytes) -> None:
        from smtui.engine.piped_session import SessionOver

        try:
            await self._streams.write(data)
        except SessionOver:
            raise ShellLost("ended") from None

    def _strange(self, broken: BrokenAnswer) -> CopyFailed:
        return CopyFailed(f"{self._label} answers strangely: {broken}. The copy was given up.")


def hash_seconds(size: int) -> float:
    """How long a node may take to hash so many bytes."""
    return ANSWER_SECONDS + size / HASHING_SPEED


def _tools(answer: Answer) -> FarTools:
    hashing = answer.field("sum")
    return FarTools(
        system=answer.field("system"),
        hash_kind={"": "", "cksum": CKSUM}.get(hashing, SHA256),
        base64=answer.field("base64") == "y",
        head=answer.field("head") == "y",
        gzip=answer.field("gzip") == "y",
        tar=answer.field("tar") == "y",
    )
