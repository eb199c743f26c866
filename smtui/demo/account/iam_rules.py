"""Evaluates IAM policies: actions and resources with wildcards, without conditions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from smtui.demo.story.identities import POLICIES, ManagedPolicy, Role

ALLOWED, IMPLICIT_DENY, EXPLICIT_DENY = "allowed", "implicitDeny", "explicitDeny"


def role_decision(role: Role, action: str, resource: str, policies: Mapping[str, ManagedPolicy] = POLICIES) -> str:
    """IAM's decision for a role; its boundary must allow the action too. `policies` are the managed ones, by ARN."""
    documents = [policies[arn].document for arn in role.attached] + list(role.inline.values())
    decision = decided(documents, action, resource)
    if decision == ALLOWED and role.boundary:
        return decided([policies[role.boundary].document], action, resource)
    return decision


def decided(documents: Sequence[str], action: str, resource: str) -> str:
    """The decision of several policies together: ALLOWED, IMPLICIT_DENY or EXPLICIT_DENY."""
    effects = {
        statement["Effect"]
        for document in documents
        for statement in statements(document)
        if _fits(statement, action, resource)
    }
    if "Deny" in effects:
        return EXPLICIT_DENY
    return ALLOWED if "Allow" in effects else IMPLICIT_DENY


def is_policy(document: str) -> bool:
    """Whether these rules can evaluate the document: an object whose statements are objects with an effect."""
    try:
        found = statements(document)
    except (ValueError, AttributeError, RecursionError):
        return False
    return all(isinstance(each, dict) and each.get("Effect") in ("Allow", "Deny") for each in found)


@lru_cache(maxsize=256)
def statements(document: str) -> Sequence[dict[str, Any]]:
    """The statements of a policy; a single one may come without a list."""
    found = json.loads(document).get("Statement", [])
    return found if isinstance(found, list) else [found]


def _fits(statement: dict[str, Any], action: str, resource: str) -> bool:
    named = any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _texts(statement.get("Action", [])))
    return named and any(
        resource == "*" or fnmatchcase(resource, each) for each in _texts(statement.get("Resource", "*"))
    )


def _texts(value: object) -> Iterator[str]:
    """The texts of a text or a list; anything else is left out and so matches nothing."""
    yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
