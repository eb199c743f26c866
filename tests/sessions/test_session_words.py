"""A session in words: who, what kind, which status, how long."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smtui.sessions.session_words import (
    NOT_KNOWN,
    Owner,
    how_long,
    kind_words,
    named,
    owner_of,
    seconds_long,
    shared_words,
    status_mark,
    status_word,
    who,
)
from tests.engine.fakes import NOW
from tests.sessions.session_fakes import ANA, session

SSO = "AWSReservedSSO_Ops_0123456789abcdef"


@pytest.mark.parametrize(
    ("arn", "owner"),
    [
        ("arn:aws:sts::111122223333:assumed-role/ops/ana", Owner("ana", "ops")),
        ("arn:aws-cn:sts::111122223333:assumed-role/ops/ana", Owner("ana", "ops")),
        (f"arn:aws:sts::111122223333:assumed-role/{SSO}/ana@example.com", Owner("ana@example.com", "Ops")),
        (f"arn:aws:sts::1:assumed-role/aws-reserved/sso.amazonaws.com/{SSO}/ana", Owner("ana", "Ops")),
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_Ops_Read_0123456789abcdef/ana", Owner("ana", "Ops_Read")),
        ("arn:aws:sts::1:assumed-role/AWSReservedSSO_Ops/ana", Owner("ana", "AWSReservedSSO_Ops")),
        ("arn:aws:iam::111122223333:user/ana", Owner("ana", "user")),
        ("arn:aws:iam::111122223333:user/staff/eu/ana", Owner("ana", "user")),
        ("arn:aws:sts::111122223333:federated-user/ana", Owner("ana", "federated")),
        ("arn:aws:iam::111122223333:root", Owner("root", "account")),
        ("arn:aws:iam::111122223333:something/new", Owner("something/new")),
        ("arn:aws:sts::1:assumed-role/ops", Owner("assumed-role/ops")),
        ("ana", Owner("ana")),
        ("", Owner("")),
    ],
)
def test_an_owner_by_the_arn(arn: str, owner: Owner) -> None:
    assert owner_of(arn) == owner


def test_who_started_it() -> None:
    assert who(session("s", owner=ANA), mine=False) == "ana (ops)"
    assert who(session("s", owner=ANA), mine=None) == "ana (ops)"
    assert who(session("s", owner=ANA), mine=True) == "you (ops)"
    assert who(session("s", owner=""), mine=None) == NOT_KNOWN
    assert "\x1b" not in who(session("s", owner="arn:aws:iam::1:user/a\x1b[2J"), mine=False)


@pytest.mark.parametrize("name", ["you", "You", "YOUR"])
def test_nobody_passes_for_the_caller_by_the_name_of_a_role_session(name: str) -> None:
    other = session("s", owner=f"arn:aws:sts::111122223333:assumed-role/ops/{name}")
    assert who(other, mine=False) == f"“{name}” (ops)"
    assert who(other, mine=None) == f"“{name}” (ops)"
    assert named(other, "web-1", mine=False) == f"“{name}”'s shell on web-1"
    assert who(other, mine=True) == "you (ops)"


def test_a_role_does_not_pass_for_a_user_or_the_root_of_the_account() -> None:
    for role, name in (("user", "ana"), ("account", "root"), ("federated", "ana")):
        caller = session("s", owner=f"arn:aws:sts::111122223333:assumed-role/{role}/{name}")
        assert who(caller, mine=False) == f"{name} (role {role})"


def test_the_role_of_an_instance_is_shared_by_everybody_on_it() -> None:
    ours = session("s", owner="arn:aws:sts::1:assumed-role/bastion/i-0a1b2c3d4e5f60718")
    [said] = shared_words([ours, ours, session("s", owner=ANA), session("s")])
    assert said == "Everybody who uses the role of i-0a1b2c3d4e5f60718 counts as you: this may be a colleague's."


@pytest.mark.parametrize(
    ("document", "access", "words"),
    [
        ("", "", "shell"),
        ("SSM-SessionManagerRunShell", "Standard", "shell"),
        ("SSM-SessionManagerRunShell", "JustInTime", "shell, JIT"),
        ("AWS-StartPortForwardingSession", "", "port"),
        ("AWS-StartPortForwardingSessionToRemoteHost", "", "remote port"),
        ("AWS-StartSSHSession", "Standard", "ssh"),
        ("AWS-StartNonInteractiveCommand", "", "command"),
        ("Acme-Shell", "Standard", "Acme-Shell"),
        ("arn:aws:ssm:eu-west-1:1:document/Acme\x1b[31m", "", "Acme␛[31m"),
    ],
)
def test_what_kind_it_is(document: str, access: str, words: str) -> None:
    assert kind_words(session("s", document_name=document, access_type=access)) == words


@pytest.mark.parametrize(
    ("status", "mark", "word"),
    [
        ("Connected", "●", "active"),
        ("Connecting", "◐", "connecting"),
        ("Disconnected", "◐", "disconnected"),
        ("Terminating", "○", "ending"),
        ("Terminated", "○", "ended"),
        ("Failed", "✕", "failed"),
        ("", "?", NOT_KNOWN),
        ("Hibernating", "◐", "hibernating"),
    ],
)
def test_its_status(status: str, mark: str, word: str) -> None:
    given = session("s", status=status)
    assert (status_mark(given), status_word(given)) == (mark, word)


def test_how_long_it_took() -> None:
    assert how_long(session("s"), NOW) == "60 min"
    assert how_long(session("s", started_at=None), NOW) == NOT_KNOWN
    ended = session("s", status="Terminated", ended_at=NOW - timedelta(minutes=30))
    assert seconds_long(ended, NOW + timedelta(days=3)) == 1_800
    assert how_long(session("s", status="Terminated"), NOW) == NOT_KNOWN, "AWS does not say when it ended"


def test_a_session_by_name() -> None:
    assert named(session("s"), "web-1", mine=True) == "your shell on web-1"
    assert named(session("s", owner=ANA), "", mine=False) == "ana's shell on i-0000000000000000a"
    assert named(session("s", owner="", target="", document_name="Acme"), "", mine=None) == (
        "the session on a node that AWS does not name"
    )
