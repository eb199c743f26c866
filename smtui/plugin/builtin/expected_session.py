"""Checks that the session which the service opened is the one that the user requested.

The service does not decide what happens on this machine: a session of another type would open a listener in place of a
shell, or mix up outputs and exit statuses, and properties of the session document name a local port or socket. Sources:
AWS's session documents and their parameters; `aws ecs execute-command`, which names no document.

Only smtui and the AWS CLI always pass on the whole request. Other programs often name the target alone, whatever
document they started, or pass no request at all: then any type may come, but no unix socket.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from smtui.channel.handshake import SessionType
from smtui.channel.ports import PortProperties

if TYPE_CHECKING:
    from smtui.channel.client_session import Opened

_DEFAULT_DOCUMENT = "SSM-SessionManagerRunShell"
_ON_TERMINAL = frozenset({SessionType.STANDARD_STREAM, SessionType.INTERACTIVE_COMMANDS})
"""Without a handshake, so unless encrypted, these two cannot be distinguished."""

_UNTOLD = "a document that was not named"
_PORT_DIGITS = 5
_SHELL = "a shell"
_SSH = "AWS-StartSSHSession"
_TYPES: Mapping[str, frozenset[SessionType]] = {
    "": _ON_TERMINAL,
    _DEFAULT_DOCUMENT: _ON_TERMINAL,
    "AWS-StartInteractiveCommand": _ON_TERMINAL,
    "AWS-StartNonInteractiveCommand": frozenset({SessionType.NON_INTERACTIVE_COMMANDS}),
    "AWS-StartPortForwardingSession": frozenset({SessionType.PORT}),
    "AWS-StartPortForwardingSessionToRemoteHost": frozenset({SessionType.PORT}),
    "AWS-StartPortForwardingSessionToSocket": frozenset({SessionType.PORT}),
    _SSH: frozenset({SessionType.PORT}),
}
"""The session types that each of AWS's documents can start. For other documents the type is not known."""


@dataclass(frozen=True, slots=True)
class ExpectedSession:
    """The parts of the request that concern this machine. By default it names nothing."""

    document_name: str = ""
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Parameters with a single value, by name."""
    session_type: str = ""
    """The type that smtui read in the document; empty if not known."""

    @classmethod
    def of(cls, request: Mapping[str, Any], session_type: str = "", *, is_whole: bool = True) -> ExpectedSession:
        """Read the parameters of StartSession; a malformed one counts as missing.

        `is_whole` tells whether the caller is known to pass everything on, so that no document means the default one.
        """
        name, given = request.get("DocumentName"), request.get("Parameters")
        parameters = given if isinstance(given, dict) else {}
        document_name = name.rpartition(":document/")[2] if isinstance(name, str) else ""
        return cls(
            document_name or ("" if is_whole else _UNTOLD),
            {str(key): text for key, value in parameters.items() if (text := only(value))},
            session_type,
        )

    @property
    def is_port(self) -> bool:
        """Whether it can only be a port session."""
        return (_TYPES.get(self.document_name) or self._types_read()) == {SessionType.PORT}

    def objection(self, opened: Opened) -> str:
        """Return why the opened session is not the requested one; empty if it is."""
        allowed = _TYPES.get(self.document_name) or self._types_read()
        if opened.session_type not in allowed:
            what = self.document_name or _SHELL
            return f"{what} was asked for, and the service answered with a session of type {opened.session_type}"
        if opened.session_type != SessionType.PORT:
            return ""
        return self._objection_to_port(PortProperties.of(opened.properties))

    def _types_read(self) -> frozenset[SessionType]:
        if self.session_type not in list(SessionType):
            return frozenset(SessionType)
        read = SessionType(self.session_type)
        return _ON_TERMINAL if read in _ON_TERMINAL else frozenset({read})

    def _objection_to_port(self, answered: PortProperties) -> str:
        if self.document_name in _TYPES and answered.listens == (self.document_name == _SSH):
            how = "to listen on this machine" if answered.listens else "to use standard input and output"
            return f"{self.document_name} was asked for, and the service answered with a session that wants {how}"
        if not answered.listens:
            return ""
        return self._objection_to_socket(answered.local_socket) or self._objection_to_port_number(answered)

    def _objection_to_socket(self, path: str) -> str:
        asked = self.parameters.get("localUnixSocket", "")
        if path == asked or (path and self._is_custom and path in self.parameters.values()):
            return ""
        if not path:
            return f"the socket {asked} was asked for, and the service answered with a port"
        return f"the service answered with the socket {path}, which was not asked for"

    def _objection_to_port_number(self, answered: PortProperties) -> str:
        if answered.local_socket or (self._is_custom and "localPortNumber" not in self.parameters):
            return ""
        asked = self.parameters.get("localPortNumber", "0")
        if asked.isdecimal() and len(asked) <= _PORT_DIGITS and int(asked) == answered.local_port:
            return ""
        return f"the service answered with the local port {answered.local_port}, and {asked} was asked for"

    @property
    def _is_custom(self) -> bool:
        """Whether the document is none of AWS's: its author may fix a local port, or use other parameter names."""
        return self.document_name not in _TYPES


ANY_SESSION = ExpectedSession()


def only(values: object) -> str:
    """Return the text in a list of one, as StartSession takes its parameters; empty for anything else."""
    value = values[0] if isinstance(values, list) and len(values) == 1 else values
    return value if isinstance(value, str) else ""
