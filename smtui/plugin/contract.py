"""How a plugin is called: the AWS CLI's argv and environment, with the response in the environment only.

Shape: `[program, "AWS_SSM_START_SESSION_RESPONSE", region, "StartSession", profile or "", request JSON, endpoint]`.
The variable holds `{"SessionId", "StreamUrl", "TokenValue"}`; argv[1] is its name. Plugins up to 1.2.497.0 do not
know that form and are refused here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from smtui.domain.plugin import PluginPick
from smtui.domain.request import SessionRequest, StartedSession

RESPONSE_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
PARENT_VARIABLE = "SMTUI_PLUGIN_PARENT"
"""Tells our plugin that smtui started it: true exit statuses, diagnostics on stderr."""
PARENT_PIPE_VARIABLE = "SMTUI_PARENT_PIPE"
"""Set to 1 for our plugin in the background: its stdin is a pipe that ends when smtui does, and so does the plugin."""
LOCAL_HOST_VARIABLE = "SMTUI_LOCAL_HOST"
"""Which local address our plugin listens on; 127.0.0.1 without it. The official ones know no other."""

_CREDENTIAL_VARIABLES = frozenset(
    (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_EXPIRATION",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
    )
)
_NOT_INHERITED = _CREDENTIAL_VARIABLES | {PARENT_VARIABLE, PARENT_PIPE_VARIABLE, LOCAL_HOST_VARIABLE}


class PluginRefused(Exception):
    """The plugin must not be given a session; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One plugin process to start. The environment holds the session's token: it stays out of every repr."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    hold_stdin: bool = False
    """A command without input: pipes even on a terminal, which would mix its two outputs, and a stdin that never ends.

    The official plugin quits a command when its stdin ends.
    """


def prepare(
    plugin: PluginPick,
    session: StartedSession,
    request: SessionRequest,
    *,
    inherited: Mapping[str, str],
    profile: str = "",
    credentials: Mapping[str, str] | None = None,
    hold_stdin: bool = False,
) -> Launch:
    """Build the launch of one session; `inherited` is our own environment.

    Give a profile name or credential variables, never both (ValueError). With neither the plugin finds credentials
    as we did. Raises PluginRefused for a plugin that cannot be used.
    """
    if not plugin.usable:
        raise PluginRefused(f"{plugin.complaint} {plugin.grade.next_step}")
    argv = (
        *_program(plugin),
        RESPONSE_VARIABLE,
        session.region,
        "StartSession",
        profile,
        json.dumps(request.api_parameters()),
        session.endpoint_url,
    )
    environment = _without_leftovers(inherited) | _credentials(inherited, profile, credentials or {})
    environment[RESPONSE_VARIABLE] = json.dumps(
        {"SessionId": session.session_id, "StreamUrl": session.stream_url, "TokenValue": session.token}
    )
    if plugin.builtin:
        environment[PARENT_VARIABLE] = "1"
    return Launch(argv, environment, hold_stdin)


def in_background(launch: Launch, plugin: PluginPick, local_host: str = "") -> Launch:
    """The same launch for a port forward that has no terminal; only our plugin takes a local address."""
    if not plugin.builtin:
        return launch
    more = {PARENT_PIPE_VARIABLE: "1"} | ({LOCAL_HOST_VARIABLE: local_host} if local_host else {})
    return replace(launch, environment={**launch.environment, **more})


def _program(plugin: PluginPick) -> tuple[str, ...]:
    if plugin.builtin:
        # -P: a file of the current directory must not be imported in place of a module.
        return (sys.executable, "-P", "-m", "smtui.plugin.builtin")
    return (plugin.path,)


def _without_leftovers(inherited: Mapping[str, str]) -> dict[str, str]:
    """Our environment without credentials and without another session's response."""
    return {
        name: value
        for name, value in inherited.items()
        if name not in _NOT_INHERITED and not name.startswith(RESPONSE_VARIABLE)
    }


def _credentials(inherited: Mapping[str, str], profile: str, given: Mapping[str, str]) -> dict[str, str]:
    if profile and given:
        raise ValueError("a plugin gets a profile or credentials, never both")
    if given:
        return dict(given)
    if profile:
        return {}
    return {name: value for name, value in inherited.items() if name in _CREDENTIAL_VARIABLES}
