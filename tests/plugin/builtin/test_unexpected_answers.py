"""A service that answers something other than it was asked for: nothing happens here, and the session is ended."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from smtui.channel.handshake import HandshakeComplete, HandshakeRequest, SessionType
from smtui.channel.message import PayloadType
from tests.plugin.builtin.forward import TO_NODE, Forward, forward
from tests.plugin.builtin.service import PLUGIN, SESSION, Service, as_aws_cli
from tests.plugin.builtin.test_session import Pipes, Script, pipes, play

__all__ = ["pipes"]

NODE = "i-0123456789abcdef0"
SHELL: dict[str, object] = {"Target": NODE}
TO_SOCKET = "AWS-StartPortForwardingSessionToSocket"
COMMAND = "AWS-StartNonInteractiveCommand"


def asked(document: str, **parameters: str) -> dict[str, object]:
    return {"Target": NODE, "DocumentName": document, "Parameters": {name: [text] for name, text in parameters.items()}}


def refused(far: Service, *, from_smtui: bool = False) -> str:
    """What the plugin says of a session that it does not start; the session is over then."""
    argv = far.argv if from_smtui else as_aws_cli(far.argv)
    plugin = subprocess.Popen(
        argv, env=far.environment(from_smtui=from_smtui), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with plugin:
        assert plugin.stdout
        said = plugin.stdout.read().decode()
        assert plugin.wait(60) == (255 if from_smtui else 0)
    assert "opened for sessionId" not in said
    assert "Nothing was started on this machine." in said
    assert far.terminated == ([] if from_smtui else [SESSION])
    return said


@pytest.mark.parametrize("from_smtui", [True, False])
@pytest.mark.parametrize("document", [TO_NODE, "AWS-StartSSHSession", COMMAND])
def test_a_shell_that_becomes_something_else(far: Service, document: str, from_smtui: bool) -> None:
    far.book.documents[SESSION] = document
    far.book.parameters[SESSION] = {"command": ("id",)} if document == COMMAND else {"portNumber": ("80",)}
    far.request = SHELL
    assert "a shell was asked for, and the service answered with a session of type" in refused(
        far, from_smtui=from_smtui
    )


def test_a_shell_that_would_replace_a_socket(far: Service, tmp_path: Path) -> None:
    """Nobody listens on it any more, so that a forward that was asked for would replace it."""
    path = tmp_path / "agent"
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(path))
    before = path.stat()
    far.book.documents[SESSION] = TO_SOCKET
    far.book.parameters[SESSION] = {"portNumber": ("80",), "localUnixSocket": (str(path),)}
    far.request = SHELL
    refused(far)
    assert (path.stat().st_ino, path.stat().st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.parametrize("document", [TO_NODE, TO_SOCKET, "Acme-ForwardWeb"])
def test_a_forward_whose_socket_is_another(far: Service, tmp_path: Path, document: str) -> None:
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    far.book.documents[SESSION] = TO_SOCKET
    far.book.parameters[SESSION] = {"portNumber": ("80",), "localUnixSocket": (str(elsewhere),)}
    named = {"localUnixSocket": str(there)} if document == TO_SOCKET else {}
    far.request = asked(document, portNumber="80", **named)
    assert f"the socket {elsewhere}, which was not asked for" in refused(far)
    assert list(tmp_path.iterdir()) == []


def test_a_forward_whose_port_is_another(far: Service) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    far.book.documents[SESSION] = TO_NODE
    far.book.parameters[SESSION] = {"portNumber": ("80",), "localPortNumber": (str(port),)}
    far.request = asked(TO_NODE, portNumber="80", localPortNumber="0")
    assert f"the local port {port}, and 0 was asked for" in refused(far)


def test_a_command_that_becomes_a_shell(far: Service) -> None:
    far.request = asked(COMMAND, command="id")
    assert f"{COMMAND} was asked for, and the service answered with a session of type Standard_Stream" in refused(far)


def test_a_document_of_the_accounts_own_may_be_a_forward(far: Service) -> None:
    parameters = {"localPortNumber": ("0",)}
    with forward(far, parameters, document="Acme-ForwardWeb", from_smtui=False) as web:
        assert b"<h1>web-1</h1>" in web.get("/")
        assert _listens_on_loopback_alone(web)
        web.stop()


def test_a_document_that_smtui_has_read_is_what_it_was(far: Service) -> None:
    far.book.documents[SESSION] = "Acme-ForwardWeb"
    environment = far.environment(from_smtui=True, SMTUI_SESSION_TYPE=SessionType.INTERACTIVE_COMMANDS)
    done = subprocess.run(far.argv, env=environment, input=b"", capture_output=True, check=False, timeout=60)
    assert done.returncode == 255
    assert b"Acme-ForwardWeb was asked for, and the service answered with a session of type Port" in done.stderr


@pytest.mark.parametrize("arguments", [3, 6])
def test_a_program_that_does_not_say_what_it_started_gets_what_it_started(far: Service, arguments: int) -> None:
    far.book.documents[SESSION] = TO_NODE
    far.book.parameters[SESSION] = {"portNumber": ("80",)}
    far.request = SHELL
    plugin = subprocess.Popen(
        far.argv[: len(PLUGIN) + arguments], env=far.environment(AWS_ENDPOINT_URL_SSM=far.endpoint_url),
        stdout=subprocess.PIPE, stdin=subprocess.PIPE,
    )  # fmt: skip
    with plugin:
        assert plugin.stdout
        lines = iter(plugin.stdout.readline, b"")
        assert any(b"opened for sessionId" in line for line in lines)
        plugin.send_signal(signal.SIGINT)
        assert plugin.wait(60) == 0


def test_ecs_names_no_document(far: Service) -> None:
    far.request = {"Target": "ecs:cluster_task_container-1"}
    done = subprocess.run(
        far.argv, env=far.environment(from_smtui=True), input=b"echo $((6*7))\n", capture_output=True, check=True,
        timeout=60,
    )  # fmt: skip
    assert b"42\r\n" in done.stdout


def _listens_on_loopback_alone(web: Forward) -> bool:
    listening = [
        connection.laddr.ip
        for connection in psutil.Process(web.process.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    return listening == ["127.0.0.1"]


PORT_HANDSHAKE = HandshakeRequest.for_session(
    "3.3.987.0", SessionType.PORT, {"type": "LocalPortForwarding", "portNumber": "80"}
).encode()


async def test_a_shell_does_not_become_a_forward_in_its_middle(pipes: Pipes) -> None:
    """Without a handshake at first, as shells are, and with one later: it stays a shell."""
    script: Any = Script(
        (PayloadType.OUTPUT, b"$ "),
        (PayloadType.HANDSHAKE_REQUEST, PORT_HANDSHAKE),
        (PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode()),
        (PayloadType.OUTPUT, b"still here"),
    )
    async with asyncio.timeout(20):
        ending, out, _ = await play(script, pipes, from_smtui=True)
    assert out == b"$ still here"
    assert ending.closed


async def test_a_shell_whose_handshake_makes_it_a_forward(pipes: Pipes) -> None:
    script: Any = Script(
        (PayloadType.HANDSHAKE_REQUEST, PORT_HANDSHAKE),
        (PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1, "hello").encode()),
        (PayloadType.OUTPUT, b"$ "),
    )
    async with asyncio.timeout(20):
        ending, out, _ = await play(script, pipes, from_smtui=True)
    assert out == b"", "not even its message is shown"
    assert re.search("a shell was asked for, .* Nothing was started on this machine", ending.words)
    assert not ending.closed
