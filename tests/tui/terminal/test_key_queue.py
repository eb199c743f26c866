"""Keys that come in a bunch: each acts where the one before has led."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from smtui.tui.terminal.key_queue import KeyQueue
from tests.waiting import let_loop_run, until

HOPS = 1
"""Messages more between the field and the focus that moves, as where the filter is left."""


class Step(Message):
    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left


class Field(Input):
    BINDINGS: ClassVar[list[BindingType]] = [("f2", "leave", "")]

    def action_leave(self) -> None:
        self.post_message(Step(HOPS))


class Bar(Vertical):
    """Passes a step on by a message of its own."""

    @on(Step)
    async def _step(self, event: Step) -> None:
        await let_loop_run(0.02)  # a busy machine
        if event.left:
            event.stop()
            self.post_message(Step(event.left - 1))


class Stage(Static, can_focus=True):
    keys: ClassVar[list[str]] = []

    def on_key(self, event: events.Key) -> None:
        self.keys.append(event.key)


class KeyApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.queue = KeyQueue(self, self._deal)

    def compose(self) -> ComposeResult:
        with Bar():
            yield Field()
        yield Stage()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.queue.put(event)
        else:
            await super().on_event(event)

    async def _deal(self, key: events.Key) -> None:
        await super().on_event(key)

    @on(Step)
    def _arrived(self) -> None:
        self.query_one(Stage).focus()


async def test_a_key_waits_for_all_effects_of_the_one_before() -> None:
    app = KeyApp()
    async with app.run_test():
        field = app.query_one(Field)
        field.focus()
        await until(lambda: app.focused is field)
        Stage.keys.clear()
        for key in ("a", "f2", "b", "c"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(lambda: Stage.keys == ["b", "c"], lambda: (Stage.keys, field.value), patience=10)
        assert field.value == "a"
