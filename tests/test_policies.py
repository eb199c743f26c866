"""What the policies in `docs/policies` promise, and how a run's calls are compared with them."""

from __future__ import annotations

import json
import re

import pytest

from smtui.demo.story.account_facts import ACCOUNT, CALLER_NAME
from tests.calls_against_policies import documents, granted_by, too_narrow, too_wide
from tests.test_iam_page import rows

READS = re.compile(r"[a-z0-9-]+:(Describe|Get|List|Lookup|Simulate)[A-Za-z]+")
MOST_CHARACTERS = 6_144
"""Of a managed policy, blanks not counted: "IAM and AWS STS quotas" in the IAM user guide."""
OWN = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:session/{CALLER_NAME}-0a1b2c3d4e5f67890"


def test_together_they_grant_what_the_table_of_permissions_lists() -> None:
    assert set().union(*map(granted_by, documents().values())) == set().union(*rows().values())


@pytest.mark.parametrize("name", sorted(documents()))
def test_each_can_be_attached_as_it_is(name: str) -> None:
    policy = json.loads(documents()[name])
    assert policy["Version"] == "2012-10-17"
    assert len(re.sub(r"\s", "", documents()[name])) <= MOST_CHARACTERS
    labels = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(labels)) == len(labels)
    assert all(re.fullmatch(r"[A-Za-z0-9]+", label) for label in labels)
    assert not [action for action in granted_by(documents()[name]) if "*" in action]


def test_two_of_them_only_read() -> None:
    for name in ("diagnosis", "read-only"):
        assert [action for action in granted_by(documents()[name]) if not READS.fullmatch(action)] == []


def test_the_minimal_one_starts_and_ends_sessions_and_changes_nothing_else() -> None:
    others = {action for action in granted_by(documents()["minimal"]) if not READS.fullmatch(action)}
    assert others == {
        "ssm:StartSession", "ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel",
        "kms:GenerateDataKey",
    }  # fmt: skip


def test_a_call_that_no_policy_grants_is_named() -> None:
    assert not [*too_narrow({"ssmmessages:OpenDataChannel": {OWN}, "sts:GetCallerIdentity": {"*"}})]
    others = OWN.replace(CALLER_NAME, "ben")
    assert [*too_narrow({"ssm:TerminateSession": {others}, "ssm:DeleteDocument": {"*"}})] == [
        "no policy in docs/policies grants ssm:DeleteDocument on *",
        f"no policy in docs/policies grants ssm:TerminateSession on {others}",
    ]


def test_an_action_that_nothing_calls_is_named() -> None:
    texts = {"one": json.dumps({"Statement": [{"Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": "*"}]})}
    assert [*too_wide({"a:B": {"*"}}, texts)] == ["docs/policies grants a:C, and no test has seen it called"]
