"""One table of commands: no key twice where both could be meant, and the keys of the contract."""

from __future__ import annotations

from itertools import combinations

import pytest
from textual.binding import Binding

from smtui.tui.commands import COMMANDS, Command, Scope, bindings, commands_of
from smtui.tui.nodes.node_columns import COLUMNS
from smtui.tui.parts.shown_keys import shown_keys

MET_TOGETHER = [
    (Scope.NODES, Scope.WHERE, Scope.SIGN_IN, Scope.LIST, Scope.ANYWHERE),
    (Scope.TUNNELS, Scope.WHERE, Scope.SIGN_IN, Scope.LIST, Scope.INNER),
    (Scope.SESSIONS, Scope.WHERE, Scope.SIGN_IN, Scope.LIST, Scope.INNER),
    (Scope.PRESETS, Scope.WHERE, Scope.SIGN_IN, Scope.LIST, Scope.INNER),
    (Scope.PLACES, Scope.LIST, Scope.INNER),
    (Scope.PLACES, Scope.LIST, Scope.ANYWHERE),
    (Scope.NODES, Scope.READING, Scope.ANYWHERE),
    (Scope.TROUBLESHOOT, Scope.RETRY, Scope.LIST, Scope.INNER),
    (Scope.TROUBLESHOOT, Scope.RETRY, Scope.READING, Scope.INNER),
    (Scope.TROUBLESHOOT, Scope.RETRY, Scope.ANYWHERE),
    (Scope.AUTOMATION, Scope.READING, Scope.INNER),
    (Scope.AUTOMATION_QUESTION, Scope.READING, Scope.INNER),
    (Scope.REPORT, Scope.READING, Scope.INNER),
    (Scope.NOT_READY, Scope.READING, Scope.INNER),
    (Scope.TUNNELS, Scope.LIST, Scope.INNER),
    (Scope.SESSIONS, Scope.LIST, Scope.INNER),
    (Scope.SESSIONS, Scope.LIST, Scope.ANYWHERE),
    (Scope.PRESETS, Scope.LIST, Scope.INNER),
    (Scope.SETTINGS, Scope.LIST, Scope.INNER),
    (Scope.SETTINGS, Scope.LIST, Scope.ANYWHERE),
    (Scope.FORM, Scope.INNER),
    (Scope.RUN_FORM, Scope.FORM, Scope.INNER),
    (Scope.RUN, Scope.LIST, Scope.INNER),
    (Scope.RUN, Scope.READING, Scope.INNER),
    (Scope.FORWARD, Scope.PICK, Scope.LIST, Scope.INNER),
    (Scope.COMMAND, Scope.READING, Scope.INNER),
    (Scope.SESSION_LOG, Scope.READING, Scope.INNER),
    (Scope.SESSION_AUDIT, Scope.READING, Scope.INNER),
    (Scope.LOGIN, Scope.INNER),
    (Scope.MFA, Scope.INNER),
    (Scope.BROWSE, Scope.LIST, Scope.INNER),
    (Scope.PROFILE_LINES, Scope.INNER),
    (Scope.RUN, Scope.SIGN_IN, Scope.LIST, Scope.INNER),
    (Scope.TRANSFER, Scope.SIGN_IN, Scope.READING, Scope.INNER),
    (Scope.REQUESTS, Scope.SIGN_IN, Scope.LIST, Scope.INNER),
    (Scope.RULES, Scope.SIGN_IN, Scope.READING, Scope.INNER),
    (Scope.HELP, Scope.READING),
    (Scope.PALETTE, Scope.LIST),
]


def test_ids_are_unique() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize("scopes", MET_TOGETHER)
def test_no_key_has_two_meanings_at_once(scopes: tuple[Scope, ...]) -> None:
    def keys(command: Command) -> set[str]:
        return set(filter(None, command.keys.split(",")))

    for one, other in combinations(commands_of(*scopes), 2):
        assert not keys(one) & keys(other), (one.id, other.id)


def test_no_command_key_is_a_priority_binding_and_each_can_be_rebound() -> None:
    for scope in Scope:
        for binding in bindings(scope):
            assert isinstance(binding, Binding)
            assert not binding.priority
            assert binding.id


def test_every_column_of_the_list_has_a_command_that_sorts_by_it() -> None:
    sorting = {command.action: command for command in COMMANDS if command.action.startswith("sort_by")}
    assert sorting.keys() == {f"sort_by('{column.id}')" for column in COLUMNS}
    for column in COLUMNS:
        assert sorting[f"sort_by('{column.id}')"].name == f"Sort by {column.title.lower()}"


def test_the_keys_of_the_contract() -> None:
    keys = {command.id: command.keys for command in COMMANDS}
    assert keys["shell"] == "enter,s"
    assert keys["filter"] == "/"
    assert keys["details"] == "i"
    assert keys["sort"] == "o"
    assert keys["refresh"] == "r"
    assert keys["copy-id"] == "y"
    assert keys["copy-command"] == "c"
    assert keys["document"] == "d"
    assert keys["forward"] == "f"
    assert keys["troubleshoot"] == "t"
    assert [keys[f"go-{screen}"] for screen in ("nodes", "tunnels", "sessions", "presets")] == ["1", "2", "3", "4"]
    assert keys["palette"] == ":,ctrl+p"
    assert keys["help"] == "?"
    assert keys["messages"] == "m"
    assert keys["quit"] == "q,ctrl+q"
    assert keys["interrupt"] == "ctrl+c"
    assert "ctrl+z" not in ",".join(keys.values())


@pytest.mark.parametrize(
    ("scopes", "labels"),
    [
        ((Scope.NODES, Scope.ANYWHERE), ["Shell", "Forward", "Troubleshoot", "Details", "Help"]),
        (
            (Scope.TROUBLESHOOT, Scope.INNER, Scope.ANYWHERE),
            ["Copy fix", "Next", "Run again", "Save", "Back", "Help"],
        ),
        (
            (Scope.SESSIONS, Scope.INNER, Scope.ANYWHERE),
            ["Log", "Audit", "Terminate", "Resume", "Past", "Back", "Help"],
        ),
        (
            (Scope.PRESETS, Scope.INNER, Scope.ANYWHERE),
            ["Start", "Edit", "New", "Duplicate", "Remove", "Back", "Help"],
        ),
    ],
)
def test_what_the_footer_keeps_longest_fits_80_columns(scopes: tuple[Scope, ...], labels: list[str]) -> None:
    kept = [command for command in commands_of(*scopes) if command.footer and not command.spare]
    assert [command.footer for command in kept] == labels
    assert len(" │ ".join(f"{shown_keys(command.keys.split(',')[0])} {command.footer}" for command in kept)) <= 78
