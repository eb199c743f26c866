"""Encodes and reads the small payloads of messages: JSON texts and numbers, not session bytes or the handshake."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID, uuid4

from smtui.channel.message import Flags, MalformedMessage, Message, MessageType, new_id

_MAX_SIDE = 0xFFFF
_MOST_CONTAINERS = 512
"""Objects and arrays in one payload: far more than a session needs. 100,000 nested ones took 161 ms to refuse."""
_ACKNOWLEDGE, _ACKNOWLEDGE_FLAGS = MessageType.ACKNOWLEDGE.value, int(Flags.SYN | Flags.FIN)
_USUAL_ACKNOWLEDGEMENT = re.compile(
    rb'{"AcknowledgedMessageType":"[a-z_]+","AcknowledgedMessageId":"[0-9a-f-]+",'
    rb'"AcknowledgedMessageSequenceNumber":([0-9]{1,18}),"IsSequentialMessage":true}'
)
"""As both official ends write it; any other is read as JSON, in ten times the time."""
_ESCAPED = re.compile(r"\\.", re.DOTALL)


class SessionFlag(IntEnum):
    """The number in a payload of type FLAG."""

    DISCONNECT_TO_PORT = 1
    TERMINATE_SESSION = 2
    CONNECT_TO_PORT_ERROR = 3


class SessionState(StrEnum):
    """The states that the agent reports to the service."""

    CONNECTED = "Connected"
    TERMINATING = "Terminating"


def json_bytes(value: object) -> bytes:
    """Return compact JSON, as both official ends write it."""
    return json.dumps(value, separators=(",", ":")).encode()


def json_object(payload: bytes | str) -> dict[str, Any]:
    """Read a JSON object in UTF-8; raises MalformedMessage for anything else, and for too many values inside."""
    try:
        text = payload if isinstance(payload, str) else payload.decode()
        if _containers(text) > _MOST_CONTAINERS:
            raise MalformedMessage(f"a payload of more than {_MOST_CONTAINERS} objects and lists")
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedMessage("a payload that is not JSON") from None
    if not isinstance(value, dict):
        raise MalformedMessage("a payload that is not a JSON object")
    return value


def acknowledge(received: Message) -> Message:
    """Return the acknowledgement of one stream message. Written out: encoding JSON would take most of the time."""
    letters = received.id.hex()
    payload = (
        f'{{"AcknowledgedMessageType":"{received.type}","AcknowledgedMessageId":"{letters[:8]}-{letters[8:12]}-'
        f'{letters[12:16]}-{letters[16:20]}-{letters[20:]}","AcknowledgedMessageSequenceNumber":{received.sequence},'
        '"IsSequentialMessage":true}'
    )
    return Message(_ACKNOWLEDGE, payload.encode(), flags=_ACKNOWLEDGE_FLAGS)


def acknowledged_sequence(payload: bytes) -> int:
    """Read the sequence number, the only field of an acknowledgement that receivers use; raises MalformedMessage."""
    if (usual := _USUAL_ACKNOWLEDGEMENT.fullmatch(payload)) is not None:
        return int(usual[1])
    return _integer(json_object(payload), "AcknowledgedMessageSequenceNumber")


def size(columns: int, rows: int) -> bytes:
    """Return the terminal's size as a payload of type SIZE."""
    return json_bytes({"cols": columns, "rows": rows})


def read_size(payload: bytes) -> tuple[int, int]:
    """Read columns and rows; raises MalformedMessage."""
    given = json_object(payload)
    columns, rows = _integer(given, "cols"), _integer(given, "rows")
    if not (0 <= columns <= _MAX_SIDE and 0 <= rows <= _MAX_SIDE):
        raise MalformedMessage("a terminal size out of range")
    return columns, rows


def flag(value: SessionFlag) -> bytes:
    """Return a payload of type FLAG."""
    return value.to_bytes(4, "big")


def read_flag(payload: bytes) -> int:
    """Read the number of a payload of type FLAG; raises MalformedMessage."""
    if len(payload) != 4:
        raise MalformedMessage(f"a flag of {len(payload)} bytes")
    return int.from_bytes(payload, "big")


def channel_closed(session_id: str, destination_id: str, created: str, output: str = "") -> Message:
    """Return the service's last message to the client; `output` is for the user, usually an error of the agent.

    `created` is a time as AWS writes it in JSON: 2026-11-22T05:19:52.000Z.
    """
    message_id = new_id()
    payload = json_bytes(
        {
            "MessageType": MessageType.CHANNEL_CLOSED,
            "MessageId": str(UUID(bytes=message_id)),
            "DestinationId": destination_id,
            "SessionId": session_id,
            "SchemaVersion": 1,
            "Output": output,
            "CreatedDate": created,
        }
    )
    return Message(MessageType.CHANNEL_CLOSED, payload, id=message_id)


def closing_output(payload: bytes) -> str:
    """Read the Output of channel_closed; empty for a normal end, and for an unreadable payload: closed is closed."""
    try:
        output = json_object(payload).get("Output")
    except MalformedMessage:
        return ""
    return output if isinstance(output, str) else ""


def publication(message_type: MessageType, session_id: str) -> Message:
    """Return start_publication or pause_publication, from the service to the agent."""
    return Message(message_type, json_bytes({"SchemaVersion": 1, "SessionId": session_id}))


def agent_session_state(session_id: str, state: SessionState) -> Message:
    """Return the state that the agent reports to the service when it joins and when it leaves."""
    payload = json_bytes({"SchemaVersion": 1, "SessionState": state, "SessionId": session_id})
    return Message(MessageType.AGENT_SESSION_STATE, payload, flags=Flags.SYN | Flags.FIN)


def session_state(payload: bytes) -> str:
    """Read the state in agent_session_state; raises MalformedMessage."""
    return _text(json_object(payload), "SessionState")


@dataclass(frozen=True, slots=True)
class OpenDataChannel:
    """The first frame of every connection, and the only text frame. The token stays out of the repr."""

    token: str = field(repr=False)
    client_id: UUID
    client_version: str

    def text(self) -> str:
        """Return the frame, with a new request id."""
        return json.dumps(
            {
                "MessageSchemaVersion": "1.0",
                "RequestId": str(uuid4()),
                "TokenValue": self.token,
                "ClientId": str(self.client_id),
                "ClientVersion": self.client_version,
            },
            separators=(",", ":"),
        )


def offered_token(frame: bytes | str) -> str:
    """Read the token of an OpenDataChannel frame, empty if it has none; raises MalformedMessage."""
    token = json_object(frame).get("TokenValue")
    return token if isinstance(token, str) else ""


def _containers(text: str) -> int:
    """Count where objects and arrays begin, without those characters inside of strings."""
    if (most := text.count("[") + text.count("{")) <= _MOST_CONTAINERS:
        return most
    outside = _ESCAPED.sub("", text).split('"')[::2]
    return sum(part.count("[") + part.count("{") for part in outside)


def _integer(given: dict[str, Any], name: str) -> int:
    value = given.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedMessage(f"{name} is not a whole number")
    return value


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise MalformedMessage(f"{name} is not a text")
    return value
