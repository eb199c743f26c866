"""The filter line: left what is typed, which filters at once, right how many rows are listed and of what age."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol, TypeVar

from rich.cells import cell_len
from rich.highlighter import Highlighter
from rich.text import Text
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
from smtui.tui.parts.main_screen import InnerScreen

_SLASH = 3
_LEAST_INPUT = 12
"""Cells that the input keeps, however long the count is."""

_Result = TypeVar("_Result")


class FilterHelp(Protocol):
    """Knows the language of a list's filter."""

    def mistakes(self, text: str) -> Sequence[tuple[int, int]]:
        """Return where the terms begin and end that do not filter."""

    def taken(self, text: str, cursor: int) -> tuple[str, int] | None:
        """Return the filter with what is offered first, and where the cursor then stands; None for nothing."""

    def earlier(self, text: str) -> Sequence[str]:
        """Return earlier filters that begin with this text, the newest first."""

    def save(self, text: str) -> None:
        """Ask for a name and save the filter."""


class _Underlined(Highlighter):
    """Underlines the terms with a mistake."""

    def __init__(self, entry: FilterInput) -> None:
        self._entry = entry

    def highlight(self, text: Text) -> None:
        """Underline them."""
        helper = self._entry.helper
        spans = helper.mistakes(text.plain) if helper is not None and text.plain.strip() else ()
        if spans:
            style = self._entry.get_component_rich_style("filter-input--mistake", partial=True)
            for start, end in spans:
                text.stylize(style, start, end)


class FilterInput(Input, inherit_bindings=False):
    """An input whose enter and down go to the list, and whose escape clears it first.

    With a helper, tab takes what is offered, up goes through earlier filters, and ctrl+s saves the filter.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"filter-input--mistake"}
    DEFAULT_CSS = """
    FilterInput > .filter-input--mistake { color: $error; text-style: underline; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.FILTER),
        *(binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"),
    ]

    class Kept(Message):
        """The user keeps the filter and goes to the list."""

    class Left(Message):
        """The user leaves the empty filter."""

    def __init__(self, make_help: Callable[[], FilterHelp] | None) -> None:
        super().__init__(compact=True, select_on_focus=False, highlighter=_Underlined(self))
        self._make_help = make_help
        self._earlier: tuple[str, tuple[str, ...]] = ("", ())
        """The earlier filter that is shown, and those that come behind it."""

    @cached_property
    def helper(self) -> FilterHelp | None:
        """What knows the language, made when something is typed; None if the filter has none."""
        return self._make_help() if self._make_help is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the filter's language has."""
        if action in ("complete", "earlier", "save"):
            return self._make_help is not None
        return True

    async def action_complete(self) -> None:
        """Take what is offered first; without an offer the screen decides, by key and by click alike."""
        taken = self.helper.taken(self.value, self.cursor_position) if self.helper is not None else None
        if taken is None:
            await self.run_action("screen.complete")
        else:
            self.value, self.cursor_position = taken

    def action_earlier(self) -> None:
        """Show the next earlier filter that begins with what was typed."""
        shown, behind = self._earlier
        if self.helper is not None and (not shown or shown != self.value):
            behind = tuple(text for text in self.helper.earlier(self.value) if text != self.value)
        if behind:
            self._earlier = behind[0], behind[1:]
            self.value = behind[0]
            self.cursor_position = len(self.value)

    def action_save(self) -> None:
        """Save the filter under a name."""
        if self.helper is not None:
            self.helper.save(self.value)

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

    def __init__(self, examples: Sequence[str], make_help: Callable[[], FilterHelp] | None = None) -> None:
        """`examples` are shown while nothing is typed: the first that fits.

        `make_help` makes what knows the filter's language, when it is first typed in.
        """
        super().__init__()
        self._examples = examples
        self._make_help = make_help

    def compose(self) -> ComposeResult:
        """Lay out the slash, the input and the count."""
        yield Static(" /", classes="slash", markup=False)
        yield FilterInput(self._make_help)
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


class FilteredScreen(InnerScreen[_Result]):
    """A screen over the list of nodes whose body has a filter of its own."""

    filter_bar = getters.query_one(FilterBar)

    def action_filter(self) -> None:
        """Open the filter."""
        self.filter_bar.open()

    def action_back(self) -> None:
        """Clear the filter, else go back."""
        if self.filter_bar.text:
            self.filter_bar.set_text("")
        else:
            self.leave()
