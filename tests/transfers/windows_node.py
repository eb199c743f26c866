"""A Windows node as far as a copy sees it: a console that echoes, draws and loses lines, and the driver's answers.

It is written from the driver's text and the documentation, not from a Windows machine.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from pathlib import Path

from smtui.engine.piped_session import SessionOver
from smtui.engine.session_attempt import SessionResult


class WindowsNode:
    """Its home is a folder of this machine."""

    def __init__(self, home: Path) -> None:
        self.stdout = asyncio.StreamReader(limit=1 << 20)
        self.lost = 0
        self._home = home
        self._mark = ""
        self._typed = ""
        self._held = bytearray()
        self._drawn = 0
        self._over = False
        self._target = self._part = self._source = home

    async def __aenter__(self) -> WindowsNode:
        self.stdout.feed_data(b"\x1b[2J\x1b[HWindows PowerShell\r\nCopyright (C)\r\n\x1b]0;powershell\x07PS C:\\> ")
        return self

    async def __aexit__(self, *error: object) -> None:
        self._over = True
        self.stdout.feed_eof()

    async def result(self) -> SessionResult:
        return SessionResult("It ended.")

    async def write(self, data: bytes) -> None:
        if self._over:
            raise SessionOver
        self._typed += data.decode("ascii")
        while "\r" in self._typed:
            line, _, self._typed = self._typed.partition("\r")
            assert len(line) < 1000
            self._draw(f"\x1b[93m{line}\x1b[m")
            self._take(line)

    def _draw(self, line: str) -> None:
        """A console moves its cursor, or scrolls, and is free to colour what it likes."""
        self._drawn += 1
        end = "\x1b[24;1H" if self._drawn % 3 == 0 else "\x1b[K\r\n"
        self.stdout.feed_data(f"\x1b[?25l{line}{end}\x1b[?25h".encode())

    def _say(self, words: str) -> None:
        text = f":{self._mark} {words}"
        assert len(text) < 80, "a console would break it"
        if words.startswith("d ") and self._drawn % 71 == 0:
            self._drawn += 1
            self.lost += 1
            return
        self._draw(text)

    def _take(self, line: str) -> None:
        if found := re.match(r"\$zM='(\w+)';", line):
            self._mark = found[1]
            self._say("hello")
            return
        _, _, work = line.partition(f"{self._mark} ")
        name, *words = [word.strip("'") for word in work.split()]
        if name.startswith("$global:zS="):
            self._held.clear()
            self._say("ok")
        elif name == "Invoke-Expression":
            self._say("ok tar=y width=120")
        elif name == "say":
            self._say(" ".join(words))
        elif not name.startswith("$"):
            getattr(self, f"_{name}")(*words)

    def _path(self, coded: str) -> Path:
        return self._home / base64.b64decode(coded).decode().removeprefix("./").replace("\\", "/")

    def _say_hash(self, data: bytes) -> None:
        self._say(f"ok {hashlib.sha256(data).hexdigest()}")

    def _up(self, to: str, name: str, kind: str) -> None:
        how, self._target = "as", self._path(to)
        if self._target.is_dir():
            how, self._target = "in", self._target / base64.b64decode(name).decode()
        self._part = self._target.with_name(f".{self._target.name}.smtui-part")
        size = self._part.stat().st_size if self._part.exists() else "none"
        self._say(f"ok how={how} part={size} room=99999999")

    def _fresh(self) -> None:
        self._part.write_bytes(b"")
        self._say("ok")

    def _psum(self) -> None:
        self._say_hash(self._part.read_bytes())

    def _add(self, coded: str) -> None:
        self._held += base64.b64decode(coded)

    def _put(self) -> None:
        with self._part.open("ab") as file:
            file.write(self._held)
            self._say(f"ok {file.tell()}")
        self._say_hash(bytes(self._held))

    def _fin(self, expected: str, mode: str, when: str, keep: str) -> None:
        assert (mode, when, keep) == ("644", "", "")
        assert hashlib.sha256(self._part.read_bytes()).hexdigest() == expected
        self._part.rename(self._target)
        self._say("ok")

    def _src(self, coded: str) -> None:
        self._source = self._path(coded)
        if not self._source.exists():
            self._say("no nofile")
            return
        self._say(f"ok kind=f size={self._source.stat().st_size} mode=none mtime=1000000000")

    def _ssum(self, most: str = "") -> None:
        data = self._source.read_bytes()
        self._say_hash(data[: int(most)] if most else data)

    def _lines(self, start: str, count: str, length: str) -> None:
        data, size = self._source.read_bytes(), int(length)
        for at in range(int(start), min(int(start) + int(count) * size, len(data)), size):
            self._say(f"d {at} {base64.b64encode(data[at : at + size]).decode()}")
        self._say("end")

    def _gone(self) -> None:
        self._say("ok")
