"""Asks before a request for access is decided or withdrawn; a decision may have a comment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult

from smtui.domain.records.access_request import comment_complaint
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingText

COMMENT = "comment"


class DecisionScreen(FormSheet[str | None]):
    """Dismissed with the comment, which may be empty; with None for going back."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("access.tcss")]
    AUTO_FOCUS = "FieldInput"

    def __init__(self, title: str, lines: Sequence[str], yes: str) -> None:
        """`yes` is what is done, in a word."""
        super().__init__(title)
        self._lines = tuple(lines)
        self._yes = yes

    def body(self) -> ComposeResult:
        """What is decided, and the comment."""
        yield HangingText([(0, line) for line in self._lines])
        yield Field(COMMENT, placeholder="may stay empty")

    not_in_footer = ("form.start",)

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What the keys do."""
        return {"form.next": self._yes, "back": "No"}

    @on(Field.Changed)
    def _typed(self) -> None:
        self.complain({COMMENT: comment_complaint(self.query_one(Field).text)})

    def action_start(self) -> None:
        """Answer yes, unless the comment is too long."""
        comment = self.query_one(Field).text
        if not comment_complaint(comment):
            self.dismiss(comment)
