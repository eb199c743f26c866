"""Lists the commands of filters, pins and the nodes used last."""

from __future__ import annotations

from smtui.tui.command import Command, Scope

FILTER_COMMANDS: tuple[Command, ...] = (
    Command("not-ready-only", "e", "Only nodes that are not ready", "again: all", "not_ready_only", Scope.NODES,
            palette=True),
    Command("pin", "p", "Pin", "or take the pin away", "pin", Scope.NODES, palette=True),
    Command("pinned-first", "", "Pinned and recent nodes first", "again: as sorted", "pinned_first", Scope.NODES,
            palette=True),
    Command("last-node", "-", "The node used last", "again: back", "last_node", Scope.NODES, palette=True),
    Command("last-view", "", "Filter and sort as last time", "of the places that are listed", "last_view", Scope.NODES,
            palette=True),
    Command("filter.forget", "", "Forget this saved filter", "named in the filter line as @NAME", "forget_filter",
            Scope.NODES, palette=True),
    Command("next-pane", "tab", "Next pane", "or take the near word, if none matches", "complete", Scope.NODES),
    Command("filter.complete", "tab", "Take what is offered", "a key, a tag, a value, a saved filter", "complete",
            Scope.FILTER, footer="Take"),
    Command("filter.keep", "enter,down", "Keep the filter", "and go to the list", "keep", Scope.FILTER, footer="List",
            footer_keys="↓"),
    Command("filter.earlier", "up", "Earlier filters", "that begin with what is typed", "earlier", Scope.FILTER,
            footer="Earlier"),
    Command("filter.save", "ctrl+s", "Save the filter", "under a name; @name uses it", "save", Scope.FILTER,
            footer="Save"),
    Command("filter.leave", "escape", "Clear the filter", "then leave it", "clear_or_leave", Scope.FILTER,
            footer="Clear"),
)  # fmt: skip
