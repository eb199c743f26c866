"""How the plugin was called: the official plugin's argv and environment.

argv: the StartSession response, or the name of a variable that holds it; Region; `StartSession`; profile; the request
as JSON; the ssm endpoint. All from the profile on may be missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from smtui.plugin.builtin import words
from smtui.plugin.builtin.version import CLIENT_VERSION

RESPONSE_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
"""The variable's name, or what it begins with."""

PARENT_VARIABLE = "SMTUI_PLUGIN_PARENT"
"""Set to 1 by smtui for its own child: diagnostics on stderr, and an exit status that means something."""

LOCAL_HOST_VARIABLE = "SMTUI_LOCAL_HOST"
"""Where a forward listens in place of 127.0.0.1."""

_PANIC = 2
_FEWEST = 3


class Answer(Exception):
    """No session to run, but something to say; `wrong` sends it to stderr: what the official one panics about."""

    def __init__(self, text: str, *, status: int = 0, wrong: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Environment:
    """What was taken out of the environment, so that nothing started from here inherits it."""

    response: str | None = field(repr=False)
    from_smtui: bool
    local_host: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One session to run. The token stays out of the repr."""

    session_id: str
    stream_url: str
    token: str = field(repr=False)
    region: str
    profile: str = ""
    target: str = ""
    """Of the request; only KMS sessions need it."""
    destination: str = ""
    """`host:port` of the request, where it is a port forward's."""
    endpoint_url: str = ""


def take_secrets(argv: Sequence[str], environ: MutableMapping[str, str]) -> Environment:
    """Read and remove what is private to this process. The first thing to do; `argv` is without the program."""
    named = argv[0] if argv and argv[0].startswith(RESPONSE_VARIABLE) else None
    response = environ.get(named, "") if named else None
    for name in [name for name in environ if name.startswith(RESPONSE_VARIABLE)]:
        del environ[name]
    return Environment(response, environ.pop(PARENT_VARIABLE, "") == "1", environ.pop(LOCAL_HOST_VARIABLE, ""))


def read(argv: Sequence[str], environment: Environment) -> Invocation:
    """Understand the arguments, given without the program; raises Answer."""
    if not argv:
        raise Answer(words.INSTALLED)
    if list(argv) == ["--version"]:
        raise Answer(f"{CLIENT_VERSION}\n")
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
    )


def _response(text: str) -> dict[str, Any]:
    """The response's keys in lower case: ECS writes them in another case, and the official plugin does not mind."""
    try:
        response = json.loads(text)
    except (ValueError, RecursionError) as error:
        # Of the error only what it says without quoting: the text holds the token.
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
    host, port = _only(parameters.get("host")), _only(parameters.get("portNumber"))
    return f"{host or 'localhost'}:{port}" if port else ""


def _only(values: object) -> str:
    """The text in a list of one, as StartSession takes its parameters."""
    value = values[0] if isinstance(values, list) and len(values) == 1 else values
    return value if isinstance(value, str) else ""
