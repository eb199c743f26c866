"""Describes documents for the list, and turns the typed fields of one into parameters and complaints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.preference_facts import parse_preferences
from smtui.domain.document import (
    DEFAULT_DOCUMENT,
    BrokenDocument,
    DocumentSide,
    DocumentSummary,
    Parameter,
    SessionDocument,
    SessionType,
    complaints,
    document_needs,
    parse_values,
)
from smtui.domain.fault import Fault
from smtui.domain.forward import (
    TO_NODE,
    TO_REMOTE_HOST,
    TO_SOCKET,
    Destination,
    Forward,
    LocalEnd,
    LocalPort,
    parse_host,
    parse_local_socket,
    parse_port,
)
from smtui.domain.request import SessionRequest
from smtui.domain.text import has_words
from smtui.engine.shell_choice import INTERACTIVE, ShellChoice
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.version import Version

DOCUMENT_COLUMNS = (TableColumn("", 16, 44), TableColumn("", 16, dispensable=1))

Read = SessionDocument | BrokenDocument | Fault | None
"""A document that was read or could not be; None while it is awaited."""

_KINDS = {
    SessionType.STANDARD_STREAM: "shell",
    SessionType.INTERACTIVE_COMMANDS: "interactive",
    SessionType.NON_INTERACTIVE_COMMANDS: "command",
    SessionType.PORT: "port",
}
_MARKS = {Look.BAD: "✕ ", Look.WARN: "! "}
_PORT, _LOCAL_PORT, _HOST, _LOCAL_SOCKET = "portNumber", "localPortNumber", "host", "localUnixSocket"
_TUNNELLED = {_PORT, _LOCAL_PORT, _HOST, _LOCAL_SOCKET}
_AMAZONS = {TO_NODE, TO_REMOTE_HOST, TO_SOCKET}


# The list --------------------------------------------------------------------------------------


def matching(documents: tuple[DocumentSummary, ...], text: str) -> list[DocumentSummary]:
    """Return the documents whose name or owner contains every word of the text."""
    return [document for document in documents if has_words(text, document.label, document.owner)]


def document_row(summary: DocumentSummary, read: Read, agent: Version | None) -> TableRow:
    """Return the row of a document. `read` is its content, None until it was read; `agent` is the node's version."""
    word, look = _word_of(summary, read, agent)
    mark = _MARKS.get(look, "")  # where there is no room for the words
    return TableRow(summary.name, ((f"{mark}{summary.label}", _look_of(summary, read)), (word, look)))


def _look_of(summary: DocumentSummary, read: object) -> Look:
    if isinstance(read, BrokenDocument):
        return Look.QUIET
    return Look.QUIET if summary.side is DocumentSide.AMAZON else Look.PLAIN


def _word_of(summary: DocumentSummary, read: object, agent: Version | None) -> tuple[str, Look]:
    if isinstance(read, BrokenDocument):
        return "broken", Look.BAD
    if isinstance(read, Fault):
        return "unreadable", Look.WARN
    if not isinstance(read, SessionDocument):
        return "…", Look.QUIET
    if agent is not None and agent < read.needs.minimum:
        return f"needs {read.needs.minimum}", Look.WARN
    return _KINDS[read.session_type], Look.QUIET


def can_start(read: Read, agent: Version | None) -> bool:
    """Tell whether nothing is known that keeps the document from being started from here on a node with this agent."""
    if not isinstance(read, SessionDocument):
        return read is None
    return not document_needs(read, agent) and not DocumentTexts(read, {}).refusal


def facts_of(document: SessionDocument, preferences: Read) -> str:
    """Return version, owner and logging: `version 3 · owner 111122223333 · logged to S3`.

    `preferences` are the account's. What was not read is `not known`, what is awaited `…`.
    """
    if not document.content:
        return f"never saved · {_logging(document, preferences)}"
    version, owner = document.version or "not known", document.owner or "not known"
    return f"version {version} · owner {owner} · {_logging(document, preferences)}"


def _logging(document: SessionDocument, preferences: Read) -> str:
    if document.session_type is SessionType.PORT:
        return "never logged"
    deciding = _deciding(document, preferences)
    if not isinstance(deciding, SessionDocument):
        return "logged …" if deciding is None else "logging not known"
    targets = parse_preferences(deciding.content).logged_to
    if targets is None:
        return "logging left to each session"
    return f"logged to {' and '.join(targets)}" if targets else "not logged"


def user_words(document: SessionDocument, preferences: Read, *, on_windows: bool) -> str:
    """Return which user the session runs as, as far as that is known; empty for ports, which have none."""
    if document.session_type is SessionType.PORT:
        return ""
    deciding = _deciding(document, preferences)
    if deciding is None:
        return "…"
    if not isinstance(deciding, SessionDocument):
        return "– not known: the account's preferences could not be read"
    if on_windows:
        return "– run-as does not apply to Windows"
    run_as = parse_preferences(deciding.content).run_as_words
    if not deciding.content:
        return f"– AWS's defaults decide ({run_as})"
    who = "the account's preferences decide" if deciding.name == DEFAULT_DOCUMENT else "the document decides"
    return f"– {who} ({run_as})"


def _deciding(document: SessionDocument, preferences: Read) -> Read:
    """Return whose inputs count: of a shell's document its own, else the account's preferences."""
    return document if document.session_type is SessionType.STANDARD_STREAM else preferences


