"""The port that waits for the browser, and the browser that is started, with real sockets and processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from pathlib import Path

import pytest

from smtui.places.browser_start import start_browser
from smtui.places.loopback_listener import LoopbackListener
from smtui.places.sign_in_rules import BrowserAnswer
from tests.waiting import wait_until

pytestmark = pytest.mark.integration


def answer(method: str, target: str) -> BrowserAnswer:
    return BrowserAnswer(200 if target == "/oauth/callback?x=1" else 404, f"{method} seen")


async def exchanged(port: int, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    writer.write_eof()
    got = await reader.read()
    writer.close()
    return got


async def test_browser_is_answered_and_the_port_is_freed() -> None:
    listener = LoopbackListener(answer)
    port = await listener.open()
    try:
        got = await exchanged(port, b"GET /oauth/callback?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert got.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"<p>GET seen</p>" in got
        assert (await exchanged(port, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
    finally:
        await listener.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


NO_REQUESTS = [b"", b"\r\n\r\n", b"GET\r\n\r\n", b"\xff\xfe / HTTP/1.1\r\n\r\n", b"x" * 40_000, b"GET /"]


@pytest.mark.parametrize("sent", NO_REQUESTS)
async def test_what_is_no_browser_gets_nothing_and_does_no_harm(sent: bytes) -> None:
    listener = LoopbackListener(answer)
    port = await listener.open()
    try:
        with contextlib.suppress(ConnectionResetError):
            assert await exchanged(port, sent) == b""
        assert (await exchanged(port, b"GET / HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 404 ")
    finally:
        await listener.close()


async def test_connection_that_says_nothing_does_not_hold_up_the_end() -> None:
    listener = LoopbackListener(answer)
    port = await listener.open()
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    await exchanged(port, b"GET / HTTP/1.1\r\n\r\n")
    await listener.close()
    writer.close()
    assert not [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]


async def test_only_this_machine_can_connect() -> None:
    listener = LoopbackListener(answer)
    port = await listener.open()
    try:
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))  # a listener of all interfaces would have it already
    finally:
        await listener.close()


def a_browser(folder: Path, script: str) -> dict[str, str]:
    program = folder / "browser"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return {"PATH": os.environ["PATH"], "BROWSER": str(program), "TERM": "xterm"}


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
class TestBrowser:
    def test_it_gets_the_page_and_no_terminal(self, tmp_path: Path) -> None:
        out = tmp_path / "out"
        script = f'echo "$1 ${{TERM:-none}} $(test -t 0 || echo no terminal)" > {out}.new && mv {out}.new {out}'
        assert start_browser("https://oidc.example/authorize?a=1&b=2", a_browser(tmp_path, script))
        assert wait_until(out.exists)
        assert out.read_text() == "https://oidc.example/authorize?a=1&b=2 none no terminal\n"

    def test_one_that_does_not_start_is_said(self, tmp_path: Path) -> None:
        assert not start_browser("https://oidc.example/", a_browser(tmp_path, "exit 1"))
        assert not start_browser("https://oidc.example/", {"PATH": str(tmp_path), "BROWSER": "/no/such/browser"})

    def test_one_that_fails_in_the_background_is_said(self, tmp_path: Path) -> None:
        """Such as `gio`: `webbrowser` takes it for opened, since it runs."""
        environment = a_browser(tmp_path, "exit 1") | {"PATH": str(tmp_path)}
        environment["BROWSER"] += " %s &"
        assert not start_browser("https://oidc.example/", environment)

    def test_one_that_stays_is_not_waited_for(self, tmp_path: Path) -> None:
        gone = tmp_path / "gone"
        os.mkfifo(gone)
        assert start_browser("https://oidc.example/", a_browser(tmp_path, f"read _ < {gone}"), patience=0.01)
        gone.write_text("\n")

    def test_only_pages_are_opened(self, tmp_path: Path) -> None:
        assert not start_browser("file:///etc/passwd", a_browser(tmp_path, "exit 0"))
        assert not start_browser("--help", a_browser(tmp_path, "exit 0"))
