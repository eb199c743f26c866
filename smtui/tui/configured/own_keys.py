"""Checks the user's own keys: which can be used, and what is wrong with each of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from textual.keys import Keys, _character_to_key

from smtui.domain.query.near_words import near_word
from smtui.tui.command import Command, Scope
from smtui.tui.commands import BY_ID, COMMANDS
from smtui.tui.parts.shown_keys import shown_key

_MAIN = (Scope.ANYWHERE, Scope.INNER, Scope.LIST, Scope.READING)
"""What applies on each screen that fills the terminal."""
_TABS = (*_MAIN, Scope.WHERE, Scope.SIGN_IN)
_FORM = (Scope.FORM, Scope.INNER, Scope.LIST, Scope.READING)
_BOX = (Scope.INNER, Scope.LIST, Scope.READING)
SITUATIONS: tuple[frozenset[Scope], ...] = tuple(
    map(
        frozenset,
        (
            (*_TABS, Scope.NODES, Scope.FILTER),
            (*_TABS, Scope.TUNNELS),
            (*_TABS, Scope.PRESETS),
            (*_TABS, Scope.SESSIONS, Scope.FILTER, Scope.SESSION_LOG, Scope.LOG_FIND, Scope.SESSION_AUDIT),
            (*_TABS, Scope.PLUGIN),
            (*_MAIN, Scope.SIGN_IN, Scope.REQUESTS),
            (*_MAIN, Scope.SIGN_IN, Scope.TROUBLESHOOT, Scope.RETRY),
            (*_MAIN, Scope.SIGN_IN, Scope.RUN, Scope.RUN_FIND),
            (*_MAIN, Scope.PLACES, Scope.FILTER),
            (*_MAIN, Scope.BROWSE, Scope.FILTER),
            (*_FORM, Scope.CHOICE, Scope.FORWARD, Scope.PICK),
            (*_FORM, Scope.CHOICE, Scope.PRESET_FORM),
            (*_FORM, Scope.CHOICE, Scope.RUN_FORM),
            (*_FORM, Scope.CHOICE, Scope.ACCESS),
            (*_FORM, Scope.CHOICE, Scope.PROFILE_LINES),
            (*_FORM, Scope.CHOICE, Scope.SETTING_FORM),
            (*_BOX, Scope.SETTINGS, Scope.SETTING_FIND),
            (*_BOX, Scope.RULES, Scope.SIGN_IN),
            (*_BOX, Scope.TRANSFER, Scope.SIGN_IN),
            *(
                (*_BOX, scope)
                for scope in (
                    Scope.NOT_READY, Scope.REPORT, Scope.AUTOMATION_QUESTION, Scope.AUTOMATION, Scope.COMMAND,
                    Scope.LOGIN, Scope.MFA, Scope.WAIT, Scope.CONFIRM, Scope.QUIT, Scope.LEFTOVERS, Scope.HELP,
                    Scope.PALETTE, Scope.PLUGIN_STEPS,
                )
            ),
        ),
    )
)  # fmt: skip
"""The scopes that can apply at the same time: those of the focused widget, its screen and the app."""

_TYPED = frozenset(
    {
        Scope.FILTER, Scope.LOG_FIND, Scope.RUN_FIND, Scope.HELP, Scope.PALETTE, Scope.FORM, Scope.FORWARD,
        Scope.PRESET_FORM, Scope.RUN_FORM, Scope.ACCESS, Scope.PROFILE_LINES, Scope.MFA,
        Scope.SETTING_FORM, Scope.SETTING_FIND,
    }
)  # fmt: skip
"""In these, letters are typed into a field, so that no command can have one."""
_FIXED = ("interrupt", "inner-interrupt")
"""These keep their key: it always leads out."""
_KEPT = {"quit.close": "ctrl+c"}
"""Commands that keep this key among the user's own: it always leads out."""
_SAME_KEY = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape"}
"""A terminal sends the same for both."""
_MODIFIERS = ("ctrl+", "alt+", "shift+")


@dataclass(frozen=True, slots=True)
class OwnKeys:
    """The user's own keys, judged."""

    keys: Mapping[str, str]
    """Those that can be used, by command ids, separated by commas; an empty text takes a command's keys away."""
    mistakes: Sequence[tuple[str, str]]
    """The command ids as the user wrote them, each with a sentence."""


