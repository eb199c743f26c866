"""Asked before a session that will fail by all we know: why, and whether to start it all the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.node import Node
from smtui.domain.readiness import Badge, readiness, reasons
from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.sheet import Sheet

HOPELESS = frozenset({Badge.NOT_CONNECTED, Badge.OFFLINE, Badge.UNMANAGED})
"""Badges that say a session cannot start now; the others start at once."""


class NotReadyScreen(Sheet):
    """Dismissed with True to start anyway."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.NOT_READY)

    def __init__(self, node: Node, now: datetime, troubleshoot: Callable[[], None]) -> None:
        badge = readiness(node, now).badge
        super().__init__(f"{node.name or node.node_id}  {badge.mark} {badge.word}")
        self._reasons = reasons(node, now)
        self._troubleshoot = troubleshoot

    def text(self) -> Content:
        return Content("\n").join([Content(harmless(reason)) for reason in self._reasons])

    def action_start_anyway(self) -> None:
        self.dismiss(True)

    def action_troubleshoot(self) -> None:
        self.dismiss(False)
        self._troubleshoot()
