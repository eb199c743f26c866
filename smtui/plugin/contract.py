"""Builds the argv and environment of a plugin as the AWS CLI does, with the response in the environment only.

Shape: `[program, "AWS_SSM_START_SESSION_RESPONSE", region, "StartSession", profile or "", request JSON, endpoint]`.
The variable named by argv[1] holds `{"SessionId", "StreamUrl", "TokenValue"}`. Plugins up to 1.2.497.0 do not know
that form and are refused here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smtui.domain.places.stream_endpoint import STREAM_ENDPOINT_VARIABLE
from smtui.plugin.companions import NOBODY, Companions

if TYPE_CHECKING:
    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.request import SessionRequest, StartedSession

RESPONSE_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
PARENT_VARIABLE = "SMTUI_PLUGIN_PARENT"
"""Set to 1 for our plugin: it then returns true exit statuses and writes diagnostics to stderr."""
PARENT_PIPE_VARIABLE = "SMTUI_PARENT_PIPE"
"""Set to 1 for our plugin in the background: its stdin is a pipe; the plugin ends when smtui closes it or dies."""
PARENT_SOCKET_VARIABLE = "SMTUI_PARENT_SOCKET"
"""The descriptor of a socket, for our plugin on a program's streams: its own words go there, not to stderr.

The plugin ends when smtui closes its end or dies.
"""
LOCAL_HOST_VARIABLE = "SMTUI_LOCAL_HOST"
"""The local address that our plugin listens on, 127.0.0.1 by default. The official plugin knows no other."""

AWAIT_LAUNCH = "--await-launch"
"""The only argument of our plugin where it is started before its session."""

SESSION_TYPE_VARIABLE = "SMTUI_SESSION_TYPE"
"""The session type that our plugin accepts, if smtui has read the document; it knows the types of AWS's own."""

RESUMES_VARIABLE = "SMTUI_RESUMES"
"""Set to 1 for our plugin if the response is ResumeSession's, of a session that another program opened."""

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
_OURS = frozenset(
    (
        PARENT_VARIABLE,
        PARENT_PIPE_VARIABLE,
        PARENT_SOCKET_VARIABLE,
        LOCAL_HOST_VARIABLE,
        SESSION_TYPE_VARIABLE,
        RESUMES_VARIABLE,
        STREAM_ENDPOINT_VARIABLE,
    )
)
_NOT_INHERITED = _CREDENTIAL_VARIABLES | _OURS


class PluginRefused(Exception):
    """The plugin must not be started; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Launch:
    """One plugin process to start. The environment holds the session's token: it stays out of every repr."""

    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    hold_stdin: bool = False
    """For a command without input: pipes even on a terminal, which would mix the two outputs, and a stdin kept open.

    The official plugin quits a command when its stdin ends.
    """
    lets_signals_through: bool = False
    """Whether it starts with signals blocked and unblocks them once it can handle them, as our own plugin does."""
    words_apart: bool = False
    """Whether our plugin keeps its own words off both outputs, which a program reads; needs pipes."""
    has_escapes: bool = False
    """Whether the plugin itself takes `~.` as the end of the session. On a terminal we do that for every plugin."""
    companions: Companions = field(default=NOBODY, repr=False)


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
    as smtui did. Raises PluginRefused if the plugin cannot be used.
    """
    if not plugin.usable:
        raise PluginRefused(plugin.complaint)
    argv = (
        *(own_program() if plugin.builtin else (plugin.path,)),
        RESPONSE_VARIABLE,
        session.region,
        "StartSession",
        profile,
        json.dumps(request.api_parameters()),
        session.endpoint_url,
    )
    environment = without_leftovers(inherited) | _credentials(inherited, profile, credentials or {})
    environment[RESPONSE_VARIABLE] = json.dumps(
        {"SessionId": session.session_id, "StreamUrl": session.stream_url, "TokenValue": session.token}
    )
    if plugin.builtin:
        environment[PARENT_VARIABLE] = "1"
        if session.stream_endpoint:
            environment[STREAM_ENDPOINT_VARIABLE] = session.stream_endpoint
    return Launch(argv, environment, hold_stdin, lets_signals_through=plugin.builtin, has_escapes=plugin.has_escapes)


def expecting(launch: Launch, plugin: PluginPick, session_type: str) -> Launch:
    """Add the session type that the document is known to start; only our plugin checks it."""
    if not plugin.builtin or not session_type:
        return launch
    return replace(launch, environment={**launch.environment, SESSION_TYPE_VARIABLE: session_type})


def resuming(launch: Launch) -> Launch:
    """Change the launch of our plugin for a session that another program opened. No other plugin can resume one."""
    return replace(launch, environment={**launch.environment, RESUMES_VARIABLE: "1"})


def in_background(launch: Launch, plugin: PluginPick, local_host: str = "") -> Launch:
    """Change the launch for a port forward without a terminal; only our plugin takes a local address."""
    if not plugin.builtin:
        return launch
    more = {PARENT_PIPE_VARIABLE: "1"} | ({LOCAL_HOST_VARIABLE: local_host} if local_host else {})
    return replace(launch, environment={**launch.environment, **more})


def own_program() -> tuple[str, ...]:
    """Return what starts our own plugin."""
    # -P: a file of the current directory must not be imported in place of a module.
    return (sys.executable, "-P", "-m", "smtui.plugin.builtin")


def without_leftovers(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return our environment without credentials and without another session's response."""
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
