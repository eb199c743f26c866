"""The filter bar: filters while the user types, and stays visible as long as a filter is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from smtui.tui.commands import Scope, bindings


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
    """The bar above the list; hidden while there is no filter and none is being typed."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        display: none;
        background: $surface;
        &.-open { display: block; }
        & > Static { width: 3; color: $primary; text-style: bold; }
        & > FilterInput { width: 1fr; padding: 0; }
    }
    """

    @dataclass
    class Changed(Message):
        """The filter's text changed; it applies at once."""

        text: str

    class Done(Message):
        """The user is done with the filter; focus belongs to the list."""

    input = getters.query_one(FilterInput)

    def compose(self) -> ComposeResult:
        """Lay out the slash and the input."""
        yield Static(" /", markup=False)
        yield FilterInput(
            compact=True, select_on_focus=False, placeholder="name, id, address, platform, tag:env=prod …"
        )

    @property
    def text(self) -> str:
        """The filter's text."""
        return self.input.value

    def open(self) -> None:
        """Show the bar and focus its input."""
        self.add_class("-open")
        self.input.focus()

    def set_text(self, text: str) -> None:
        """Set a filter that was not typed here; an empty one closes the bar."""
        self.input.value = text
        self.set_class(bool(text), "-open")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(FilterInput.Kept)
    @on(FilterInput.Left)
    def _done(self, event: Message) -> None:
        event.stop()
        self.set_class(bool(self.text), "-open")
        self.post_message(self.Done())
