"""Copies text from a screen to the clipboard, and says what was copied."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from smtui.domain.text import harmless, hidden_in


def copy_selection(screen: Screen[Any]) -> bool:
    """Copy the selected text and clear the selection; return False if no text was selected."""
    selected = screen.get_selected_text()
    screen.clear_selection()
    if selected:
        screen.app.copy_to_clipboard(selected)
    return bool(selected)


def copy_word(screen: Screen[Any], word: str) -> None:
    """Copy an id or an address from AWS, unless it holds a control character, which a shell might obey."""
    if hidden_in(word):
        screen.notify("Not copied: it holds a control character.", severity="warning", markup=False)
    else:
        copy_and_say(screen, word)


def copy_and_say(screen: Screen[Any], text: str) -> None:
    """Copy a command, or several, one a line, and show the first."""
    screen.app.copy_to_clipboard(text)
    first, *others = text.splitlines() or [""]
    more = f"  and {len(others)} more" if others else ""
    screen.notify(harmless(f"Copied  {first}{more}"), markup=False)
