"""Answers the operations that read session documents.

Source: ListDocuments, GetDocument, DescribeDocument and ListDocumentVersions in the Systems Manager API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from smtui.demo.account.preference_versions import (
    PreferenceVersion,
    PreferenceVersions,
    newest_preferences,
    preference_versions,
)
from smtui.demo.account.session_documents import DOCUMENTS, DemoDocument, documents_in, find_document
from smtui.demo.account.session_registry import DEFAULT_DOCUMENT
from smtui.demo.operations.preference_calls import describe_preferences, wanted_version
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_FACTS: Mapping[str, Callable[[DemoDocument], tuple[str, ...]]] = {
    "DocumentType": lambda _: ("Session",),
    "Owner": lambda document: (document.side, "ThisOwner") if document.side == "Self" else (document.side,),
    "PlatformTypes": lambda document: document.platforms,
}


def list_documents(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the session documents of the Region, 50 a page."""
    operation = "ListDocuments"
    here = documents_in(region.place)
    if DOCUMENTS[DEFAULT_DOCUMENT] not in here and _preferences(region).all:
        here.append(DOCUMENTS[DEFAULT_DOCUMENT])
    found = [document for document in here if _wanted(document, params.get("Filters", ()))]
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    end = start + params.get("MaxResults", 50)
    return {
        "DocumentIdentifiers": [_identifier(region, document) for document in found[start:end]],
        "NextToken": region.tokens.make(operation, end) if end < len(found) else None,
    }


def get_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns the content of a document, as JSON only."""
    document = find_document_of(region, params["Name"])
    wanted = params.get("DocumentFormat", "JSON")
    if wanted != "JSON":
        raise AwsError("ValidationException", f"The simulated Region keeps its documents as JSON, not as {wanted}.")
    versions = _versions(region, document)
    number = wanted_version(versions, params.get("DocumentVersion", ""))
    return {
        "Name": document.name,
        "CreatedDate": versions.all[number - 1].created_at,
        "DocumentVersion": str(number),
        "Status": "Active",
        "Content": versions.all[number - 1].content,
        "DocumentType": "Session",
        "DocumentFormat": "JSON",
    }


def describe_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes a document."""
    document = find_document_of(region, params["Name"])
    version = params.get("DocumentVersion", "")
    if document.name == DEFAULT_DOCUMENT:
        return {"Document": describe_preferences(region, version)}
    wanted_version(_versions(region, document), version)
    more = {"LatestVersion": "1", "DefaultVersion": "1", "Status": "Active", "Description": document.description}
    return {"Document": {**_identifier(region, document), **more}}


def list_document_versions(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the versions of a document, the newest first, 50 a page."""
    operation = "ListDocumentVersions"
    document = find_document_of(region, params["Name"])
    versions = _versions(region, document)
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    end = start + params.get("MaxResults", 50)
    numbers = range(versions.newest, 0, -1)
    listed = [
        {
            "Name": document.name,
            "DocumentVersion": str(number),
            "CreatedDate": versions.all[number - 1].created_at,
            "IsDefaultVersion": number == versions.default,
            "DocumentFormat": "JSON",
            "Status": "Active",
        }
        for number in numbers[start:end]
    ]
    return {
        "DocumentVersions": listed,
        "NextToken": region.tokens.make(operation, end) if end < versions.newest else None,
    }


def find_document_of(region: RegionState, name: str) -> DemoDocument:
    """A document by name; preferences that a call has saved are in their Region, too."""
    if name == DEFAULT_DOCUMENT and _preferences(region).all:
        return DOCUMENTS[DEFAULT_DOCUMENT]
    return find_document(name, region.place)


def preferences(region: RegionState) -> Mapping[str, Any]:
    """The content of the preferences that sessions follow."""
    return newest_preferences(region.account, region.place, region.switches())


def _preferences(region: RegionState) -> PreferenceVersions:
    return preference_versions(region.account, region.place, region.switches())


def _versions(region: RegionState, document: DemoDocument) -> PreferenceVersions:
    if document.name == DEFAULT_DOCUMENT:
        return _preferences(region)
    return PreferenceVersions((PreferenceVersion(document.text, document.created_at),), 1)


def _wanted(document: DemoDocument, conditions: Any) -> bool:
    return all(_fits(document, condition["Key"], condition["Values"]) for condition in conditions)


def _fits(document: DemoDocument, key: str, values: list[str]) -> bool:
    if key == "Name":
        return any(document.name.startswith(value) for value in values)
    if key not in _FACTS:
        raise AwsError("InvalidFilterKey", f"{key} is not a filter key of ListDocuments.")
    return any(value in _FACTS[key](document) for value in values)


def _identifier(region: RegionState, document: DemoDocument) -> dict[str, Any]:
    versions = _versions(region, document)
    return {
        "Name": document.name,
        "CreatedDate": versions.all[versions.default - 1].created_at,
        "Owner": document.owner,
        "PlatformTypes": list(document.platforms),
        "DocumentVersion": str(versions.default),
        "DocumentType": "Session",
        "SchemaVersion": document.schema,
        "DocumentFormat": "JSON",
        "Tags": [],
    }


HANDLERS: Mapping[str, Handler] = {
    "ListDocuments": list_documents,
    "GetDocument": get_document,
    "DescribeDocument": describe_document,
    "ListDocumentVersions": list_document_versions,
}
