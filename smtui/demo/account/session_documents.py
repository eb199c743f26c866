"""Finds the session documents of the simulated Region, checks their parameters and fills in values.

Source: Session document schema and StartSession in the AWS documentation. In AWS the service checks parameters and the
agent fills in values. These rules are not those of `smtui.domain`, so that tests compare the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from smtui.demo.account.session_registry import DEFAULT_DOCUMENT
from smtui.demo.story.account_facts import ACCOUNT, HOME, HOME_REGION, OTHER_ACCOUNT, DemoPlace
from smtui.demo.story.document_texts import AMAZONS, OWN, SHARED
from smtui.demo.wire.service_errors import AwsError

SHARING_ACCOUNT = OTHER_ACCOUNT
SHARED_PREFIX = f"arn:aws:ssm:{HOME_REGION}:{SHARING_ACCOUNT}:document/"
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}", re.ASCII)
_PLATFORMS = ("Windows", "Linux", "MacOS")


@dataclass(frozen=True, slots=True)
class DemoDocument:
    """One document. `side` is what ListDocuments' filter Owner calls it: Amazon, Self or Private."""

    name: str
    side: str
    owner: str
    content: Mapping[str, Any] = field(repr=False)
    created_at: datetime = datetime(2026, 2, 11, 8, 30, tzinfo=UTC)
    platforms: tuple[str, ...] = _PLATFORMS

    @property
    def text(self) -> str:
        """The content as JSON text."""
        return json.dumps(self.content, indent=2)

    @property
    def description(self) -> str:
        """The description in the content."""
        return str(self.content["description"])

    @property
    def schema(self) -> str:
        """The schema version, such as `1.0`."""
        return str(self.content["schemaVersion"])

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """Name -> declaration: its type, description, default and constraints."""
        declared: Mapping[str, Mapping[str, Any]] = self.content.get("parameters", {})
        return declared


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """What the agent has to do: the document's session type, and its properties with all values filled in."""

    session_type: str
    properties: Mapping[str, Any]


def _documents() -> Iterator[DemoDocument]:
    for name, content in AMAZONS.items():
        yield DemoDocument(name, "Amazon", "Amazon", content)
    for name, content in OWN.items():
        yield DemoDocument(name, "Self", ACCOUNT, content)
    for name, content in SHARED.items():
        yield DemoDocument(SHARED_PREFIX + name, "Private", SHARING_ACCOUNT, content)


DOCUMENTS: Mapping[str, DemoDocument] = {document.name: document for document in _documents()}


def documents_in(place: DemoPlace) -> list[DemoDocument]:
    """The documents of a place. Amazon's are everywhere, the account's own and its preferences in the home Region."""
    return [document for document in DOCUMENTS.values() if place.is_home or document.side == "Amazon"]


def find_document(name: str, place: DemoPlace = HOME) -> DemoDocument:
    """A document by its name, or by its ARN if another account owns it. Raises AwsError as GetDocument does."""
    document = DOCUMENTS.get(name)
    if document is None or document not in documents_in(place):
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return document


def setup_of(document_name: str, parameters: Mapping[str, Sequence[str]]) -> SessionSetup:
    """The setup of a session with this document and these values. Raises AwsError for an unknown document."""
    document = find_document(document_name or DEFAULT_DOCUMENT)
    values = {
        name: _joined(declared["default"]) for name, declared in document.parameters.items() if "default" in declared
    }
    values |= {name: _joined(given) for name, given in parameters.items()}
    return SessionSetup(document.content["sessionType"], _filled(document.content.get("properties", {}), values))


def check_parameters(document: DemoDocument, given: Mapping[str, Sequence[str]]) -> None:
    """Raises AwsError for parameters that StartSession refuses."""
    if document.schema != "1.0":
        raise AwsError("InvalidDocument", f"Document {document.name} is not a session document.")
    for name in given:
        if name not in document.parameters:
            raise _refused(f"Parameter {name} is not defined in document {document.name}.")
    for name, declared in document.parameters.items():
        if name in given:
            _check(name, declared, given[name])
        elif "default" not in declared:
            raise _refused(f"Parameter {name} is required by document {document.name}.")


def _check(name: str, declared: Mapping[str, Any], values: Sequence[str]) -> None:
    if declared["type"] == "String" and len(values) != 1:
        raise _refused(f"Parameter {name} takes exactly one value.")
    for value in values:
        pattern = declared.get("allowedPattern")
        if pattern is not None and not re.fullmatch(pattern, value, re.ASCII):
            raise _refused(f'Parameter "{name}" has value "{value}" not matching "{pattern}".')
        allowed = declared.get("allowedValues", [value])
        if value not in allowed:
            raise _refused(f'Parameter "{name}" has value "{value}" not in [{", ".join(allowed)}].')


def _refused(message: str) -> AwsError:
    return AwsError("InvalidParameters", message)


def _joined(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with placeholders replaced; one without a value stays, as with the real agent."""
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)
    if isinstance(template, Mapping):
        return {key: _filled(value, values) for key, value in template.items()}
    return template
