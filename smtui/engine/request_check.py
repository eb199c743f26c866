"""Checks a request against its document before StartSession, and says in a sentence what AWS would refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtui.domain.document import (
    DEFAULT_DOCUMENT,
    BrokenDocument,
    SessionDocument,
    SessionType,
    complaints,
    document_label,
    document_needs,
    parse_values,
)
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.forward import TO_NODE, TO_REMOTE_HOST, TO_SOCKET
from smtui.domain.version import AgentAbility, Version
from smtui.ssh.ssh_command import SSH_DOCUMENT, SSH_TOPIC

if TYPE_CHECKING:
    from smtui.domain.request import SessionRequest
    from smtui.engine.launcher import Launcher

_AMAZONS_PORT_DOCUMENTS = {TO_NODE, TO_REMOTE_HOST, TO_SOCKET, SSH_DOCUMENT}
"""AWS's port documents, known by name if we are not allowed to read them."""


class Unfit(Exception):
    """The session must not start; one sentence for each reason. `usage`: the command itself is wrong."""

    def __init__(self, *sentences: str, usage: bool) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences
        self.usage = usage


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request that may be started."""

    request: SessionRequest
    document: SessionDocument | None = None
    """None if none was named, or it could not be read."""
    warnings: tuple[str, ...] = ()
    """Sentences to print before the start."""


async def check(launcher: Launcher, request: SessionRequest) -> CheckedRequest:
    """Check the values, each list still one comma-separated text, against the document; raises `Unfit`.

    Raises `AwsCallFailed` for a document that does not exist. One that we are not allowed to read is not checked.
    """
    name = request.document_name or (DEFAULT_DOCUMENT if request.parameters else "")
    if not name:
        return CheckedRequest(request)
    try:
        document = await launcher.documents.document(request.place, name)
    except AwsCallFailed as failed:
        if failed.fault.kind is not FaultKind.DENIED:
            raise
        if name in _AMAZONS_PORT_DOCUMENTS:
            raise _is_a_forward(name) from failed
        unchecked = f"{failed.fault.sentence()} The parameters of {document_label(name)} were not checked."
        return CheckedRequest(request, warnings=(unchecked,))
    if isinstance(document, BrokenDocument):
        raise Unfit(f"{document.label} cannot be used: {document.reason}", usage=False)
    if document.session_type is SessionType.PORT:
        raise _is_a_forward(name)
    request = replace(request, parameters=_values(document, request.parameters))
    wrong = complaints(document, request.parameters)
    if wrong:
        raise Unfit(*wrong.values(), usage=True)
    return CheckedRequest(request, document, await _warnings(launcher, request, document))


def _is_a_forward(name: str) -> Unfit:
    if name == SSH_DOCUMENT:
        sentence = f"{name} is a tunnel for ssh: run smtui ssh TARGET, which starts it. More: smtui topics {SSH_TOPIC}."
        return Unfit(sentence, usage=True)
    return Unfit(f"{document_label(name)} forwards a port: use smtui forward TARGET PORT.", usage=True)


def _values(document: SessionDocument, given: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Splits the lists. An empty text stays a value, so that it is refused and not replaced by the default."""
    known = {parameter.name: parameter for parameter in document.parameters}
    return {
        name: tuple(value for text in texts for value in parse_values(known[name], text) or ("",))
        if name in known
        else texts
        for name, texts in given.items()
    }


async def _warnings(launcher: Launcher, request: SessionRequest, document: SessionDocument) -> tuple[str, ...]:
    unread = [parameter.pattern_trouble for parameter in document.parameters if parameter.name in request.parameters]
    too_old = ""
    if document.needs is not AgentAbility.SESSIONS:
        agent = await _agent(launcher, request)
        too_old = document_needs(document, agent) if agent is not None else ""
    return tuple(filter(None, (*unread, too_old)))


async def _agent(launcher: Launcher, request: SessionRequest) -> Version | None:
    """The version of the node's agent; None if it cannot be read, which forbids nothing."""
    aws = launcher.fleet.aws(request.place)
    try:
        node = await launcher.off_loop.call(lambda: aws.managed_node(request.target))
    except AwsCallFailed:
        return None
    return node.agent if node is not None else None
