"""Asks for the name under which a filter is saved (`ctrl+s`)."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult

from smtui.domain.query.filter_memory import name_complaint
from smtui.domain.query.filter_terms import write_term
from smtui.domain.query.node_query import NodeQuery
from smtui.domain.text import folded
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingText

NAME = "name"


class SaveFilterScreen(FormSheet[str | None]):
    """Dismissed with the name, or None."""

    AUTO_FOCUS = "FieldInput"
    LAST = "Save"
    not_in_footer = ("form.start",)
    """Of one field, enter says it all."""

    def __init__(self, text: str, saved: Mapping[str, str]) -> None:
        super().__init__("Save the filter")
        self._text = text
        self._saved = saved

    def body(self) -> ComposeResult:
        """The filter and the field for its name."""
        yield HangingText([(0, self._text)], id="filter")
        yield Field(NAME, "Name", placeholder="prod-web", note="@prod-web then finds the same, here and in --filter")

    @on(Field.Changed)
    def _changed(self) -> None:
        self.forget_refusal()
        name = self.typed_name
        is_known = any(folded(each) == folded(name) for each in self._saved)
        replaced = f"Replaces {write_term(name, operator='@')}." if name and is_known else ""
        self.query_one("#filter", HangingText).lines = tuple((0, line) for line in (self._text, replaced) if line)

    @property
    def typed_name(self) -> str:
        """The name, without the sign that stands before it in a filter."""
        return self.texts()[NAME].strip().removeprefix("@")

    def action_start(self) -> None:
        """Save it, or say what is wrong."""
        name, text = self.typed_name, self._text
        if wrong := name_complaint(name, text) or _filter_complaint(name, text, self._saved):
            self.refuse(wrong)
        else:
            self.dismiss(name)


def _filter_complaint(name: str, text: str, saved: Mapping[str, str]) -> str:
    """Return what is wrong with the filter, under this name; empty if nothing is."""
    query = NodeQuery.parse(text, {**{each: saved[each] for each in saved if folded(each) != folded(name)}, name: text})
    if query.mistakes:
        return f"It has a mistake: {query.mistakes[0].sentence}"
    return ""
