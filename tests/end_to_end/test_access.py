"""Just-in-time access in real terminals: asked for, approved, rejected, expired, revoked; where the keys are not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import Any

import psutil
import pytest

from smtui.demo.account.access_book import DemoAccessRequest, Grant
from smtui.demo.story.access_story import access_nodes
from tests.end_to_end.conftest import World, command_line
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.waiting import PATIENCE, wait_until

IDS = {node.name: node.node_id for node in access_nodes()}
ASK = ("connect", "--ask-access", "--reason", "INC-4711")


@pytest.fixture(autouse=True)
def _soon(world: World) -> None:
    world.region.faults.apply({"decision": 0.5})


def run(world: World, *arguments: str, patience: float = PATIENCE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, *arguments], env=world.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=patience, check=False,
    )  # fmt: skip


def latest(world: World) -> DemoAccessRequest:
    return world.region.access.all()[0]


def secrets_of(grant: Grant) -> tuple[str, ...]:
    return (grant.keys.secret_access_key, grant.keys.session_token)


def environment(process: psutil.Process) -> dict[str, str]:
    try:
        return dict(process.environ())
    except psutil.Error:
        return {}


def test_asked_approved_a_real_shell_and_the_keys_with_the_plugin_alone(world: World) -> None:
    log = world.home / "smtui.log"
    command = f"{SMTUI} --log-file {log} connect jit-approved-1 --ask-access --reason INC-4711"
    with Terminal(wrapped(command), world.environment) as terminal:
        terminal.wait_for("Waiting for ana.")
        terminal.wait_for("Approved until")
        terminal.wait_for("[jit-approved-1 ~]$")
        (session,) = world.region.sessions.active()
        grant = world.region.access.grant(latest(world))
        assert (session.access_type, session.owner) == ("JustInTime", grant.arn)
        terminal.press("echo $((6*7)); env\r")
        terminal.wait_for("\n42")
        secrets = secrets_of(grant)
        plugins = {process.pid for process in world.plugins()}
        assert len(plugins) == 1
        for process in world.processes():
            assert not any(secret in word for secret in secrets for word in command_line(process))
            if process.pid not in plugins:
                assert not any(secret in value for secret in secrets for value in environment(process).values())
        (plugin,) = world.plugins()
        held = environment(plugin)
        assert held["AWS_SECRET_ACCESS_KEY"] == secrets[0]
        assert held["AWS_SESSION_TOKEN"] == secrets[1]
        terminal.press("exit\r")
        terminal.wait_for("status=0")
        assert terminal.wait_for_end() == 0
        assert_sane(terminal)
        for secret in (*secrets, grant.keys.access_key_id):
            assert secret.encode() not in terminal.output
    for path in (each for each in world.home.rglob("*") if each.is_file()):
        kept = path.read_bytes()
        assert not any(secret.encode() in kept for secret in secrets), path
    assert log.exists()
    assert (world.active_sessions(), world.plugins()) == ([], [])


def test_a_second_start_uses_the_request_that_stands(world: World) -> None:
    assert run(world, "sessions", "access", "ask", "jit-approved-1", "--reason", "INC-4711", "--wait").returncode == 0
    number = len(world.region.access.all())
    with Terminal([SMTUI, "connect", "jit-approved-1", "--ask-access"], world.environment) as terminal:
        terminal.wait_for("[jit-approved-1 ~]$")
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    assert len(world.region.access.all()) == number


def test_a_session_that_is_left_is_ended_although_the_granted_keys_may_not(world: World) -> None:
    with Terminal([SMTUI, *ASK, "jit-auto-1"], world.environment) as terminal:
        terminal.wait_for("[jit-auto-1 ~]$")
        terminal.press("\r~.")
        terminal.wait_for_end()
    assert world.active_sessions() == []
    assert world.region.faults.calls("ssm:TerminateSession") >= 2, "with the granted keys, then with one's own"


def test_where_nobody_may_end_it_the_command_is_said(world: World) -> None:
    world.region.faults.apply({"deny": ["ssm:TerminateSession"], "decision": 0.5})
    with Terminal([SMTUI, *ASK, "jit-auto-1"], world.environment) as terminal:
        terminal.wait_for("[jit-auto-1 ~]$")
        (session,) = world.active_sessions()
        terminal.press("\r~.")
        terminal.wait_for("terminate-session")
        terminal.wait_for(session)
        assert terminal.wait_for_end() != 0


def test_a_cut_connection_is_not_resumed_and_says_so(world: World) -> None:
    with Terminal([SMTUI, *ASK, "jit-auto-1"], world.environment) as terminal:
        terminal.wait_for("[jit-auto-1 ~]$")
        world.region.faults.apply({"drop_now": True})
        terminal.wait_for("ResumeSession was refused")
        assert terminal.wait_for_end() == 1
    assert world.active_sessions() == []


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "rejected": ("jit-rejected-1", {}, "The request was rejected."),
    "expired": ("jit-approved-1", {"grant": 0.0001}, "The request has expired"),
    "no policy": ("jit-unassigned-1", {}, "No approval policy fits this node, so nothing can be asked. AWS says:"),
    "not enabled": ("jit-auto-1", {"switch": ["no-just-in-time"]}, "Just-in-time node access is not enabled here."),
    "may not ask": (
        "jit-auto-1",
        {"deny": ["ssm:StartAccessRequest"]},
        "You may not ask for access here: ssm:StartAccessRequest was denied.",
    ),
    "may not see": (
        "jit-auto-1",
        {"deny": ["ssm:GetAccessToken"]},
        "The request was made, but its decision cannot be seen: ssm:GetAccessToken denied.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_access_and_why(world: World, name: str) -> None:
    node, faults, words = REFUSED[name]
    world.region.faults.apply(faults)
    done = run(world, *ASK, node)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "just-in-time-access" in done.stderr
    assert world.active_sessions() == []


@pytest.mark.parametrize(
    "action",
    ["ssm:GetOpsItem", "ssm:DescribeOpsItems", "ssm:ListDocuments", "iam:SimulatePrincipalPolicy", "iam:GetRole"],
)
def test_what_is_only_looked_at_may_be_denied(world: World, action: str) -> None:
    world.region.faults.apply({"deny": [action]})
    with Terminal([SMTUI, *ASK, "jit-approved-1"], world.environment) as terminal:
        terminal.wait_for("[jit-approved-1 ~]$")
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0


def test_a_revoked_approval_starts_nothing(world: World) -> None:
    assert run(world, "sessions", "access", "ask", "jit-approved-1", "--reason", "INC-4711", "--wait").returncode == 0
    assert world.region.access.signal(latest(world), "Revoked")
    done = run(world, "connect", "jit-approved-1", "--ask-access")
    assert done.returncode == 1
    assert "A request needs a reason" in done.stderr


def test_granted_keys_start_the_shell_alone(world: World) -> None:
    for more in (("--document-name", "AWS-StartSSHSession"), ("--user", "root"), ("--parameter", "a=b")):
        done = run(world, *ASK, "jit-auto-1", *more)
        assert done.returncode == 2
        assert "starts the account's shell only" in done.stderr
    assert world.region.faults.calls("ssm:StartAccessRequest") == 0


def test_read_only(world: World) -> None:
    for command in (
        ("sessions", "access", "ask", "jit-auto-1", "--reason", "x"),
        ("sessions", "access", "approve", latest(world).request_id),
        ("sessions", "access", "reject", latest(world).request_id),
        (*ASK, "jit-auto-1"),
    ):
        done = run(world, "--read-only", *command)
        assert done.returncode == 1
        assert "read-only" in done.stderr
    assert world.region.faults.calls("ssm:StartAccessRequest") == 0
    assert world.region.faults.calls("ssm:SendAutomationSignal") == 0


@pytest.mark.parametrize("reason", ["", "x" * 257])
def test_a_reason_that_aws_would_refuse(world: World, reason: str) -> None:
    done = run(world, "sessions", "access", "ask", "jit-auto-1", "--reason", reason)
    assert done.returncode == 2
    assert world.region.faults.calls("ssm:StartAccessRequest") == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_whoever_leaves_while_waiting_is_told_that_the_request_goes_on(world: World, how: signal.Signals) -> None:
    world.region.faults.apply({"decision": 1000})
    with Terminal([SMTUI, *ASK, "jit-approved-1"], world.environment, columns=160) as terminal:
        terminal.wait_for("Waiting for ana.")
        os.kill(terminal.pid, how)
        assert terminal.wait_for_end() == 128 + how
        assert "No longer waiting here. The request itself goes on at AWS." in terminal.text()
    assert world.region.access.status(latest(world)) == "Pending"


@pytest.mark.parametrize("request_id", ["--help", "../oi-0123456789ab", "oi-0123456789ab\n", "oi-\x1b]52;c;aa\x07", ""])
def test_what_is_no_id_reaches_no_call(world: World, request_id: str) -> None:
    done = run(world, "sessions", "access", "approve", "--", request_id)
    assert (done.returncode, "\x1b" in done.stderr) == (2, False)
    assert "is not the id of a request, such as oi-" in done.stderr
    assert world.region.faults.calls("ssm:GetOpsItem") == 0


def test_listed_and_decided(world: World) -> None:
    listed = json.loads(run(world, "sessions", "access", "list", "--json").stdout)
    assert listed["problems"] == []
    waiting = [each for each in listed["requests"] if each["for_my_decision"]]
    assert [(each["requester"].rpartition("/")[2], each["name"]) for each in waiting] == [
        ("bob", "jit-approved-1"),
        ("ana", "jit-rejected-1"),
    ]
    approved = run(world, "sessions", "access", "approve", waiting[0]["id"], "--comment", "as agreed")
    assert (approved.returncode, "is approved: bob" in approved.stdout) == (0, True)
    rejected = run(world, "sessions", "access", "reject", waiting[1]["id"])
    assert (rejected.returncode, "is rejected: ana" in rejected.stdout) == (0, True)
    book = world.region.access
    first, second = (book.find(each["id"]) for each in waiting)
    assert first is not None
    assert second is not None
    assert (book.status(first), first.comment, book.status(second)) == ("Approved", "as agreed", "Rejected")
    again = run(world, "sessions", "access", "approve", waiting[0]["id"])
    assert again.returncode == 1
    assert "Nothing was changed. " in again.stderr
    assert "not valid for the state" in again.stderr


@pytest.mark.parametrize("action", ["ssm:SendAutomationSignal", "ssm:GetOpsItem"])
def test_a_denied_decision(world: World, action: str) -> None:
    request = next(each for each in world.region.access.all() if each.requester.endswith("bob"))
    world.region.faults.apply({"deny": [action]})
    done = run(world, "sessions", "access", "reject", request.request_id)
    assert done.returncode == 1
    assert f"Nothing was changed. {action} was denied." in done.stderr
    assert world.region.access.status(request) == "Pending"


def test_a_denied_list_is_not_called_empty(world: World) -> None:
    world.region.faults.apply({"deny": ["ssm:DescribeOpsItems"]})
    done = run(world, "sessions", "access", "list")
    assert (done.returncode, done.stdout) == (3, "")
    assert "ssm:DescribeOpsItems was denied." in done.stderr
    assert "no requests" not in done.stderr


def test_on_the_screen_from_the_denied_start_to_the_shell(world: World) -> None:
    with Terminal(wrapped(SMTUI), world.environment, columns=140, rows=45) as terminal:
        terminal.wait_for("▌")
        terminal.press("/jit-approved-1\r")
        terminal.wait_for("1 of 45")
        terminal.press("\r")
        terminal.wait_for("A Ask for access")
        terminal.press("A")
        terminal.wait_for("Ask for access · jit-approved-1")
        terminal.press("INC-4711\r")
        terminal.wait_for("Approved until")
        terminal.press("\r")
        terminal.wait_for("[jit-approved-1 ~]$")
        grant = world.region.access.grant(latest(world))
        terminal.press("exit\r")
        terminal.wait_for("ended after")
        assert world.region.sessions.history()[0].access_type == "JustInTime"
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
        assert not any(secret.encode() in terminal.output for secret in secrets_of(grant))
    wait_until(lambda: world.processes() == [])


def test_the_waiting_is_left_and_the_status_line_tells(world: World) -> None:
    world.region.faults.apply({"decision": 3600})
    with Terminal(wrapped(SMTUI), world.environment, columns=140, rows=45) as terminal:
        terminal.wait_for("▌")
        terminal.press("/jit-approved-1\r")
        terminal.wait_for("1 of 45")
        terminal.press("A")
        terminal.wait_for("Ask for access · jit-approved-1")
        terminal.press("INC-4711\r")
        terminal.wait_for("Waiting for ana.")
        terminal.press("\x1b")
        terminal.wait_for("1 of 45")
        assert world.region.access.signal(latest(world), "Approved")
        terminal.wait_for("Access to jit-approved-1 is approved until")
        terminal.press("\r")
        terminal.wait_for("[jit-approved-1 ~]$")
        terminal.press("exit\r")
        terminal.wait_for("ended after")
        terminal.press("q")
        terminal.wait_for_end()


def test_without_a_request_each_start_is_denied(world: World) -> None:
    for name in IDS:
        done = run(world, "connect", name)
        assert done.returncode == 1
        assert "ssm:StartSession" in done.stderr
