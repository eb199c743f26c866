"""Reads how the plugin was called: the official plugin's argv and environment.

argv: the StartSession response, or the name of a variable that holds it; Region; `StartSession`; profile; the request
as JSON; the ssm endpoint. The profile and what follows may be missing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smtui.plugin.builtin import official_words as words
from smtui.plugin.builtin.expected_session import ANY_SESSION, ExpectedSession, only

RESPONSE_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
"""The name of the variable with the response, or the beginning of the name."""

PARENT_VARIABLE = "SMTUI_PLUGIN_PARENT"
"""Set to 1 by smtui for its own child: diagnostics go to stderr, and the exit status is the true one."""

LOCAL_HOST_VARIABLE = "SMTUI_LOCAL_HOST"
"""The address that a forward listens on instead of 127.0.0.1."""

SESSION_TYPE_VARIABLE = "SMTUI_SESSION_TYPE"
"""The session type that smtui read in the request's document, if it could."""

RESUMES_VARIABLE = "SMTUI_RESUMES"
"""Set to 1 by smtui if the response is ResumeSession's, of a session that another program opened."""

LOG_VARIABLE = "SMTUI_PLUGIN_LOG"
"""The file that the plugin appends its log to. Without it, `LOG_NAME` while `LOG_SWITCH` is in smtui's state folder."""

LOG_NAME = "plugin.log"
LOG_SWITCH = "plugin-log.on"

_PANIC = 2
_FEWEST = 3


class Answer(Exception):
    """There is no session to run, only `text` to print.

    `wrong` marks what makes the official plugin panic; it goes to stderr.
    """

    def __init__(self, text: str, *, status: int = 0, wrong: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Environment:
    """What was removed from the environment, so that no child of the plugin inherits it."""

    response: str | None = field(repr=False)
    from_smtui: bool
    local_host: str = ""
    session_type: str = ""
    resumes: bool = False


@dataclass(frozen=True, slots=True)
class Invocation:
    """One session to run. The token stays out of the repr."""

    session_id: str
    stream_url: str
    token: str = field(repr=False)
    region: str
    profile: str = ""
    target: str = ""
    """The node of the request; only KMS sessions need it."""
    destination: str = ""
    """`host:port` of the request, if it is a port forward."""
    endpoint_url: str = ""
    expected: ExpectedSession = ANY_SESSION


def take_secrets(argv: Sequence[str], environ: MutableMapping[str, str]) -> Environment:
    """Read and remove what is private to this process; call it first. `argv` is without the program."""
    named = argv[0] if argv and argv[0].startswith(RESPONSE_VARIABLE) else None
    response = environ.get(named, "") if named else None
    for name in [name for name in environ if name.startswith(RESPONSE_VARIABLE)]:
        del environ[name]
    return Environment(
        response,
        environ.pop(PARENT_VARIABLE, "") == "1",
        environ.pop(LOCAL_HOST_VARIABLE, ""),
        environ.pop(SESSION_TYPE_VARIABLE, ""),
        environ.pop(RESUMES_VARIABLE, "") == "1",
    )


def log_path(environ: Mapping[str, str]) -> str:
    """Return the file of the plugin's log; empty for no log, which costs one look at the disk."""
    if given := environ.get(LOG_VARIABLE, ""):
        return given
    folder = state_folder(environ)
    # Path.exists would raise, and end the session, where this user may not search the folder.
    return str(folder / LOG_NAME) if os.path.exists(folder / LOG_SWITCH) else ""  # noqa: PTH110


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return smtui's folder for state, as platformdirs does, whose import would cost every session 10 ms."""
    return _folder(environ, "STATE", ".local/state")


def config_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of config.toml, in the same way."""
    return _folder(environ, "CONFIG", ".config")


def _folder(environ: Mapping[str, str], kind: str, usual: str) -> Path:
    if given := environ.get(f"SMTUI_{kind}_DIR", ""):
        return Path(given)
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA", ""), "smtui")
    usual = "Library/Application Support" if sys.platform == "darwin" else usual
    base = environ.get(f"XDG_{kind}_HOME", "").strip()
    return Path(base if base.startswith("/") else os.path.expanduser(f"~/{usual}"), "smtui")  # noqa: PTH111


def read(argv: Sequence[str], environment: Environment, *, by_aws_cli: bool = False) -> Invocation:
    """Read the arguments, without the program; raises Answer if there is no session to run."""
    if not argv:
        raise Answer(words.INSTALLED)
    if len(argv) < _FEWEST:
        raise Answer(words.unknown_operation(argv[0]))
    text, region, operation, profile, request, endpoint_url = [*argv, "", "", ""][:6]
    if operation != "StartSession":
        raise Answer(words.INVALID_OPERATION)
    response = _response(text if environment.response is None else environment.response)
    return Invocation(
        session_id=_needed(response, "SessionId"),
        stream_url=_needed(response, "StreamUrl"),
        token=_needed(response, "TokenValue"),
        region=region,
        profile=profile,
        target=_target(_request(request)),
        destination=_destination(_request(request)),
        endpoint_url=endpoint_url,
        expected=ExpectedSession.of(
            _request(request),
            environment.session_type if environment.from_smtui else "",
            # On Windows nothing else shows that it was the AWS CLI.
            is_whole=environment.from_smtui
            or by_aws_cli
            or (sys.platform == "win32" and environment.response is not None),
        ),
    )


def _response(text: str) -> dict[str, Any]:
    """Parse the response, with its keys in lower case: ECS writes them in another case."""
    try:
        response = json.loads(text)
    except (ValueError, RecursionError) as error:
        # Never quote the text in the error: it holds the token.
        why = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Answer(words.cannot_start(f"invalid response: {why}"), status=255) from None
    if not isinstance(response, dict):
        raise Answer(words.cannot_start("invalid response: not a JSON object"), status=255)
    return {name.lower(): value for name, value in response.items()}


def _needed(response: Mapping[str, Any], name: str) -> str:
    value = response.get(name.lower())
    if not isinstance(value, str) or not value:
        raise Answer(f"The StartSession response has no {name}.\n", status=_PANIC, wrong=True)
    return value


def _request(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _target(request: Mapping[str, Any]) -> str:
    target = request.get("Target")
    return target if isinstance(target, str) else ""


def _destination(request: Mapping[str, Any]) -> str:
    parameters = request.get("Parameters")
    if not isinstance(parameters, dict):
        return ""
    host, port = only(parameters.get("host")), only(parameters.get("portNumber"))
    return f"{host or 'localhost'}:{port}" if port else ""
