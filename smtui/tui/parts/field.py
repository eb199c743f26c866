"""One field of a form: its label, an input, and a note below with what is wrong or what the field is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from smtui.domain.text import harmless, printable


class FieldInput(Input, inherit_bindings=False):
    """An input that leaves `enter` to its form."""

    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"
    ]


class Field(Vertical):
    """One row of a form; the form knows it by `field_name`."""

    DEFAULT_CSS = """
    Field {
        height: auto;
        & > Horizontal { height: 1; }
        & > Horizontal > Static { width: 13; color: $muted; text-wrap: nowrap; text-overflow: ellipsis; }
        & > Horizontal > FieldInput { width: 1fr; }
        & > .note { height: auto; padding: 0 0 0 13; color: $muted; display: none; }
        & > .note.-some { display: block; }
        &.-wrong > .note { color: $error; }
        &.-wrong > Horizontal > Static { color: $error; }
        &.-here > Horizontal > Static { color: $primary; }
    }
    """

    @dataclass
    class Changed(Message):
        """The text of this field changed."""

        name: str
        text: str

    def __init__(
        self,
        name: str,
        label: str = "",
        *,
        text: str = "",
        placeholder: str = "",
        note: str = "",
        values: tuple[str, ...] = (),
        hidden: bool = False,
    ) -> None:
        """Complete from `values` while typing; `hidden` masks secrets."""
        super().__init__()
        self.field_name = name
        self._label = label or name
        self._help = note
        self._complaint = ""
        # Made here, because a key may need them before the field is composed.
        self.input = FieldInput(
            printable(text),
            placeholder=harmless(placeholder),
            compact=True,
            select_on_focus=False,
            password=hidden,
            suggester=SuggestFromList(values) if values else None,
        )
        self.note = Static(markup=False, classes="note")

    def compose(self) -> ComposeResult:
        """Lay out the label and the input side by side, the note below."""
        with Horizontal():
            yield Static(Content(harmless(self._label)), markup=False)
            yield self.input
        yield self.note

    def on_mount(self) -> None:
        """Show the help."""
        self._show_note()

    @property
    def text(self) -> str:
        """What is typed."""
        return self.input.value

    @text.setter
    def text(self, text: str) -> None:
        self.input.value = printable(text)

    def hint(self, placeholder: str) -> None:
        """Set the placeholder of the empty input."""
        self.input.placeholder = harmless(placeholder)

    def complain(self, sentence: str) -> None:
        """Show what is wrong with the text; an empty sentence shows the help again."""
        if sentence != self._complaint:
            self._complaint = sentence
            self._show_note()

    def explain(self, note: str) -> None:
        """Show another help below the field; an empty one hides it."""
        if note != self._help:
            self._help = note
            self._show_note()

    def _show_note(self) -> None:
        # Its own name stands in front of the field already.
        complaint = f"✕ {self._complaint.removeprefix(f'{self.field_name} ')}" if self._complaint else ""
        note = complaint or self._help
        self.note.update(Content(harmless(note)))
        self.note.set_class(bool(note), "-some")
        self.set_class(bool(self._complaint), "-wrong")

    def on_descendant_focus(self) -> None:
        """Mark the field that has the focus."""
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        """Take the mark away."""
        self.remove_class("-here")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(self.field_name, event.value))
