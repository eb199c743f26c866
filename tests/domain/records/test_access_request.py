"""Statuses, reasons, and what granted credentials may start."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from smtui.domain.place import Place
from smtui.domain.records.access_request import (
    AccessRequest,
    AccessStatus,
    ApprovalPolicies,
    GrantedCredentials,
    access_status,
    asking_complaint,
    comment_complaint,
    not_for_granted,
    until_words,
)
from smtui.domain.request import SessionRequest

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "status", "decided"),
    [
        ("Pending", AccessStatus.PENDING, False),
        ("PendingApproval", AccessStatus.PENDING, False),
        ("Approved", AccessStatus.APPROVED, True),
        ("Rejected", AccessStatus.REJECTED, True),
        ("Revoked", AccessStatus.REVOKED, True),
        ("Expired", AccessStatus.EXPIRED, True),
        ("TimedOut", AccessStatus.EXPIRED, True),
        ("Cancelled", AccessStatus.CLOSED, True),
        ("SomethingNew", AccessStatus.UNKNOWN, False),
        ("", AccessStatus.UNKNOWN, False),
    ],
)
def test_statuses(said: str, status: AccessStatus, decided: bool) -> None:
    assert (access_status(said), access_status(said).decided) == (status, decided)


@pytest.mark.parametrize(
    ("reason", "complaint"),
    [("", "needs a reason"), ("   ", "needs a reason"), ("x" * 257, "257 characters"), ("x" * 256, ""), ("x", "")],
)
def test_a_reason_has_1_to_256_characters(reason: str, complaint: str) -> None:
    assert complaint in asking_complaint(reason)
    assert bool(asking_complaint(reason)) == bool(complaint)


def test_a_comment_may_be_left_out() -> None:
    assert comment_complaint("") == ""
    assert "513" in comment_complaint("x" * 513)


@pytest.mark.parametrize(
    "document",
    ["AWS-StartPortForwardingSession", "AWS-StartSSHSession", "AWS-StartInteractiveCommand", "Acme-Restart"],
)
def test_granted_credentials_start_the_shell_alone(document: str) -> None:
    assert document in not_for_granted(SessionRequest("i-1", document_name=document))
    assert not_for_granted(SessionRequest("i-1")) == ""
    assert not_for_granted(SessionRequest("i-1", document_name="SSM-SessionManagerRunShell")) == ""


def test_no_key_is_in_the_repr() -> None:
    held = GrantedCredentials("ASIAKEY", "secret-key", "session-token", NOON)
    assert not any(each in repr(held) for each in ("ASIAKEY", "secret-key", "session-token"))


def test_until_in_the_users_time() -> None:
    here = timezone(timedelta(hours=2))
    now = NOON.astimezone(here)
    assert until_words(NOON + timedelta(hours=2, minutes=5), now).startswith("until ")
    assert ":05" in until_words(NOON + timedelta(hours=2, minutes=5), now)
    assert "Tue 24 Nov" in until_words(NOON + timedelta(days=2), now)


def test_who_asked() -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/ops/ana"
    assert AccessRequest(Place(), "oi-1", requester=arn).who == "ana"
    assert AccessRequest(Place(), "oi-1", requester="").who == ""


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (ApprovalPolicies(), "No approval policy"),
        (ApprovalPolicies(("prod-approval",)), "prod-approval wants an approval"),
        (ApprovalPolicies((), ("auto",)), "automatic approval for 1 h"),
        (ApprovalPolicies(("a", "b"), ("auto",)), "2 policies with approvers"),
    ],
)
def test_what_the_policies_tell(policies: ApprovalPolicies, words: str) -> None:
    assert words in policies.sentence


def test_nobody_passes_for_the_caller_by_the_name_of_a_role_session() -> None:
    asked = AccessRequest(Place(), "oi-0123456789ab", requester="arn:aws:sts::1:assumed-role/ops/You")
    assert asked.who == "“You”"
    assert AccessRequest(Place(), "oi-0123456789ab").who == ""
