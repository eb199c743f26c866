"""Lays out every main screen: header, its own part, problems, status and footer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import getters
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.header_layout import HeaderFacts
from smtui.tui.parts.header_line import HeaderLine
from smtui.tui.parts.key_footer import KeyFooter
from smtui.tui.parts.problem_lines import ProblemLines
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.parts.working import Inner, Working

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

_Result = TypeVar("_Result")


class MainScreen(Working, Screen[_Result]):
    """A screen that fills the terminal. A subclass composes `body`, and says in `subject` and `words` what it shows."""

    SCOPE: ClassVar[Scope]
    """Of its own commands."""
    NAME: ClassVar[str]
    """Its title in the header."""
    REFUSED: ClassVar[tuple[str, ...]] = ()
    """Ids of the commands that `--read-only` refuses."""
    READS_FIRST: ClassVar[bool] = False
    """Whether keys wait until it has rows (`tui.terminal.key_queue`): then it sets `first_rows`."""

    VERTICAL_BREAKPOINTS = [(0, "-flat"), (12, "-low"), (20, "-high")]  # noqa: RUF012 - as Textual declares it
    DEFAULT_CSS = """
    MainScreen {
        &.-flat HeaderLine { display: none; }
        &.-flat StatusLine, &.-low StatusLine { display: none; }
        &.-flat StatusLine.-used, &.-low StatusLine.-used { display: block; }
    }
    """

    header = getters.query_one(HeaderLine)
    problems = getters.query_one(ProblemLines)
    status = getters.query_one(StatusLine)

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__()
        self.first_rows = asyncio.Event()
        self._launcher = launcher
        self._desk = desk

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield HeaderLine()
        yield from self.body()
        yield ProblemLines()
        yield self.status_line()
        yield KeyFooter()

    def body(self) -> ComposeResult:
        """Compose what stands between header and problems."""
        yield from ()

    def status_line(self) -> StatusLine:
        """Make the status line."""
        return StatusLine()

    def on_mount(self) -> None:
        """Show the header."""
        self.show_header()

    # The header --------------------------------------------------------------------------------

    @property
    def subject(self) -> str:
        """What the screen is about, right behind its title; empty for nothing."""
        return ""

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """What follows in the header, and what takes its place where that has no room."""
        return ()

    def header_facts(self) -> HeaderFacts:
        """Return what the header shows now."""
        read_only = self._launcher.setup.read_only
        return HeaderFacts(self.NAME, self.words, self.subject, read_only=read_only, lamps=self._desk.lamps())

    def show_header(self) -> None:
        """Bring the header up to date: a subject, a tunnel or the plugin has changed."""
        for header in self.query(HeaderLine):  # none while the screen closes
            header.facts = self.header_facts()

    @property
    def not_in_footer(self) -> Collection[str]:
        """Ids of commands that the footer leaves out; their keys work all the same."""
        return self.REFUSED if self._launcher.setup.read_only else ()

    def step_aside(self) -> None:
        """Prepare for another screen that takes the place of this one."""


class InnerScreen(Inner, MainScreen[_Result]):
    """A main screen below which lies the list of nodes."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.INNER)

    @property
    def not_in_footer(self) -> Collection[str]:
        """Leave the palette out, too."""
        return (*super().not_in_footer, "palette")

    def leave(self) -> None:
        """Go back to the screen below."""
        self.app.pop_screen()
