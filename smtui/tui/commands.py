"""Every command of the screens, in one table: bindings, footer, help and palette are made from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding, BindingType

from smtui.tui.columns import COLUMNS


class Scope(StrEnum):
    """Where a command applies; the words head its part of the help."""

    NODES = "The nodes"
    LIST = "Moving in the list"
    FILTER = "While typing a filter"
    READING = "Moving in details and in text"
    NOT_READY = "A node that is not ready"
    FAILURE = "After a failed session"
    INNER = "In an inner screen"
    ANYWHERE = "Anywhere"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing the user can do. `id` is what users rebind it by and never changes."""

    id: str
    keys: str
    """As Textual binds them, separated by commas; empty for a command of the palette alone."""
    name: str
    help: str
    action: str
    """Textual's name for it, looked up where the command applies."""
    scope: Scope
    footer: str = ""
    """Its short name in the footer; empty to leave it out there."""
    palette: bool = False


def _sorting() -> Iterable[Command]:
    for column in COLUMNS:
        yield Command(
            f"sort-{column.id}",
            "",
            f"Sort by {column.title.lower()}",
            "the same again turns the order round",
            f"sort_by('{column.id}')",
            Scope.NODES,
            palette=True,
        )


COMMANDS: tuple[Command, ...] = (
    Command(
        "shell",
        "enter,s",
        "Start a shell",
        "exit brings you back here",
        "shell",
        Scope.NODES,
        footer="Shell",
        palette=True,
    ),
    Command(
        "filter",
        "/",
        "Filter",
        "words in any column or tag",
        "filter",
        Scope.NODES,
        footer="Filter",
        palette=True,
    ),
    Command(
        "details",
        "i",
        "Show or hide details",
        "and why the badge",
        "details",
        Scope.NODES,
        footer="Details",
        palette=True,
    ),
    Command("sort", "o", "Sort by the next column", "", "sort_next", Scope.NODES, footer="Sort", palette=True),
    Command(
        "refresh",
        "r",
        "Refresh",
        "now; it happens by itself too",
        "refresh_nodes",
        Scope.NODES,
        footer="Refresh",
        palette=True,
    ),
    Command("copy-id", "y", "Copy the node's id", "", "copy_id", Scope.NODES, palette=True),
    Command(
        "copy-command",
        "c",
        "Copy as an aws command",
        "that does the same",
        "copy_command",
        Scope.NODES,
        footer="Copy",
        palette=True,
    ),
    Command("clear", "escape", "Clear the filter", "or close the details", "clear", Scope.NODES),
    *_sorting(),
    Command("up", "up,k", "Up", "", "cursor(-1)", Scope.LIST),
    Command("down", "down,j", "Down", "", "cursor(1)", Scope.LIST),
    Command("page-up", "pageup", "Page up", "", "page(-1.0)", Scope.LIST),
    Command("page-down", "pagedown", "Page down", "", "page(1.0)", Scope.LIST),
    Command("half-up", "ctrl+u", "Half a page up", "", "page(-0.5)", Scope.LIST),
    Command("half-down", "ctrl+d", "Half a page down", "", "page(0.5)", Scope.LIST),
    Command("first", "g,home", "First", "", "first", Scope.LIST),
    Command("last", "G,end", "Last", "", "last", Scope.LIST),
    Command(
        "filter.keep", "enter,down", "Keep the filter", "and go to the list", "keep", Scope.FILTER, footer="To the list"
    ),
    Command(
        "filter.leave", "escape", "Clear the filter", "then leave it", "clear_or_leave", Scope.FILTER, footer="Clear"
    ),
    Command("read.up", "up,k", "Up", "", "scroll_up", Scope.READING),
    Command("read.down", "down,j", "Down", "", "scroll_down", Scope.READING),
    Command("read.page-up", "pageup", "Page up", "", "page_up", Scope.READING),
    Command("read.page-down", "pagedown", "Page down", "", "page_down", Scope.READING),
    Command("read.half-up", "ctrl+u", "Half a page up", "", "half_page(-1)", Scope.READING),
    Command("read.half-down", "ctrl+d", "Half a page down", "", "half_page(1)", Scope.READING),
    Command("read.first", "g,home", "Top", "", "scroll_home", Scope.READING),
    Command("read.last", "G,end", "Bottom", "", "scroll_end", Scope.READING),
    Command(
        "not-ready.start",
        "enter,s",
        "Start anyway",
        "and see what AWS says",
        "start_anyway",
        Scope.NOT_READY,
        footer="Start anyway",
    ),
    Command("failure.retry", "r,enter", "Try again", "", "retry", Scope.FAILURE, footer="Try again"),
    Command("failure.copy", "c", "Copy the details", "", "copy_details", Scope.FAILURE, footer="Copy details"),
    Command("back", "escape,q,ctrl+q", "Back", "", "back", Scope.INNER, footer="Back"),
    Command("inner-interrupt", "ctrl+c", "Copy the selection", "else go back", "interrupt", Scope.INNER),
    Command(
        "palette",
        ":,ctrl+p",
        "Palette",
        "find a command by its name",
        "app.palette",
        Scope.ANYWHERE,
        footer="Palette",
    ),
    Command("help", "?", "Help", "this list", "app.help", Scope.ANYWHERE, footer="Help", palette=True),
    Command(
        "theme", "", "Change the theme", "dark, light, and others", "app.change_theme", Scope.ANYWHERE, palette=True
    ),
    Command("quit", "q,ctrl+q", "Quit", "", "app.leave", Scope.ANYWHERE, palette=True),
    Command("interrupt", "ctrl+c", "Copy the selection", "else quit", "app.leave", Scope.ANYWHERE),
)

BY_ID = {command.id: command for command in COMMANDS}


def commands_of(*scopes: Scope) -> tuple[Command, ...]:
    return tuple(command for command in COMMANDS if command.scope in scopes)


def bindings(*scopes: Scope) -> list[BindingType]:
    """For a `BINDINGS` class variable. None is a priority binding, so that every key can be typed into an input."""
    return [
        Binding(command.keys, command.action, command.name, id=command.id)
        for command in commands_of(*scopes)
        if command.keys
    ]


_SHOWN_KEYS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "up": "↑",
    "down": "↓",
}


def shown_key(key: str) -> str:
    """`question_mark` as the user knows it."""
    return _SHOWN_KEYS.get(key, key)


def shown_keys(keys: str) -> str:
    """`up,k` as `↑ k`."""
    return " ".join(shown_key(key) for key in keys.split(",") if key)
