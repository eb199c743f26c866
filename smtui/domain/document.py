"""Describes session documents: what they start, their parameters, and whether given values may be sent.

Sources: Session document schema (schema 1.0) and StartSession in the AWS documentation. Anybody can write a document,
so nothing here trusts its shape.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from smtui.domain.java_patterns import means_another_thing_in_java
from smtui.domain.version import AgentAbility, Version

SCHEMA_VERSION = "1.0"
DEFAULT_DOCUMENT = "SSM-SessionManagerRunShell"
"""The account's preferences. It does not exist until they are saved once; sessions start without it too."""
DEFAULT_PORT = "80"
"""The default of a port document's portNumber in Session Manager."""
LONGEST_VALUE = 65_535
"""Characters in one value of a parameter of StartSession."""

_TRUE = {"1", "t", "T", "true", "True", "TRUE"}
"""What the agent reads as true; anything else is false."""
_PLATFORMS = ("linux", "macos", "windows")
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}", re.ASCII)
_SECRET = re.compile(r"pass|pwd|secret|token|key|credential", re.IGNORECASE)


class SessionType(StrEnum):
    """The values of `sessionType`."""

    STANDARD_STREAM = "Standard_Stream"
    PORT = "Port"
    INTERACTIVE_COMMANDS = "InteractiveCommands"
    NON_INTERACTIVE_COMMANDS = "NonInteractiveCommands"


class DocumentSide(StrEnum):
    """The owner of a listed document: the values of ListDocuments' filter `Owner` that smtui uses."""

    SELF = "Self"
    AMAZON = "Amazon"
    PRIVATE = "Private"
    """Shared by another account; its name is an ARN."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `type` is `String` or `StringList`; every value is sent as a list of strings."""

    name: str
    type: str = "String"
    description: str = ""
    default: tuple[str, ...] | None = None
    """The value that the node uses if none is sent; None for a required parameter."""
    allowed_pattern: str = ""
    allowed_values: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is None

    @property
    def is_list(self) -> bool:
        """Whether it takes several values."""
        return self.type == "StringList"

    @property
    def secret(self) -> bool:
        """Whether its name says that its value is secret, so that it is not stored."""
        return names_a_secret(self.name)

    @property
    def pattern_trouble(self) -> str:
        """A sentence if its pattern cannot be read here; empty if it can. AWS then checks the value at the start."""
        if self.allowed_pattern and _compiled(self.allowed_pattern) is None:
            return f"smtui cannot read the pattern of {self.name}; AWS checks it when the session starts."
        return ""

    def complaint(self, values: tuple[str, ...]) -> str:
        """Return why these values cannot be sent, as a sentence; empty if they can. No values means the default."""
        if not values:
            return f"{self.name} is required." if self.required else ""
        if len(values) > 1 and not self.is_list:
            return f"{self.name} takes one value."
        return next(filter(None, map(self._wrong, values)), "")

    def _wrong(self, value: str) -> str:
        if not value:
            return f"{self.name} cannot be sent empty."
        if len(value) > LONGEST_VALUE:
            return f"{self.name} is too long: at most {LONGEST_VALUE} characters."
        if self.allowed_values and value not in self.allowed_values:
            return f"{self.name} must be {_one_of(self.allowed_values)}."
        pattern = _compiled(self.allowed_pattern) if self.allowed_pattern else None
        if pattern is not None and not pattern.fullmatch(value):
            return f"{self.name} must match {self.allowed_pattern}."
        return ""


