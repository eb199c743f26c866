"""A service that writes what a terminal would obey wherever the plugin quotes it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Iterator

import pytest
from websockets.sync.server import ServerConnection, serve

from smtui.demo.far_end.agent import CannotRun, RemoteProgram
from smtui.demo.far_end.channel_service import SessionWork, WorkFor
from smtui.demo.far_end.far_end_settings import FarEndSettings
from tests.plugin.builtin.service import PLUGIN, PROMPT, SESSION, TOKEN, Service, service

CLIPBOARD = "\x1b]52;c;cm0gLXJmIH4=\x07"
HOSTILE = f"{CLIPBOARD}\x9b31m\x9d0;t\x9c\u202egpj\u2066\u200b"
OBEYED = [b"\x1b", b"\x07", b"\x08", *(mark.encode() for mark in "\x9b\x9c\x9d\u202e\u2066\u200b\u2028")]


def said_by(far: Service, *, from_smtui: bool, session_id: str = SESSION, url: str = "") -> bytes:
    """Everything the plugin puts out until it ends by itself."""
    environment = far.environment(from_smtui=from_smtui, url=url)
    response = json.loads(environment["AWS_SSM_START_SESSION_RESPONSE"]) | {"SessionId": session_id}
    environment["AWS_SSM_START_SESSION_RESPONSE"] = json.dumps(response)
    done = subprocess.run(
        far.argv,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    assert TOKEN.encode() not in done.stdout
    return done.stdout


def failing(text: str) -> WorkFor:
    """An agent that cannot run the session, and closes it with this text."""

    async def start(_: str) -> RemoteProgram:
        raise CannotRun(text)

    return lambda _: SessionWork(start)


@contextlib.contextmanager
def refusing(code: int, reason: str) -> Iterator[str]:
    """A websocket server that closes every connection at once; its URL."""

    def close(connection: ServerConnection) -> None:
        connection.close(code, reason)

    with serve(close, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/data-channel/s-1"
        server.shutdown()


@pytest.mark.parametrize("from_smtui", [True, False])
def test_its_session_id(from_smtui: bool) -> None:
    with service(work_for=failing("gone")) as far:
        said = said_by(far, from_smtui=from_smtui, session_id=f"s-1{HOSTILE}\n\nExiting session with sessionId: s-1.")
    assert not [mark for mark in OBEYED if mark in said]
    assert "s-1␛]52;c;cm0gLXJmIH4=␇".encode() in said
    assert b"\nExiting session with sessionId: s-1." not in said


@pytest.mark.parametrize("from_smtui", [True, False])
def test_its_last_words(from_smtui: bool) -> None:
    with service(work_for=failing(f"no such {HOSTILE}\n\tline two")) as far:
        said = said_by(far, from_smtui=from_smtui)
    assert not [mark for mark in OBEYED if mark in said]
    expected = f"\n\nSessionId: {SESSION} : \n----------ERROR-------\nno such ␛]52;c;cm0gLXJmIH4=␇"
    assert expected.encode() in said
    assert b"\n        line two\n" in said


def test_its_last_words_are_bounded() -> None:
    with service(work_for=failing("x" * 200_000)) as far:
        said = said_by(far, from_smtui=False)
    assert len(said) < 20_000
    assert b"more characters)" in said


@pytest.mark.parametrize("from_smtui", [True, False])
def test_its_message_before_the_session(from_smtui: bool) -> None:
    with service(settings=FarEndSettings(handshake=True, customer_message=f"Encrypted.{HOSTILE}")) as far:
        said = said_by(far, from_smtui=from_smtui)
    assert "\nEncrypted.␛]52;c;cm0gLXJmIH4=␇".encode() in said
    before_the_shell = said.partition(b"your own machine")[0]
    assert CLIPBOARD.encode() not in said
    assert not [mark for mark in OBEYED[1:] if mark in before_the_shell]


@pytest.mark.parametrize("from_smtui", [True, False])
def test_its_reason_to_close(from_smtui: bool, far: Service) -> None:
    with refusing(1003, f"Channel {HOSTILE}") as url:
        said = said_by(far, from_smtui=from_smtui, url=url)
    assert not [mark for mark in OBEYED if mark in said]
    assert "Cannot perform start session: Channel ␛]52;c;cm0gLXJmIH4=␇".encode() in said


def test_what_the_plugin_was_called_with() -> None:
    done = subprocess.run([*PLUGIN, CLIPBOARD], capture_output=True, timeout=60, check=False)
    assert "Unknown operation ␛]52;c;cm0gLXJmIH4=␇. ".encode() in done.stdout
    assert b"\x1b" not in done.stdout + done.stderr


def test_the_remote_programs_own_output_is_not_touched(far: Service) -> None:
    plugin = far.spawn()
    try:
        plugin.expect(PROMPT)
        plugin.send("printf '\\033]52;c;%s\\007' cm0=\r")
        plugin.expect_exact("\x1b]52;c;cm0=\x07")
    finally:
        plugin.close(force=True)


def test_a_locale_that_cannot_show_a_character_ends_nothing() -> None:
    with service(work_for=failing("日本 \x1b")) as far:
        environment = far.environment(PYTHONIOENCODING="ascii:strict", PYTHONUTF8="0")
        done = subprocess.run(
            far.argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False
        )
    assert b"Traceback" not in done.stdout + done.stderr
    assert b"ERROR-------\n?? ?" in done.stdout
