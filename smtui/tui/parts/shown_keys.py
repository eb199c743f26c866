"""Writes keys as footer, help, palette and sentences show them, also those that the user has rebound."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smtui.tui.commands import BY_ID

_SHOWN_KEYS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "exclamation_mark": "!",
    "asterisk": "*",
    "equals_sign": "=",
    "minus": "-",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
NO_KEY = "no_key"
"""Bound when the user has taken a command's keys away; no key of a keyboard has this name."""


class _KeysInForce:
    """The user's own keys of the app that is shown. A process has one, and sentences are made in many plain modules."""

    own: Mapping[str, str] = MappingProxyType({})


def use_keys(own: Mapping[str, str]) -> None:
    """Show these keys from now on, by command ids; an empty text for a command without a key."""
    _KeysInForce.own = MappingProxyType(dict(own))


def keys_of(command_id: str) -> str:
    """Return the keys that a command has now, separated by commas; empty for none."""
    return _KeysInForce.own.get(command_id, BY_ID[command_id].keys)


def first_key(command_id: str) -> str:
    """Return the first key of a command as it is shown; empty for none."""
    return shown_key(keys_of(command_id).partition(",")[0])


def key_of(command_id: str) -> str:
    """Return the first key of a command for a sentence; without a key, how the palette finds the command."""
    key = first_key(command_id)
    if key or command_id == "palette":
        return key
    return " ".join(filter(None, (key_of("palette"), BY_ID[command_id].name)))


def shown_key(key: str) -> str:
    """Return the user's name of one of Textual's keys: `?` for `question_mark`."""
    return _SHOWN_KEYS.get(key, key)


def shown_keys(keys: str) -> str:
    """Return several keys as one text: `↑ k` for `up,k`."""
    return " ".join(shown_key(key) for key in keys.split(",") if key)
