from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.diagnosis.iam.decision import Decision, NamedPolicy, Outcome, Question, decide

OPEN = "ssmmessages:OpenDataChannel"
PING = "ssm:UpdateInstanceInformation"
INSTANCE = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1"
ROLE = "arn:aws:iam::111122223333:role/path/web"


def _policy(*statements: dict[str, Any], name: str = "p") -> NamedPolicy:
    full = [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements]
    return NamedPolicy(name, json.dumps({"Version": "2012-10-17", "Statement": full}))


def _outcome(action: str, *statements: dict[str, Any], **question: Any) -> Outcome:
    return decide(Question(action, **question), [_policy(*statements)]).outcome


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": OPEN}, Outcome.ALLOWED),
        ({"Action": [OPEN]}, Outcome.ALLOWED),
        ({"Action": "SSMMessages:opendatachannel"}, Outcome.ALLOWED),
        ({"Action": "ssmmessages:*"}, Outcome.ALLOWED),
        ({"Action": "ssm*"}, Outcome.ALLOWED),
        ({"Action": "ssmmessages:????DataChannel"}, Outcome.ALLOWED),
        ({"Action": "*"}, Outcome.ALLOWED),
        ({"Action": ["s3:*", "ssmmessages:Open*"]}, Outcome.ALLOWED),
        ({"NotAction": "iam:*"}, Outcome.ALLOWED),
        ({"NotAction": ["iam:*", "ssmmessages:*"]}, Outcome.NOT_ALLOWED),
        ({"Action": "ssmmessages:?DataChannel"}, Outcome.NOT_ALLOWED),
        ({"Action": "ssm:*"}, Outcome.NOT_ALLOWED),
        ({"Action": []}, Outcome.NOT_ALLOWED),
    ],
)
def test_actions(statement: dict[str, Any], expected: Outcome) -> None:
    assert _outcome(OPEN, statement) is expected


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({"Resource": "*"}, Outcome.ALLOWED),
        ({"Resource": "arn:aws:ec2:*:*:instance/*"}, Outcome.ALLOWED),
        ({"Resource": ["arn:aws:s3:::x", "arn:aws:ec2:eu-west-1:111122223333:instance/i-?"]}, Outcome.ALLOWED),
        ({"Resource": "arn:aws:ec2:us-east-1:*:instance/*"}, Outcome.NOT_ALLOWED),
        ({"Resource": "arn:aws:s3:::logs/*"}, Outcome.NOT_ALLOWED),
        ({"Resource": "arn:aws:ec2:*:${aws:PrincipalAccount}:instance/*"}, Outcome.UNCERTAIN),
        ({"Resource": "arn:aws:ssm:*:*:*"}, Outcome.UNCERTAIN),
        ({"NotResource": "arn:aws:s3:::*"}, Outcome.ALLOWED),
        ({"NotResource": "arn:aws:ec2:*:*:*"}, Outcome.NOT_ALLOWED),
        ({"NotResource": "arn:aws:ssm:*:*:*"}, Outcome.UNCERTAIN),
    ],
)
def test_resources(resources: dict[str, Any], expected: Outcome) -> None:
    statement = json.dumps({"Statement": {"Effect": "Allow", "Action": "ssm:*", **resources}})
    question = Question(PING, (INSTANCE,), doubtful=("arn:aws:ssm:eu-west-1:111122223333:*",))
    assert decide(question, [NamedPolicy("p", statement)]).outcome is expected


def test_all_resources_have_to_be_covered() -> None:
    both = {"resources": ("arn:aws:a:1", "arn:aws:b:1")}
    assert _outcome(PING, {"Action": "*", "Resource": "arn:aws:a:*"}, **both) is Outcome.UNCERTAIN
    assert _outcome(PING, {"Action": "*", "Resource": ["arn:aws:a:*", "arn:aws:b:*"]}, **both) is Outcome.ALLOWED


