"""Holds the contents of the simulated Region's session documents.

Amazon's have the names, parameters and properties of the real ones; their words are our own. `Acme-…` are the demo
account's, one for each thing a document can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Content = Mapping[str, Any]

_PORT_PATTERN = "^([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$"
_PORT_OR_NONE_PATTERN = f"^0$|{_PORT_PATTERN}"


def _session(session_type: str, description: str, **parts: Any) -> Content:
    return {"schemaVersion": "1.0", "description": description, "sessionType": session_type, **parts}


def _string(description: str, **limits: Any) -> Content:
    return {"type": "String", "description": description, **limits}


def _everywhere(commands: str, **more: Any) -> Content:
    """The same command on each platform."""
    return {platform: {"commands": commands, **more} for platform in ("linux", "windows", "macos")}


def _port(description: str, default: str) -> Content:
    return _string(description, default=default, allowedPattern=_PORT_PATTERN)


_NODE_PORT = _port("Port on the node that local connections are led to.", "80")
_LOCAL_PORT = _string(
    "Port on your machine to listen on; 0 takes a free one.", default="0", allowedPattern=_PORT_OR_NONE_PATTERN
)
_FORWARDED = {"type": "LocalPortForwarding", "portNumber": "{{ portNumber }}"}
_APART = {
    "separateOutputStream": "True",
    "stdOutSeparatorPrefix": "",
    "stdErrSeparatorPrefix": "",
}

AMAZONS: Mapping[str, Content] = {
    "AWS-StartInteractiveCommand": _session(
        "InteractiveCommands",
        "Runs one command in a terminal on the node",
        parameters={"command": _string("The command to run.")},
        properties=_everywhere("{{ command }}", runAsElevated=False),
    ),
    "AWS-StartNonInteractiveCommand": _session(
        "NonInteractiveCommands",
        "Runs one command on the node without a terminal",
        parameters={
            "command": _string("The program and its arguments. No shell takes part."),
            "separateOutputStream": _string(
                "Whether stderr comes apart from stdout.", default="False", allowedValues=["True", "False"]
            ),
            "stdOutSeparatorPrefix": _string("Put before each piece of stdout.", default=""),
            "stdErrSeparatorPrefix": _string("Put before each piece of stderr.", default=""),
        },
        properties=_everywhere(
            "{{ command }}",
            runAsElevated=False,
            separateOutputStream="{{ separateOutputStream }}",
            stdOutSeparatorPrefix="{{ stdOutSeparatorPrefix }}",
            stdErrSeparatorPrefix="{{ stdErrSeparatorPrefix }}",
        ),
    ),
    "AWS-StartPortForwardingSession": _session(
        "Port",
        "Leads a port of your machine to a port of the node",
        parameters={"portNumber": _NODE_PORT, "localPortNumber": _LOCAL_PORT},
        properties={**_FORWARDED, "localPortNumber": "{{ localPortNumber }}"},
    ),
    "AWS-StartPortForwardingSessionToRemoteHost": _session(
        "Port",
        "Leads a port of your machine through the node to a port of another host",
        parameters={
            "host": _string(
                "Name or address of the other host, as the node knows it.",
                default="localhost",
                allowedPattern="^[A-Za-z0-9_.:%-]{3,255}$",
            ),
            "portNumber": _port("Port of the other host.", "80"),
            "localPortNumber": _LOCAL_PORT,
        },
        properties={**_FORWARDED, "host": "{{ host }}", "localPortNumber": "{{ localPortNumber }}"},
    ),
    "AWS-StartPortForwardingSessionToSocket": _session(
        "Port",
        "Leads a unix socket of your machine to a port of the node",
        parameters={
            "portNumber": _NODE_PORT,
            "localUnixSocket": _string("Path of the socket on your machine.", allowedPattern="^/[^\\0]{1,107}$"),
        },
        properties={**_FORWARDED, "localConnectionType": "unix", "localUnixSocket": "{{ localUnixSocket }}"},
    ),
    "AWS-StartSSHSession": _session(
        "Port",
        "Carries an SSH connection to the node over stdin and stdout",
        parameters={"portNumber": _port("Port of the node's SSH server.", "22")},
        properties={"portNumber": "{{ portNumber }}"},
    ),
}

OWN: Mapping[str, Content] = {
    "SSM-SessionManagerRunShell": _session(
        "Standard_Stream",
        "The account's session preferences",
        inputs={"idleSessionTimeout": "20", "maxSessionDuration": "", "runAsEnabled": False, "kmsKeyId": ""},
    ),
    "Acme-Broken": {
        "schemaVersion": "2.2",
        "description": "Written for Run Command by mistake",
        "mainSteps": [{"action": "aws:runShellScript", "name": "hello", "inputs": {"runCommand": ["echo hello"]}}],
    },
    "Acme-Exit": _session(
        "NonInteractiveCommands",
        "Says a word on stdout and one on stderr, and ends with a status of your choice",
        parameters={
            "status": _string("The exit status, 0 to 255.", allowedPattern="^(1?[0-9]{1,2}|2[0-4][0-9]|25[0-5])$")
        },
        properties=_everywhere("sh -c 'echo this is stdout; echo this is stderr >&2; exit {{ status }}'", **_APART),
    ),
    "Acme-ForwardWeb": _session(
        "Port",
        "Leads a port of your machine to the node's web server",
        parameters={"localPortNumber": _LOCAL_PORT},
        properties={"type": "LocalPortForwarding", "portNumber": "80", "localPortNumber": "{{ localPortNumber }}"},
    ),
    "Acme-Restart": _session(
        "NonInteractiveCommands",
        "Restarts one of Acme's services (here it only says so)",
        parameters={"service": _string("The service to restart.", allowedValues=["api", "nginx", "worker"])},
        properties=_everywhere("sh -c 'echo restarting {{ service }}; echo {{ service }} is up >&2'", **_APART),
    ),
    "Acme-TailLog": _session(
        "InteractiveCommands",
        "Follows a log file",
        parameters={
            "logpath": _string(
                "The file to follow.", default="/var/log/messages", allowedPattern=r"^/var/log/[\w./-]+$"
            ),
            "lines": _string("How many of its last lines come first.", default="20", allowedPattern="^[0-9]{1,4}$"),
        },
        properties=_everywhere("tail -n {{ lines }} -F {{ logpath }}", runAsElevated=False),
    ),
    "Acme-Uptime": _session(
        "NonInteractiveCommands",
        "How long the node has been up; its exit status is not told",
        properties=_everywhere("uptime"),
    ),
}

SHARED: Mapping[str, Content] = {
    "Shared-DiskUsage": _session(
        "InteractiveCommands",
        "Free space of file systems",
        parameters={
            "paths": {
                "type": "StringList",
                "description": "Where to look.",
                "default": ["/", "/tmp"],  # noqa: S108 - only its size is read
                "allowedPattern": r"^/[\w./-]*$",
            }
        },
        properties=_everywhere("df -h {{ paths }}", runAsElevated=False),
    ),
}
