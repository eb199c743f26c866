"""Lists every command of the screens in one table, from which bindings, footer, help and palette are made."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from smtui.tui.command import Command, Scope
from smtui.tui.filter_commands import FILTER_COMMANDS
from smtui.tui.form_commands import FORM_COMMANDS, PICKED_BY_NUMBER
from smtui.tui.place_commands import PLACE_COMMANDS
from smtui.tui.session_commands import PLUGIN_COMMANDS, SESSION_COMMANDS
from smtui.tui.work_commands import TUNNEL_COMMANDS, WORK_COMMANDS

__all__ = ["BY_ID", "COMMANDS", "PICKED_BY_NUMBER", "Command", "Scope", "bindings", "commands_of"]

_SORTED_BY = {
    "badge": "status",
    **{
        column: column
        for column in (
            "name", "place", "profile", "region", "node", "address", "platform", "agent", "state", "ping", "why",
            "zone", "type", "vpc", "tags",
        )
    },
}  # fmt: skip
"""The columns of the node list: ids, and what they are called."""


def _sorting() -> Iterable[Command]:
    for column, title in _SORTED_BY.items():
        yield Command(
            f"sort-{column}",
            "",
            f"Sort by {title}",
            "again to reverse the order",
            f"sort_by('{column}')",
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
        "document",
        "d",
        "Start with a document",
        "and its parameters",
        "document",
        Scope.NODES,
        footer="Document",
        spare=True,
        palette=True,
    ),
    Command("forward", "f", "Forward a port", "presets first", "forward", Scope.NODES, footer="Forward", palette=True),
    Command(
        "troubleshoot",
        "t",
        "Troubleshoot",
        "what is wrong, and the fix",
        "troubleshoot",
        Scope.NODES,
        footer="Troubleshoot",
        palette=True,
    ),
    Command("failure.retry", "enter,s", "Try again", "", "retry", Scope.RETRY, footer="Try again", palette=True),
    Command(
        "failure.ask-access",
        "A",
        "Ask for access",
        "just-in-time",
        "ask_access",
        Scope.RETRY,
        footer="Ask for access",
        palette=True,
    ),
    *PLACE_COMMANDS,
    Command(
        "filter",
        "/",
        "Filter",
        "words, KEY:VALUE, -left-out, @saved",
        "filter",
        Scope.NODES,
        footer="Filter",
        spare=True,
        palette=True,
    ),
    Command(
        "details",
        "i",
        "Show or hide details",
        "the status explained",
        "details",
        Scope.NODES,
        footer="Details",
        palette=True,
    ),
    *WORK_COMMANDS,
    Command(
        "copy-command",
        "c",
        "Copy as an aws command",
        "that does the same",
        "copy_command",
        Scope.NODES,
        footer="Copy as aws command",
        spare=True,
        palette=True,
    ),
    Command("sort", "o", "Sort by the next column", "", "sort_next", Scope.NODES, palette=True),
    Command("sort-reverse", "O", "Turn the order round", "", "sort_reverse", Scope.NODES, palette=True),
    Command("refresh", "r", "Refresh", "now; also automatic", "refresh_nodes", Scope.NODES, palette=True),
    Command(
        "organisation",
        "",
        "Organisation's nodes",
        "as its data sync has them; again: only the chosen places",
        "organisation",
        Scope.NODES,
        palette=True,
    ),
    Command("copy-info", "", "Copy facts for a bug report", "as smtui info", "copy_info", Scope.NODES, palette=True),
    Command("copy-id", "y", "Copy the node's id", "", "copy_id", Scope.NODES, palette=True),
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
    *FILTER_COMMANDS,
    Command("help.next-part", "tab", "Next part", "", "next_part", Scope.HELP, footer="Next part"),
    Command("read.up", "up,k", "Up", "", "scroll_up", Scope.READING, footer_keys="↑↓"),
    Command("read.down", "down,j", "Down", "", "scroll_down", Scope.READING),
    Command("read.page-up", "pageup", "Page up", "", "page_up", Scope.READING),
    Command("read.page-down", "pagedown", "Page down", "", "page_down", Scope.READING),
    Command("read.half-up", "ctrl+u", "Half a page up", "", "half_page(-1)", Scope.READING),
    Command("read.half-down", "ctrl+d", "Half a page down", "", "half_page(1)", Scope.READING),
    Command("read.first", "g,home", "Top", "", "scroll_home", Scope.READING),
    Command("read.last", "G,end", "Bottom", "", "scroll_end", Scope.READING),
    Command(
        "not-ready.troubleshoot",
        "t",
        "Troubleshoot",
        "what is wrong, and the fix",
        "troubleshoot",
        Scope.NOT_READY,
        footer="Troubleshoot",
    ),
    Command(
        "not-ready.start",
        "enter,s",
        "Start anyway",
        "and see what AWS says",
        "start_anyway",
        Scope.NOT_READY,
        footer="Start anyway",
    ),
    Command(
        "check.copy",
        "c",
        "Copy the fix",
        "the marked command",
        "copy_fix",
        Scope.TROUBLESHOOT,
        footer="Copy fix",
        palette=True,
    ),
    Command(
        "check.next-fix",
        "right,l",
        "Next fix",
        "",
        "fix(1)",
        Scope.TROUBLESHOOT,
        footer="Other fix",
        footer_keys="←→",
        spare=True,
    ),
    Command("check.previous-fix", "left,h", "Previous fix", "", "fix(-1)", Scope.TROUBLESHOOT),
    Command(
        "check.problem",
        "n",
        "Next problem",
        "",
        "next_problem",
        Scope.TROUBLESHOOT,
        footer="Next",
        palette=True,
    ),
    Command(
        "check.again",
        "r",
        "Run this check again",
        "",
        "run_again",
        Scope.TROUBLESHOOT,
        footer="Run again",
        palette=True,
    ),
    Command(
        "check.all",
        "R",
        "Run all checks",
        "",
        "run_all",
        Scope.TROUBLESHOOT,
        footer="Run all",
        spare=True,
        palette=True,
    ),
    Command(
        "check.save",
        "w",
        "Save a report",
        "readable only by you",
        "save(False)",
        Scope.TROUBLESHOOT,
        footer="Save",
        palette=True,
    ),
    Command(
        "check.save-output", "W", "Save it with the plugin's output", "", "save(True)", Scope.TROUBLESHOOT, palette=True
    ),
    Command(
        "check.details",
        "y",
        "Copy the details",
        "finding and evidence",
        "copy_details",
        Scope.TROUBLESHOOT,
        footer="Copy details",
        spare=True,
    ),
    Command(
        "check.automation",
        "a",
        "Run AWS's own automation",
        "asks first",
        "automation",
        Scope.TROUBLESHOOT,
        footer="Automation",
        spare=True,
        palette=True,
    ),
    Command("check.fold", "space", "Open or close", "a group of checks", "fold", Scope.TROUBLESHOOT),
    Command("report.copy", "enter,c", "Copy the path", "", "copy_path", Scope.REPORT, footer="Copy path"),
    Command("automation.yes", "enter,y", "Run it", "", "confirm", Scope.AUTOMATION_QUESTION, footer="Run it"),
    Command("automation.copy", "c", "Copy the result", "", "copy_text", Scope.AUTOMATION, footer="Copy"),
    Command("automation.stop", "x", "Stop it", "", "stop", Scope.AUTOMATION, footer="Stop"),
    Command("automation.fold", "space", "Open or close", "what is fine", "fold", Scope.AUTOMATION, footer="Open"),
    Command("automation.again", "r", "Run it again", "asks first", "again", Scope.AUTOMATION, footer="Run again"),
    *FORM_COMMANDS,
    *TUNNEL_COMMANDS,
    *SESSION_COMMANDS,
    *PLUGIN_COMMANDS,
    Command("command.copy", "enter,c", "Copy the command", "", "copy_text", Scope.COMMAND, footer="Copy"),
    Command(
        "presets.start",
        "s",
        "Start",
        "on its target, or on the node",
        "start_preset",
        Scope.PRESETS,
        footer="Start",
        palette=True,
    ),
    Command("presets.edit", "enter,e", "Edit", "", "edit", Scope.PRESETS, footer="Edit", palette=True),
    Command("presets.new", "n", "New preset", "", "new", Scope.PRESETS, footer="New", palette=True),
    Command(
        "presets.copy",
        "c",
        "Duplicate",
        "to a preset of your own",
        "duplicate",
        Scope.PRESETS,
        footer="Duplicate",
        palette=True,
    ),
    Command("presets.fold", "space", "Open or close", "those that come with smtui", "fold", Scope.PRESETS),
    Command("presets.remove", "delete,x", "Remove", "", "remove", Scope.PRESETS, footer="Remove", palette=True),
    Command("confirm.yes", "enter,y", "Yes", "", "confirm", Scope.CONFIRM, footer="Yes"),
    Command("confirm.no", "escape,n,q,ctrl+q", "No", "", "back", Scope.CONFIRM, footer="No"),
    Command(
        "quit.close",
        "enter,q,ctrl+q,ctrl+c",
        "Quit",
        "and end what runs",
        "confirm",
        Scope.QUIT,
        footer="Quit and close them",
    ),
    Command("quit.stay", "escape", "Stay", "", "back", Scope.QUIT, footer="Stay"),
    Command("leftovers.clean", "enter", "Clean up", "", "confirm", Scope.LEFTOVERS, footer="Clean up"),
    Command("leftovers.leave", "escape,q,ctrl+q", "Leave them", "", "back", Scope.LEFTOVERS, footer="Leave them"),
    Command("help.back", "escape,ctrl+q", "Clear, then back", "", "back", Scope.HELP, footer="Clear, then back"),
    Command("palette.do", "enter", "Do it", "or open its list", "choose", Scope.PALETTE, footer="Do it"),
    Command("palette.take", "tab", "Take its name", "to type on", "take", Scope.PALETTE, footer="Take"),
    Command("palette.back", "escape,ctrl+q", "Back", "", "back", Scope.PALETTE, footer="Back"),
    Command("back", "escape,q,ctrl+q", "Back", "", "back", Scope.INNER, footer="Back"),
    Command("inner-interrupt", "ctrl+c", "Copy the selection", "else go back", "interrupt", Scope.INNER),
    Command(
        "palette",
        ":,ctrl+p",
        "Palette",
        "commands, presets, nodes and texts by typing",
        "app.palette",
        Scope.ANYWHERE,
        footer="Palette",
        spare=True,
    ),
    Command("go-nodes", "1", "Nodes", "the list", "app.go('nodes')", Scope.ANYWHERE, palette=True),
    Command("go-tunnels", "2", "Tunnels", "what is forwarded now", "app.go('tunnels')", Scope.ANYWHERE, palette=True),
    Command("go-sessions", "3", "Sessions", "of the account", "app.go('sessions')", Scope.ANYWHERE, palette=True),
    Command("go-presets", "4", "Presets", "saved forwards", "app.go('presets')", Scope.ANYWHERE, palette=True),
    Command("settings", "comma", "Settings", "all, and config.toml", "app.settings", Scope.ANYWHERE, palette=True),
    Command("go-plugin", "5", "Plugin", "that carries sessions", "app.go('plugin')", Scope.ANYWHERE, palette=True),
    Command("messages", "m", "Messages", "all that smtui has said", "app.messages", Scope.ANYWHERE, palette=True),
    Command(
        "help",
        "?",
        "Help",
        "keys, statuses, filter",
        "app.help",
        Scope.ANYWHERE,
        footer="Help",
        palette=True,
    ),
    Command(
        "theme", "", "Change the theme", "dark, light, and others", "app.change_theme", Scope.ANYWHERE, palette=True
    ),
    Command("quit", "q,ctrl+q", "Quit", "", "app.leave", Scope.ANYWHERE, palette=True),
    Command("interrupt", "ctrl+c", "Copy the selection", "else quit", "app.leave", Scope.ANYWHERE),
)

BY_ID = {command.id: command for command in COMMANDS}
"""The commands by their ids, as bindings name them."""


def commands_of(*scopes: Scope) -> tuple[Command, ...]:
    """Return the commands of these scopes, in the order of the table."""
    return tuple(command for command in COMMANDS if command.scope in scopes)


def bindings(*scopes: Scope) -> list[BindingType]:
    """Return the key bindings of these scopes, for a `BINDINGS` class variable.

    None is a priority binding, so that every key can be typed into an input.
    """
    return [
        Binding(command.keys, command.action, command.name, id=command.id)
        for command in commands_of(*scopes)
        if command.keys
    ]
