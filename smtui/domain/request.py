"""Describes what StartSession gets and returns, and the AWS CLI commands around a session.

Source: StartSession in the Systems Manager API reference (Target 1-400 characters, Reason 1-256).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from smtui.domain.place import Place
from smtui.domain.shellquote import offered_line
from smtui.domain.text import harmless

LONGEST_REASON = 256
READ_ONLY = "smtui is read-only, so it starts no sessions."
STARTS_NOTHING = "smtui is read-only, so it starts no instances."


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """One session to start. Every parameter value is a list of strings, as in the API."""

    target: str
    place: Place = field(default_factory=Place)
    document_name: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    reason: str = ""

    def api_parameters(self) -> dict[str, object]:
        """Return the keyword arguments of StartSession, without empty ones, which the API refuses."""
        given: dict[str, object] = {"Target": self.target}
        if self.document_name:
            given["DocumentName"] = self.document_name
        if self.parameters:
            given["Parameters"] = {name: list(values) for name, values in self.parameters.items()}
        if self.reason:
            given["Reason"] = self.reason
        return given


@dataclass(frozen=True, slots=True)
class StartedSession:
    """StartSession's answer. The token is a secret: it stays out of every repr and goes only to the plugin."""

    session_id: str
    stream_url: str
    token: str = field(repr=False)
    region: str
    endpoint_url: str
    """The ssm endpoint that the client used."""
    stream_endpoint: str = ""
    """The configured endpoint of the data channel, which `stream_url` is at; empty for AWS's own."""


@dataclass(frozen=True, slots=True)
class PluginCredentials:
    """How the plugin gets credentials: a profile that it resolves itself, or keys for its environment; never both.

    Both are empty if there are no credentials; the plugin then connects unsigned.
    """

    profile: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def aws_argv(request: SessionRequest) -> list[str]:
    """Return the AWS CLI command that starts the same session."""
    argv = ["aws", "ssm", "start-session", "--target", request.target]
    if request.document_name:
        argv += ["--document-name", request.document_name]
    if request.parameters:
        given = {name: list(values) for name, values in request.parameters.items()}
        argv += ["--parameters", json.dumps(given, ensure_ascii=False)]
    if request.reason:
        argv += ["--reason", request.reason]
    return [*argv, *place_argv(request.place)]


def place_argv(place: Place) -> list[str]:
    """Return the options of an `aws` command for this place."""
    argv = ["--profile", place.profile] if place.profile else []
    return [*argv, "--region", place.region] if place.region else argv


def reason_complaint(text: str) -> str:
    """Return why the reason cannot be sent; empty if it can, or is left out."""
    typed = text.strip()
    try:
        typed.encode()
    except UnicodeEncodeError:
        return "The reason is not valid Unicode."
    if len(typed) <= LONGEST_REASON:
        return ""
    return f"The reason has {len(typed)} characters; at most {LONGEST_REASON} are allowed."


def still_open(label: str, session_id: str, place: Place) -> str:
    """Return that a session may still be open when smtui ends, and how to end it."""
    return harmless(f"The session on {label} may still be open. {end_by_hand(session_id, place)}")


def perhaps_open(label: str, place: Place) -> str:
    """Return that StartSession got no answer, and how to see whether it began a session."""
    look = offered_line(["aws", "ssm", "describe-sessions", "--state", "Active", *place_argv(place)])
    return harmless(
        f"StartSession on {label} got no answer, so a session may have begun: see {look}. "
        "One that nobody joins ends by its idle time-out."
    )


def end_by_hand(session_id: str, place: Place) -> str:
    """Return a sentence with the AWS CLI's command that ends the session."""
    ending = ["aws", "ssm", "terminate-session", "--session-id", session_id, *place_argv(place)]
    return f"End it by hand: {offered_line(ending)}"
