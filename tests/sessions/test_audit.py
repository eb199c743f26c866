"""What CloudTrail has of a session: the events that are its own, what is missing, and what stays uncertain."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from smtui.domain.records.trail import EVENT_NAMES, TrailEvent, read_event
from smtui.engine.offloop import OffLoop
from smtui.sessions.audit import Trail, event_words, remarks, shown_agent, shown_caller
from smtui.sessions.session_audit import MOST_PAGES, SessionAudit
from tests.engine.fakes import NOW
from tests.sessions.record_fakes import FakeTrail, places
from tests.sessions.session_fakes import ANA, session

ID = "ana-0b77f"
OTHERS = "ben-0c88a"


def written(name: str, **changes: Any) -> str:
    held: dict[str, Any] = {
        "eventName": name,
        "eventSource": "ssm.amazonaws.com",
        "eventID": f"id-{name}",
        "userIdentity": {"type": "AssumedRole", "arn": ANA},
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.17.3 md/awscrt#0.20 ua/2.0 os/linux",
        "requestParameters": {"sessionId": ID},
    }
    return json.dumps(held | changes)


START = written(
    "StartSession",
    requestParameters={
        "target": "i-0000000000000000a",
        "documentName": "AWS-StartPortForwardingSessionToRemoteHost",
        "parameters": {"host": ["db.internal"], "portNumber": ["5432"]},
        "reason": "CHG-88",
    },
    responseElements={"sessionId": ID, "tokenValue": "Value hidden due to security reasons.", "streamUrl": "wss://x"},
)


def event(name: str, text: str = "", minutes: float = 60) -> TrailEvent:
    return read_event(text or written(name), name=name, at=NOW - timedelta(minutes=minutes), event_id=f"id-{name}")


def audit_of(trail: FakeTrail) -> SessionAudit:
    return SessionAudit(places(trail=trail), OffLoop(2), lambda: NOW)


def test_an_event_has_who_from_where_with_what_and_for_what() -> None:
    found = event("StartSession", START)
    assert (found.session_id, found.target, found.reason) == (ID, "i-0000000000000000a", "CHG-88")
    assert shown_caller(found) == "assumed-role/ops/ana"
    assert event_words(found) == (
        "from 203.0.113.7 · aws-cli 2.17 · document AWS-StartPortForwardingSessionToRemoteHost · host db.internal · "
        "portNumber 5432 · CHG-88"
    )


def test_the_token_is_never_a_parameter() -> None:
    text = written("StartSession", requestParameters={"tokenValue": "secret", "streamUrl": "wss://x", "sessionId": ID})
    assert event("StartSession", text).parameters == ()


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"eventName": "Start', "[]", "null", "[" * 20_000, '{"userIdentity": 3, "requestParameters": []}'],
)
def test_broken_json_is_survived(text: str) -> None:
    found = read_event(text, name="StartSession", at=None, user_name="ana")
    assert found.name == "StartSession"
    assert shown_caller(found) == "ana"


def test_hostile_text_is_harmless() -> None:
    text = written(
        "StartSession", userAgent="\x1b]0;x\x07evil/1.0", errorCode="\x1b[2J", requestParameters={"reason": "\x9b"}
    )
    assert event_words(event("StartSession", text)).isprintable()


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("aws-cli/2.17.3 md/awscrt#0.20", "aws-cli 2.17"),
        ("Boto3/1.34.11 md/Botocore#1.34.11 lang/python#3.11", "boto3 1.34"),
        ("Botocore/1.43.1 md/x", "botocore 1.43"),
        ("console.amazonaws.com", "console"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0", "console"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.9.5 terraform-provider-aws/5.1 aws-sdk-go-v2/1.30", "Terraform 1.9"),
        ("aws-sdk-go-v2/1.30.3 os/linux", "aws-sdk-go 1.30"),
        ("aws-sdk-go/1.55.5 (go1.22; linux; amd64) amazon-ssm-agent/", "aws-sdk-go 1.55"),
        ("AWS Internal", "AWS itself"),
        ("ssm.amazonaws.com", "AWS itself"),
        ("curl/8.5.0", "curl 8.5"),
        ("", ""),
    ],
)
def test_user_agents_in_a_word_or_two(agent: str, shown: str) -> None:
    assert shown_agent(agent) == shown


@pytest.mark.parametrize("agent", ["AWS Internal", "ssm.amazonaws.com"])
def test_nobody_passes_for_aws_by_a_user_agent(agent: str) -> None:
    forged = event("StartSession", written("StartSession", userAgent=agent))
    assert f"from 203.0.113.7 · {agent}" in event_words(forged)
    true = event("StartSession", written("StartSession", userAgent=agent, sourceIPAddress=agent))
    assert f"from {agent} · AWS itself" in event_words(true)


async def test_only_the_sessions_own_events_the_oldest_first() -> None:
    foreign = written("TerminateSession", requestParameters={"sessionId": OTHERS}, eventID="other")
    trail = FakeTrail(
        {
            "StartSession": [[event("StartSession", START, 60)]],
            "ResumeSession": [[], [event("ResumeSession", minutes=30)]],
            "TerminateSession": [[event("TerminateSession", foreign, 20), event("TerminateSession", minutes=10)]],
        }
    )
    one = session(ID, ended_at=NOW - timedelta(minutes=10), status="Terminated")
    found = await audit_of(trail).trail(one)
    assert [each.name for each in found.events] == ["StartSession", "ResumeSession", "TerminateSession"]
    assert remarks(found, one, NOW) == ()
    asked = {name: (since, until) for name, since, until in trail.asked}
    assert set(asked) == set(EVENT_NAMES)
    assert asked["StartSession"] == (NOW - timedelta(minutes=62), NOW - timedelta(minutes=58))
    assert asked["TerminateSession"] == (NOW - timedelta(minutes=62), NOW - timedelta(minutes=8))


async def test_a_denied_name_is_named_and_the_rest_is_shown() -> None:
    trail = FakeTrail(
        {"StartSession": [[event("StartSession", START)]]}, denies={"cloudtrail:LookupEvents TerminateSession"}
    )
    one = session(ID, status="Terminated", ended_at=NOW - timedelta(minutes=30))
    found = await audit_of(trail).trail(one)
    assert [each.name for each in found.events] == ["StartSession"]
    (said,) = remarks(found, one, NOW)
    assert said.startswith("TerminateSession: cloudtrail:LookupEvents TerminateSession was denied.")


async def test_where_cloudtrail_has_more_than_is_read_it_says_so() -> None:
    trail = FakeTrail({"TerminateSession": [[]] * (MOST_PAGES + 1), "StartSession": [[event("StartSession", START)]]})
    one = session(ID, status="Terminated", ended_at=NOW)
    found = await audit_of(trail).trail(one)
    assert found.cut_short == ("TerminateSession",)
    assert any(said.startswith("TerminateSession: there are more events") for said in remarks(found, one, NOW))


async def test_an_event_that_cannot_be_read_is_counted() -> None:
    trail = FakeTrail({"StartSession": [[event("StartSession", "{"), event("StartSession", START)]]})
    one = session(ID)
    assert "1 event of this time cannot be read: CloudTrail's text is broken or was cut." in remarks(
        await audit_of(trail).trail(one), one, NOW
    )


def test_what_is_missing_and_why_it_may_be() -> None:
    begun = event("StartSession", START)
    over = session(ID, status="Terminated", ended_at=NOW - timedelta(hours=1), started_at=NOW - timedelta(hours=2))
    just_over = session(ID, status="Terminated", ended_at=NOW - timedelta(minutes=3))
    assert remarks(Trail((begun,)), over, NOW) == (
        "No TerminateSession ended it, as far as CloudTrail shows: it may have ended by exit, by its idle time-out or "
        "maximum duration, or with its node.",
    )
    refused = event("TerminateSession", written("TerminateSession", errorCode="AccessDenied"))
    assert "No TerminateSession ended it" in remarks(Trail((begun, refused)), over, NOW)[0], (
        "a refused one ended nothing"
    )
    assert remarks(Trail((begun, event("TerminateSession"))), over, NOW) == ()
    assert "up to 15 min behind" in remarks(Trail((begun,)), just_over, NOW)[0]
    assert remarks(Trail((begun,)), session(ID), NOW) == ()
    new = session(ID, started_at=NOW - timedelta(minutes=2))
    assert remarks(Trail(), new, NOW) == ("There is no StartSession yet: CloudTrail is up to 15 min behind.",)
    assert "another Region" in remarks(Trail(), session(ID), NOW)[0]


async def test_a_session_older_than_cloudtrails_memory() -> None:
    one = session(ID, started_at=NOW - timedelta(days=91))
    trail = FakeTrail()
    assert (await audit_of(trail).trail(one)).too_old
    assert trail.asked == []
