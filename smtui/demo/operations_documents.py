"""The operations on session documents that the simulated Region answers.

Source: ListDocuments, GetDocument and DescribeDocument in the Systems Manager API reference.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from smtui.demo.account_preferences import inputs
from smtui.demo.documents import DemoDocument, documents_in, find_document
from smtui.demo.errors import AwsError
from smtui.demo.sessions import DEFAULT_DOCUMENT
from smtui.demo.state import Handler, Params, RegionState

_FACTS: Mapping[str, Callable[[DemoDocument], tuple[str, ...]]] = {
    "DocumentType": lambda _: ("Session",),
    "Owner": lambda document: (document.side, "ThisOwner") if document.side == "Self" else (document.side,),
    "PlatformTypes": lambda document: document.platforms,
}


def list_documents(region: RegionState, params: Params) -> Mapping[str, Any]:
    operation = "ListDocuments"
    found = [document for document in documents_in(region.name) if _wanted(document, params.get("Filters", ()))]
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    end = start + params.get("MaxResults", 50)
    return {
        "DocumentIdentifiers": [_identifier(document) for document in found[start:end]],
        "NextToken": region.tokens.make(operation, end) if end < len(found) else None,
    }


def get_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    document = _document(region, params["Name"])
    wanted = params.get("DocumentFormat", "JSON")
    if wanted != "JSON":
        raise AwsError("ValidationException", f"The simulated Region keeps its documents as JSON, not as {wanted}.")
    return {
        "Name": document.name,
        "CreatedDate": document.created_at,
        "DocumentVersion": "1",
        "Status": "Active",
        "Content": document.text,
        "DocumentType": "Session",
        "DocumentFormat": "JSON",
    }


def describe_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    document = _document(region, params["Name"])
    described = {
        **_identifier(document),
        "Hash": hashlib.sha256(document.text.encode()).hexdigest(),
        "HashType": "Sha256",
        "Status": "Active",
        "Description": document.description,
        "Parameters": [
            {
                "Name": name,
                "Type": declared["type"],
                "Description": declared["description"],
                "DefaultValue": _default_text(declared.get("default")),
            }
            for name, declared in document.parameters.items()
        ],
        "LatestVersion": "1",
        "DefaultVersion": "1",
    }
    return {"Document": described}


def _document(region: RegionState, name: str) -> DemoDocument:
    """By name; the preferences as the Region's switches would have them."""
    document = find_document(name, region.name)
    if name != DEFAULT_DOCUMENT:
        return document
    return replace(document, content={**document.content, "inputs": inputs(region.switches())})


def _wanted(document: DemoDocument, conditions: Any) -> bool:
    return all(_fits(document, condition["Key"], condition["Values"]) for condition in conditions)


def _fits(document: DemoDocument, key: str, values: list[str]) -> bool:
    if key == "Name":
        return any(document.name.startswith(value) for value in values)
    if key not in _FACTS:
        raise AwsError("InvalidFilterKey", f"{key} is not a filter key of ListDocuments.")
    return any(value in _FACTS[key](document) for value in values)


def _identifier(document: DemoDocument) -> dict[str, Any]:
    return {
        "Name": document.name,
        "CreatedDate": document.created_at,
        "Owner": document.owner,
        "PlatformTypes": list(document.platforms),
        "DocumentVersion": "1",
        "DocumentType": "Session",
        "SchemaVersion": document.schema,
        "DocumentFormat": "JSON",
        "Tags": [],
    }


def _default_text(default: Any) -> str | None:
    return default if default is None or isinstance(default, str) else json.dumps(default)


HANDLERS: Mapping[str, Handler] = {
    "ListDocuments": list_documents,
    "GetDocument": get_document,
    "DescribeDocument": describe_document,
}
