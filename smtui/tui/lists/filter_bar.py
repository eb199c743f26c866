"""The filter line: left what is typed, which filters at once, right how many rows are listed and of what age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events, getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input, Static

from smtui.tui.commands import Scope, bindings
from smtui.tui.lists.count_words import Count, count_words

_SLASH = 3
_LEAST_INPUT = 12
"""Cells that the input keeps, however long the count is."""


class FilterInput(Input, inherit_bindings=False):
    """An input whose enter and down go to the list, and whose escape clears it first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.FILTER),
        *(binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"),
    ]

    class Kept(Message):
        """The user keeps the filter and goes to the list."""

    class Left(Message):
        """The user leaves the empty filter."""

    def action_keep(self) -> None:
        """Keep the filter and go to the list."""
        self.post_message(self.Kept())

    def action_clear_or_leave(self) -> None:
        """Clear the filter; leave it when it is empty."""
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Left())


class FilterBar(Horizontal):
    """One line above the list. It is always there, so that opening it moves nothing, but on screens of few rows."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        & > .slash { width: 3; color: $primary; text-style: bold; }
        & > FilterInput { width: 1fr; padding: 0; }
        & > .count { width: auto; padding: 0 1; color: $muted; }
    }
    """

    count: reactive[Count] = reactive(Count())
    """What the right end says."""

    @dataclass
    class Changed(Message):
        """The filter's text changed; it applies at once."""

        text: str

    class Done(Message):
        """The user is done with the filter; focus belongs to the list."""

    input = getters.query_one(FilterInput)

    def __init__(self, examples: Sequence[str]) -> None:
        """`examples` are shown while nothing is typed: the first that fits."""
        super().__init__()
        self._examples = examples

    def compose(self) -> ComposeResult:
        """Lay out the slash, the input and the count."""
        yield Static(" /", classes="slash", markup=False)
        yield FilterInput(compact=True, select_on_focus=False)
        yield Static(classes="count", markup=False)

    @property
    def text(self) -> str:
        """The filter's text."""
        return self.input.value

    def open(self) -> None:
        """Focus the input."""
        self.add_class("-used")
        self.input.focus()

    def set_text(self, text: str) -> None:
        """Set a filter that was not typed here; an empty one takes it away."""
        self.input.value = text
        self.set_class(bool(text), "-used")

    def watch_count(self) -> None:
        """Show the new count."""
        self._fit()

    def on_resize(self) -> None:
        """Show what the new width has room for."""
        self._fit()

    def on_click(self, event: events.Click) -> None:
        """Begin to type, wherever the line was clicked."""
        event.stop()
        self.open()

    def _fit(self) -> None:
        words = count_words(self.count, self.size.width - _SLASH - _LEAST_INPUT - 2)
        for shown in self.query(".count").results(Static):  # none before it is composed
            shown.update(Content(words))
            room = self.size.width - _SLASH - cell_len(words) - 3
            self.input.placeholder = next((words for words in self._examples if cell_len(words) <= room), "")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(FilterInput.Kept)
    @on(FilterInput.Left)
    def _done(self, event: Message) -> None:
        event.stop()
        self.set_class(bool(self.text), "-used")
        self.post_message(self.Done())
