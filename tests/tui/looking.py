"""What a test reads off the screen."""

from __future__ import annotations

from typing import Any

from textual.app import App

from smtui.tui.app import SmtuiApp


def screen_text(app: App[Any]) -> str:
    """The screen as plain lines, without trailing blanks."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def sheet_text(app: App[Any]) -> str:
    """What stands in the sheet over the list, on one line."""
    region = app.screen.query_one("#sheet").content_region
    lines = screen_text(app).splitlines()[region.y : region.bottom]
    return " ".join(" ".join(line[region.x : region.right] for line in lines).replace("▕", " ").split())


def told(app: App[Any]) -> list[str]:
    """The news that the screen shows, oldest first."""
    assert isinstance(app, SmtuiApp)
    return [message.text for message in reversed(app.news.current())]
