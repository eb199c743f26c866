"""What failed, in the service's or plugin's own words first, then what it means and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.failure import Failure
from smtui.tui.commands import Scope, bindings
from smtui.tui.screens.sheet import Sheet


class FailureScreen(Sheet):
    """Dismissed with True to try again."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FAILURE)
    DEFAULT_CSS = """
    FailureScreen {
        & > #sheet { border: round $error; border-title-color: $error; }
    }
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.title)
        self._failure = failure

    def text(self) -> Content:
        return Content("\n").join(self._lines())

    def _lines(self) -> Iterator[Content]:
        failure = self._failure
        yield Content.styled(failure.words, "bold")
        if failure.context:
            yield Content.styled(f"({failure.context})", "$foreground 65%")
        for text in failure.explanation():
            yield Content.empty()
            yield Content(text)
        if failure.tail:
            yield Content.empty()
            yield Content.styled("The plugin's last words", "$primary")
            for line in failure.tail:
                yield Content.styled(f"  {line}", "$foreground 65%")

    def action_retry(self) -> None:
        self.dismiss(True)

    def action_copy_details(self) -> None:
        self.app.copy_to_clipboard(self._failure.details())
        self.notify("The details are on the clipboard.", markup=False)