def count_words(shown: int, known: int) -> str:
    """Return how many documents are listed: `3 of 28`, or `28 documents` if all are."""
    return f"{shown} of {known}" if shown != known else "1 document" if known == 1 else f"{known} documents"


# A shell of one's own choice --------------------------------------------------------------------

CHOICE = {"user": "\N{PILCROW SIGN}user", "shell": "\N{PILCROW SIGN}shell", "cwd": "\N{PILCROW SIGN}cwd"}
"""The names of its fields; no parameter can have these names."""
CHOICE_FIELDS = (
    ("user", "as user", "or a shell as this user of the node, by sudo"),
    ("shell", "shell", "with this shell, such as /bin/zsh"),
    ("cwd", "folder", "in this folder: /… or ~/…"),
)
"""Of each: its name, its label and what it is for."""
_COMMAND = "command"
_NO_CHOICE = ShellChoice()


def takes_choice(document: SessionDocument, *, on_windows: bool) -> bool:
    """Tell whether the document's one command can become a shell of the user's own choice."""
    return document.name == INTERACTIVE and not on_windows


def choice_of(texts: Mapping[str, str]) -> ShellChoice:
    """Return what was typed into the fields of the choice."""
    return ShellChoice(**{name: texts.get(field, "").strip() for name, field in CHOICE.items()})


# The form --------------------------------------------------------------------------------------


def placeholder_of(parameter: Parameter) -> str:
    """Return what the field shows while it is empty."""
    if parameter.default is None:
        return "required"
    shown = ", ".join(parameter.default)
    return f"{shown}  (default)" if shown else "empty by default"


def note_of(parameter: Parameter) -> str:
    """Return what the parameter is for, and which values it takes."""
    hints = [parameter.description.rstrip()]
    if parameter.allowed_values:
        hints.append(f"One of: {', '.join(parameter.allowed_values)}.")
    if parameter.is_list:
        hints.append("Several values are separated by commas.")
    hints.append(parameter.pattern_trouble)
    return " ".join(hint for hint in hints if hint)


@dataclass(frozen=True, slots=True)
class DocumentTexts:
    """The typed fields of one document, by parameter."""

    document: SessionDocument
    values: Mapping[str, str]
    reason: str = ""
    choice: ShellChoice = _NO_CHOICE
    """The shell that the one command is to become, where the document allows that (`takes_choice`)."""

    def given(self) -> dict[str, tuple[str, ...]]:
        """Return the parameters to send, by name; empty fields are left to the document's defaults."""
        if self.choice.is_made and not any(self.choice.complaints()):
            return {_COMMAND: (self.choice.command(),)}
        found = {
            parameter.name: parse_values(parameter, self.values.get(parameter.name, ""))
            for parameter in self.document.parameters
        }
        return {name: values for name, values in found.items() if values}

    def complaints(self, *, started: bool = False) -> dict[str, str]:
        """Return what is wrong, by parameter. Empty fields count only once a start was tried (`started`)."""
        if self.choice.is_made:
            return self._of_the_choice()
        given = self.given()
        found = complaints(self.document, given)
        return {name: sentence for name, sentence in found.items() if started or name in given}

    def _of_the_choice(self) -> dict[str, str]:
        found = {CHOICE[name]: sentence for name, sentence in self.choice.complaints()}
        if self.values.get(_COMMAND, "").strip():
            found[_COMMAND] = "A command, or a shell by user, shell and folder: leave one of them empty."
        return found

    def request(self, node: Node) -> SessionRequest:
        """Return the session that the fields ask for."""
        return SessionRequest(node.node_id, node.place, self.document.name, self.given(), self.reason.strip())

    @property
    def is_tunnel(self) -> bool:
        """Whether it can run in the background: its type is Port, with the parameters of Amazon's own documents."""
        names = {parameter.name for parameter in self.document.parameters}
        return (
            self.document.session_type is SessionType.PORT
            and _PORT in names
            and bool(names & {_LOCAL_PORT, _LOCAL_SOCKET})
            and set(self.given()) <= _TUNNELLED
        )

    @property
    def refusal(self) -> str:
        """Why it is not started from here; empty if it can be."""
        names = {parameter.name for parameter in self.document.parameters}
        if self.document.session_type is not SessionType.PORT or names & {_LOCAL_PORT, _LOCAL_SOCKET}:
            return ""
        label = self.document.label
        return f"{label} listens on no local port: it is made for ssh, which smtui ssh-proxy connects to it."

    def forward(self, node: Node) -> Forward:
        """Return the forward that the fields ask for, if `is_tunnel`; raises `NotAForward`."""
        host = self._value(_HOST)
        return Forward(
            node.node_id,
            node.place,
            node.name or node.node_id,
            Destination(parse_port(self._value(_PORT)), parse_host(host, bracketed=True) if host else ""),
            self._local(),
            self.reason.strip(),
            "" if self.document.name in _AMAZONS else self.document.name,
        )

    def _local(self) -> LocalEnd:
        socket, port = self._value(_LOCAL_SOCKET), self._value(_LOCAL_PORT)
        if socket:
            return parse_local_socket(socket)
        return LocalPort(parse_port(port)) if port.strip("0") else LocalPort()

    def _value(self, name: str) -> str:
        """What was typed, else the default, else nothing."""
        parameter = self.document.parameter(name)
        default = (parameter.default or ("",))[0] if parameter else ""
        return (self.given().get(name) or (default,))[0].strip()
