"""What the plugin says, in the official plugin's own words: programs read them."""

from __future__ import annotations

INSTALLED = "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n"
INVALID_OPERATION = "Invalid Operation"


def unknown_operation(operation: str) -> str:
    return f"\nUnknown operation {operation}. \nUse session-manager-plugin --version to check the version.\n\n"


def cannot_start(why: str) -> str:
    return f"Cannot perform start session: {why}\n"


def starting(session_id: str) -> str:
    return f"\nStarting session with SessionId: {session_id}\n"


def exiting(session_id: str) -> str:
    return f"\n\nExiting session with sessionId: {session_id}.\n\n"


def closed(session_id: str, output: str) -> str:
    return f"\n\nSessionId: {session_id} : {output}\n\n"


def timed_out(session_id: str) -> str:
    return f"Session: {session_id} timed out.\n"
