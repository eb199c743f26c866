"""An app whose keys the user may change, by the ids of commands, also while it runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.binding import Binding, Keymap
from textual.dom import DOMNode

from smtui.tui.parts.shown_keys import NO_KEY, use_keys
from smtui.tui.telling_app import TellingApp


class RebindingApp(TellingApp):
    """Textual binds the keys; footer, help, palette and every sentence that names a key follow."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._own_keys: dict[str, str] = {}
        use_keys(self._own_keys)

    def use_own_keys(self, wanted: Mapping[str, tuple[str, ...]]) -> Sequence[tuple[str, str]]:
        """Bind the user's keys in place of earlier ones; return what is wrong: ids of commands, and sentences."""
        if not wanted and not self._own_keys:
            return ()
        from smtui.tui.configured.own_keys import judged

        own = judged(wanted)
        self.set_keymap(dict(own.keys))
        return own.mistakes

    def set_keymap(self, keymap: Keymap) -> None:
        """Replace the user's own keys; an empty text takes the keys of a command away."""
        self._own_keys = dict(keymap)
        use_keys(keymap)
        super().set_keymap({command_id: keys or NO_KEY for command_id, keys in keymap.items()})

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        """Do nothing: `judged` has found the clashes, and Textual takes a command with two keys for one."""
