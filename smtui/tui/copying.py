"""What is put on the clipboard from a screen."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from smtui.domain.text import harmless


def copy_selection(screen: Screen[Any]) -> bool:
    """Copy what is selected there; False where nothing is."""
    selected = screen.get_selected_text()
    if selected:
        screen.app.copy_to_clipboard(selected)
    return bool(selected)


def copy_and_say(screen: Screen[Any], text: str) -> None:
    """Copy a command or an id, and show which."""
    screen.app.copy_to_clipboard(text)
    screen.notify(harmless(f"Copied  {text}"), markup=False)
