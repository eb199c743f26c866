"""Session documents of every kind, as an account may have them."""

from __future__ import annotations

import json
from typing import Any

from smtui.domain.document import DocumentSide, DocumentSummary

ACCOUNT = "111122223333"


def content(session_type: str, description: str, parameters: dict[str, Any] | None = None, **properties: Any) -> str:
    return json.dumps(
        {
            "schemaVersion": "1.0",
            "description": description,
            "sessionType": session_type,
            "parameters": parameters or {},
            "properties": properties,
        }
    )


PORT = {
    "type": "String",
    "description": "The port.",
    "allowedPattern": "^([1-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-5]{4})$",
}
PORTS = {"portNumber": PORT, "localPortNumber": {**PORT, "description": "The local port.", "default": "0"}}
HOST = {"type": "String", "description": "The host behind the node.", "allowedPattern": "^[^,$^&()!;'\"<>`{}\\s]{3,}$"}

AMAZON = {
    "AWS-StartInteractiveCommand": content(
        "InteractiveCommands",
        "Runs one command in a terminal.",
        {"command": {"type": "String", "description": "The command."}},
    ),
    "AWS-StartNonInteractiveCommand": content(
        "NonInteractiveCommands",
        "Runs one command without a terminal.",
        {"command": {"type": "StringList", "description": "The words of the command.", "default": "id"}},
    ),
    "AWS-StartPortForwardingSession": content("Port", "Forwards a local port.", PORTS),
    "AWS-StartPortForwardingSessionToRemoteHost": content(
        "Port", "Forwards a local port to a host behind the node.", {"host": HOST, **PORTS}, host="{{ host }}"
    ),
    "AWS-StartSSHSession": content("Port", "Carries an SSH connection.", {"portNumber": {**PORT, "default": "22"}}),
}
OWN = {
    "Acme-TailLog": content(
        "InteractiveCommands",
        "Follows a log file.",
        {
            "logpath": {
                "type": "String",
                "description": "The file to follow.",
                "default": "/var/log/messages",
                "allowedPattern": "^/var/log/[\\w./-]+$",
            },
            "lines": {"type": "String", "description": "How many lines to begin with.", "allowedValues": ["10", "100"]},
        },
    ),
    "Acme-Restart": content(
        "NonInteractiveCommands",
        "Restarts a service.",
        {
            "service": {"type": "String", "allowedValues": ["nginx", "sshd"]},
            "apiToken": {"type": "String", "default": ""},
        },
    ),
    "Acme-Broken": "{not json",
    "SSM-SessionManagerRunShell": content("Standard_Stream", "The account's preferences."),
}


def story_documents() -> dict[DocumentSummary, str]:
    return {
        **{DocumentSummary(name, "Amazon", DocumentSide.AMAZON): text for name, text in AMAZON.items()},
        **{DocumentSummary(name, ACCOUNT, DocumentSide.SELF): text for name, text in OWN.items()},
    }
