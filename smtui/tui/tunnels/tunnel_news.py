"""Decides which changes of tunnels are worth a notice; fewer for a tunnel that breaks again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from textual.notifications import SeverityLevel

from smtui.tui.tunnels.tunnel_rows import news
from smtui.tunnels.tunnel import TunnelState, TunnelView

PAUSE = timedelta(seconds=30)
"""Between two notices about one tunnel; a failure is always reported."""
_SEVERITIES: Mapping[TunnelState, SeverityLevel] = {
    TunnelState.FAILED: "error",
    TunnelState.RECONNECTING: "warning",
}


@dataclass(frozen=True, slots=True)
class News:
    """A change worth a notice."""

    sentence: str
    view: TunnelView
    never_opened: bool
    """Whether the tunnel has never been open: its start failed, rather than the tunnel later."""

    @property
    def did_not_start(self) -> bool:
        """Whether it failed before it was ever open."""
        return self.never_opened and self.view.state is TunnelState.FAILED

    @property
    def severity(self) -> SeverityLevel:
        """How loud it is told."""
        return "warning" if self.view.refusal else _SEVERITIES.get(self.view.state, "information")


class TunnelNews:
    """Remembers what was reported of each tunnel, and when."""

    def __init__(self) -> None:
        self._known: dict[str, TunnelView] = {}
        self._reported_at: dict[str, datetime] = {}
        self._opened: set[str] = set()

    def collect(self, views: Iterable[TunnelView], now: datetime) -> list[News]:
        """Return what is new since the last call, in the order of the tunnels; `now` is aware, UTC."""
        found = []
        for view in views:
            sentence = news(self._known.get(view.tunnel_id), view)
            self._known[view.tunnel_id] = view
            if view.state is TunnelState.OPEN:
                self._opened.add(view.tunnel_id)
            if sentence and self._is_due(view, now):
                found.append(News(sentence, view, view.tunnel_id not in self._opened))
        return found

    def _is_due(self, view: TunnelView, now: datetime) -> bool:
        reported_at = self._reported_at.get(view.tunnel_id)
        if view.state is not TunnelState.FAILED and reported_at is not None and now - reported_at < PAUSE:
            return False
        if view.state is TunnelState.RECONNECTING or view.refusal:
            self._reported_at[view.tunnel_id] = now
        return True
