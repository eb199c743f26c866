"""What policies allow, for SimulatePrincipalPolicy: actions and resources with wildcards, no conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from smtui.demo.iam import POLICIES, Role

ALLOWED, IMPLICIT_DENY, EXPLICIT_DENY = "allowed", "implicitDeny", "explicitDeny"


def role_decision(role: Role, action: str, resource: str) -> str:
    """What IAM decides for the role; its boundary has to allow as well."""
    documents = [POLICIES[arn].document for arn in role.attached] + list(role.inline.values())
    decision = decided(documents, action, resource)
    if decision == ALLOWED and role.boundary:
        return decided([POLICIES[role.boundary].document], action, resource)
    return decision


def decided(documents: Sequence[str], action: str, resource: str) -> str:
    effects = {
        statement["Effect"]
        for document in documents
        for statement in json.loads(document)["Statement"]
        if _fits(statement, action, resource)
    }
    if "Deny" in effects:
        return EXPLICIT_DENY
    return ALLOWED if "Allow" in effects else IMPLICIT_DENY


def _fits(statement: dict[str, Any], action: str, resource: str) -> bool:
    named = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _texts(statement["Action"]))
    return named and any(resource == "*" or fnmatchcase(resource, each) for each in _texts(statement["Resource"]))


def _texts(value: str | list[str]) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value
