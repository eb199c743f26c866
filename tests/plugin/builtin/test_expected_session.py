"""Which answers fit which requests."""

from __future__ import annotations

from typing import Any

import pytest

from smtui.channel.client_session import Opened
from smtui.plugin.builtin.expected_session import ExpectedSession

SHELL = "Standard_Stream"
INTERACTIVE = "InteractiveCommands"
COMMAND = "NonInteractiveCommands"
PORT = "Port"
LISTENING = {"type": "LocalPortForwarding", "portNumber": "80"}
TO_NODE = "AWS-StartPortForwardingSession"
TO_HOST = "AWS-StartPortForwardingSessionToRemoteHost"
TO_SOCKET = "AWS-StartPortForwardingSessionToSocket"
SSH = "AWS-StartSSHSession"


def request(document: str = "", **parameters: str) -> dict[str, Any]:
    given: dict[str, Any] = {"Target": "i-1", "Parameters": {name: [value] for name, value in parameters.items()}}
    return given | ({"DocumentName": document} if document else {})


def objection(asked: dict[str, Any], session_type: str, *, read: str = "", **properties: str) -> str:
    return ExpectedSession.of(asked, read).objection(Opened(session_type, properties=dict(properties)))


ECS = {"Target": "ecs:cluster_task_container"}


@pytest.mark.parametrize(
    ("asked", "session_type", "properties"),
    [
        (request(), SHELL, {}),
        (request(), INTERACTIVE, {}),
        ({}, SHELL, {}),
        (ECS, SHELL, {}),
        (ECS, INTERACTIVE, {}),
        (request("SSM-SessionManagerRunShell"), SHELL, {}),
        (request("arn:aws:ssm:eu-west-1:444455556666:document/SSM-SessionManagerRunShell"), SHELL, {}),
        (request("AWS-StartInteractiveCommand", command="top"), INTERACTIVE, {}),
        (request("AWS-StartInteractiveCommand", command="top"), SHELL, {}),  # no handshake tells them apart
        (request("AWS-StartNonInteractiveCommand", command="id"), COMMAND, {}),
        (request(TO_NODE), PORT, LISTENING),
        (request(TO_NODE), PORT, {**LISTENING, "localPortNumber": "0"}),
        (request(TO_NODE, localPortNumber="8080"), PORT, {**LISTENING, "localPortNumber": "8080"}),
        (request(TO_HOST, host="db"), PORT, {**LISTENING, "host": "db", "localPortNumber": "0"}),
        (
            request(TO_SOCKET, localUnixSocket="/tmp/s"),
            PORT,
            {**LISTENING, "localConnectionType": "unix", "localUnixSocket": "/tmp/s"},
        ),
        (request(SSH, portNumber="22"), PORT, {"portNumber": "22"}),
        (request("Acme-Anything"), SHELL, {}),
        (request("Acme-Anything"), COMMAND, {}),
        (request("Acme-Anything"), PORT, LISTENING),
        (request("Acme-Anything"), PORT, {"portNumber": "22"}),
        (request("Acme-Anything"), PORT, {**LISTENING, "localPortNumber": "9000"}),
        (
            request("Acme-Anything", path="/tmp/s"),
            PORT,
            {**LISTENING, "localConnectionType": "unix", "localUnixSocket": "/tmp/s"},
        ),
    ],
)
def test_what_was_asked_for(asked: dict[str, Any], session_type: str, properties: dict[str, str]) -> None:
    assert objection(asked, session_type, **properties) == ""


SOCKET = {**LISTENING, "localConnectionType": "unix", "localUnixSocket": "/home/me/.ssh/agent"}


