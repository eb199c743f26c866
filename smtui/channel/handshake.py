"""Encodes and reads the handshake: the agent requests actions, the client reports them, the agent completes.

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
    """What the agent runs. The first three are the same to a client: bytes to and from a program."""

    STANDARD_STREAM = "Standard_Stream"
    INTERACTIVE_COMMANDS = "InteractiveCommands"
    NON_INTERACTIVE_COMMANDS = "NonInteractiveCommands"
    PORT = "Port"


class ActionStatus(IntEnum):
    """The result of an action."""

    SUCCESS = 1
    FAILED = 2
    UNSUPPORTED = 3


@dataclass(frozen=True, slots=True)
class RequestedAction:
    """One thing that the agent requests from the client."""

    type: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """The parameters of the data key that the agent requests."""

    key_id: str
    """The KMS key: an ARN, an id or an alias."""
    challenge: str = ""
    """A value that the data key must be bound to as well; empty from agents before 3.3.808."""

    @classmethod
    def parse(cls, parameters: Mapping[str, Any]) -> KeyRequest:
        """Read the action's parameters; raises MalformedMessage."""
        key_id, challenge = parameters.get("KMSKeyId"), parameters.get("Challenge")
        if not isinstance(key_id, str) or not key_id:
            raise MalformedMessage("encryption without naming a KMS key")
        if not isinstance(challenge, str | None):
            raise MalformedMessage("encryption with a challenge that is not a text")
        return cls(key_id, challenge or "")

    def parameters(self) -> dict[str, Any]:
        """Return the action's parameters."""
        return {"KMSKeyId": self.key_id} | ({"Challenge": self.challenge} if self.challenge else {})


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """The agent's request. Its version has four parts, which clients compare one by one."""

    agent_version: str
    actions: tuple[RequestedAction, ...]

    @classmethod
    def for_session(
        cls,
        agent_version: str,
        session_type: SessionType,
        properties: Mapping[str, Any] | None = None,
        *,
        key: KeyRequest | None = None,
    ) -> HandshakeRequest:
        """Make the request for a session. Only port sessions have properties; a `key` requests encryption."""
        parameters = {"SessionType": session_type, "Properties": None if properties is None else dict(properties)}
        encryption = (RequestedAction(KMS_ENCRYPTION, key.parameters()),) if key else ()
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
        """Return the payload."""
        actions = [{"ActionType": action.type, "ActionParameters": action.parameters} for action in self.actions]
        return json_bytes({"AgentVersion": self.agent_version, "RequestedClientActions": actions})

    def parameters_of(self, action_type: str) -> dict[str, Any] | None:
        """Return the parameters of the first action of a type; None if it is not requested."""
        return next((action.parameters for action in self.actions if action.type == action_type), None)

    @property
    def session_type(self) -> str:
        """The requested session type; empty if there is none."""
        named = (self.parameters_of(SESSION_TYPE) or {}).get("SessionType")
        return named if isinstance(named, str) else ""

    @property
    def properties(self) -> dict[str, Any]:
        """The session document's properties; empty if there are none."""
        given = (self.parameters_of(SESSION_TYPE) or {}).get("Properties")
        return given if isinstance(given, dict) else {}


@dataclass(frozen=True, slots=True)
class ProcessedAction:
    """What the client did about one action."""

    type: str
    status: ActionStatus
    result: dict[str, Any] | None = None
    error: str = ""

    def failure(self) -> str:
        """Return why the session cannot go on, in the agent's words; empty for an action that succeeded."""
        if self.status is ActionStatus.SUCCESS:
            return ""
        return f"{self.type} failed on client with status {self.status:d} error: {self.error}"


@dataclass(frozen=True, slots=True)
class HandshakeResponse:
    """The client's report on all actions."""

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
        """Return the payload."""
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


@dataclass(frozen=True, slots=True)
class HandshakeComplete:
    """The end of the handshake, from the agent. The message is for the user and usually empty."""

    nanoseconds: int
    customer_message: str = ""

    @classmethod
    def parse(cls, payload: bytes) -> HandshakeComplete:
        """Read a payload; raises MalformedMessage. The duration is not used, so it may be anything."""
        given = json_object(payload)
        taken, text = given.get("HandshakeTimeToComplete"), given.get("CustomerMessage")
        return cls(taken if isinstance(taken, int) else 0, text if isinstance(text, str) else "")

    def encode(self) -> bytes:
        """Return the payload."""
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
    # The official client reports an unknown action with status 0 and the 3 in ActionResult.
    status = given.get("ActionStatus") or result
    if not isinstance(status, int) or status not in list(ActionStatus):
        raise MalformedMessage("a handshake action without a status")
    return ProcessedAction(
        given["ActionType"],
        ActionStatus(status),
        result if isinstance(result, dict) else None,
        error if isinstance(error, str) else "",
    )
