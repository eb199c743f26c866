"""A form over the list: checks fields while they are typed in, shows the aws command and why a start was refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import ClassVar, TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from smtui.domain.shellquote import Unquotable
from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say
from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.field import Field, FieldInput

_Result = TypeVar("_Result")


class FormSheet(Dialog[_Result]):
    """A modal form; a subclass composes `body` and implements the actions of its keys."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("form_sheet.tcss")]
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORM)
    LAST = "Start"
    """What `enter` does on the last field, in a word."""

    refusal = getters.query_one("#refusal", Static)

    def __init__(self, title: str, *details: str) -> None:
        super().__init__(title, *details)
        self._refused: dict[str, str] = {}
        """The texts at the time of the last refused start."""

    def inside(self) -> ComposeResult:
        """Lay out the body and the refusal."""
        yield from self.body()
        yield Static(id="refusal", markup=False)

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What `enter` does on the last field, where it goes to no other."""
        is_last = self.focused_field is not None and self.focused_field == len(self.fields) - 1
        return {"form.next": self.LAST} if is_last else {}

    # Fields ------------------------------------------------------------------------------------

    @property
    def fields(self) -> list[Field]:
        """The visible fields, in their order on the screen."""
        return [field for field in self.query(Field) if field.display]

    def texts(self) -> dict[str, str]:
        """Return what is typed, by field name."""
        return {field.field_name: field.text for field in self.fields}

    def complain(self, complaints: dict[str, str], among: Iterable[Field] | None = None) -> None:
        """Show the complaints, by field name, at the fields (`among` them); clear the others."""
        for field in self.fields if among is None else among:
            field.complain(complaints.get(field.field_name, ""))

    def refuse(self, sentence: str) -> None:
        """Show below the form why nothing was started; an empty sentence hides it."""
        self._refused = self.texts()
        self.refusal.update(Content(harmless(f"✕ {sentence}" if sentence else "")))
        self.refusal.set_class(bool(sentence), "-some")

    def forget_refusal(self) -> None:
        """Hide the refusal once the texts have changed."""
        if self.texts() != self._refused:
            self.refuse("")

    @property
    def focused_field(self) -> int | None:
        """The index in `fields` of the field that has the focus, if any."""
        inputs: Sequence[FieldInput] = [field.input for field in self.fields]
        return next((index for index, entry in enumerate(inputs) if entry is self.focused), None)

    def focus_field(self, index: int) -> None:
        """Move the focus to the field of this index."""
        self.fields[index].input.focus()

    # Keys --------------------------------------------------------------------------------------

    def action_start(self) -> None:
        """Start what the form is for, or show what is wrong."""
        raise NotImplementedError

    def action_next(self) -> None:
        """Go to the next field; on the last one, start."""
        index = self.focused_field
        if index is None or index == len(self.fields) - 1:
            self.action_start()
        else:
            self.focus_field(index + 1)

    def action_step(self, direction: int) -> None:
        """Move the focus a field forward (1) or back (-1)."""
        index = self.focused_field
        if index is not None and self.fields:
            self.focus_field(max(0, min(index + direction, len(self.fields) - 1)))

    def leave(self) -> None:
        """Leave the form; nothing starts."""
        self.dismiss(None)

    def copy(self, text: str) -> None:
        """Copy this text and say so."""
        copy_and_say(self, text)

    def action_copy_command(self) -> None:
        """Copy the equivalent command, or say why there is none."""
        try:
            self.copy(self.command())
        except Unquotable as refused:
            self.say(f"Not copied: {refused}.", "warning")

    def command(self) -> str:
        """Return the equivalent `aws` command; raises `Unquotable`."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no copying where the form has no equivalent command."""
        if action == "copy_command":
            return type(self).command is not FormSheet.command
        return True
