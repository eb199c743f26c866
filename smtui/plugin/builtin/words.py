"""What the plugin says, in the official plugin's own words: programs read them."""

from __future__ import annotations

INSTALLED = "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n"
INVALID_OPERATION = "Invalid Operation"
WAITING = "Waiting for connections...\n"


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


def port_opened(port: int, session_id: str) -> str:
    return f"Port {port} opened for sessionId {session_id}.\n"


def socket_opened(path: str, session_id: str) -> str:
    return f"Unix socket {path} opened for sessionId {session_id}.\n"


def accepted(session_id: str, *, multiplexed: bool) -> str:
    if multiplexed:
        return f"\nConnection accepted for session [{session_id}]\n"
    return f"Connection accepted for session {session_id}.\n"


def refused(destination: str) -> str:
    """With the destination for smtui; the official plugin does not tell it."""
    which = f"The node could not connect to {destination}.\n" if destination else ""
    return f"\nConnection to destination port failed, check SSM Agent logs.\n{which}"


def terminated(session_id: str) -> str:
    return f"Terminate signal received, exiting.\n{exiting(session_id)}"


def status_unknown(session_id: str) -> str:
    """Ours: the official plugin's exit status means nothing anyway."""
    return (
        "The exit status of the remote command is unknown: "
        f"its session document does not ask for separate output streams.\n{exiting(session_id)}"
    )
