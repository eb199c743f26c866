"""The handshake: the agent asks for actions, the client reports what it did, the agent says that it is complete.

Shells without KMS encryption have none: their first message is output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from smtui.channel.message import MalformedMessage
from smtui.channel.payloads import json_bytes, json_object

SESSION_TYPE = "SessionType"
KMS_ENCRYPTION = "KMSEncryption"


class SessionType(StrEnum):
    """What the agent runs. The first three look alike to a client: bytes to and from a program."""

    STANDARD_STREAM = "Standard_Stream"
    INTERACTIVE_COMMANDS = "InteractiveCommands"
    NON_INTERACTIVE_COMMANDS = "NonInteractiveCommands"
    PORT = "Port"


class ActionStatus(IntEnum):
    """How an action went."""

    SUCCESS = 1
    FAILED = 2
    UNSUPPORTED = 3


@dataclass(frozen=True, slots=True)
class RequestedAction:
    """One thing that the agent asks of the client."""

    type: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """From the agent. Its version has four parts: clients compare it part by part."""

    agent_version: str
    actions: tuple[RequestedAction, ...]

    @classmethod
    def for_session(
        cls,
        agent_version: str,
        session_type: SessionType,
        properties: Mapping[str, Any] | None = None,
        *,
        key_id: str = "",
    ) -> HandshakeRequest:
        """Only port sessions tell their properties; a `key_id` asks for encryption."""
        parameters = {"SessionType": session_type, "Properties": None if properties is None else dict(properties)}
        encryption = (RequestedAction(KMS_ENCRYPTION, {"KMSKeyId": key_id}),) if key_id else ()
        return cls(agent_version, (RequestedAction(SESSION_TYPE, parameters), *encryption))

    @classmethod
    def parse(cls, payload: bytes) -> HandshakeRequest:
        """Read a payload; raises MalformedMessage."""
        given = json_object(payload)
        version, actions = given.get("AgentVersion"), given.get("RequestedClientActions")
        if not isinstance(version, str) or not isinstance(actions, list):
            raise MalformedMessage("a handshake request without version or actions")
        return cls(version, tuple(_requested_action(action) for action in actions))

    def encode(self) -> bytes:
        """The payload."""
        actions = [{"ActionType": action.type, "ActionParameters": action.parameters} for action in self.actions]
        return json_bytes({"AgentVersion": self.agent_version, "RequestedClientActions": actions})

    def parameters_of(self, action_type: str) -> dict[str, Any] | None:
        """The parameters of the first action of a type; None when it is not asked for."""
        return next((action.parameters for action in self.actions if action.type == action_type), None)

    @property
    def session_type(self) -> str:
        """The session type asked for; empty when there is none."""
        named = (self.parameters_of(SESSION_TYPE) or {}).get("SessionType")
        return named if isinstance(named, str) else ""

    @property
    def properties(self) -> dict[str, Any]:
        """The session document's properties; empty when there are none."""
        given = (self.parameters_of(SESSION_TYPE) or {}).get("Properties")
        return given if isinstance(given, dict) else {}


@dataclass(frozen=True, slots=True)
class ProcessedAction:
    """What the client did about one action."""

    type: str
    status: ActionStatus
    result: dict[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class HandshakeResponse:
    """From the client."""

    client_version: str
    actions: tuple[ProcessedAction, ...]

    @classmethod
    def parse(cls, payload: bytes) -> HandshakeResponse:
        """Read a payload; raises MalformedMessage."""
        given = json_object(payload)
        version, actions = given.get("ClientVersion"), given.get("ProcessedClientActions")
        if not isinstance(version, str) or not isinstance(actions, list):
            raise MalformedMessage("a handshake response without version or actions")
        return cls(version, tuple(_processed_action(action) for action in actions))

    def encode(self) -> bytes:
        """The payload."""
        actions = [
            {
                "ActionType": action.type,
                "ActionStatus": int(action.status),
                "ActionResult": action.result,
                "Error": action.error,
            }
            for action in self.actions
        ]
        errors = [action.error for action in self.actions if action.error]
        return json_bytes(
            {
                "ClientVersion": self.client_version,
                "ProcessedClientActions": actions,
                "Errors": errors or None,
            }
        )

    def error(self) -> str:
        """Why the session cannot go on, in the agent's words; empty when every action went well."""
        failed = next((action for action in self.actions if action.status is not ActionStatus.SUCCESS), None)
        if failed is None:
            return ""
        return f"{failed.type} failed on client with status {failed.status:d} error: {failed.error}"

    def result_of(self, action_type: str) -> dict[str, Any]:
        """What the client told of an action that went well; empty when it told nothing."""
        return next((action.result for action in self.actions if action.type == action_type and action.result), {})


@dataclass(frozen=True, slots=True)
class HandshakeComplete:
    """From the agent. The message is for the user, mostly empty."""

    nanoseconds: int
    customer_message: str = ""

    @classmethod
    def parse(cls, payload: bytes) -> HandshakeComplete:
        """Read a payload; raises MalformedMessage. Only the message matters, so the duration may be anything."""
        given = json_object(payload)
        taken, text = given.get("HandshakeTimeToComplete"), given.get("CustomerMessage")
        return cls(taken if isinstance(taken, int) else 0, text if isinstance(text, str) else "")

    def encode(self) -> bytes:
        """The payload."""
        return json_bytes({"HandshakeTimeToComplete": self.nanoseconds, "CustomerMessage": self.customer_message})


def _requested_action(given: object) -> RequestedAction:
    if not isinstance(given, dict) or not isinstance(given.get("ActionType"), str):
        raise MalformedMessage("a handshake action without a type")
    parameters = given.get("ActionParameters")
    return RequestedAction(given["ActionType"], parameters if isinstance(parameters, dict) else {})


def _processed_action(given: object) -> ProcessedAction:
    if not isinstance(given, dict) or not isinstance(given.get("ActionType"), str):
        raise MalformedMessage("a handshake action without a type")
    result, error = given.get("ActionResult"), given.get("Error")
    # The official client reports an action it does not know with status 0 and the 3 in ActionResult.
    status = given.get("ActionStatus") or result
    if not isinstance(status, int) or status not in list(ActionStatus):
        raise MalformedMessage("a handshake action without a status")
    return ProcessedAction(
        given["ActionType"],
        ActionStatus(status),
        result if isinstance(result, dict) else None,
        error if isinstance(error, str) else "",
    )
