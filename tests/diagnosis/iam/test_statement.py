from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.diagnosis.iam.decision import NamedPolicy, Outcome, Question, decide
from smtui.diagnosis.iam.statement import Condition, Patterns, Principals, parse_policy

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition")
VALUES = JSON | st.sampled_from(["Allow", "Deny", "*", "ssm:*", ["*"], {"AWS": "*"}, {"Bool": {"a": True}}])
STATEMENTS = st.dictionaries(st.sampled_from(ELEMENTS), VALUES)
POLICIES = st.fixed_dictionaries({"Statement": STATEMENTS | st.lists(STATEMENTS | JSON, max_size=3) | JSON}) | JSON


def _statement(**elements: Any) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Action": "ssm:*", "Resource": "*", **elements}})


@given(st.text() | POLICIES.map(json.dumps))
def test_no_policy_makes_it_raise(text: str) -> None:
    parse_policy(text)
    policy = NamedPolicy("p", text)
    for principal in (None, ("Service", "ec2.amazonaws.com"), ("AWS", "arn:aws:iam::1:role/r"), ("AWS", "x")):
        question = Question("ssm:UpdateInstanceInformation", ("arn:aws:ec2:*:1:instance/i-1",), principal=principal)
        assert decide(question, [policy], boundary=policy).outcome in Outcome


def test_one_statement_and_a_list_of_them_read_the_same() -> None:
    one = {"Effect": "Deny", "NotAction": "SSM:*", "NotResource": ["a", "b"], "Sid": "Out"}
    assert parse_policy(json.dumps({"Statement": one})) == parse_policy(json.dumps({"Statement": [one]}))
    (statement,) = parse_policy(json.dumps({"Statement": one})).statements
    assert statement.label == "Out"
    assert not statement.allows
    assert statement.actions == Patterns(("ssm:*",), inverted=True)
    assert statement.resources == Patterns(("a", "b"), inverted=True)


def test_principals() -> None:
    (statement,) = parse_policy(_statement(Principal={"Service": ["a", "b"], "AWS": "1"})).statements
    assert statement.principals == Principals((("Service", "a"), ("Service", "b"), ("AWS", "1")))
    (statement,) = parse_policy(_statement(NotPrincipal="*")).statements
    assert statement.principals == Principals((("*", "*"),), inverted=True)


def test_conditions_are_read_as_texts() -> None:
    condition = {"Bool": {"aws:SecureTransport": False}, "StringEquals": {"a": ["x", "y"]}}
    (statement,) = parse_policy(_statement(Condition=condition)).statements
    assert statement.conditions == (
        Condition("Bool", "aws:SecureTransport", ("false",)),
        Condition("StringEquals", "a", ("x", "y")),
    )


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("", "is not valid JSON"),
        ("{", "is not valid JSON"),
        ("[" * 100_000, "is not valid JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "has no Statement"),
        ('{"Statement": 7}', "has a statement that cannot be read (number 1: not an object)"),
        (_statement(Effect="allow"), "has a statement that cannot be read (number 1: no Effect)"),
        (_statement(Action=7), "has a statement that cannot be read (number 1: Action is not text)"),
        (_statement(Resource={}), "has a statement that cannot be read (number 1: Resource is not text)"),
        (
            _statement(Principal="ada"),
            "has a statement that cannot be read (number 1: Principal is neither an object nor *)",
        ),
        (
            _statement(Condition={"Bool": 1}),
            "has a statement that cannot be read (number 1: the condition Bool is not an object)",
        ),
    ],
)
def test_what_cannot_be_read_is_reported(text: str, trouble: str) -> None:
    assert parse_policy(text).trouble == trouble
    assert not parse_policy(text).statements


def test_a_broken_statement_does_not_hide_the_others() -> None:
    good = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    parsed = parse_policy(json.dumps({"Statement": [{"Effect": "Allow"}, good]}))
    assert parsed.trouble == "has a statement that cannot be read (number 1: no Action)"
    assert [statement.label for statement in parsed.statements] == ["statement 2"]
