"""What is put on the clipboard from a screen."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from smtui.domain.text import harmless, hidden_in


def copy_selection(screen: Screen[Any]) -> bool:
    """Copy what is selected there, once: then nothing is any more. False where nothing was, or no text."""
    selected = screen.get_selected_text()
    screen.clear_selection()
    if selected:
        screen.app.copy_to_clipboard(selected)
    return bool(selected)


def copy_word(screen: Screen[Any], word: str) -> None:
    """Copy an id or an address, which AWS chose, unless a shell that it is pasted into would obey a part of it."""
    if hidden_in(word):
        screen.notify("Not copied: it holds a control character.", severity="warning", markup=False)
    else:
        copy_and_say(screen, word)


def copy_and_say(screen: Screen[Any], text: str) -> None:
    """Copy a command, or several of them, and show which."""
    screen.app.copy_to_clipboard(text)
    first, *others = text.splitlines() or [""]
    more = f"  and {len(others)} more" if others else ""
    screen.notify(harmless(f"Copied  {first}{more}"), markup=False)
