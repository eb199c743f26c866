"""Encrypted sessions with the real agent at the other end: every kind, through smtui and through the AWS CLI."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from tests.demo.odd_clients import ODD_CLIENTS, OLD_CLIENT, last_words, told
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI
from tests.end_to_end.terminal import Terminal
from tests.real_agent.conftest import ENDPOINT, NODE, REGION, Bed
from tests.waiting import PATIENCE, wait_until

KEY = "arn:aws:kms:eu-west-1:123456789012:key/of-the-bed"
ENCRYPTED = "This session is encrypted using AWS KMS."
INTERACTIVE, COMMANDS = "AWS-StartInteractiveCommand", "AWS-StartNonInteractiveCommand"
COMMAND = "sh -c 'echo $((4200000+42)); echo $((4200000+43)) >&2; exit 7'"
SECRETS = (b"4200042", b"4200043", b"4200000+42", b"EXIT_CODE")
_NEWER_GO = re.compile(r"json: cannot unmarshal string into Go struct field \S+ of type \S+: (?=illegal base64)")
"""An agent that is built with Go 1.27 names the field before the same words."""
_HANDSHAKE_REQUEST = 5


@pytest.fixture
def keyed(bed: Bed) -> Bed:
    """With a key in the session preferences, and our plugin under the official name first on PATH."""
    bed.tell("preferences", kmsKeyId=KEY)
    folder = bed.home / "bin"
    folder.mkdir(parents=True)
    (folder / "session-manager-plugin").symlink_to(PLUGIN)
    return bed


def environment(bed: Bed) -> dict[str, str]:
    around = bed.environment()
    return around | {"PATH": f"{bed.home / 'bin'}{os.pathsep}{around['PATH']}"}


Starter = Callable[..., list[str]]


def through_smtui(document: str = "", **parameters: str) -> list[str]:
    named = ["--document-name", document] if document else []
    given = [word for name, value in parameters.items() for word in ("--parameter", f"{name}={value}")]
    return [SMTUI, "connect", NODE, *named, *given]


def through_the_cli(document: str = "", **parameters: str) -> list[str]:
    named = ["--document-name", document] if document else []
    given = ["--parameters", json.dumps({name: [value] for name, value in parameters.items()})] if parameters else []
    return [AWS_CLI, "ssm", "start-session", "--target", NODE, *named, *given]


STARTERS = pytest.mark.parametrize("starter", [through_smtui, through_the_cli], ids=["smtui", "cli"])


def session_in(text: str) -> str:
    found = re.search(r"Starting session with SessionId: (\S+)", text)
    assert found, text
    return found[1]


def assert_encrypted(bed: Bed, session_id: str) -> None:
    """The key was bound to the challenge, nothing of what was said passed in the clear, and the session has ended."""
    entries = [entry for entry in bed.transcript(session_id) if "control" not in entry["dir"]]
    passed = b"".join(bytes.fromhex(entry.get("payload", "")) for entry in entries)
    assert b'"Challenge":"' in passed
    assert b'"ChallengeAcknowledgement":true' in passed
    assert not [secret for secret in SECRETS if secret in passed]
    wait_until(lambda: session_id not in bed.active_sessions())


@STARTERS
@pytest.mark.parametrize("document", ["", INTERACTIVE], ids=["shell", "interactive"])
def test_on_a_terminal(keyed: Bed, starter: Starter, document: str) -> None:
    words = starter(document, command="sh") if document else starter()
    with Terminal(words, environment(keyed)) as terminal:
        terminal.wait_for(ENCRYPTED, PATIENCE)
        terminal.wait_for(lambda text: text.rstrip().endswith(("$", "#")), PATIENCE)
        terminal.press("echo $((4200000+42))\r")
        terminal.wait_for("\n4200042", PATIENCE)
        terminal.press("exit\r")
        terminal.wait_for("Exiting session with sessionId", PATIENCE)
        assert terminal.wait_for_end(PATIENCE) == 0
        session_id = session_in(terminal.text())
    assert_encrypted(keyed, session_id)


def run(bed: Bed, words: list[str]) -> subprocess.CompletedProcess[str]:
    """On pipes, with an input that does not end by itself: the agent takes its end for the user's leaving."""
    with subprocess.Popen(
        words, env=environment(bed), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        errors: list[str] = []
        reader = threading.Thread(target=lambda pipe: errors.append(pipe.read()), args=(running.stderr,))
        reader.start()
        output = running.stdout.read()
        reader.join()
        return subprocess.CompletedProcess(words, running.wait(PATIENCE), output, "".join(errors))


def test_a_command_with_separate_outputs_through_smtui(keyed: Bed) -> None:
    done = run(keyed, through_smtui(COMMANDS, command=COMMAND, separateOutputStream="True"))
    assert (done.returncode, done.stdout) == (7, "4200042\n")
    assert "4200043\n" in done.stderr
    assert ENCRYPTED in done.stderr
    assert_encrypted(keyed, session_in(done.stderr))


def test_a_command_with_one_output_through_smtui(keyed: Bed) -> None:
    done = run(keyed, through_smtui(COMMANDS, command=COMMAND))
    assert (done.returncode, done.stdout) == (0, "4200042\n4200043\n")
    assert_encrypted(keyed, session_in(done.stderr))


@pytest.mark.parametrize("separate", ["True", "False"])
def test_a_command_through_the_cli(keyed: Bed, separate: str) -> None:
    done = run(keyed, through_the_cli(COMMANDS, command=COMMAND, separateOutputStream=separate))
    assert done.returncode == 0, done.stderr
    for said in (ENCRYPTED, "4200042\n", "4200043\n"):
        assert said in done.stdout
    assert ("EXIT_CODE: 7" in done.stdout) == (separate == "True")
    assert_encrypted(keyed, session_in(done.stdout))


@contextmanager
def echo() -> Iterator[int]:
    """A server on this machine that sends back what it gets; its port."""

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                while data := connection.recv(65536):
                    connection.sendall(data)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@STARTERS
def test_a_port_is_forwarded_without_a_key(keyed: Bed, starter: Starter) -> None:
    with echo() as port:
        words = starter("AWS-StartPortForwardingSession", portNumber=str(port))
        if starter is through_smtui:
            words = [SMTUI, "forward", NODE, str(port)]
        with subprocess.Popen(
            words, env=environment(keyed), stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as running:
            assert running.stdout is not None
            lines = iter(running.stdout.readline, "")
            opened = (re.search(r"127\.0\.0\.1:(\d+) →|Port (\d+) opened", line) for line in lines)
            announced = next(filter(None, opened))
            [session_id] = keyed.active_sessions()
            assert echoed(int(announced[1] or announced[2]), b"4200042" * 10_000)
            os.killpg(running.pid, signal.SIGINT)
            running.stdout.read()
            assert running.wait(PATIENCE) == 0
    [request] = {one["text"] for one in keyed.transcript(session_id) if one.get("ptype") == _HANDSHAKE_REQUEST}
    assert '"SessionType":"Port"' in request
    assert "KMSEncryption" not in request


def echoed(port: int, data: bytes) -> bool:
    """Whether it comes back whole."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(data)
        received = b""
        while len(received) < len(data):
            received += connection.recv(65536)
    return received == data


@pytest.mark.parametrize("name", ODD_CLIENTS)
async def test_what_the_agent_says_of_an_odd_client(keyed: Bed, name: str) -> None:
    said = await last_words(ODD_CLIENTS[name], of_boto3("ssm"), of_boto3("kms"), NODE)
    assert _NEWER_GO.sub("", said) == told(name)


async def test_a_client_that_knows_no_challenge_gets_its_shell(keyed: Bed) -> None:
    assert await last_words(OLD_CLIENT, of_boto3("ssm"), of_boto3("kms"), NODE) == ""


def of_boto3(service: str) -> Any:
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    return boto3.client(service, region_name=REGION, endpoint_url=ENDPOINT, **keys)
