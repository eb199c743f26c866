"""Shows the steps that install a plugin, the commands that switch its log, and the log itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.wrapping import folded
from smtui.topics.library import topic
from smtui.topics.plugin_steps import INSTALL_TOPIC, install_block, plugin_steps
from smtui.topics.topic_text import step_texts, topic_lines
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.hanging import HangingText
from smtui.tui.parts.page import PageText, Paragraphs, Piece
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.sheet import Sheet

if TYPE_CHECKING:
    from smtui.domain.plugin_facts.plugin_fixes import PluginFix
    from smtui.domain.plugin_facts.plugin_survey import SwitchSteps
    from smtui.topics.machines import Machines
    from smtui.topics.topic import ReadyCommand

TICK_SECONDS = 1.0
"""How often the log is looked at for new lines."""
_INDENT = 2
_LEAST_WIDTH = 30


class StepsSheet(Sheet):
    """Shows what newer plugins mend, and the commands of this system; copies them, and runs nothing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PLUGIN_STEPS)
    DEFAULT_CSS = """
    StepsSheet > #sheet { width: 118; }
    """

    def __init__(self, machines: Machines, fixes: Sequence[PluginFix], version: str) -> None:
        """`version` is that of the plugin that `fixes` is about; empty for none."""
        super().__init__("Install, update, uninstall", "nothing is run here")
        self._machines = machines
        self._fixes = tuple(fixes)
        self._version = version

    def body(self) -> ComposeResult:
        """Compose the fixes, then the commands, part by part."""
        yield PageText(lambda width: steps_page(self._machines, self._fixes, self._version, width))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim copying where there are no commands."""
        return None if action == "copy_text" and not install_block(self._machines) else True

    def action_copy_text(self) -> None:
        """Copy the commands that install it."""
        copy_and_say(self, install_block(self._machines))


def steps_page(machines: Machines, fixes: Sequence[PluginFix], version: str, width: int) -> Paragraphs:
    """Return what newer plugins mend, the commands for this machine, and what to know of them."""
    page = Paragraphs(max(_LEAST_WIDTH, width))
    if fixes:
        _heading(page, f"Newer than {version}" if version else "What the releases mend")
        for fix in fixes:
            page.write(f"{fix.version}  {fix.text}", lead=" " * _INDENT)
    parts = plugin_steps(machines)
    if not parts:
        for line in topic_lines(topic(INSTALL_TOPIC), {}, machines, page.width):
            page.lines.append((Piece(line),))
        return page
    for part in parts:
        _heading(page, part.title)
        for command in part.commands:
            _write_command(page, command)
    _heading(page, "To know")
    for text in step_texts(topic(INSTALL_TOPIC), machines):
        page.write(text, lead="  - ")
    return page


def _write_command(page: Paragraphs, command: ReadyCommand) -> None:
    page.write(command.does, Look.QUIET, lead=" " * _INDENT)
    for argv in command.argvs:
        for line in folded(argv, command.shell, page.width - _INDENT):
            page.lines.append((Piece(" " * _INDENT), Piece(line)))
    if not command.argvs:
        page.write(command.text, lead=" " * _INDENT)


def _heading(page: Paragraphs, words: str) -> None:
    if page.lines:
        page.lines.append(())
    page.write(words, Look.ACCENT)


class SwitchSheet(Sheet):
    """Shows the commands by which an administrator switches a log; copies them, and runs nothing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PLUGIN_STEPS)

    def __init__(self, title: str, steps: SwitchSteps) -> None:
        super().__init__(title, "nothing is run here")
        self._steps = steps

    def body(self) -> ComposeResult:
        """Compose what they do, and the commands."""
        yield HangingText([(0, self._steps.text), (0, ""), *((_INDENT, line) for line in self._steps.commands)])

    def action_copy_text(self) -> None:
        """Copy the commands, one a line."""
        copy_and_say(self, "\n".join(self._steps.commands))


class PluginLogSheet(Sheet):
    """Shows the end of a log, and follows it until the user scrolls up."""

    DEFAULT_CSS = """
    PluginLogSheet > #sheet { height: 24; }
    """

    def __init__(self, title: str, note: str, path: str, read: Callable[[], Awaitable[tuple[str, ...]]]) -> None:
        """`read` returns the last lines, harmless; `note` says what the log may hold."""
        super().__init__(title, path)
        self._note = note
        self._read = read
        self._shown: tuple[str, ...] | None = None

    def body(self) -> ComposeResult:
        """Compose the note and the lines so far."""
        yield HangingText([(0, self._note)], id="note")
        yield HangingText([(0, "reading …")], id="lines")

    def on_mount(self) -> None:
        """Begin at the end of the log, and follow it."""
        self._look()
        self.set_interval(TICK_SECONDS, self._look)

    def _look(self) -> None:
        if self.is_current:
            self.work(self._follow, "log", instead=True)

    async def _follow(self) -> None:
        lines = await self._read()
        if lines == self._shown:
            return
        pane = self.query_one(ReadingPane)
        at_end = self._shown is None or pane.scroll_offset.y >= pane.max_scroll_y
        self._shown = lines
        self.query_one("#lines", HangingText).lines = tuple((_INDENT, line) for line in lines) or ((0, "It is empty."),)
        if at_end:
            pane.scroll_end(animate=False)
