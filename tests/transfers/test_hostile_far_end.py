"""A far end that lies, floods or draws: nothing is written under the target's name, nothing is shown raw."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from smtui.engine.jobs import JobState
from smtui.engine.offloop import OffLoop
from smtui.engine.piped_session import SessionOver
from smtui.engine.session_attempt import SessionResult
from smtui.transfers.copy_job import CopyJob, CopyOrder

pytestmark = pytest.mark.integration
TOOLS = "ok system=Linux sum=sha256sum base64=y head=y gzip= tar=y"
Script = dict[str, str | Callable[[], bytes]]


class FakeNode:
    """Answers each function of the driver with what the script says; bytes are sent as they are."""

    def __init__(self, script: Script) -> None:
        self.stdout = asyncio.StreamReader(limit=1 << 20)
        self.asked: list[str] = []
        self._script = script
        self._mark = ""
        self._over = False

    async def __aenter__(self) -> FakeNode:
        self.stdout.feed_data(b"\x1b[?2004h\x1b]0;ssm-user@evil\x07$ ")
        return self

    async def write(self, data: bytes) -> None:
        if self._over:
            raise SessionOver
        if found := re.search(rb"M=([0-9a-f]{16});", data):
            self._mark = found[1].decode()
            self._say("hello")
        for asked in re.findall(rf"^{self._mark} (\w+)".encode(), data, re.MULTILINE):
            word = asked.decode()
            if word == "echo":
                self._say("ok go")
                self._say(TOOLS)
                continue
            self.asked.append(word)
            answer = self._script.get(word, "ok")
            if callable(answer):
                self._say("ok")
                self.stdout.feed_data(answer())
                self._say("end")
            else:
                if word == "put":
                    self._say("ok go")
                self._say(answer)

    def _say(self, words: str) -> None:
        self.stdout.feed_data(f":{self._mark} {words}\n".encode(errors="surrogateescape"))

    async def __aexit__(self, *error: object) -> None:
        self._over = True
        with contextlib.suppress(AssertionError):
            self.stdout.feed_eof()

    async def result(self) -> SessionResult:
        return SessionResult("It ended.")


async def copied(script: Script, folder: Path, *, up: bool = False) -> CopyJob:
    (folder / "source").write_bytes(b"source")
    source, to = (str(folder / "source"), "/tmp/x") if up else ("/tmp/x", str(folder / "target"))
    job = CopyJob(
        CopyOrder("web-1", up, (source,), to, recursive=True),
        lambda: FakeNode(script),  # type: ignore[arg-type,return-value]  # it has what a copy uses
        OffLoop(),
    )
    async with asyncio.timeout(60):
        await job.run()
    (folder / "source").unlink()
    return job


def as_base64(data: bytes) -> Callable[[], bytes]:
    return lambda: base64.encodebytes(data)


FILE = "ok kind=f size=1000 mode=644 mtime=1000000000"


@pytest.mark.parametrize(
    "script",
    [
        {"src": FILE, "get": as_base64(b"x" * 5000)},
        {"src": FILE, "get": as_base64(b"x" * 10)},
        {"src": FILE, "get": lambda: b"\x1b[2J" * 100},
        {"src": FILE, "get": as_base64(b"x" * 1000), "ssum": "ok 0123"},
        {"src": "ok kind=f size=-5 mode=644 mtime=1"},
        {"src": "ok kind=f size=99999999999999999999 mode=644 mtime=1"},
        {"src": "ok kind=f size=none mode=none mtime=none"},
        {"src": "ok kind=f size=999999999999999999 mode=644 mtime=1"},
        {"src": "ok kind=f size=1000 mode=9999 mtime=1"},
        {"src": "maybe"},
        {"src": ""},
        {"src": "no \x1b[31mwhy\x07 \x1b]52;c;aGk=\x07"},
        {"src": "ok kind=d", "weigh": "ok x"},
    ],
)
async def test_lies_about_a_download(script: Script, tmp_path: Path) -> None:
    job = await copied(script, tmp_path)
    assert job.state is JobState.FAILED
    assert not (tmp_path / "target").exists()
    assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f]+", job.words()), job.words()
    assert [name for name in os.listdir(tmp_path) if os.stat(tmp_path / name).st_size > 1000] == []


def tar_of(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, link
        tar.addfile(entry)
    return held.getvalue()


def folder_script(stream: bytes) -> Script:
    return {
        "src": "ok kind=d size=4096 mode=755 mtime=1000000000",
        "weigh": f"ok {len(stream)}",
        "get": as_base64(stream),
        "ssum": f"ok {hashlib.sha256(stream).hexdigest()}",
    }


@pytest.mark.parametrize("name", ["../planted", "/tmp/smtui-planted", "a/../../planted"])
async def test_an_archive_that_wants_out(name: str, tmp_path: Path) -> None:
    job = await copied(folder_script(tar_of(name)), tmp_path)
    assert "outside its folder" in job.words()
    assert not Path("/tmp/smtui-planted").exists()
    assert [each for each in os.listdir(tmp_path) if "planted" in each or each == "target"] == []


async def test_a_link_that_leads_out_is_said(tmp_path: Path) -> None:
    job = await copied(folder_script(tar_of("\x1b[31mout", tarfile.SYMTYPE, "/etc")), tmp_path)
    assert job.state is JobState.DONE
    assert len(job.left_out) == 1
    assert "leads out" in job.left_out[0]
    assert "\x1b" not in job.left_out[0]
    assert os.listdir(tmp_path / "target") == []


async def test_an_endless_greeting_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.transfers.far_shell.START_SECONDS", 0.5)
    monkeypatch.setattr("smtui.transfers.far_shell.PROMPT_SECONDS", 0.5)

    class Flood(FakeNode):
        async def __aenter__(self) -> Flood:
            self._flooding = asyncio.create_task(self._flood())
            return self

        async def _flood(self) -> None:
            while not self._over:
                self.stdout.feed_data(b"no prompt ever \x1b[31m" * 100)
                await asyncio.sleep(0.001)

        async def write(self, data: bytes) -> None:
            pass

    job = CopyJob(
        CopyOrder("web-1", True, (__file__,), "/tmp/x"),
        lambda: Flood({}),  # type: ignore[arg-type,return-value]  # it has what a copy uses
        OffLoop(),
    )
    async with asyncio.timeout(60):
        await job.run()
    assert "did not start a copy" in job.words()
    assert "\x1b" not in job.words()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"up": "ok how=as part=none room=0"}, "No room on web-1: /tmp has 0 B, 6 B are to come. /tmp/x is untouched."),
        (
            {"up": "ok how=as part=none room=none", "put": "no write tee: No space left on device"},
            "/tmp is full, 6 B",
        ),
        ({"up": "ok how=as part=none room=none", "put": "ok 6 beef"}, "not what was sent, 5 times"),
        ({"up": "ok how=as part=none room=none", "put": "ok 6"}, "not what was sent, 5 times"),
        ({"up": "no denied"}, "may not write"),
        ({"up": "ok part=x room=1"}, "answers strangely"),
    ],
)
async def test_refused_uploads(script: Script, words: str, tmp_path: Path) -> None:
    job = await copied(script, tmp_path, up=True)
    assert job.state is JobState.FAILED
    assert words in job.words()
