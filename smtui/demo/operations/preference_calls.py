"""Answers the operations that change the document of the session preferences.

Sources: CreateDocument, UpdateDocument and UpdateDocumentDefaultVersion in the Systems Manager API reference; the
session document schema. What is not documented is answered strictly: a content is refused if any version has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.account.preference_versions import (
    PreferenceVersion,
    PreferenceVersions,
    keep_preferences,
    preference_versions,
)
from smtui.demo.account.session_registry import DEFAULT_DOCUMENT
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_MOST_VERSIONS = 1_000
_MOST_BYTES = 65_536
_LONGEST_PROFILE = 512
_PLACEHOLDER = re.compile(r"\{\{\s*\w+\s*\}\}")
_MINUTES = {"idleSessionTimeout": (1, 60), "maxSessionDuration": (1, 1440)}
_FLAGS = ("s3EncryptionEnabled", "cloudWatchEncryptionEnabled", "cloudWatchStreamingEnabled", "runAsEnabled")
_TEXTS = ("s3BucketName", "s3KeyPrefix", "cloudWatchLogGroupName", "kmsKeyId", "runAsDefaultUser", *_MINUTES)
_INPUTS = frozenset({*_FLAGS, *_TEXTS, "shellProfile"})


def create_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Saves the preferences of a Region that has none; the account has no room for other documents."""
    if params["Name"] != DEFAULT_DOCUMENT:
        raise AwsError("DocumentLimitExceeded", "The simulated account has no room for other documents.")
    if params.get("DocumentType") != "Session":
        raise AwsError("InvalidDocumentContent", "Session preferences are a document of the type Session.")
    _check(params)
    with region.account.lock:
        if _versions(region).all:
            raise AwsError("DocumentAlreadyExists", f"Document with same name {DEFAULT_DOCUMENT} already exists")
        _keep(region, PreferenceVersions((_new(params),), 1))
    return {"DocumentDescription": describe_preferences(region, "1", "Creating")}


def update_document(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds a version to the preferences, the only document that can change. Sessions follow it at once."""
    _only_preferences(region, params["Name"])
    _check(params)
    with region.account.lock:
        versions = _versions(region)
        if params.get("DocumentVersion", "$LATEST") not in ("$LATEST", str(versions.newest)):
            raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
        if any(each.content == params["Content"] for each in versions.all):
            words = (
                "The content of the association document matches another document. "
                "Change the content of the document and try again."
            )
            raise AwsError("DuplicateDocumentContent", words)
        if versions.newest >= _MOST_VERSIONS:
            raise AwsError("DocumentVersionLimitExceeded", f"The document has {_MOST_VERSIONS} versions already.")
        _keep(region, replace(versions, all=(*versions.all, _new(params))))
    return {"DocumentDescription": describe_preferences(region, str(versions.newest + 1), "Updating")}


def update_document_default_version(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Makes a version of the preferences the default one."""
    _only_preferences(region, params["Name"])
    with region.account.lock:
        versions = _versions(region)
        number = int(params["DocumentVersion"])
        if number > versions.newest:
            raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
        _keep(region, replace(versions, default=number))
    return {"Description": {"Name": DEFAULT_DOCUMENT, "DefaultVersion": str(number)}}


def wanted_version(versions: PreferenceVersions, wanted: str) -> int:
    """The number of `$LATEST`, `$DEFAULT`, a number, or of the default one where none is named."""
    number = {"$LATEST": versions.newest, "$DEFAULT": versions.default, "": versions.default}.get(wanted)
    if number is None:
        number = int(wanted)
    if not 0 < number <= versions.newest:
        raise AwsError("InvalidDocumentVersion", "The document version is not valid or does not exist.")
    return number


def describe_preferences(region: RegionState, version: str = "", status: str = "Active") -> dict[str, Any]:
    """What DescribeDocument says of a version, by default of the default one."""
    versions = _versions(region)
    number = wanted_version(versions, version)
    content = json.loads(versions.all[number - 1].content)
    return {
        "Name": DEFAULT_DOCUMENT,
        "CreatedDate": versions.all[number - 1].created_at,
        "Owner": region.place.account,
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "DocumentVersion": str(number),
        "LatestVersion": str(versions.newest),
        "DefaultVersion": str(versions.default),
        "Description": content.get("description"),
        "Status": status,
        "DocumentType": "Session",
        "SchemaVersion": content["schemaVersion"],
        "DocumentFormat": "JSON",
        "Tags": [],
    }


def _versions(region: RegionState) -> PreferenceVersions:
    return preference_versions(region.account, region.place, region.switches())


def _keep(region: RegionState, versions: PreferenceVersions) -> None:
    keep_preferences(region.account, region.place, versions)


def _new(params: Params) -> PreferenceVersion:
    return PreferenceVersion(params["Content"], datetime.now(UTC))


def _only_preferences(region: RegionState, name: str) -> None:
    if name != DEFAULT_DOCUMENT:
        raise AwsError("InvalidDocumentOperation", "The simulated account keeps its other documents as they are.")
    if not _versions(region).all:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")


# The content ---------------------------------------------------------------------------------------


def _check(params: Params) -> None:
    """Raises AwsError for content that is not that of session preferences."""
    text = params["Content"]
    if params.get("DocumentFormat", "JSON") != "JSON":
        raise AwsError("ValidationException", "The simulated Region keeps its documents only as JSON.")
    if len(text.encode()) > _MOST_BYTES:
        raise AwsError("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB.")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise _invalid("JSON not well-formed") from None
    if not isinstance(content, dict) or not isinstance(content.get("inputs"), dict):
        raise _invalid("Content is not valid session preferences: it has no inputs.")
    if content.get("schemaVersion") != "1.0":
        raise AwsError("InvalidDocumentSchemaVersion", "Session documents have the schema version 1.0.")
    if content.get("sessionType") != "Standard_Stream":
        raise _invalid("Session preferences have the sessionType Standard_Stream.")
    for name, value in content["inputs"].items():
        _check_input(name, value)


def _check_input(name: str, value: object) -> None:
    if name not in _INPUTS:
        raise _invalid(f"Input {name} is not known.")
    if isinstance(value, str) and _PLACEHOLDER.search(value):
        return
    if name in _FLAGS and not isinstance(value, bool) and str(value).lower() not in ("true", "false"):
        raise _invalid(f"Input {name} is not a boolean.")
    if name in _TEXTS and not isinstance(value, str):
        raise _invalid(f"Input {name} is not a string.")
    if name in _MINUTES and isinstance(value, str):
        _check_minutes(name, value)
    if name == "shellProfile":
        if not isinstance(value, dict) or not {*value} <= {"linux", "windows"}:
            raise _invalid("Input shellProfile takes linux and windows.")
        if any(not isinstance(each, str) or len(each) > _LONGEST_PROFILE for each in value.values()):
            raise _invalid(f"Input shellProfile takes strings of at most {_LONGEST_PROFILE} characters.")


def _check_minutes(name: str, value: str) -> None:
    least, most = _MINUTES[name]
    is_number = value.isascii() and value.isdigit() and least <= int(value) <= most
    if value and not is_number:
        raise _invalid(f"Input {name} is not a number from {least} to {most}.")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidDocumentContent", message)


HANDLERS: Mapping[str, Handler] = {
    "CreateDocument": create_document,
    "UpdateDocument": update_document,
    "UpdateDocumentDefaultVersion": update_document_default_version,
}
