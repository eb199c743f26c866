"""Words the plugin's messages as the official plugin does, because programs read them.

What a message quotes comes from outside and passes the gate of `domain.text`, so that nothing in it ends the sentence
or reaches the terminal as a command.
"""

from __future__ import annotations

import sys

from smtui.domain.text import harmless, harmless_lines, printable

INSTALLED = "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n"
INVALID_OPERATION = "Invalid Operation"
WAITING = "Waiting for connections...\n"


def unknown_operation(operation: str) -> str:
    """Return the answer to an operation other than StartSession."""
    return (
        f"\nUnknown operation {harmless(operation)}. \nUse session-manager-plugin --version to check the version.\n\n"
    )


def cannot_start(why: str) -> str:
    """Return the failure to start a session, with the reason."""
    return f"Cannot perform start session: {harmless(why)}\n"


def starting(session_id: str) -> str:
    """Return the banner before the session."""
    return f"\nStarting session with SessionId: {harmless(session_id)}\n"


def exiting(session_id: str) -> str:
    """Return the farewell after a normal end."""
    return f"\n\nExiting session with sessionId: {harmless(session_id)}.\n\n"


def exit_code(status: int) -> str:
    """Return the line for a command's exit status, which is the agent's own, and the official plugin's."""
    return f"EXIT_CODE: {status}\n"


def closed(session_id: str, output: str) -> str:
    """Return the end that the agent explained with a message."""
    return f"\n\nSessionId: {harmless(session_id)} : {_several(output)}\n\n"


def timed_out(session_id: str) -> str:
    """Return the end of a session that cannot be resumed."""
    return f"Session: {harmless(session_id)} timed out.\n"


def port_opened(port: int, session_id: str) -> str:
    """Return the line for an open local port."""
    return f"Port {port} opened for sessionId {harmless(session_id)}.\n"


def socket_opened(path: str, session_id: str) -> str:
    """Return the line for an open local unix socket."""
    return f"Unix socket {harmless(path)} opened for sessionId {harmless(session_id)}.\n"


def accepted(session_id: str, *, multiplexed: bool) -> str:
    """Return the line for the first connection; newer agents multiplex and get another wording."""
    if multiplexed:
        return f"\nConnection accepted for session [{harmless(session_id)}]\n"
    return f"Connection accepted for session {harmless(session_id)}.\n"


def refused(destination: str) -> str:
    """Return the line for a refused connection. Only smtui gets the destination, which the official line lacks."""
    which = f"The node could not connect to {harmless(destination)}.\n" if destination else ""
    return f"\nConnection to destination port failed, check SSM Agent logs.\n{which}"


def stalled(connection: str, waiting: int) -> str:
    """Return that a connection holds up the others of its session. Ours alone: the official plugin just waits."""
    from smtui.domain.ages import data_size  # here: few sessions need it

    which = f"the connection from {harmless(connection)}" if connection else "a connection"
    return (
        f"smtui: {which} does not read the {data_size(waiting)} that wait for it. "
        "The other connections of this session wait until it reads or closes.\n"
    )


def terminated(session_id: str) -> str:
    """Return the farewell after Ctrl-C or a signal."""
    return f"Terminate signal received, exiting.\n{exiting(session_id)}"


def not_ended(session_id: str, why: str, region: str, profile: str) -> str:
    """Return how to end the session by hand. Ours alone: the official plugin does not try to end it."""
    by_hand = ["aws", "ssm", "terminate-session", "--session-id", session_id]
    by_hand += ["--profile", profile] if profile else []
    by_hand += ["--region", region] if region else []
    from smtui.domain.shellquote import offered_line  # here: few sessions need it, and every start would pay

    return harmless(f"smtui: the session may still be active: {why}. End it with: {offered_line(by_hand)}") + "\n"


def not_asked_for(objection: str) -> str:
    """Return the text for `cannot_start` when the service opened another session. Ours alone."""
    from smtui.domain.outcome import NOTHING_STARTED

    return f"{objection}. {NOTHING_STARTED}"


def status_unknown(session_id: str) -> str:
    """Return that a command's exit status is not known. Ours alone: the official plugin's status means nothing."""
    return (
        "The exit status of the remote command is unknown: "
        f"its session document does not ask for separate output streams.\n{exiting(session_id)}"
    )


def from_agent(text: str) -> str:
    """Return the agent's message before the session begins, on lines of its own."""
    return f"{_several(text)}\n"


def spoken(text: str) -> str:
    """Return text as it is printed: only its line ends are left for a terminal to obey."""
    return "\n".join(map(printable, text.split("\n")))


def say(text: str, *, on_stderr: bool) -> None:
    """Print at once, outside of a session's event loop."""
    stream = sys.stderr if on_stderr else sys.stdout
    if stream is None:
        return
    try:
        stream.write(spoken(text))
        stream.flush()
    except OSError:
        return  # nobody listens any more


def _several(text: str) -> str:
    return "\n".join(harmless_lines(text))
