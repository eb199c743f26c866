"""Finds commands of the command table by their names, and troubleshooting texts by their words."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from textual.actions import parse
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from smtui.engine.launcher import Launcher, Setup
from smtui.topics.topic import Topic
from smtui.topics.topic_text import topic_lines
from smtui.tui.commands import COMMANDS, Command, Scope
from smtui.tui.parts.sheet import Sheet
from smtui.tui.parts.shown_keys import shown_keys

_NAME_WIDTH = 28
_LEAST_LETTERS = 3
_TEXT_WIDTH = 90
_BELOW_COMMANDS = 0.1
"""Part of the score, 0 to 1: a command that matches comes before every text."""


class Palette(CommandPalette):
    """Textual's palette, with the commands of the table and the troubleshooting texts."""

    def __init__(self, launcher: Launcher) -> None:
        super().__init__(
            providers=[TableCommands, topic_texts(launcher)],
            placeholder="Find a command, or a text by its words …",
        )

    def _action_command_list(self, action: str) -> None:
        """Ignore a page key before the list is laid out: Textual would look up lines that are not there yet."""
        with suppress(KeyError):
            super()._action_command_list(action)


class TableCommands(Provider):
    """Finds the commands of the screen below that can be given now."""

    async def discover(self) -> Hits:
        """Yield every command, before anything is typed."""
        for command in self._offered():
            yield DiscoveryHit(
                Content.assemble(command.name.ljust(_NAME_WIDTH), (shown_keys(command.keys), "$muted")),
                self._run(command),
                text=command.name,
            )

    async def search(self, query: str) -> Hits:
        """Yield the commands whose names match, best first."""
        matcher = self.matcher(query)
        for command in self._offered():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(
                    score,
                    Content.assemble(matcher.highlight(command.name), ("  " + shown_keys(command.keys), "$muted")),
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


def topic_texts(launcher: Launcher) -> type[Provider]:
    """Return a provider that finds the troubleshooting texts with all words of the query."""

    class TopicTexts(Provider):
        async def search(self, query: str) -> Hits:
            if len(query.strip()) < _LEAST_LETTERS:
                return
            from smtui.topics.library import search

            found = await launcher.off_loop.call(lambda: search(query))
            for number, each in enumerate(found):
                title = Content.assemble(each.title, ("  " + each.id, "$muted"))
                yield Hit(_BELOW_COMMANDS / (number + 1), title, partial(self._show, each), text=each.title)

        def _show(self, each: Topic) -> None:
            self.app.push_screen(TopicScreen(each, launcher.setup))

    return TopicTexts


class TopicScreen(Sheet):
    """Shows a troubleshooting text for this machine's system; what only a node could fill in stays open."""

    def __init__(self, topic: Topic, setup: Setup) -> None:
        super().__init__(topic.id)
        self._topic = topic
        self._setup = setup

    def text(self) -> Content:
        """The text, wrapped to the width of the terminal."""
        width = max(30, min(_TEXT_WIDTH, self.app.size.width - 8))
        return Content("\n".join(topic_lines(self._topic, {}, self._setup.machines(), width)))
