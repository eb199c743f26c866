"""What policies say of our own sessions. Source: the policy simulator's part of the IAM API reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smtui.aws.evidence_calls import EvidenceCalls, Listing, side_by_side
from smtui.aws.shapes import mapping, mappings, text, texts
from smtui.domain.evidence.local import Permissions
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Caller

_SIMULATION = Listing("iam:SimulatePrincipalPolicy", "simulate_principal_policy", "EvaluationResults", "Marker")
_START, _OPEN = "ssm:StartSession", "ssmmessages:OpenDataChannel"
_ALLOWED = "allowed"
_BEST_FIRST = (_ALLOWED, "implicitDeny", "explicitDeny")
_ANY_SESSION = "0123456789abcdef0"
"""How a session's id ends; which one it is makes no difference to a policy."""
_ANY_NODE = "*"
_SIGNED_IN_ROLE = "AWSReservedSSO_"


class PermissionEvidence(EvidenceCalls):
    """The simulator, asked about ourselves."""

    def permissions(self, caller: Caller, node_id: str) -> Permissions:
        """What policies say of a session on the node; conditions that we cannot tell are named."""
        principal = self._principal(caller)
        if principal.endswith(":root"):
            return Permissions(principal, {_START: _ALLOWED, _OPEN: _ALLOWED})
        questions = [(_START, [_node_arn(caller, node_id)]), (_OPEN, _session_arns(caller))]
        answers = side_by_side(lambda question: self._simulated(principal, caller, *question), questions)
        results = dict(zip((_START, _OPEN), answers, strict=True))
        decisions = {action: decision for action, found in results.items() if (decision := _decision(found))}
        denied = [one for action, found in results.items() if decisions.get(action) != _ALLOWED for one in found]
        missing = dict.fromkeys(key for _, keys in _for_each_resource(denied) for key in keys)
        return Permissions(principal, decisions, any(map(_denied_by_organisation, denied)), tuple(missing))

    def _simulated(
        self, principal: str, caller: Caller, action: str, resources: Sequence[str]
    ) -> list[Mapping[str, Any]]:
        return list(
            self._entries(
                _SIMULATION,
                PolicySourceArn=principal,
                ActionNames=[action],
                ResourceArns=list(resources),
                ContextEntries=_context(caller, principal),
            )
        )

    def _principal(self, caller: Caller) -> str:
        """The user or role that the simulator knows; a role session's ARN lacks its role's path."""
        kind = caller.arn.split(":")[-1].partition("/")[0]
        if kind in ("user", "root"):
            return caller.arn
        if kind != "assumed-role":
            message = "The permissions of a federated user cannot be simulated."
            raise self._fault(FaultKind.OTHER, "", message)
        return self._role_arn(caller)

    def _role_arn(self, caller: Caller) -> str:
        name = caller.arn.split("/")[1]
        try:
            said = self._call("iam:GetRole", "get_role", RoleName=name)
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.DENIED or name.startswith(_SIGNED_IN_ROLE):
                raise  # the roles of IAM Identity Center have a path, others hardly ever
            return f"arn:{_partition(caller)}:iam::{caller.account}:role/{name}"
        return text(mapping(said.get("Role")), "Arn")


def _for_each_resource(results: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The decision, and the condition keys that the simulator was not told, for each resource."""
    for result in results:
        for one in list(mappings(result.get("ResourceSpecificResults"))) or [result]:
            decision = text(one, "EvalResourceDecision") or text(one, "EvalDecision")
            yield decision, texts(one, "MissingContextValues") or texts(result, "MissingContextValues")


def _decision(results: Sequence[Mapping[str, Any]]) -> str:
    """The best of them; a session's id is formed in one of several ways, and one of them will do."""
    decisions = {decision for decision, _ in _for_each_resource(results)}
    return next((one for one in _BEST_FIRST if one in decisions), "")


def _denied_by_organisation(result: Mapping[str, Any]) -> bool:
    return mapping(result.get("OrganizationsDecisionDetail")).get("AllowedByOrganizations") is False


def _partition(caller: Caller) -> str:
    return caller.arn.split(":")[1]


def _node_arn(caller: Caller, node_id: str) -> str:
    service, kind = ("ssm", "managed-instance") if node_id.startswith("mi-") else ("ec2", "instance")
    return f"arn:{_partition(caller)}:{service}:{caller.region}:{caller.account}:{kind}/{node_id or _ANY_NODE}"


def _session_arns(caller: Caller) -> list[str]:
    """One of our own sessions, named after our user id, and after our name, as policies write it both ways."""
    names = dict.fromkeys((caller.user_id, caller.arn.rpartition("/")[2]))
    own = f"arn:{_partition(caller)}:ssm:{caller.region}:{caller.account}:session"
    return [f"{own}/{name}-{_ANY_SESSION}" for name in names]


def _context(caller: Caller, principal: str) -> list[dict[str, Any]]:
    """What the simulator does not know by itself and policies for sessions ask for."""
    told = {
        "aws:userid": caller.user_id,
        "aws:PrincipalArn": principal,
        "aws:PrincipalAccount": caller.account,
        "aws:RequestedRegion": caller.region,
    }
    if ":user/" in caller.arn:
        told["aws:username"] = caller.arn.rpartition("/")[2]
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"} for key, value in told.items()
    ]
    secure = {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": ["true"], "ContextKeyType": "boolean"}
    return [*entries, secure]
