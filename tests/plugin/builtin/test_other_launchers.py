"""How other programs call a plugin under the official name: argument lists found in their public sources.

Only the shapes are here: how many arguments, in which order, with which JSON keys. Each entry names a program that has
the shape; many others share it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from smtui.channel.client_session import Opened
from smtui.channel.handshake import SessionType
from smtui.plugin.builtin.allowed_hosts import is_of_ecs
from smtui.plugin.builtin.invocation import Answer, read, take_secrets

SESSION, URL, TOKEN = "s-1", "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s-1", "t0ken"
RESPONSE = {"SessionId": SESSION, "StreamUrl": URL, "TokenValue": TOKEN}
OF_BOTO3 = {**RESPONSE, "ResponseMetadata": {"RequestId": "1", "HTTPStatusCode": 200, "HTTPHeaders": {}}}
OF_GO = {**RESPONSE, "ResultMetadata": {}}
OF_ECS = {"sessionId": SESSION, "streamUrl": URL, "tokenValue": TOKEN}
VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
REGION = "eu-west-1"
SSM, ECS = "https://ssm.eu-west-1.amazonaws.com", "https://ecs.eu-west-1.amazonaws.com"
TASK = "ecs:web_0123456789abcdef_0123456789abcdef-1234567890"
TO_NODE, TO_HOST = "AWS-StartPortForwardingSession", "AWS-StartPortForwardingSessionToRemoteHost"
LISTENING = {"type": "LocalPortForwarding", "portNumber": "80"}


def forward(document: str = TO_NODE, **more: str) -> dict[str, object]:
    return {
        "Target": "i-1",
        "DocumentName": document,
        "Parameters": {"portNumber": ["80"], "localPortNumber": ["8080"], **{name: [it] for name, it in more.items()}},
    }


def of_go(request: Mapping[str, object]) -> dict[str, object]:
    """A request as Go writes its structure: each member is there, null if it was not set."""
    return {"Target": None, "DocumentName": None, "Parameters": None, "Reason": None, **request}


@dataclass(frozen=True)
class Launch:
    """One way to call the plugin."""

    after_response: tuple[str, ...]
    """The arguments after the first."""
    response: Mapping[str, object] = field(default_factory=lambda: RESPONSE)
    variable: str = ""
    """The variable that holds the response; empty if it is in argv itself."""
    target: str = ""
    destination: str = ""
    starts: SessionType = SessionType.STANDARD_STREAM
    by_aws_cli: bool = False


def full(request: object, endpoint: str = SSM, profile: str = "") -> tuple[str, ...]:
    return (REGION, "StartSession", profile, json.dumps(request), endpoint)


I1 = {"Target": "i-1"}
LAUNCHES = {
    # The AWS CLI v2 and v1 since 2.13.37 and 1.30.3, for plugins after 1.2.497.0.
    "aws ssm start-session": Launch(full(I1), variable=VARIABLE, target="i-1", by_aws_cli=True),
    "aws ssm start-session --profile": Launch(
        full(I1, profile="dev"), variable=VARIABLE, target="i-1", by_aws_cli=True
    ),
    "aws ssm start-session --document-name": Launch(
        full(forward(TO_HOST, host="db")), variable=VARIABLE, target="i-1", destination="db:80",
        starts=SessionType.PORT, by_aws_cli=True,
    ),
    # Older ones, and newer ones with a plugin whose version they cannot read: everything the service answered.
    "aws ssm start-session, older": Launch(full(I1), response=OF_BOTO3, target="i-1", by_aws_cli=True),
    "aws ecs execute-command": Launch(
        full({"Target": TASK}, ECS), response=OF_ECS, target=TASK, starts=SessionType.INTERACTIVE_COMMANDS,
        by_aws_cli=True,
    ),
    # boto3: Ansible's aws_ssm connection passes the target alone, whatever document it started.
    "community.aws aws_ssm": Launch(full(I1), response=OF_BOTO3, target="i-1"),
    "community.aws aws_ssm, ssm_document": Launch(
        full(I1), response=OF_BOTO3, target="i-1", starts=SessionType.NON_INTERACTIVE_COMMANDS
    ),
    "invoke tasks on boto3": Launch(
        full({"Reason": "deploy", "Target": "i-1"}), response=OF_BOTO3, variable=VARIABLE, target="i-1"
    ),
    "a relay of its own": Launch((REGION, "StartSession", "", "{}", SSM), variable=VARIABLE),
    "several sessions of one process": Launch(full(I1), variable=f"{VARIABLE}_7", target="i-1"),
    # Go: gossm has no endpoint; structures are written with all their members.
    "gossm": Launch(
        full(of_go(I1), profile="dev")[:-1], response=OF_GO, target="i-1"
    ),
    "gossm fwd": Launch(
        full(of_go(forward()), profile="default")[:-1], response=OF_GO, target="i-1", destination="localhost:80",
        starts=SessionType.PORT,
    ),
    "packer's amazon plugin": Launch(
        full(of_go(forward())), response=OF_GO, target="i-1", destination="localhost:80", starts=SessionType.PORT
    ),
    "sigil": Launch(full(of_go(I1), profile="dev"), response=OF_GO, target="i-1", by_aws_cli=True),
    # ECS by Go: the session of ExecuteCommand, and forwards that name the target alone with the endpoint of ECS.
    "copilot svc exec": Launch((REGION, "StartSession"), starts=SessionType.INTERACTIVE_COMMANDS),
    "ecsta exec": Launch(full({"Target": TASK}, ECS), target=TASK, starts=SessionType.INTERACTIVE_COMMANDS),
    "ecsta portforward": Launch(full({"Target": TASK}, ECS), target=TASK, starts=SessionType.PORT),
    "ecsgo": Launch(full(of_go({"Target": TASK}), ECS), target=TASK, starts=SessionType.INTERACTIVE_COMMANDS),
    "ecsgo --forward": Launch(full(of_go({"Target": TASK}))[:-1], target=TASK, starts=SessionType.PORT),
    # The shortest form: the AWS Toolkit for VS Code, for a terminal and as the ProxyCommand of ssh.
    "aws-toolkit-vscode": Launch((REGION, "StartSession"), response={"$response": {}, **RESPONSE}),
    "aws-toolkit-vscode, ssh": Launch((REGION, "StartSession"), response=OF_ECS, starts=SessionType.PORT),
    "four arguments": Launch((REGION, "StartSession", "dev")),
}  # fmt: skip


@pytest.mark.parametrize("launch", LAUNCHES.values(), ids=LAUNCHES.keys())
def test_every_launcher_is_understood(launch: Launch) -> None:
    text = json.dumps(launch.response)
    environ = {"PATH": "/bin"} | ({launch.variable: text} if launch.variable else {})
    argv = [launch.variable or text, *launch.after_response]
    environment = take_secrets(argv, environ)
    invocation = read(argv, environment, by_aws_cli=launch.by_aws_cli)
    assert environ == {"PATH": "/bin"}
    assert (invocation.session_id, invocation.stream_url, invocation.token) == (SESSION, URL, TOKEN)
    region, _, profile, _, endpoint = [*launch.after_response, "", "", ""][:5]
    assert (invocation.region, invocation.profile, invocation.endpoint_url) == (region, profile, endpoint)
    assert (invocation.target, invocation.destination) == (launch.target, launch.destination)
    properties = {**LISTENING, "localPortNumber": "8080"} if launch.starts is SessionType.PORT else {}
    assert invocation.expected.objection(Opened(launch.starts, properties=properties)) == ""
    assert is_of_ecs(invocation.endpoint_url, {}) == (endpoint == ECS)


def test_the_table_has_every_number_of_arguments() -> None:
    assert {1 + len(launch.after_response) for launch in LAUNCHES.values()} == {3, 4, 5, 6}


@pytest.mark.parametrize("document", [None, "AWS-StartInteractiveCommand"])
def test_the_aws_cli_passes_on_all_that_was_asked_for(document: str | None) -> None:
    """So a forward in place of a shell is refused there."""
    request = of_go({"Target": "i-1", "DocumentName": document})
    argv = [json.dumps(RESPONSE), *full(request)]
    invocation = read(argv, take_secrets(argv, {}), by_aws_cli=True)
    assert invocation.expected.objection(Opened(SessionType.PORT, properties=dict(LISTENING)))


# Without a session: how programs look for a plugin and its version ------------------------------------


def probe(*arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-P", "-m", "smtui.plugin.builtin", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


def test_its_version_is_one_line_of_four_numbers() -> None:
    """The AWS CLI takes white space out and compares number by number; Copilot and others compare the text."""
    done = probe("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+\n", done.stdout)
    assert [int(part) for part in done.stdout.split(".")] >= [1, 2, 764, 0], "AWS's recommended minimum"


def test_alone_it_says_that_it_is_installed() -> None:
    """`aws ecs execute-command` calls it so for its exit status; the AWS Toolkit looks for this beginning."""
    done = probe()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip().startswith("The Session Manager plugin was installed successfully")


@pytest.mark.parametrize("arguments", [["version"], ["-v"], ["--help"], ["--version", "x"], ["StartSession", REGION]])
def test_other_words_are_answered_with_exit_status_0(arguments: list[str]) -> None:
    with pytest.raises(Answer) as caught:
        read(arguments, take_secrets(arguments, {}))
    assert caught.value.status == 0
    assert f"Unknown operation {arguments[0]}. " in caught.value.text


def test_another_operation_is_invalid() -> None:
    with pytest.raises(Answer) as caught:
        argv = [json.dumps(RESPONSE), REGION, "ResumeSession", "", "{}", SSM]
        read(argv, take_secrets(argv, {}))
    assert (caught.value.text, caught.value.status) == ("Invalid Operation", 0)
