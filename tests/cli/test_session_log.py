"""`smtui sessions log` and `smtui sessions audit` against a Region: what is printed, and what may not be seen."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import BUCKET, LOG_GROUP
from tests.cli.conftest import Run
from tests.demo.support import client, set_faults

SHELL = "SSM-SessionManagerRunShell"


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(), past_sessions=60) as running:
        set_faults(running, switch=["preferences"])
        yield running


def past(region: SimulatedRegion, document: str = SHELL) -> str:
    found = (each for each in region.sessions.history() if each.document_name == document and each.details == "")
    return next(each.session_id for each in found if region.sessions.is_planted(each.session_id))


def active(region: SimulatedRegion, name: str = "ana") -> str:
    return next(each.session_id for each in region.sessions.active() if each.owner.endswith(f"/{name}"))


def test_the_log_of_a_past_shell_without_its_escapes(run: Run, region: SimulatedRegion) -> None:
    session_id = past(region)
    result = run("sessions", "log", session_id)
    assert result.exit_code == 0
    first, *others = result.stdout.splitlines()
    assert first == f"Starting session with SessionId: {session_id}"
    assert any(line.startswith("sh-5.2$ ") for line in others)
    assert all(line.isprintable() for line in others)
    assert f"s3://{BUCKET}/{session_id}.log" in result.stderr


def test_the_log_of_a_session_that_runs(run: Run, region: SimulatedRegion) -> None:
    session_id = active(region)
    result = run("sessions", "log", session_id)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Starting session with SessionId: {session_id}\n")
    assert f"{LOG_GROUP} · {session_id}" in result.stderr


def test_a_log_that_does_not_grow_is_not_followed(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "log", "--follow", past(region))
    assert result.exit_code == 0
    assert "this log does not grow" in result.stderr


def test_links_in_the_console(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "log", "--link", past(region))
    assert [line.partition("?")[0] for line in result.stdout.splitlines()] == [
        f"https://eu-west-1.console.aws.amazon.com/s3/object/{BUCKET}",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home",
    ]


def test_what_is_never_logged_says_so(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "log", past(region, "AWS-StartSSHSession"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "SSH is never logged" in result.stderr


def test_an_account_that_logs_nothing_says_so(run: Run, region: SimulatedRegion) -> None:
    set_faults(region, switch=[])
    result = run("sessions", "log", past(region))
    assert result.exit_code == 1
    assert (
        "This session was not logged: the account's preferences name neither a bucket nor a log group." in result.stderr
    )


@pytest.mark.parametrize("way", ["s3:GetObject", "logs:GetLogEvents", "ssm:ListDocumentVersions"])
def test_one_denial_leaves_the_rest(run: Run, region: SimulatedRegion, way: str) -> None:
    set_faults(region, deny=[way])
    past_log = run("sessions", "log", past(region))
    running_log = run("sessions", "log", active(region))
    assert "Starting session" in past_log.stdout
    named = f"{way} was denied." in past_log.stderr + running_log.stderr
    assert named
    assert {past_log.exit_code, running_log.exit_code} != {0}


def test_without_the_preferences_nobody_knows_where_it_is(run: Run, region: SimulatedRegion) -> None:
    set_faults(region, deny=["ssm:GetDocument"])
    result = run("sessions", "log", past(region))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "ssm:GetDocument was denied." in result.stderr
    assert "smtui topics" in result.stderr


def test_hostile_bytes_reach_no_terminal(run: Run, region: SimulatedRegion) -> None:
    session_id = past(region)
    hostile = b"\x1b]52;c;cm0gLXJm\x07\x1b[2J\x1b[?1049h\x9b31m\x1bc\xff\xfeend\r\n\x1bP+q\x1b\\\x00\x0e\n"
    region.logs.put_object(BUCKET, f"{session_id}.log", hostile)
    result = run("sessions", "log", session_id)
    assert "end" in result.stdout
    assert all(line.isprintable() for line in result.stdout.splitlines())


def test_the_audit_of_a_session(run: Run, region: SimulatedRegion) -> None:
    session_id = active(region)
    result = run("sessions", "audit", session_id)
    assert result.exit_code == 0
    assert "StartSession" in result.stdout
    assert "assumed-role/ops/ana" in result.stdout
    assert "CHG-88" in result.stdout
    assert "EventBridge notifies nobody of sessions here." in result.stdout
    assert "smtui topics session-notifications" in result.stderr


def test_the_audit_as_json(run: Run, region: SimulatedRegion) -> None:
    node = next(each.node_id for each in region._fleet.story if each.can_start_session)
    mine = client(region, "ssm").start_session(Target=node, Reason="INC-2")["SessionId"]
    found = json.loads(run("sessions", "audit", "--json", mine).stdout)
    assert found["notified"] is False
    (event,) = found["events"]
    assert (event["name"], event["address"], event["reason"]) == ("StartSession", "127.0.0.1", "INC-2")
    assert event["client"].startswith("boto3 ")


@pytest.mark.parametrize(
    "action",
    ["cloudtrail:LookupEvents", "events:ListRules", "events:ListTargetsByRule", "sns:ListSubscriptionsByTopic"],
)
def test_each_denial_of_the_audit_leaves_the_rest(run: Run, region: SimulatedRegion, action: str) -> None:
    topic = client(region, "sns").create_topic(Name="sessions")["TopicArn"]
    client(region, "sns").subscribe(TopicArn=topic, Protocol="sms", Endpoint="+491234567")
    client(region, "events").put_rule(Name="sessions", EventPattern='{"source":["aws.ssm"]}')
    client(region, "events").put_targets(Rule="sessions", Targets=[{"Id": "1", "Arn": topic}])
    set_faults(region, deny=[action])
    result = run("sessions", "audit", active(region))
    assert result.exit_code == 3
    assert f"{action} was denied." in result.stdout
    assert ("assumed-role/ops/ana" in result.stdout) is (action != "cloudtrail:LookupEvents")
    assert ("The rule sessions" in result.stdout) is (action != "events:ListRules")
    assert "notifies nobody" not in result.stdout


def test_an_id_that_nobody_knows(run: Run, region: SimulatedRegion) -> None:
    for command in ("log", "audit"):
        result = run("sessions", command, "nobody-0")
        assert result.exit_code == 1
        assert "no session of these places has the id nobody-0" in result.stderr
