"""Asks for one MFA code in a dialog; the code is shown while it is typed, since it is good once and for seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.ages import age, duration, seconds_between
from smtui.domain.places.mfa_question import code_in
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.field import Field
from smtui.tui.parts.page import PageText, Paragraphs, redraw_pages
from smtui.tui.parts.progress import BEAT_SECONDS

if TYPE_CHECKING:
    from smtui.domain.places.mfa_question import MfaQuestion

_DIGITS = r"[0-9 ]*"
"""Blanks too: some devices show one in the middle, and it is copied along."""
_LONGEST = 7
_NO_CODE = "An MFA code has six digits."
_LATE_SECONDS = 5.0
"""A question that waited for less is not worth a sentence."""


def above_code(width: int, question: MfaQuestion, asked_at: datetime, shown_at: datetime) -> Paragraphs:
    """Write for which device and role a code is asked."""
    page = Paragraphs(width)
    page.write(question.serial)
    if question.role:
        page.write(f"for {question.role}", Look.QUIET)
    if seconds_between(asked_at, shown_at) >= _LATE_SECONDS:
        page.write(f"It was asked {age(asked_at, shown_at)} ago, while a session had the terminal.", Look.QUIET)
    return page


def below_code(width: int, question: MfaQuestion, now: datetime) -> Paragraphs:
    """Write what was wrong with the last code, and how long an accepted one lasts."""
    page = Paragraphs(width)
    wait = (question.next_code_at - now).total_seconds() if question.next_code_at is not None else 0
    following = f" Next in {wait:.0f} s." if wait > 0 else ""
    if question.trouble:
        page.write(f"{question.trouble}{following}", lead="✕ ", lead_look=Look.BAD)
    elif following:
        page.write(f"The present code was already used.{following}", Look.WARN, lead="! ", lead_look=Look.WARN)
    hours, rest = divmod(question.lasts_seconds, 3600)
    lasts = duration(question.lasts_seconds) if rest else f"{hours} h"
    page.write(f"It lasts {lasts} and is kept where the AWS CLI keeps its own.", Look.QUIET)
    return page


class MfaScreen(Dialog[str]):
    """Dismissed with six digits, or an empty text if the user cancels."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("sign_in.tcss")]
    AUTO_FOCUS = "FieldInput"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.MFA)

    def __init__(self, question: MfaQuestion, asked_at: datetime, clock: Callable[[], datetime]) -> None:
        super().__init__("MFA code", f"profile {question.profile}" if question.profile else "")
        self._question = question
        self._asked_at = asked_at
        self._shown_at = clock()
        self._clock = clock

    def body(self) -> ComposeResult:
        """The device, the code, and what was wrong with the last one."""
        yield PageText(lambda width: above_code(width, self._question, self._asked_at, self._shown_at))
        field = Field("code", placeholder="six digits")
        field.input.restrict = _DIGITS
        field.input.max_length = _LONGEST
        yield field
        yield PageText(lambda width: below_code(width, self._question, self._clock()))

    def on_mount(self) -> None:
        """Count the seconds until the device shows another code."""
        if self._question.next_code_at is not None:
            self.set_interval(4 * BEAT_SECONDS, partial(redraw_pages, self))

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Going back cancels."""
        return {"back": "Cancel"}

    @on(Field.Changed)
    def _typed(self) -> None:
        self.query_one(Field).complain("")

    def action_answer(self) -> None:
        """Go on with the code, if it may be one."""
        field = self.query_one(Field)
        if code := code_in(field.text):
            self.dismiss(code)
        else:
            field.complain(_NO_CODE)

    def leave(self) -> None:
        """Give no code."""
        self.dismiss("")
