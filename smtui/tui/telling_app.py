"""An app that tells what happens in the status line of the screen on top: there are no floating notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from textual.notifications import SeverityLevel
from textual.timer import Timer

from smtui.tui.containment import ContainingApp
from smtui.tui.news import News
from smtui.tui.parts.status_line import StatusLine

_LEAST_SECONDS = 0.1


class TellingApp(ContainingApp):
    """Every `notify` becomes news."""

    def __init__(self, seconds: Callable[[], float], clock: Callable[[], datetime], **options: Any) -> None:
        """`seconds` is monotonic, `clock` tells the time of day."""
        super().__init__(**options)
        self.news = News(seconds, clock)
        self._news_timer: Timer | None = None

    @property
    def _disable_notifications(self) -> bool:
        """Keep Textual from mounting a rack for floating notes."""
        return True

    @_disable_notifications.setter
    def _disable_notifications(self, _: bool) -> None:
        """Ignore what Textual sets."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show the message in the status line for `timeout` seconds; it is plain text, whatever `markup` says."""
        self.news.add(f"{title}: {message}" if title else message, severity, timeout)
        self.show_news()

    def _refresh_notifications(self) -> None:
        """Called by Textual whenever another screen is on top."""
        self.show_news()

    def clear_notifications(self) -> None:
        """Show no news any more."""
        self.news.clear()
        self.show_news()

    def key_pressed(self) -> None:
        """Count the failures that are shown as read."""
        self.news.key_pressed()
        self.call_later(self._watch_the_clock)

    def show_news(self) -> None:
        """Bring every status line up to date: only that of the screen on top has news."""
        if not self.is_running:
            return
        is_told = False
        for screen in reversed(self.screen_stack):
            for line in screen.query(StatusLine):
                line.news = () if is_told else tuple(self.news.current())
            is_told = is_told or bool(screen.query(StatusLine))
        self.call_later(self._watch_the_clock)  # a timer that a callback of the event loop makes would never end

    def _watch_the_clock(self) -> None:
        if self._news_timer is not None:
            self._news_timer.stop()
        left = self.news.seconds_left()
        self._news_timer = (
            None if left is None or not self.is_running else self.set_timer(max(_LEAST_SECONDS, left), self.show_news)
        )