@dataclass(frozen=True, slots=True)
class SessionDocument:
    """A document that a session can be started with."""

    name: str
    owner: str
    """`Amazon` or an account id."""
    session_type: SessionType
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    needs: AgentAbility = AgentAbility.SESSIONS
    separate_output: bool = False
    """For NonInteractiveCommands: whether, by default, stdout and stderr are separate and the exit status is sent."""
    separate_output_parameter: str = ""
    """The parameter that decides on `separate_output`; empty if the document itself does."""
    version: str = ""
    """Such as `3`; empty if AWS did not say."""
    content: str = field(default="", compare=False, repr=False)
    """The document as it is, JSON; empty for account preferences that were never saved."""

    @property
    def label(self) -> str:
        """The short name."""
        return document_label(self.name)

    @property
    def runs_without_terminal(self) -> bool:
        """Whether it starts a command that takes no input and may have separate outputs and an exit status."""
        return self.session_type is SessionType.NON_INTERACTIVE_COMMANDS

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of that name; None if there is none."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def separates_output(self, given: Mapping[str, tuple[str, ...]]) -> bool:
        """Return `separate_output` for these values."""
        values = given.get(self.separate_output_parameter)
        return values[0] in _TRUE if values else self.separate_output


@dataclass(frozen=True, slots=True)
class BrokenDocument:
    """A document that smtui cannot use; `reason` is a sentence."""

    name: str
    owner: str
    reason: str

    @property
    def label(self) -> str:
        """The short name."""
        return document_label(self.name)


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """One entry of ListDocuments."""

    name: str
    """Its ARN if it belongs to another account."""
    owner: str
    side: DocumentSide = DocumentSide.SELF
    platforms: tuple[str, ...] = ()
    """Such as `Linux`, `MacOS`, `Windows`; empty if AWS does not say."""

    @property
    def label(self) -> str:
        """The short name."""
        return document_label(self.name)


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The answer of GetDocument: the content, as JSON, and the version, empty if AWS did not say."""

    content: str
    version: str = ""


class NotADocument(ValueError):
    """The content is no session document; the message is a sentence that says why."""


def names_a_secret(parameter_name: str) -> bool:
    """Tell whether a parameter's name says that its value is secret, such as `password` or `apiKey`."""
    return bool(_SECRET.search(parameter_name))


def document_label(name: str) -> str:
    """Return the short name: what follows `document/` in an ARN."""
    return name.rpartition(":document/")[2] if name.startswith("arn:") else name


def document_needs(document: SessionDocument, agent: Version | None) -> str:
    """Return a sentence if this agent is, or may be, too old for the document; empty if it is new enough."""
    needed = f"{document.label} needs SSM Agent {document.needs.minimum} or later ({document.needs.phrase})"
    if agent is None:
        return f"{needed}; the version of this node's agent is not known."
    return f"{needed}; this node has {agent}." if agent < document.needs.minimum else ""


def parse_values(parameter: Parameter, text: str) -> tuple[str, ...]:
    """Split the text of one field into values: lists are separated by commas; an empty field has no value."""
    if not parameter.is_list:
        return (text,) if text else ()
    return tuple(item.strip() for item in text.split(",") if item.strip())