def test_a_deny_beats_every_allow_wherever_it_stands() -> None:
    allow = _policy({"Action": "*"}, name="open")
    deny = _policy({"Effect": "Deny", "Action": "ssmmessages:Open*", "Sid": "NoShells"}, name="closed")
    for policies in ([allow, deny], [deny, allow]):
        assert decide(Question(OPEN), policies) == Decision(OPEN, Outcome.DENIED, "closed", "NoShells")
        assert decide(Question(PING), policies) == Decision(PING, Outcome.ALLOWED, "open", "statement 1")


def test_a_deny_under_a_condition_makes_what_is_allowed_uncertain_and_no_more() -> None:
    condition = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
    deny = {"Effect": "Deny", "Action": "*", "Condition": condition, "Sid": "Inside"}
    decision = decide(Question(OPEN), [_policy({"Action": "*"}, deny)])
    assert decision == Decision(OPEN, Outcome.UNCERTAIN, "p", "Inside", "denies it under a condition (aws:SourceVpc)")
    assert _outcome(OPEN, deny) is Outcome.NOT_ALLOWED


def test_an_allow_under_a_condition_is_uncertain_unless_another_has_none() -> None:
    conditional = {"Action": "ssmmessages:*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    decision = decide(Question(OPEN), [_policy(conditional)])
    assert (decision.outcome, decision.why) == (Outcome.UNCERTAIN, "allows it under a condition (aws:SourceIp)")
    assert _outcome(OPEN, conditional, {"Action": OPEN}) is Outcome.ALLOWED


def test_a_doubtful_resource_is_reported() -> None:
    decision = decide(Question(OPEN), [_policy({"Action": "*", "Resource": "arn:aws:ssm:*:*:session/*"})])
    assert (decision.outcome, decision.why) == (Outcome.UNCERTAIN, "allows it on arn:aws:ssm:*:*:session/*")
    without = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a"}})
    assert decide(Question(OPEN), [NamedPolicy("p", without)]).why == "allows it on all but arn:aws:s3:::a"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"Bool": {"aws:SecureTransport": "true"}}, Outcome.ALLOWED),
        ({"Bool": {"aws:SecureTransport": False}}, Outcome.NOT_ALLOWED),
        ({"StringEquals": {"AWS:RequestedRegion": ["us-east-1", "eu-west-1"]}}, Outcome.ALLOWED),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, Outcome.NOT_ALLOWED),
        ({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}, Outcome.ALLOWED),
        ({"StringEqualsIgnoreCase": {"aws:RequestedRegion": "EU-WEST-1"}}, Outcome.ALLOWED),
        ({"StringEqualsIfExists": {"aws:RequestedRegion": "eu-west-1"}}, Outcome.ALLOWED),
        ({"StringLike": {"aws:RequestedRegion": "eu-*"}}, Outcome.ALLOWED),
        ({"StringNotLike": {"aws:RequestedRegion": "eu-*"}}, Outcome.NOT_ALLOWED),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ssm:*:1:*"}}, Outcome.ALLOWED),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:ssm:*:2:*"}}, Outcome.NOT_ALLOWED),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ssm:eu-west-1:1:managed-instance/*"}}, Outcome.UNCERTAIN),
        ({"StringEquals": {"aws:SourceArn": "arn:aws:ssm:eu-west-1:1:x"}}, Outcome.UNCERTAIN),
        ({"StringEquals": {"aws:SourceArn": "arn:aws:s3:::x"}}, Outcome.NOT_ALLOWED),
        ({"StringEquals": {"aws:RequestedRegion": "${aws:PrincipalTag/home}"}}, Outcome.UNCERTAIN),
        ({"StringEquals": {"aws:PrincipalTag/team": "web"}}, Outcome.UNCERTAIN),
        ({"Null": {"aws:RequestedRegion": "false"}}, Outcome.UNCERTAIN),
        ({"ForAnyValue:StringEquals": {"aws:RequestedRegion": "eu-west-1"}}, Outcome.UNCERTAIN),
        (
            {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:PrincipalTag/team": "web"}},
            Outcome.NOT_ALLOWED,
        ),
        ({}, Outcome.ALLOWED),
    ],
)
def test_conditions_are_judged_as_far_as_the_context_is_known(condition: dict[str, Any], expected: Outcome) -> None:
    context = {
        "aws:securetransport": "true",
        "aws:requestedregion": "eu-west-1",
        "aws:sourcearn": "arn:aws:ssm:eu-west-1:1:*",
    }
    assert _outcome(OPEN, {"Action": "*", "Condition": condition}, context=context) is expected


def test_a_boundary_has_to_allow_it_too() -> None:
    everything = [_policy({"Action": "*"}, name="open")]
    without = _policy({"Action": "s3:*"}, name="edge")
    assert decide(Question(OPEN), everything, without) == Decision(OPEN, Outcome.NOT_ALLOWED, "edge")
    assert decide(Question(OPEN), everything, _policy({"Action": "ssm*"}, name="edge")).outcome is Outcome.ALLOWED
    denies = _policy({"Action": "*"}, {"Effect": "Deny", "Action": OPEN}, name="edge")
    assert decide(Question(OPEN), everything, denies) == Decision(OPEN, Outcome.DENIED, "edge", "statement 2")


def test_a_boundary_grants_nothing() -> None:
    wide = _policy({"Action": "*"}, name="edge")
    assert decide(Question(OPEN), [_policy({"Action": "s3:*"})], wide) == Decision(OPEN, Outcome.NOT_ALLOWED)


def test_a_policy_that_cannot_be_read_leaves_it_uncertain_but_for_a_deny() -> None:
    broken = NamedPolicy("broken", "{")
    uncertain = Decision(OPEN, Outcome.UNCERTAIN, "broken", why="is not valid JSON")
    assert decide(Question(OPEN), [broken]) == uncertain
    assert decide(Question(OPEN), [_policy({"Action": "*"}), broken]) == uncertain
    deny = _policy({"Effect": "Deny", "Action": "*"})
    assert decide(Question(OPEN), [broken, deny]).outcome is Outcome.DENIED


def test_nothing_attached_allows_nothing() -> None:
    assert decide(Question(OPEN), []) == Decision(OPEN, Outcome.NOT_ALLOWED)


SERVICE = ("Service", "ec2.amazonaws.com")
AWS = ("AWS", ROLE)


@pytest.mark.parametrize(
    ("asked", "principal", "expected"),
    [
        (SERVICE, {"Principal": {"Service": "ec2.amazonaws.com"}}, Outcome.ALLOWED),
        (SERVICE, {"Principal": {"Service": ["ssm.amazonaws.com", "ec2.amazonaws.com"]}}, Outcome.ALLOWED),
        (SERVICE, {"Principal": "*"}, Outcome.ALLOWED),
        (SERVICE, {"Principal": {"Service": "*"}}, Outcome.ALLOWED),
        (SERVICE, {"Principal": {"AWS": "*"}}, Outcome.UNCERTAIN),
        (SERVICE, {"Principal": {"Service": "lambda.amazonaws.com"}}, Outcome.NOT_ALLOWED),
        (SERVICE, {"Principal": {"AWS": "ec2.amazonaws.com"}}, Outcome.NOT_ALLOWED),
        (SERVICE, {"NotPrincipal": {"Service": "ec2.amazonaws.com"}}, Outcome.NOT_ALLOWED),
        (SERVICE, {"NotPrincipal": {"Service": "lambda.amazonaws.com"}}, Outcome.ALLOWED),
        (AWS, {"Principal": {"AWS": ROLE}}, Outcome.ALLOWED),
        (AWS, {"Principal": {"AWS": "111122223333"}}, Outcome.ALLOWED),
        (AWS, {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, Outcome.ALLOWED),
        (AWS, {"Principal": {"AWS": "arn:aws:iam::999999999999:root"}}, Outcome.NOT_ALLOWED),
        (AWS, {"Principal": {"AWS": "arn:aws:sts::111122223333:assumed-role/web/i-1"}}, Outcome.UNCERTAIN),
        (AWS, {"Principal": {"AWS": "*"}}, Outcome.ALLOWED),
        (None, {"Principal": {"Service": "lambda.amazonaws.com"}}, Outcome.ALLOWED),
    ],
)
def test_principals(asked: tuple[str, str] | None, principal: dict[str, Any], expected: Outcome) -> None:
    assert _outcome("sts:AssumeRole", {"Action": "sts:AssumeRole", **principal}, principal=asked) is expected
