"""Draws the line at the bottom: what the screen can do, each command with its key, the least used gone first."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from smtui.tui.commands import BY_ID, COMMANDS, Command
from smtui.tui.parts.shown_keys import NO_KEY, shown_key

SEPARATOR = " │ "
_RANGE = "–"
_MARGIN = 1
_LAST = ("back", "help")
"""The commands that stand at the right end, in this order; the others have the order of the table."""


@dataclass(frozen=True, slots=True)
class FooterEntry:
    """One command as the footer shows it."""

    command_id: str
    key: str
    label: str
    enabled: bool = True
    """Whether it can work now; if not, its key is as quiet as its label."""
    spare: bool = False
    """Goes before all others where there is no room."""

    @property
    def length(self) -> int:
        """Cells of key, blank and label."""
        return cell_len(self.key) + cell_len(self.label) + bool(self.label)


@dataclass(frozen=True, slots=True)
class PlacedEntry:
    """An entry and the first cell of its key."""

    entry: FooterEntry
    start: int

    @property
    def end(self) -> int:
        """The cell behind its label."""
        return self.start + self.entry.length


def place_entries(entries: Sequence[FooterEntry], width: int) -> tuple[PlacedEntry, ...]:
    """Return the entries that fit `width` cells, at their places.

    The spare ones go first, then the others, each time from the right; going back goes last, and the first entry and
    the help never do. Where these two have no room either, they lose their labels.
    """
    kept = list(entries)
    for leaving in _leaving(entries):
        if _length(kept) + 2 * _MARGIN <= width:
            break
        kept.remove(leaving)
    for index in range(len(kept) - 1, -1, -1):
        if _length(kept) + 2 * _MARGIN > width:
            kept[index] = _without_label(kept[index])
    placed, start = [], _MARGIN
    for entry in kept:
        placed.append(PlacedEntry(entry, start))
        start += entry.length + len(SEPARATOR)
    return tuple(at for at in placed if at.end <= width)


def _leaving(entries: Sequence[FooterEntry]) -> Iterator[FooterEntry]:
    """Yield the entries that may go, the one that goes first first."""
    may_go = [entry for entry in entries[1:] if entry.command_id not in _LAST]
    yield from (entry for entry in reversed(may_go) if entry.spare)
    yield from (entry for entry in reversed(may_go) if not entry.spare)
    yield from (entry for entry in entries[1:] if entry.command_id in _LAST[:-1])


def _length(entries: Sequence[FooterEntry]) -> int:
    return sum(entry.length for entry in entries) + len(SEPARATOR) * max(0, len(entries) - 1)


def _without_label(entry: FooterEntry) -> FooterEntry:
    return FooterEntry(entry.command_id, entry.key, "", entry.enabled, entry.spare)


class KeyFooter(Widget):
    """Built from the command table and the active bindings, so that a rebound key shows as it is.

    A screen may leave commands out (`not_in_footer`, ids) and name some by what they do now (`footer_labels`, by id).
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-footer--key", "key-footer--label", "key-footer--off"}
    DEFAULT_CSS = """
    KeyFooter {
        height: 1;
        background: $panel;
        & > .key-footer--key { color: $primary; text-style: bold; }
        & > .key-footer--label { color: $muted; }
        & > .key-footer--off { color: $muted; }
    }
    """

    def on_mount(self) -> None:
        """Redraw whenever the bindings change."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, _: Screen[object]) -> None:
        self.refresh()

    @property
    def placed(self) -> tuple[PlacedEntry, ...]:
        """What is shown now, at its places."""
        return place_entries(self._entries(), self.size.width)

    def render(self) -> Content:
        """Return the commands that fit, each with its key."""
        key, label, off = (
            self.get_visual_style(f"key-footer--{part}", partial=True) for part in ("key", "label", "off")
        )
        parts: list[tuple[str, Style]] = [(" " * _MARGIN, label)]
        for number, entry in enumerate(placed.entry for placed in self.placed):
            if number:  # two pieces: drawing an SVG loses a blank that a piece begins with
                parts += ((" ", label), (SEPARATOR[1:], label))
            parts.append((f"{entry.key} " if entry.label else entry.key, key if entry.enabled else off))
            parts.append((entry.label, label if entry.enabled else off))
        return Content.assemble(*parts)

    async def on_click(self, event: events.Click) -> None:
        """Run the command that was clicked."""
        for placed in self.placed:
            # One entry for nine keys does not say which of them a click means.
            one_key = _RANGE not in placed.entry.key
            if placed.start <= event.x < placed.end and placed.entry.enabled and one_key:
                await self._run(placed.entry.command_id)
                return

    async def _run(self, command_id: str) -> None:
        """Run the command where its key is bound: on the screen, or on the widget that has the focus."""
        for active in self.screen.active_bindings.values():
            if active.binding.id == command_id:
                await self.app.run_action(active.binding.action, default_namespace=active.node)
                return

    def _entries(self) -> list[FooterEntry]:
        """Return everything that the screen offers now, in the order of the footer."""
        keys: dict[str, list[str]] = {}
        enabled: dict[str, bool] = {}
        left_out: Container[str] = getattr(self.screen, "not_in_footer", ())
        labels: Mapping[str, str] = getattr(self.screen, "footer_labels", {})
        for active in self.screen.active_bindings.values():
            name = active.binding.id
            if name in BY_ID and name not in left_out and active.binding.key != NO_KEY:
                keys.setdefault(name, []).append(shown_key(active.binding.key))
                enabled[name] = enabled.get(name, False) or active.enabled
        offered = [command for command in COMMANDS if command.id in keys and (command.footer or command.id in labels)]
        return [
            FooterEntry(
                command.id,
                _key_of(command, keys[command.id]),
                labels.get(command.id, command.footer),
                enabled[command.id],
                command.spare,
            )
            for command in sorted(offered, key=lambda command: _LAST.index(command.id) if command.id in _LAST else -1)
        ]


def _key_of(command: Command, given: Sequence[str]) -> str:
    """Return the command's own first key, unless another command uses it here or the user has rebound it."""
    own = [shown_key(key) for key in command.keys.split(",")]
    if command.footer_keys and own[0] in given:
        return command.footer_keys
    return next((key for key in own if key in given), given[0])
