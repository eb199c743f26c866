"""The line at the bottom: the main commands of the screen, with their current keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from smtui.tui.commands import BY_ID, COMMANDS, Command
from smtui.tui.parts.shown_keys import shown_key


class KeyFooter(Widget):
    """Built from the command table and the active bindings, so that a rebound key shows as it is."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-footer--key", "key-footer--label"}
    DEFAULT_CSS = """
    KeyFooter {
        height: 1;
        background: $panel;
        & > .key-footer--key { color: $primary; text-style: bold; }
        & > .key-footer--label { color: $muted; }
    }
    """

    def on_mount(self) -> None:
        """Redraw whenever the bindings change."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, _: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Content:
        """Return the commands that fit, each with its key."""
        key_style = self.get_visual_style("key-footer--key", partial=True)
        label_style = self.get_visual_style("key-footer--label", partial=True)
        return Content.assemble(
            *(
                part
                for command, key, _ in self._fitting()
                for part in ((f" {key} ", key_style), (f"{command.footer} ", label_style))
            )
        )

    async def on_click(self, event: events.Click) -> None:
        """Run the command that was clicked."""
        for command, key, start in self._fitting():
            if start <= event.x < start + _length(command, key):
                await self.screen.run_action(command.action)
                return

    def _fitting(self) -> Iterator[tuple[Command, str, int]]:
        """Yield the commands that fit the width, each with its key and first cell."""
        start = 0
        for command, key in self._kept():
            if start + _length(command, key) > self.size.width:
                return
            yield command, key, start
            start += _length(command, key)

    def _kept(self) -> list[tuple[Command, str]]:
        """Return all commands to show; spare ones are dropped, last first, until the rest fits."""
        keys = self._keys_in_force()
        shown = [(command, keys[command.id]) for command in COMMANDS if command.footer and command.id in keys]
        spare = [entry for entry in shown if entry[0].spare]
        while spare and sum(_length(*entry) for entry in shown) > self.size.width:
            shown.remove(spare.pop())
        return shown

    def _keys_in_force(self) -> dict[str, str]:
        """Return the first active key of each command that can be run now, by command id."""
        keys: dict[str, list[str]] = {}
        for active in self.screen.active_bindings.values():
            if active.enabled and active.binding.id:
                keys.setdefault(active.binding.id, []).append(shown_key(active.binding.key))
        return {name: _first(BY_ID[name], given) for name, given in keys.items() if name in BY_ID}


def _first(command: Command, given: list[str]) -> str:
    """Return the command's own first key, unless another command uses it here or the user has rebound it."""
    own = map(shown_key, command.keys.split(","))
    return next((key for key in own if key in given), given[0])


def _length(command: Command, key: str) -> int:
    return len(f" {key} {command.footer} ")
