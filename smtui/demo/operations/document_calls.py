"""Answers the operations on session documents.

Source: ListDocuments, GetDocument and UpdateDocument in the Systems Manager API reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.demo.account.session_documents import DemoDocument, documents_in, find_document
from smtui.demo.account.session_registry import DEFAULT_DOCUMENT
from smtui.demo.story.account_facts import BUCKET, KEY_ARN, KEY_SWITCHES, LOG_GROUP, LOG_SWITCHES, S3_SWITCHES
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_PREFERENCES = "ssm/preferences"
_FACTS: Mapping[str, Callable[[DemoDocument], tuple[str, ...]]] = {
    "DocumentType": lambda _: ("Session",),
    "Owner": lambda document: (document.side, "ThisOwner") if document.side == "Self" else (document.side,),
    "PlatformTypes": lambda document: document.platforms,
}


_NOTHING: Mapping[str, Any] = {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": True,
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "runAsEnabled": False,
    "runAsDefaultUser": "",
    "kmsKeyId": "",
    "shellProfile": {"windows": "", "linux": ""},
}
"""The preferences as the console saves its defaults: encryption is required, although no target is named."""


def list_documents(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the session documents of the Region, 50 a page."""
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
    """Returns the content of a document, as JSON only."""
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


def _document(region: RegionState, name: str) -> DemoDocument:
    """A document by name; the preferences with the effects of switches and changes."""
    document = find_document(name, region.name)
    if name != DEFAULT_DOCUMENT:
        return document
    return replace(document, content=preferences(region, document))


def preferences(region: RegionState, document: DemoDocument | None = None) -> Mapping[str, Any]:
    """The content of the document with the account's preferences."""
    changed = region.account.setting(_PREFERENCES)
    if changed:
        held: Mapping[str, Any] = json.loads(changed)
        return held
    base = document if document is not None else find_document(DEFAULT_DOCUMENT, region.name)
    return {**base.content, "inputs": _inputs(region.switches())}


def update_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Updates the preferences, the only document that can change; the new version takes effect at once."""
    name = params["Name"]
    document = _document(region, name)
    if name != DEFAULT_DOCUMENT:
        raise AwsError("InvalidDocumentOperation", "The simulated account keeps its other documents as they are.")
    try:
        content = json.loads(params["Content"])
        fits = isinstance(content["inputs"], dict) and content["schemaVersion"] == "1.0"
    except (ValueError, KeyError, TypeError, RecursionError):
        fits = False
    if not fits:
        raise AwsError("InvalidDocumentContent", "Content is not valid session preferences.")
    with region.account.lock:
        region.account.put_setting(_PREFERENCES, params["Content"])
    described = {key: value for key, value in _identifier(document).items() if key != "Tags"}
    return {"DocumentDescription": {**described, "DocumentVersion": "2", "Status": "Updating"}}


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


def _inputs(switches: frozenset[str]) -> Mapping[str, Any]:
    """The `inputs` of the document SSM-SessionManagerRunShell."""
    named = {
        "s3BucketName": BUCKET if switches & S3_SWITCHES else "",
        "cloudWatchLogGroupName": LOG_GROUP if switches & LOG_SWITCHES else "",
        "kmsKeyId": KEY_ARN if switches & KEY_SWITCHES else "",
    }
    return {**_NOTHING, **named}


HANDLERS: Mapping[str, Handler] = {
    "ListDocuments": list_documents,
    "GetDocument": get_document,
    "UpdateDocument": update_document,
}