@pytest.mark.parametrize(
    ("asked", "session_type", "properties", "said"),
    [
        (request(), PORT, LISTENING, "a shell was asked for, and the service answered with a session of type Port"),
        (request(), PORT, {"portNumber": "22"}, "type Port"),
        (request(), PORT, SOCKET, "type Port"),
        (request(), COMMAND, {}, "type NonInteractiveCommands"),
        (request(), "Sh\x1bell", {}, "type Sh"),
        ({}, PORT, LISTENING, "a shell was asked for"),
        (ECS, PORT, LISTENING, "a shell was asked for"),
        (request("SSM-SessionManagerRunShell"), PORT, LISTENING, "SSM-SessionManagerRunShell was asked for"),
        (request("AWS-StartInteractiveCommand"), COMMAND, {}, "AWS-StartInteractiveCommand was asked for"),
        (request("AWS-StartInteractiveCommand"), PORT, LISTENING, "type Port"),
        (request("AWS-StartNonInteractiveCommand"), SHELL, {}, "type Standard_Stream"),
        (request("AWS-StartNonInteractiveCommand"), PORT, LISTENING, "type Port"),
        (request(TO_NODE), SHELL, {}, "type Standard_Stream"),
        (request(TO_NODE), PORT, {"portNumber": "80"}, "wants to use standard input and output"),
        (request(SSH), PORT, LISTENING, "wants to listen on this machine"),
        (request(TO_NODE), PORT, {**LISTENING, "localPortNumber": "2222"}, "the local port 2222, and 0 was asked for"),
        (
            request(TO_NODE, localPortNumber="8080"),
            PORT,
            {**LISTENING, "localPortNumber": "8081"},
            "the local port 8081, and 8080 was asked for",
        ),
        (request(TO_NODE, localPortNumber="8080"), PORT, LISTENING, "the local port 0, and 8080 was asked for"),
        (request(TO_NODE, localPortNumber="9" * 5000), PORT, LISTENING, "the local port 0"),
        (request(TO_NODE), PORT, SOCKET, "the socket /home/me/.ssh/agent, which was not asked for"),
        (request(TO_NODE, portNumber="/home/me/.ssh/agent"), PORT, SOCKET, "which was not asked for"),
        (request(TO_SOCKET, localUnixSocket="/tmp/s"), PORT, SOCKET, "which was not asked for"),
        (request(TO_SOCKET, localUnixSocket="/tmp/s"), PORT, LISTENING, "the socket /tmp/s was asked for"),
        (request("Acme-Anything"), PORT, SOCKET, "which was not asked for"),
        (request("Acme-Anything", path="/tmp/s"), PORT, SOCKET, "which was not asked for"),
        (request("Acme-Anything", localUnixSocket="/tmp/s"), PORT, SOCKET, "which was not asked for"),
        (request("Acme-Anything", localUnixSocket="/tmp/s"), PORT, LISTENING, "was asked for"),
        (
            request("Acme-Anything", localPortNumber="8080"),
            PORT,
            {**LISTENING, "localPortNumber": "9000"},
            "8080 was asked for",
        ),
    ],
)
def test_what_was_not(asked: dict[str, Any], session_type: str, properties: dict[str, str], said: str) -> None:
    assert said in objection(asked, session_type, **properties)


@pytest.mark.parametrize(
    ("read", "session_type", "fits"),
    [
        (PORT, PORT, True),
        (PORT, SHELL, False),
        (COMMAND, COMMAND, True),
        (COMMAND, SHELL, False),
        (SHELL, PORT, False),
        (SHELL, COMMAND, False),
        (INTERACTIVE, SHELL, True),
        ("Nonsense", PORT, True),
    ],
)
def test_what_smtui_has_read_in_a_document_counts(read: str, session_type: str, fits: bool) -> None:
    properties = LISTENING if session_type == PORT else {}
    assert (objection(request("Acme-Anything"), session_type, read=read, **properties) == "") is fits


def test_what_smtui_has_read_makes_nothing_of_a_shell() -> None:
    assert objection(request(), PORT, read=PORT, **LISTENING)


@pytest.mark.parametrize(
    "asked",
    [
        {"DocumentName": 7},
        {"DocumentName": None, "Parameters": "x"},
        {"Parameters": {"localUnixSocket": ["/a", "/b"]}},
        {"Parameters": {"localPortNumber": [7]}},
        {"Parameters": []},
    ],
)
def test_a_request_of_another_form_asks_for_a_shell(asked: dict[str, Any]) -> None:
    assert objection(asked, SHELL) == ""
    assert objection(asked, PORT, **SOCKET)


# Programs that pass on less than they asked for -----------------------------------------------------


@pytest.mark.parametrize("asked", [{}, {"Target": "i-1"}, {"Target": "i-1", "DocumentName": None, "Parameters": None}])
@pytest.mark.parametrize(
    ("session_type", "properties"),
    [
        (SHELL, {}),
        (COMMAND, {}),
        (PORT, {"portNumber": "22"}),
        (PORT, LISTENING),
        (PORT, {**LISTENING, "localPortNumber": "8080"}),
    ],
)
def test_a_partial_request_refuses_no_type(
    asked: dict[str, Any], session_type: str, properties: dict[str, str]
) -> None:
    expected = ExpectedSession.of(asked, is_whole=False)
    assert expected.objection(Opened(session_type, properties=dict(properties))) == ""


def test_a_partial_request_allows_no_socket() -> None:
    properties = {**LISTENING, "localConnectionType": "unix", "localUnixSocket": "/tmp/s"}
    objected = ExpectedSession.of({"Target": "i-1"}, is_whole=False).objection(Opened(PORT, properties=properties))
    assert "/tmp/s, which was not asked for" in objected


def test_a_document_that_is_named_counts_whoever_calls() -> None:
    asked = request("AWS-StartInteractiveCommand")
    assert ExpectedSession.of(asked, is_whole=False).objection(Opened(PORT, properties=dict(LISTENING)))
