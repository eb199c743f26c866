"""Checks the user's own keys against the commands: an id that is not one, and a key that two commands would share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from smtui.domain.settings.kinds import nearest
from smtui.domain.settings.setting_table import KEYS
from smtui.domain.settings.settings_values import Mistake, Origin
from smtui.domain.text import harmless


@dataclass(frozen=True, slots=True)
class KeyedCommand:
    """What is known here of a command: its id, its name, the keys that it has by default, and where it applies."""

    id: str
    name: str
    keys: tuple[str, ...]
    scope: str


OriginOf = Callable[[Sequence[str]], Origin]


def key_mistakes(
    own: Mapping[str, tuple[str, ...]],
    commands: Sequence[KeyedCommand],
    together: Sequence[Collection[str]],
    origin_of: OriginOf,
) -> Iterator[Mistake]:
    """Yield what is wrong with the user's `own` keys; `together` lists the scopes that apply at the same time.

    A key that two commands share by default is nobody's mistake, so one of the two must be in `own`.
    """
    known = {command.id: command for command in commands}
    for name in own:
        if name not in known:
            near, shown = nearest(name, list(known)), harmless(name)
            hint = f"; did you mean {near}?" if near else ""
            yield Mistake(origin_of((*KEYS.path, name)), f"{KEYS.key}.{shown}", f"no command {shown}{hint}", near)
    keys = {command.id: own.get(command.id, command.keys) for command in commands}
    for one, other in combinations(commands, 2):
        mine = other if other.id in own else one
        shared = [key for key in keys[one.id] if key in keys[other.id]]
        if not shared or mine.id not in own or not _meet(one.scope, other.scope, together):
            continue
        rest = one if mine is other else other
        yield Mistake(
            origin_of((*KEYS.path, mine.id)),
            f"{KEYS.key}.{mine.id}",
            f"{shared[0]} is on {mine.id} and on {rest.id}",
        )


def _meet(one: str, other: str, together: Sequence[Collection[str]]) -> bool:
    return one == other or any(one in scopes and other in scopes for scopes in together)
