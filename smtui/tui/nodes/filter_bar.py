"""The filter, live while it is typed and in sight as long as it is kept."""

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
    """An input whose enter and down go to the list, and whose escape first clears it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.FILTER),
        *(binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"),
    ]

    class Kept(Message):
        """The filter stays and the list is wanted."""

    class Left(Message):
        """The filter is empty and not wanted."""

    def action_keep(self) -> None:
        self.post_message(self.Kept())

    def action_clear_or_leave(self) -> None:
        if self.value:
            self.value = ""
        else:
            self.post_message(self.Left())


class FilterBar(Horizontal):
    """Hidden while there is no filter and none is being typed."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        display: none;
        background: $surface;
        &.-open { display: block; }
        & > Static { width: 3; color: $primary; text-style: bold; }
        & > FilterInput { width: 1fr; background: $surface; padding: 0; color: $foreground 65%; }
        & > FilterInput:focus { color: $foreground; background-tint: transparent; }
    }
    """

    @dataclass
    class Changed(Message):
        """The filter's text is another; it applies at once."""

        text: str

    class Done(Message):
        """The keys belong to the list again."""

    input = getters.query_one(FilterInput)

    def compose(self) -> ComposeResult:
        yield Static(" /", markup=False)
        yield FilterInput(
            compact=True, select_on_focus=False, placeholder="name, id, address, platform, tag:env=prod …"
        )

    @property
    def text(self) -> str:
        return self.input.value

    def open(self) -> None:
        self.add_class("-open")
        self.input.focus()

    def set_text(self, text: str) -> None:
        """Keep a filter that was not typed here; an empty one closes the bar."""
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
