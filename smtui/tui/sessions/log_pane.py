"""Shows the log of a session: reads it part by part as one moves, follows it, searches it, saves it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from smtui.diagnosis.diagnosis_report import ReportNotSaved
from smtui.domain.ages import data_size
from smtui.domain.fault import AwsCallFailed
from smtui.domain.text import harmless
from smtui.sessions.log_reading import FOLLOW_SECONDS, LogNotOpened
from smtui.sessions.log_source import NoSuchLog
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import PageText, Paragraphs
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.working import Working
from smtui.tui.sessions.log_view import LogView
from smtui.tui.sessions.session_pane import PaneBody, help_sentences

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from smtui.domain.fault import Fault
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.records.session_log import Whereabouts
    from smtui.engine.launcher import Launcher
    from smtui.sessions.log_reading import OpenLog


class LogFindInput(Input, inherit_bindings=False):
    """What is sought in the log; it has a line only while it is used."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Scope.LOG_FIND),
        *(binding for binding in Input.BINDINGS if isinstance(binding, Binding) and binding.key != "enter"),
    ]
    DEFAULT_CSS = """
    LogFindInput { dock: bottom; display: none; height: 1; }
    LogFindInput.-used { display: block; }
    """

    class Done(Message):
        """The user goes back to the log; `words` are empty if nothing is sought any more."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    def action_keep(self) -> None:
        """Seek the words."""
        self.post_message(self.Done(self.value.strip()))

    def action_clear_or_leave(self) -> None:
        """Seek nothing."""
        self.value = ""
        self.post_message(self.Done(""))


class LogBody(Working, PaneBody):
    """The log of one session."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SESSION_LOG)
    DEFAULT_CSS = """
    LogBody { background: $surface; scrollbar-gutter: stable; }
    """

    def __init__(self, launcher: Launcher, session: AccountSession) -> None:
        super().__init__()
        self._launcher = launcher
        self._session = session
        self._logs = launcher.account_sessions.logs
        self._where: Whereabouts | None = None
        self._log: OpenLog | None = None
        self._trouble: tuple[str, ...] = ()
        self._faults: tuple[Fault, ...] = ()
        self._is_seeking = False
        self._follows = False
        self._is_moving = False
        self._words = ""

    def compose(self) -> ComposeResult:
        """Lay out the sentences, the lines and the field for searching."""
        yield PageText(self._page)
        yield LogView()
        yield LogFindInput(compact=True, select_on_focus=False, placeholder="words in a line of the log")

    @property
    def view(self) -> LogView:
        """The lines."""
        return self.query_one(LogView)

    def on_mount(self) -> None:
        """Find the log and open it."""
        self.work(self._open, "log")
        self.set_interval(FOLLOW_SECONDS, self._look_for_more)

    async def _open(self) -> None:
        where = self._where = await self._logs.where(self._session)
        self._faults = where.faults
        self._retitle()
        try:
            if where.places:
                self._log = await self._logs.open(self._session, where)
                await self._fill(self._log)
        except LogNotOpened as failed:
            self._trouble, self._faults = failed.sentences, (*where.faults, *failed.faults)
        except (AwsCallFailed, NoSuchLog) as failed:
            self.say(f"What comes before was not read: {failed}", "warning")
        self._follows = self._log is not None and self._log.place.is_live and not self._session.is_over
        self._show(at_end=True)

    async def _fill(self, log: OpenLog) -> None:
        """Read what fits the pane: without anything to scroll nobody could ask for it."""
        while log.has_earlier and len(log.lines) < self.screen.size.height:
            await log.earlier()

    # What is shown -----------------------------------------------------------------------------

    @property
    def title_left(self) -> str:
        """Where the log is, and whether it is followed."""
        if self._log is None:
            return "…" if self._where is None else self._where.words
        return f"{harmless(self._log.place.address)}{' · following' if self._follows else ''}"

    @property
    def title_right(self) -> str:
        """How much there is."""
        if self._log is None:
            return ""
        total = self._log.total
        number = len(self._log.lines)
        more = "+" if self._log.has_earlier or self._log.has_later else ""
        size = data_size(total) if total is not None and more else f"{number:,}{more} lines"
        finds = "searching …" if self._is_seeking else f"{key_of('log.find')} finds"
        return f"{size} · {finds}"

    def _page(self, width: int) -> Paragraphs:
        page = Paragraphs(width)
        where, log = self._where, self._log
        if where is None:
            page.write("Reading where the log is …", Look.QUIET)
            return page
        if where.why:
            page.write(f"{where.words.capitalize()}. {where.why}")
        for sentence in self._trouble:
            page.write(sentence, Look.WARN)
        for note in (*where.notes, *(log.notes if log is not None else ())):
            page.write(note, Look.QUIET if log is not None else Look.WARN)
        if log is not None and not log.lines:
            page.write("The log is empty.", Look.QUIET)
        for sentence in help_sentences(self._faults):
            page.write(sentence, Look.QUIET)
        if log is None and where.places and self._links:
            opens, copies = key_of("log.open"), key_of("log.copy")
            page.write(f"{opens} opens its page in the AWS console, {copies} copies the link.", Look.QUIET)
        return page

    def _show(self, *, at_end: bool = False) -> None:
        if not self.is_mounted:
            return
        if self._log is not None:
            self.view.show_lines(self._log.lines)
        self.query_one(PageText).refresh(layout=True)
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False)
        self._retitle()
        self.refresh_bindings()

    def _retitle(self) -> None:
        self.post_message(self.Titled())

    # Reading on --------------------------------------------------------------------------------

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Read what comes before or behind once one gets there."""
        super().watch_scroll_y(old, new)
        if self._log is None or self._is_moving or new == old:
            return
        if new < old and new < self.size.height and self._log.has_earlier:
            self._move(self._earlier)
        elif new > old and new > self.max_scroll_y - self.size.height and self._log.has_later:
            self._move(self._later)

    def _move(self, step: Callable[[], Awaitable[None]]) -> None:
        if not self._is_moving:
            self._is_moving = True
            self.work(partial(self._moved, step), "log-move")

    async def _moved(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except AwsCallFailed as failed:
            self._follows = False
            self.say(f"{failed.fault.sentence()} What was read stays.", "warning")
        except NoSuchLog:
            self._follows = False
            self.say("The log was deleted.", "warning")
        finally:
            self._is_moving = False
            self._retitle()

    async def _earlier(self) -> None:
        if self._log is None:
            return
        top = self.view.line_at(round(self.scroll_y))
        came = await self._log.earlier()
        self.view.show_lines(self._log.lines)
        self._shift_found(came)
        self._keep_in_place(top + came)

    async def _later(self) -> None:
        if self._log is None:
            return
        top, was_at_end = self.view.line_at(round(self.scroll_y)), self.scroll_y >= self.max_scroll_y
        before = len(self._log.lines)
        dropped = await self._log.later()
        if len(self._log.lines) + dropped == before and not dropped:
            return
        self.view.show_lines(self._log.lines)
        self._shift_found(-dropped)
        self.query_one(PageText).refresh(layout=True)
        if self._follows and was_at_end:
            self.call_after_refresh(self.scroll_end, animate=False)
        else:
            self._keep_in_place(max(0, top - dropped))

    def _keep_in_place(self, top: int) -> None:
        """Let the same line stay at the top."""
        self.call_after_refresh(lambda: self.scroll_to(y=self.view.row_of(top), animate=False))

    def _shift_found(self, by: int) -> None:
        if self.view.found is not None:
            self.view.found = self.view.found + by if self.view.found + by >= 0 else None

    def _look_for_more(self) -> None:
        if self._follows and self.screen.is_current:
            self._move(self._later if self._goes_on() else self._last_look)

    def _goes_on(self) -> bool:
        """Whether the session is still listed as active."""
        listed = self._launcher.account_sessions.list.find(self._session.session_id)
        return any(each.key == self._session.key and not each.is_over for each in listed)

    async def _last_look(self) -> None:
        """Read what came until the session ended, and follow it no more."""
        await self._later()
        self._follows = self._log is not None and self._log.has_later

    # Keys --------------------------------------------------------------------------------------

    @property
    def _links(self) -> tuple[str, ...]:
        return self._logs.links(self._session, self._where) if self._where is not None else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense now."""
        if action in ("find", "save"):
            return True if self._log is not None else None
        if action == "find_next":
            return True if self._log is not None and self._words else None
        if action == "follow":
            return True if self._log is not None and self._log.place.is_live and not self._session.is_over else None
        if action in ("open_link", "copy_link"):
            return True if self._links else None
        return True

    def action_find(self) -> None:
        """Ask for the words to find."""
        field = self.query_one(LogFindInput)
        field.add_class("-used")
        field.focus()

    @on(LogFindInput.Done)
    def _sought(self, event: LogFindInput.Done) -> None:
        event.stop()
        self.query_one(LogFindInput).remove_class("-used")
        self.focus(scroll_visible=False)
        self._words = event.words
        if event.words:
            self._seek(forward=True, start=self.view.line_at(round(self.scroll_y)))
        else:
            self.view.found = None
            self.view.refresh()
        self.refresh_bindings()

    def action_find_next(self, direction: int) -> None:
        """Go to the next line with the words (1), or the previous one (-1)."""
        here = self.view.found if self.view.found is not None else self.view.line_at(round(self.scroll_y))
        self._seek(forward=direction > 0, start=here + direction)

    def _seek(self, *, forward: bool, start: int) -> None:
        self._follows = False
        self.work(partial(self._find, forward, start), "log-find", instead=True)

    async def _find(self, forward: bool, start: int) -> None:
        log, words = self._log, self._words
        if log is None:
            return
        lines, self._is_seeking = log.lines, True
        self._retitle()
        try:
            found = await log.find(words, start, forward=forward)
        except (AwsCallFailed, NoSuchLog) as failed:
            self.say(f"The search went no further: {failed}", "warning")
            return
        finally:
            self._is_seeking = False
            self._retitle()
        if found is None:
            self.say(f"No line {'below' if forward else 'above'} has {words}.")
            return
        if log.lines is not lines:
            self.view.show_lines(log.lines)
        self.view.found = found
        self.view.refresh()
        self.call_after_refresh(self._go_to, found)
        self._retitle()

    def _go_to(self, index: int) -> None:
        self.scroll_to(y=max(0, self.view.row_of(index) - self.size.height // 3), animate=False)

    def action_follow(self) -> None:
        """Go to the end and follow it, or stay where one is."""
        self._follows = not self._follows
        if self._follows:
            self._move(self._to_end)
        self._retitle()

    async def _to_end(self) -> None:
        if self._log is not None:
            await self._log.go_to_end()
            self._show(at_end=True)

    def action_open_link(self) -> None:
        """Open the log's page in the browser."""
        for link in self._links[:1]:
            self.app.open_url(link)
            self.say(f"Opened {link}")

    def action_copy_link(self) -> None:
        """Copy the link of the log's page."""
        for link in self._links[:1]:
            copy_word(self.screen, link)

    def action_save(self) -> None:
        """Save the whole log as text in a file that only the user can read."""
        self.work(self._save, "log-save", instead=True)

    async def _save(self) -> None:
        log = self._log
        if log is None:
            return
        safe = "".join(each if each.isalnum() or each in "-." else "_" for each in self._session.session_id)
        try:
            path = await self._launcher.save_report(f"session-{safe}.txt", (line.text for line in log.all_lines()))
        except (AwsCallFailed, NoSuchLog, ReportNotSaved) as failed:
            self.say(f"Nothing was saved: {failed}", "warning")
            return
        self.say(f"Saved the log, without its colours, in {path}")
