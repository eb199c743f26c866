"""The session documents of the simulated Region: looked up, checked and filled in as Session Manager does.

Source: Session document schema and StartSession in the AWS documentation. Filling in is done by the agent on a real
node, checking by the service; what a value may be is judged here without the rules of `smtui.domain`, so that the two
check each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from smtui.demo.document_texts import AMAZONS, OWN, SHARED
from smtui.demo.errors import AwsError
from smtui.demo.sessions import DEFAULT_DOCUMENT
from smtui.demo.state import ACCOUNT, HOME_REGION

SHARING_ACCOUNT = "444455556666"
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
        return json.dumps(self.content, indent=2)

    @property
    def description(self) -> str:
        return str(self.content["description"])

    @property
    def schema(self) -> str:
        return str(self.content["schemaVersion"])

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        declared: Mapping[str, Mapping[str, Any]] = self.content.get("parameters", {})
        return declared


@dataclass(frozen=True, slots=True)
class SessionSetup:
    """What the agent is told to do: the document's type, and its properties with every value filled in."""

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


def documents_in(region: str) -> list[DemoDocument]:
    """Amazon's are in every Region; the account has made its own in one alone, preferences included."""
    return [document for document in DOCUMENTS.values() if region == HOME_REGION or document.side == "Amazon"]


def find_document(name: str, region: str = HOME_REGION) -> DemoDocument:
    """By name, or by ARN where it is another account's; raises AwsError as GetDocument does."""
    document = DOCUMENTS.get(name)
    if document is None or document not in documents_in(region):
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist.")
    return document


def setup_of(document_name: str, parameters: Mapping[str, Sequence[str]]) -> SessionSetup:
    """The session that a document starts with these values, defaults filled in; raises AwsError for no document."""
    document = find_document(document_name or DEFAULT_DOCUMENT)
    values = {
        name: _joined(declared["default"]) for name, declared in document.parameters.items() if "default" in declared
    }
    values |= {name: _joined(given) for name, given in parameters.items()}
    return SessionSetup(document.content["sessionType"], _filled(document.content.get("properties", {}), values))


def check_parameters(document: DemoDocument, given: Mapping[str, Sequence[str]]) -> None:
    """What StartSession refuses; raises AwsError."""
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
    """Placeholders without a value stay as they are, as the agent leaves them."""
    if isinstance(template, str):
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)
    if isinstance(template, Mapping):
        return {key: _filled(value, values) for key, value in template.items()}
    return template
