"""Judges whether IAM lets us start the session: on the node, with its document, and up to its data channel."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from smtui.diagnosis.check import Judgement, failed, passed, proven, unknown
from smtui.diagnosis.evidence.local_facts import Permissions, Simulated
from smtui.diagnosis.evidence.reading import value
from smtui.diagnosis.evidence.record import Evidence
from smtui.domain.document import document_label

START, OPEN_CHANNEL = "ssm:StartSession", "ssmmessages:OpenDataChannel"
_CALL = "iam:SimulatePrincipalPolicy"
_ALLOWED, _DENIED, _NOT_ALLOWED = "allowed", "explicitDeny", "implicitDeny"
_BEST_FIRST = (_ALLOWED, _NOT_ALLOWED, _DENIED)
_SIGNED_IN_ROLE = "AWSReservedSSO_"
"""IAM Identity Center owns these roles: their policies are changed there alone."""


def judge_permission(evidence: Evidence) -> Judgement:
    """One certain denial is a FAIL; a decision that depends on an unknown condition is UNKNOWN."""
    told = value(evidence.permissions)
    lines = tuple(f"{_CALL}: {one.action} on {one.resource} is {one.decision}" for one in told.answers)
    deciding = tuple(_deciding(told))
    refused = [one for one in deciding if one.decision != _ALLOWED]
    silent = [action for action in (START, OPEN_CHANNEL) if all(one.action != action for one in told.answers)]
    certain = [one for one in refused if not one.missing_context and not one.by_organisation]
    if certain:
        return _refused(evidence, told, certain, lines)
    if any(one.by_organisation for one in refused):
        named = _actions([one for one in refused if one.by_organisation])
        return unknown(f"A policy of the organisation may deny {named}, and it cannot be seen from here.", *lines)
    conditional = [one for one in deciding if one.missing_context]
    if conditional:  # a Deny also applies where the condition key is missing, as in a session without MFA
        keys = ", ".join(dict.fromkeys(key for one in conditional for key in one.missing_context))
        finding = f"Whether {_actions(conditional)} is allowed depends on conditions that were not simulated: {keys}."
        return unknown(finding, *lines)
    if silent:
        return unknown(f"The simulation says nothing about {' and '.join(silent)}.", *lines)
    return passed(f"IAM lets {told.principal_arn} start a session there and open its data channel.", *lines)


def _deciding(told: Permissions) -> Iterator[Simulated]:
    """The answers that count: every resource of StartSession, but only the best form of a session's name."""
    yield from (one for one in told.answers if one.action == START)
    channels = [one for one in told.answers if one.action == OPEN_CHANNEL]
    yield from sorted(channels, key=lambda one: (_BEST_FIRST.index(one.decision), bool(one.missing_context)))[:1]


def _refused(evidence: Evidence, told: Permissions, refused: Sequence[Simulated], lines: tuple[str, ...]) -> Judgement:
    """A refusal; certain for one node or document, not for nodes in general."""
    denied = any(one.decision == _DENIED for one in refused)
    if not evidence.subject.node_id and not denied:
        finding = (
            f"IAM does not allow {told.principal_arn} to start a session on every node; name one node to have it"
            " checked."
        )
        return unknown(finding, *lines)
    how = "denies" if denied else "does not allow"
    finding = f"IAM {how} {told.principal_arn} to {' or '.join(_wanted(refused))} ({_actions(refused)})"
    values = {"principal_arn": told.principal_arn, **({} if denied else _policy_that_allows(told))}
    if told.document_to_name:
        finding = f"{finding} unless the document is named: --document-name {told.document_to_name} is allowed"
        values["document_to_name"] = told.document_to_name
    if all(_is_document(one) for one in refused) and not evidence.subject.document:
        # AWS's documentation has said both of a document that is not named: that it is checked, and that it is not.
        return failed(f"{finding}.", *lines, **values)
    return proven(f"{finding}.", *lines, by=(evidence.permissions,), **values)


def _wanted(refused: Sequence[Simulated]) -> Iterator[str]:
    for one in refused:
        if one.action == OPEN_CHANNEL:
            yield "open the data channel of a session"
        elif _is_document(one):
            yield f"start a session with the document {document_label(one.resource)}"
        else:
            yield "start a session"


def _is_document(one: Simulated) -> bool:
    return ":document/" in one.resource


def _actions(answers: Sequence[Simulated]) -> str:
    return " and ".join(dict.fromkeys(one.action for one in answers))


def _policy_that_allows(told: Permissions) -> Mapping[str, str]:
    """The topics' placeholders for a policy with all that a session needs, and for the principal to attach it to."""
    resources = [one.resource for one in told.answers if one.action == START]
    partition = told.principal_arn.split(":")[1] if told.principal_arn.startswith("arn:") else "aws"
    own = f"arn:{partition}:ssm:*:*:session/${{aws:userid}}-*"
    statements = [
        {"Effect": "Allow", "Action": START, "Resource": resources},
        {"Effect": "Allow", "Action": [OPEN_CHANNEL, "ssm:ResumeSession", "ssm:TerminateSession"], "Resource": own},
    ]
    kind, _, name = told.principal_arn.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    if not resources or kind not in ("user", "role") or name.startswith(_SIGNED_IN_ROLE):
        return {}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    return {"start_policy": policy, f"principal_{kind}": name}