def judged(wanted: Mapping[str, tuple[str, ...]]) -> OwnKeys:
    """Judge the keys that the user wants, by command ids. What is wrong costs no other key."""
    mistakes: list[tuple[str, str]] = []
    usable: dict[str, list[str]] = {}
    for command_id, keys in wanted.items():
        if wrong := _wrong_command(command_id):
            mistakes.append((command_id, wrong))
            continue
        usable[command_id] = []
        for key in map(named, keys):
            if wrong := _wrong_key(BY_ID[command_id], key):
                mistakes.append((command_id, wrong))
            elif key not in usable[command_id]:
                usable[command_id].append(key)
        if keys and not usable[command_id]:
            del usable[command_id]
    while clash := next(_clashes(usable), None):
        command, key, other, scope = clash
        usable[command.id].remove(key)
        if not usable[command.id]:
            del usable[command.id]
        mistakes.append((command.id, _clash_words(command, key, other, scope, usable)))
    for command_id in _KEPT.keys() & usable:
        usable[command_id] = list(dict.fromkeys([*usable[command_id], _KEPT[command_id]]))
    return OwnKeys({command_id: ",".join(keys) for command_id, keys in usable.items()}, tuple(mistakes))


def named(key: str) -> str:
    """Return Textual's name of a key: `question_mark` for `?`."""
    return _character_to_key(key) if len(key) == 1 else key


def _wrong_command(command_id: str) -> str:
    if command_id in _FIXED:
        return f"{command_id} keeps its key: ctrl+c always leads out."
    if command_id in BY_ID:
        return ""
    near = near_word(command_id, BY_ID)
    return f"there is no command {command_id}.{f' Did you mean {near}?' if near else ''}"


def _wrong_key(command: Command, key: str) -> str:
    if (other := _SAME_KEY.get(key)) is not None:
        return f"{shown_key(key)} is {shown_key(other)} to a terminal: write {other}."
    bare = key
    while bare.startswith(_MODIFIERS) and bare not in _known_keys():
        bare = bare.partition("+")[2]
    if bare not in _known_keys() and not _is_letter(key):
        near = near_word(bare, sorted(_known_keys()))
        return f"there is no key {key}.{f' Did you mean {key.removesuffix(bare)}{near}?' if near else ''}"
    if command.scope in _TYPED and (key in _typed_keys() or _is_letter(key)) and key not in _own_by_default(command):
        return f"{shown_key(key)} is typed into the field there: {command.id} needs a key such as ctrl+t or f5."
    return ""


def _is_letter(key: str) -> bool:
    """Tell whether it is a letter of any keyboard, such as é or ö; Textual names such a key by itself."""
    return len(key) == 1 and key.isalpha() and key.isprintable()


@cache
def _typed_keys() -> frozenset[str]:
    return frozenset({"space", *(_character_to_key(chr(code)) for code in range(33, 127))})


@cache
def _known_keys() -> frozenset[str]:
    return _typed_keys() | {key.value for key in Keys if not key.value.startswith("<")}


def _clashes(usable: Mapping[str, Sequence[str]]) -> Iterator[tuple[Command, str, Command, Scope]]:
    """Yield each own key that another command has where both apply. Of two own keys the later one is at fault."""
    order = list(usable)
    now = {command.id: usable.get(command.id, _own_by_default(command)) for command in COMMANDS}
    having: dict[str, list[Command]] = {}
    for command in COMMANDS:
        for key in now[command.id]:
            having.setdefault(key, []).append(command)
    for command_id in reversed(order):
        command = BY_ID[command_id]
        for key, other in product(usable[command_id], COMMANDS):
            if other is command or other not in having.get(key, ()):
                continue
            if other.id in order and order.index(other.id) > order.index(command_id):
                continue
            is_by_design = key in _own_by_default(command) and key in _own_by_default(other)
            if other.scope in _together(command.scope) and not is_by_design:
                yield command, key, other, other.scope


@cache
def _own_by_default(command: Command) -> tuple[str, ...]:
    return tuple(named(key) for key in command.keys.split(",") if key)


@cache
def _together(scope: Scope) -> frozenset[Scope]:
    """Return the scopes that can apply when this one does, itself included."""
    return frozenset({scope}).union(*(each for each in SITUATIONS if scope in each))


def _clash_words(command: Command, key: str, other: Command, scope: Scope, usable: Mapping[str, Sequence[str]]) -> str:
    left = usable.get(command.id, _own_by_default(command))
    keeps = f"{command.id} keeps {', '.join(map(shown_key, left))}." if left else f"{command.id} has no key."
    theirs = f"{other.id} ({other.name}, in “{scope.value}”)"
    return f"{shown_key(key)} is the key of {theirs}, so {command.id} ({command.name}) cannot have it. {keeps}"
