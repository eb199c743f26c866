"""Simulates whether our own policies allow a session on a node with a document, or one other action.

Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import ApiCalls, mapping, mappings, side_by_side, text, texts
from smtui.diagnosis.evidence.local_facts import Permissions, Simulated
from smtui.domain.fault import AwsCallFailed, FaultKind

if TYPE_CHECKING:
    from smtui.domain.place import Caller

_START, _OPEN = "ssm:StartSession", "ssmmessages:OpenDataChannel"
_ALLOWED = "allowed"
_DENIED = "implicitDeny"
_DEFAULT_DOCUMENT = "SSM-SessionManagerRunShell"
_AMAZONS = "AWS-"
"""The prefix of AWS's own documents, which belong to no account."""
_CHECKED = "ssm:SessionDocumentAccessCheck"
_TAG_KEYS = ("ssm:resourceTag/", "aws:ResourceTag/")
_NEVER_THERE = ("ssm:AccessRequestId",)
"""Keys that no request of ours has: a simulation without them is exact."""
_ANY_SESSION = "0123456789abcdef0"
"""The end of a session's id; which one it is makes no difference to a policy."""
_ANY_NODE = "*"
_SIGNED_IN_ROLE = "AWSReservedSSO_"


class PermissionAdapter:
    """IAM's policy simulator, asked about ourselves. Blocks and raises `AwsCallFailed`, naming the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def permissions(self, caller: Caller, node_id: str, document: str, tags: Mapping[str, str] | None) -> Permissions:
        """iam:SimulatePrincipalPolicy of ssm:StartSession, on all it names, and of ssmmessages:OpenDataChannel.

        An empty `node_id` means any node, an empty `document` the account's shell; `tags` are the node's, None if they
        are not known. Condition keys that the simulation could not be given are named in the result.
        """
        principal = self._principal(caller)
        sessions = _session_arns(caller)
        if principal.endswith(":root"):
            asked = [(_START, arn) for arn in _named(caller, node_id, document)] + [(_OPEN, sessions[0])]
            return Permissions(principal, tuple(Simulated(action, arn, _ALLOWED) for action, arn in asked))
        session = _Session(caller, principal, _named(caller, node_id, document), tags)
        answers = self._answers([*session.start(named=bool(document)), _Question(_OPEN, sessions)], session)
        once_named = ""
        if not document and any(one.action == _START and one.decision != _ALLOWED for one in answers):
            named = self._answers(session.start(named=True), session)
            once_named = _DEFAULT_DOCUMENT if all(one.decision == _ALLOWED for one in named) else ""
        return Permissions(principal, answers, once_named)

    def decision(self, caller: Caller, action: str, resource: str) -> str:
        """iam:SimulatePrincipalPolicy of one action: `allowed`, `implicitDeny` or `explicitDeny`."""
        principal = self._principal(caller)
        if principal.endswith(":root"):
            return _ALLOWED
        nothing = _Session(caller, principal, ("", ""), None)
        return self._simulated(_Question(action, (resource,)), nothing)[0].decision

    def _answers(self, questions: Sequence[_Question], session: _Session) -> tuple[Simulated, ...]:
        found = side_by_side(lambda question: self._simulated(question, session), questions)
        return tuple(one for answers in found for one in answers)

    def _simulated(self, question: _Question, session: _Session) -> tuple[Simulated, ...]:
        results = self._calls.entries(
            "iam:SimulatePrincipalPolicy",
            PolicySourceArn=session.principal,
            ActionNames=[question.action],
            ResourceArns=list(question.resources),
            ContextEntries=[*_context(session.caller, session.principal), *question.context],
        )
        answers = (one for result in results for one in _for_each_resource(question, result))
        return tuple(replace(one, missing_context=_not_given(one, session)) for one in answers)

    def _principal(self, caller: Caller) -> str:
        """The ARN of the user or role that the simulator accepts; a role session's ARN lacks its role's path."""
        kind = caller.arn.split(":")[-1].partition("/")[0]
        if kind in ("user", "root"):
            return caller.arn
        if kind != "assumed-role":
            raise self._calls.failed(FaultKind.OTHER, "", "The permissions of a federated user cannot be simulated.")
        return self._role_arn(caller)

    def _role_arn(self, caller: Caller) -> str:
        name = caller.arn.split("/")[1]
        try:
            answer = self._calls.call("iam:GetRole", RoleName=name)
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.DENIED or name.startswith(_SIGNED_IN_ROLE):
                raise  # the roles of IAM Identity Center have a path, others hardly ever
            return f"arn:{_partition(caller)}:iam::{caller.account}:role/{name}"
        return text(mapping(answer.get("Role")), "Arn")


@dataclass(frozen=True, slots=True)
class _Question:
    action: str
    resources: Sequence[str]
    context: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class _Session:
    """The session that the user wants."""

    caller: Caller
    principal: str
    resources: tuple[str, str]
    """The node and the document that StartSession names."""
    tags: Mapping[str, str] | None

    def start(self, *, named: bool) -> tuple[_Question, _Question]:
        """One question about the node and one about the document: the node's tags are not the document's."""
        node, document = self.resources
        check = _entry(_CHECKED, "true" if named else "false", "boolean")
        tags = [_entry(f"{key}{name}", tag) for name, tag in (self.tags or {}).items() for key in _TAG_KEYS]
        return _Question(_START, (node,), (check, *tags)), _Question(_START, (document,), (check,))


def _for_each_resource(question: _Question, result: Mapping[str, Any]) -> Iterator[Simulated]:
    """The simulator answers for several resources at once or one by one, and may not name the resource."""
    for one in list(mappings(result.get("ResourceSpecificResults"))) or [result]:
        yield Simulated(
            question.action,
            text(one, "EvalResourceName") or text(result, "EvalResourceName") or question.resources[0],
            text(one, "EvalResourceDecision") or text(one, "EvalDecision") or _DENIED,
            texts(one, "MissingContextValues") or texts(result, "MissingContextValues"),
            _denied_by_organisation(result),
        )


def _not_given(one: Simulated, session: _Session) -> tuple[str, ...]:
    """The keys that policies use and that the simulator was not given, though a request may have them."""
    never: tuple[str, ...] = _NEVER_THERE
    if one.resource == session.resources[0] and session.tags is not None:
        never = (*never, *_TAG_KEYS)  # no request carries a tag that the node lacks
    prefixes = tuple(key.lower() for key in never)
    return tuple(key for key in one.missing_context if not key.lower().startswith(prefixes))


def _denied_by_organisation(result: Mapping[str, Any]) -> bool:
    return mapping(result.get("OrganizationsDecisionDetail")).get("AllowedByOrganizations") is False


def _partition(caller: Caller) -> str:
    return caller.arn.split(":")[1]


def _named(caller: Caller, node_id: str, document: str) -> tuple[str, str]:
    """The ARNs of the node and the document that StartSession checks; the default document where none is named."""
    service, kind = ("ssm", "managed-instance") if node_id.startswith("mi-") else ("ec2", "instance")
    here = f"{caller.region}:{caller.account}"
    node = f"arn:{_partition(caller)}:{service}:{here}:{kind}/{node_id or _ANY_NODE}"
    name = document or _DEFAULT_DOCUMENT
    if name.startswith("arn:"):
        return node, name
    owner = "" if name.startswith(_AMAZONS) else caller.account
    return node, f"arn:{_partition(caller)}:ssm:{caller.region}:{owner}:document/{name}"


def _session_arns(caller: Caller) -> list[str]:
    """One of our own sessions, named after our user id and after our name: policies use both."""
    names = dict.fromkeys((caller.user_id, caller.arn.rpartition("/")[2]))
    own = f"arn:{_partition(caller)}:ssm:{caller.region}:{caller.account}:session"
    return [f"{own}/{name}-{_ANY_SESSION}" for name in names]


def _context(caller: Caller, principal: str) -> list[dict[str, Any]]:
    """The condition keys that policies for sessions use and the simulator does not know by itself."""
    values = {
        "aws:userid": caller.user_id,
        "aws:PrincipalArn": principal,
        "aws:PrincipalAccount": caller.account,
        "aws:RequestedRegion": caller.region,
    }
    if ":user/" in caller.arn:
        values["aws:username"] = caller.arn.rpartition("/")[2]
    entries = [_entry(key, value) for key, value in values.items()]
    flags = [_entry("aws:SecureTransport", "true", "boolean"), _entry("aws:ViaAWSService", "false", "boolean")]
    return [*entries, *flags]


def _entry(key: str, value: str, kind: str = "string") -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": kind}
