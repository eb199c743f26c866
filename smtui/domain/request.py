"""What StartSession gets, and what it answers.

Source: StartSession in the Systems Manager API reference (Target 1-400 characters, Reason 1-256).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from smtui.domain.place import Place


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """One session to start. Every parameter value is a list of strings, as the API wants it."""

    target: str
    place: Place = field(default_factory=Place)
    document_name: str = ""
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    reason: str = ""

    def api_parameters(self) -> dict[str, object]:
        """The keyword arguments of StartSession; what is empty is left out, as the API demands."""
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
    """StartSession's answer. The token is a secret: it is kept out of every repr and goes to the plugin alone."""

    session_id: str
    stream_url: str
    token: str = field(repr=False)
    region: str
    endpoint_url: str
    """The ssm endpoint that was really used, from the client."""


def aws_argv(request: SessionRequest) -> list[str]:
    """The AWS CLI command that starts the same session."""
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
    """What an `aws` command needs to look there."""
    argv = ["--profile", place.profile] if place.profile else []
    return [*argv, "--region", place.region] if place.region else argv