def complaints(document: SessionDocument, given: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Return by parameter why it cannot be sent: missing, forbidden or unknown. Empty if the session can start."""
    found = {known.name: known.complaint(given.get(known.name, ())) for known in document.parameters}
    found |= {name: _unknown(document, name) for name in given if name not in found}
    return {name: sentence for name, sentence in found.items() if sentence}


def parse_document(name: str, owner: str, content: str, version: str = "") -> SessionDocument | BrokenDocument:
    """Read GetDocument's content (JSON); returns a `BrokenDocument` with the reason if it cannot be used."""
    try:
        return replace(_document(name, owner, _object(content)), version=version, content=content)
    except NotADocument as error:
        return BrokenDocument(name, owner, str(error))


def _object(content: str) -> dict[str, Any]:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        raise NotADocument("Its content is not JSON.") from None
    if not isinstance(read, dict):
        raise NotADocument("Its content is not a JSON object.")
    return read


def _document(name: str, owner: str, content: dict[str, Any]) -> SessionDocument:
    schema = _scalar(content.get("schemaVersion"))
    if schema != SCHEMA_VERSION:
        raise NotADocument(f"Its schema version is {schema or 'missing'}; sessions need {SCHEMA_VERSION}.")
    session_type = _session_type(content.get("sessionType"))
    given = _mapping(content, "parameters")
    parameters = tuple(_parameter(key, value, session_type) for key, value in given.items())
    properties = _mapping(content, "properties")
    separate, decided_by = False, ""
    if session_type is SessionType.NON_INTERACTIVE_COMMANDS:
        separate, decided_by = _separate_output(properties, parameters)
    return SessionDocument(
        name=name,
        owner=owner,
        session_type=session_type,
        description=_text(content, "description"),
        parameters=parameters,
        needs=_needs(session_type, properties),
        separate_output=separate,
        separate_output_parameter=decided_by,
    )


def _session_type(value: object) -> SessionType:
    word = _scalar(value)
    if not word:
        raise NotADocument("It has no session type.")
    try:
        return SessionType(word)
    except ValueError:
        raise NotADocument(f"Its session type {word!r} is not one that smtui knows.") from None


def _parameter(name: str, given: object, session_type: SessionType) -> Parameter:
    if not isinstance(given, dict):
        raise NotADocument(f"Its parameter {name} is not a JSON object.")
    default = _values(given, "default", name) if "default" in given else None
    if default is None and session_type is SessionType.PORT and name == "portNumber":
        default = (DEFAULT_PORT,)
    return Parameter(
        name=name,
        type=_text(given, "type") or "String",
        description=_text(given, "description"),
        default=default,
        allowed_pattern=_text(given, "allowedPattern"),
        allowed_values=_values(given, "allowedValues", name) if "allowedValues" in given else (),
    )


def _values(given: dict[str, Any], key: str, name: str) -> tuple[str, ...]:
    value = given[key]
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | int | float) for item in values):
        raise NotADocument(f"The {key} of its parameter {name} is not text.")
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in values)


def _mapping(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotADocument(f"Its {key} are not a JSON object.")
    return value


def _scalar(value: object) -> str:
    return str(value) if isinstance(value, str | int | float) else ""


def _text(content: dict[str, Any], key: str) -> str:
    value = content.get(key)
    return value if isinstance(value, str) else ""


def _needs(session_type: SessionType, properties: dict[str, Any]) -> AgentAbility:
    if session_type is SessionType.NON_INTERACTIVE_COMMANDS:
        return AgentAbility.NON_INTERACTIVE
    if session_type is SessionType.PORT:
        return AgentAbility.REMOTE_HOST if properties.get("host") else AgentAbility.PORT_FORWARDING
    return AgentAbility.SESSIONS


def _separate_output(properties: dict[str, Any], parameters: tuple[Parameter, ...]) -> tuple[bool, str]:
    """Return whether the streams are separate by default, and the parameter that decides."""
    stated = next(_stated(properties), "")
    placeholder = PLACEHOLDER.fullmatch(stated)
    if placeholder is None:
        return stated in _TRUE, ""
    decided_by = placeholder[1]
    default = next((known.default for known in parameters if known.name == decided_by), None)
    return bool(default and default[0] in _TRUE), decided_by


def _stated(properties: dict[str, Any]) -> Iterator[str]:
    for platform in _PLATFORMS:
        on_platform = properties.get(platform)
        if isinstance(on_platform, dict) and "separateOutputStream" in on_platform:
            value = on_platform["separateOutputStream"]
            yield value.strip() if isinstance(value, str) else json.dumps(value)


def _unknown(document: SessionDocument, name: str) -> str:
    meant = next((known.name for known in document.parameters if known.name.lower() == name.lower()), "")
    hint = f"; did you mean {meant}?" if meant else "."
    return f"{document.label} has no parameter {name}{hint}"


def _one_of(values: tuple[str, ...]) -> str:
    return f"one of {', '.join(values)}" if len(values) > 1 else values[0]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    r"""Compile a pattern; None if Python reads it differently from AWS, whose patterns are Java's, or not at all.

    `\d` and `\w` are ASCII, as in Java.
    """
    if means_another_thing_in_java(pattern):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(pattern, re.ASCII)
    except (re.error, ValueError, RecursionError, OverflowError):  # ValueError: flags that exclude each other
        return None
