"""Writes keys as footer, help and palette show them."""

from __future__ import annotations

_SHOWN_KEYS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "exclamation_mark": "!",
    "asterisk": "*",
    "equals_sign": "=",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def shown_key(key: str) -> str:
    """Return the user's name of one of Textual's keys: `?` for `question_mark`."""
    return _SHOWN_KEYS.get(key, key)


def shown_keys(keys: str) -> str:
    """Return several keys as one text: `↑ k` for `up,k`."""
    return " ".join(shown_key(key) for key in keys.split(",") if key)
