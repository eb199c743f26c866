"""The palette's commands, from the command table."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from textual.actions import parse
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from smtui.tui.commands import COMMANDS, Command, Scope, shown_keys

_NAME_WIDTH = 28


class TableCommands(Provider):
    """Every command of the screen below that has a name worth looking for."""

    async def discover(self) -> Hits:
        for command in self._offered():
            yield DiscoveryHit(
                Content.assemble(command.name.ljust(_NAME_WIDTH), (shown_keys(command.keys), "dim")),
                self._run(command),
                text=command.name,
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._offered():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(
                    score,
                    Content.assemble(matcher.highlight(command.name), ("  " + shown_keys(command.keys), "dim")),
                    self._run(command),
                    text=command.name,
                )

    def _run(self, command: Command) -> Callable[[], Coroutine[Any, Any, None]]:
        return partial(self.screen.run_action, command.action)

    def _offered(self) -> Iterator[Command]:
        for command in COMMANDS:
            if command.palette and command.scope in (getattr(self.screen, "SCOPE", None), Scope.ANYWHERE):
                _, action, parameters = parse(command.action)
                if self.screen.check_action(action, parameters):
                    yield command
