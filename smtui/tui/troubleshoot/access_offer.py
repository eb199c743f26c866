"""Judges whether a failed session can be had by a request for just-in-time access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.records.access_request import not_for_granted
from smtui.domain.request import SessionRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.domain.node import Node
    from smtui.engine.launcher import Launcher
    from smtui.topics.failure import Failure

_START = "ssm:StartSession"
_DENIED = "no-permission-to-start"
"""The topic of a denied start."""


class AccessOffer:
    """Whether asking is worth a key: StartSession was denied, and the account uses such access, or may."""

    def __init__(self, launcher: Launcher, node: Node, failure: Failure | None) -> None:
        self._launcher = launcher
        self._node = node
        self._is_denied = failure is not None and is_denied_shell(failure)
        self._is_unused = False

    @property
    def is_open(self) -> bool:
        """Whether to offer it."""
        return self._is_denied and not self._is_unused and not self._launcher.setup.read_only

    async def look(self, then: Callable[[], object]) -> None:
        """See whether the account has approval policies; where that cannot be seen it may have some."""
        if self.is_open:
            policies = await self._launcher.account_sessions.access.policies(self._node.place)
            self._is_unused = policies is not None and not policies.in_use
            then()


def is_denied_shell(failure: Failure) -> bool:
    """Return whether a shell was denied to the caller."""
    document = failure.values.get("document", "")
    denied = failure.topic == _DENIED and failure.context.startswith(_START)
    return denied and not not_for_granted(SessionRequest("", document_name=document))
