"""Talks to the PowerShell driver of a Windows node, in the same words as `far_shell` to that of a POSIX shell."""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import AsyncIterator

from smtui.domain.text import harmless
from smtui.transfers import powershell_driver
from smtui.transfers.answers import Answer, AnswerReader, BrokenAnswer, whole_number
from smtui.transfers.checksum import SHA256
from smtui.transfers.copy_failure import CopyFailed, SentLess, ShellLost
from smtui.transfers.far_shell import ANSWER_SECONDS, START_SECONDS, FarShell, FarTools, Streams

_PROMPT = re.compile(r"\bPS [A-Z]:\\|Windows PowerShell|PowerShell \d")
_LINES_AT_ONCE = 200
_MOST_REPEATS = 5
_SENT_AT_ONCE = 16
"""Lines to the node before it has to answer: a console keeps what is typed, but nobody says how much."""
_SEQUENCE = re.compile(
    rb"\x1b\[(?P<parameters>[0-9;?]*)[ -/]*(?P<final>[@-~])"
    rb"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
    rb"|\x1b[ -/]*[0-Z\\^-~]"
)
_BEGUN = re.compile(rb"\x1b(?:\[[0-9;?]*[ -/]*|\][^\x07\x1b]{0,4096}|[ -/]*)?\Z")


def is_powershell(greeting: str) -> bool:
    """Whether a shell that has written this is PowerShell."""
    return bool(_PROMPT.search(greeting))


class ConsoleText:
    """Takes out what a console draws with: cursor moves become the ends of lines, or blanks, that they stand for."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """Return the text of these bytes; a sequence that is not whole waits."""
        data = self._rest + data
        begun = _BEGUN.search(data)
        cut = begun.start() if begun else len(data)
        self._rest = data[cut:]
        return _SEQUENCE.sub(_meaning, data[:cut])


def _meaning(found: re.Match[bytes]) -> bytes:
    final = found["final"]
    if final in (b"H", b"f", b"E", b"B", b"d"):
        return b"\n"
    if final == b"C":
        return b" " * min(int(found["parameters"] or b"1") if (found["parameters"] or b"1").isdigit() else 1, 200)
    return b""


class PowerShellShell(FarShell):
    """One PowerShell session whose far end is the driver."""

    def __init__(self, streams: Streams, label: str) -> None:
        super().__init__(streams, label)
        self._mark = secrets.token_hex(4)  # lines are short
        self._reader = AnswerReader(self._mark)
        self._console = ConsoleText()

    @staticmethod
    def word(value: bytes) -> str:
        """A path or name for a command; raises `CopyFailed` for what Windows cannot have."""
        try:
            return powershell_driver.word(value)
        except ValueError:
            raise CopyFailed("The name is not valid Unicode, which Windows needs. Rename it, then copy it.") from None

    async def begin(self) -> None:
        """Start the driver; raises `CopyFailed` and `ShellLost`."""
        await self._write(powershell_driver.typed_line(self._mark))
        await self._until_hello(START_SECONDS)
        for line in powershell_driver.loading(self._mark):
            await self._write(line)
        answer = await self._answer(ANSWER_SECONDS)
        width = answer.field("width")
        if not width.isdigit() or int(width) < powershell_driver.LEAST_WIDTH:
            columns = harmless(width) or "an unknown number of"
            raise CopyFailed(f"The console of {self._label} is too narrow for a copy: {columns} columns.")
        self.tools = FarTools("Windows", SHA256, base64=True, head=True, gzip=False, tar=answer.field("tar") == "y")

    def _command(self, words: str) -> bytes:
        return powershell_driver.command(self._mark, words)

    def _shown(self, data: bytes) -> bytes:
        return self._console.feed(data)

    async def put(self, block: bytes) -> Answer:
        """Send a block of the file that is being written; answers once the far end has taken it in."""
        await self._write(self._command("$global:zS=New-Object IO.MemoryStream;say ok"))
        await self._answer(ANSWER_SECONDS)
        text = binascii.b2a_base64(block, newline=False).decode()
        step = powershell_driver.SENT_CHARACTERS
        for number, at in enumerate(range(0, len(text), step), 1):
            await self._write(self._command(f"add '{text[at : at + step]}'"))
            if number % _SENT_AT_ONCE == 0:
                await self.ask("say", "ok")
        size = await self.ask("put")
        digest = await self._answer(ANSWER_SECONDS)
        return Answer(True, (size.code, digest.code))

    async def get(self, offset: int, most: int, *, gzipped: bool) -> AsyncIterator[bytes]:
        """Yield the file from there on: `most` bytes exactly, or raise `SentLess`, `CopyFailed` or `ShellLost`."""
        at, end = offset, offset + most
        while at < end:
            window = min(end, at + _LINES_AT_ONCE * powershell_driver.DATA_BYTES) - at
            piece = await self._window(at, window)
            at += len(piece)
            yield piece
        if not most:
            return
        await self.ask("gone")

    async def _window(self, at: int, size: int) -> bytes:
        """So many bytes from there on; lines that the console has swallowed are asked for again."""
        step = powershell_driver.DATA_BYTES
        found: dict[int, bytes] = {}
        for _ in range(_MOST_REPEATS):
            await self._write(self._command(f"lines {at} {-(-size // step)} {step}"))
            try:
                while (line := await self._line(ANSWER_SECONDS)) != "end":
                    offset, data = _data_of(line)
                    found[offset] = data
            except BrokenAnswer as broken:
                raise self._strange(broken) from None
            except TimeoutError:
                raise ShellLost("sent nothing for a minute") from None
            whole = b"".join(found.get(place, b"") for place in range(at, at + size, step))
            if len(whole) >= size:
                return whole[:size]
        raise SentLess(f"The console of {self._label} swallows lines, {_MOST_REPEATS} times in a row.")


def _data_of(line: str) -> tuple[int, bytes]:
    words = line.split()
    if len(words) != 3 or words[0] != "d":
        raise BrokenAnswer("a line of data was expected")
    try:
        data = binascii.a2b_base64(words[2], strict_mode=True)
    except ValueError:
        return whole_number(words[1]), b""  # drawn over: it is asked for again
    return whole_number(words[1]), data[: powershell_driver.DATA_BYTES]
