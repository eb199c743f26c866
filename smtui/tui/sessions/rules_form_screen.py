"""Changes the account's session preferences field by field; shows the document's difference before it is written."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from smtui.domain.shellquote import command_line
from smtui.domain.text import printable
from smtui.sessions.preferences.json_edit import NotEditable
from smtui.sessions.preferences.preference_change import (
    FIELDS,
    FIRST_DOCUMENT,
    FieldKind,
    changed,
    complaints,
    difference,
    notes,
    texts_of,
    write_argv,
)
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.sessions.rules_sheets import DifferenceQuestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtui.diagnosis.evidence.rules_facts import RulesText
    from smtui.domain.place import Place
    from smtui.domain.shellquote import Shell


_FOR_EVERYBODY = "A change holds for everybody's next session in this account and Region."


class RulesFormScreen(FormSheet["dict[str, str] | None"]):
    """Dismissed with the texts of the fields that were changed and agreed to, or None."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("rules.tcss")]
    AUTO_FOCUS = "FieldInput"
    LAST = "Show the difference"

    def __init__(self, newest: RulesText | None, place: Place, label: str, shell: Shell) -> None:
        """`newest` is None where the account never saved preferences."""
        version = f"version {newest.version}" if newest is not None else "never saved"
        super().__init__("Change the session preferences", label, version)
        self._newest = newest
        self._place = place
        self._label = label
        self._shell = shell
        self._before = texts_of(newest.content if newest is not None else FIRST_DOCUMENT)

    def body(self) -> ComposeResult:
        """A field for each input."""
        with VerticalScroll(id="fields", can_focus=False):
            for each in FIELDS:
                values = ("yes", "no") if each.kind is FieldKind.FLAG else ()
                yield Field(each.name, each.label, text=self._before[each.name], placeholder=each.hint, values=values)

        yield Static(id="about", markup=False)

    def on_descendant_focus(self) -> None:
        """Say what the field takes and what the document calls it."""
        index = self.focused_field
        if index is not None:
            each = FIELDS[index]
            self.query_one("#about", Static).update(Content(f"{each.name}: {each.hint}. {_FOR_EVERYBODY}"))

    @property
    def _content(self) -> str:
        return self._newest.content if self._newest is not None else ""

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What starting means here."""
        return {"form.start": self.LAST, **super().footer_labels}

    def _changes(self) -> dict[str, str]:
        """The texts that differ from those of the document, as the fields show them."""
        return {
            field.field_name: field.text
            for field in self.fields
            if field.text != printable(self._before[field.field_name])
        }

    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        self.complain(complaints(self._content or FIRST_DOCUMENT, self._changes()))

    def action_start(self) -> None:
        """Show the difference and ask, or show what is wrong."""
        found = complaints(self._content or FIRST_DOCUMENT, self._changes())
        if found:
            self.complain(found)
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in found))
            return
        try:
            content = changed(self._content, self._changes())
        except NotEditable as refused:
            self.refuse(str(refused))
            return
        if content == self._content:
            self.refuse("Nothing differs from the preferences as they are.")
            return
        old = f"version {self._newest.version}" if self._newest is not None else "no preferences"
        shown = difference(self._content, content, old, "new version")
        self.app.push_screen(DifferenceQuestion(self._label, notes(self.texts()), shown), self._answered)

    def _answered(self, is_agreed: bool | None) -> None:
        if is_agreed:
            self.dismiss(self._changes())

    def command(self) -> str:
        """Return the `aws` command that writes the document as the fields have it; raises `Unquotable`."""
        try:
            content = changed(self._content, self._changes())
        except NotEditable:
            content = self._content
        return command_line(write_argv(content, self._place, is_first=self._newest is None), self._shell)
