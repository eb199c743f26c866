"""Shows the account's sessions (`3`), yours first: who is on which node, why, since when, and where its log is."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from smtui.domain.ages import age, seconds_between
from smtui.domain.records.account_session import SessionState
from smtui.sessions.resuming import why_not_resumed
from smtui.sessions.session_query import SessionQuery, find_session_miss
from smtui.tui.commands import Scope, bindings, commands_of
from smtui.tui.lists.count_words import Count
from smtui.tui.lists.filter_bar import FilterBar, FilterInput
from smtui.tui.parts.empty_state import Emptiness, EmptyState
from smtui.tui.parts.working import SignInHelps
from smtui.tui.sessions.pane_bodies import MAKERS, pane_body
from smtui.tui.sessions.session_actions import SessionActions
from smtui.tui.sessions.session_columns import SESSION_COLUMNS, ListedSession
from smtui.tui.sessions.session_pane import PaneTab, SessionPane
from smtui.tui.sessions.session_rows import SessionSort
from smtui.tui.sessions.session_sentences import EmptyList, about_session, counts, why_no_sessions
from smtui.tui.sessions.session_table import SessionTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from smtui.domain.place import Place
    from smtui.domain.query.misses import Miss
    from smtui.domain.records.account_session import AccountSession
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk
    from smtui.tui.sessions.session_rows import SessionKey

TICK_SECONDS = 1.0
"""Between two redraws of lengths of time and looks for due work."""
REFRESH_SECONDS = 30.0
"""Between two refreshes, at least."""
READING_SHARE = 20
"""Refreshing may take at most one part in this many of the time."""
CHUNK = 50
"""Rows put before the event loop gets a turn; some milliseconds."""
EXAMPLES = ("who, node, kind, reason, status:active", "who, node, kind, status:active", "who, node, kind", "who")
"""Shown while no filter is typed: the first that fits."""


class SessionsScreen(SignInHelps, SessionActions):
    """Reads the sessions when it is shown, and again while it is shown."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("sessions.tcss")]
    AUTO_FOCUS = "SessionTable"
    SCOPE = Scope.SESSIONS
    NAME = "Sessions"
    REFUSED = ("sessions.terminate", "sessions.resume")
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SESSIONS, Scope.WHERE, Scope.SIGN_IN)

    table = getters.query_one(SessionTable)
    empty = getters.query_one(EmptyState)
    pane = getters.query_one(SessionPane)

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._now = launcher.fleet.clock
        self._with_past = False
        self._changed = asyncio.Event()
        self._changed.set()
        self._read_from: datetime | None = None
        """When the last refresh began; None during the first."""
        self._due_after = REFRESH_SECONDS
        """Seconds from the start of a refresh until the next."""
        self._past_is_old = True
        """Whether past sessions were not read yet, or a session has ended since."""
        self._was_able: tuple[bool | None, ...] = ()
        self._missed: tuple[tuple[str, int], Miss | None] = (("", 0), None)

    def body(self) -> ComposeResult:
        """The filter, the list and the pane below it."""
        yield FilterBar(EXAMPLES)
        with Container(id="list"):
            yield SessionTable(self._rows)
            yield EmptyState()
        yield SessionPane(partial(pane_body, self._launcher))

    # Reading -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show what is known, read the sessions, and watch them."""
        self._stop_watching = self._list.subscribe(self._changed.set)
        self.work(self._feed, "feed", instead=True)
        self.work(self._read, "sessions")
        self.set_interval(TICK_SECONDS, self._tick)

    def on_unmount(self) -> None:
        """Watch them no more."""
        self._stop_watching()

    def on_screen_resume(self) -> None:
        """Show what has changed meanwhile."""
        self._tick()

    @property
    def _states(self) -> tuple[SessionState, ...]:
        return (SessionState.ACTIVE, SessionState.HISTORY) if self._with_past else (SessionState.ACTIVE,)

    def _is_reading(self) -> bool:
        return any(self._list.is_reading(state) for state in self._states)

    def signed_in(self) -> None:
        """Read the sessions again."""
        self.work(self._read, "sessions")

    async def _read(self) -> None:
        """Read the active sessions; the past ones only if they are shown and one was added."""
        began = self._read_from = self._now()
        await self._list.refresh(SessionState.ACTIVE)
        if self._with_past and self._past_is_old:
            self._past_is_old = False
            await self._list.refresh(SessionState.HISTORY)
        self._due_after = max(REFRESH_SECONDS, READING_SHARE * seconds_between(began, self._now()))
        for state in self._states:
            await self._list.read_names(state)
        if await self._launcher.account_sessions.logs.learn(self._known().values()):
            self._changed.set()

    def _tick(self) -> None:
        """Draw lengths of time anew, and read when it is due."""
        if not self.is_current:
            return
        self.table.repaint()
        self._show_around()
        is_due = self._read_from is None or seconds_between(self._read_from, self._now()) >= self._due_after
        if is_due and not self._is_reading():
            self.work(self._read, "sessions")

    async def _feed(self) -> None:
        """Carry what the list learns into the rows, until cancelled; the event loop is never blocked for long."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            await self._absorb()

    async def _absorb(self) -> None:
        known = self._known()
        for count, session in enumerate(known.values(), 1):
            name, mine = self._list.node_name(session), self._list.is_mine(session)
            self._rows.put(ListedSession(session, name, mine, self._launcher.account_sessions.logs.words(session)))
            if count % CHUNK == 0:
                await asyncio.sleep(0)
        self._note_ended(known)
        still = self.table.still_point
        self._rows.keep_only(known)
        self._rows.settle()
        self.table.show_rows(still)
        self._show_around()

    def _known(self) -> dict[SessionKey, AccountSession]:
        """Return all sessions to be listed; of one that has just ended, what its history says."""
        return {session.key: session for state in self._states for session in self._list.sessions(state)}

    def _note_ended(self, known: Mapping[SessionKey, AccountSession]) -> None:
        """Past sessions are read again once one that was active has gone."""
        gone = (row.key for row in self._rows.all_rows if not row.session.is_over and row.key not in known)
        self._past_is_old = self._past_is_old or any(True for _ in gone)

    # What is shown -----------------------------------------------------------------------------

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """How many sessions are active, and how many are yours; whether past ones are shown."""
        if self._list.read_at(SessionState.ACTIVE) is None:
            return ()
        active = [self._list.is_mine(each) for each in self._list.sessions(SessionState.ACTIVE) if not each.is_over]
        return counts(active, self._rows.past if self._with_past else None)

    def _show_around(self) -> None:
        """Show everything but the list itself."""
        self.show_header()
        listed, now = self.selected, self._now()
        self.status.variants = about_session(listed, now) if listed is not None else ()
        self.filter_bar.count = self._count(now)
        problems = tuple(dict.fromkeys(each for state in self._states for each in self._list.problems(state)))
        self.problems.show(problems if len(self._rows) else ())
        self.empty.show(self._why_empty(problems, now))
        if (able := self._able()) != self._was_able:
            self._was_able = able
            self.refresh_bindings()

    def _able(self) -> tuple[bool | None, ...]:
        """Which commands work, so that the footer is drawn anew only if that has changed."""
        return tuple(self.check_action(command.action, ()) for command in commands_of(Scope.SESSIONS))

    def _count(self, now: datetime) -> Count:
        read_at = self._list.read_at(SessionState.ACTIVE)
        return Count(
            shown=len(self._rows.view),
            total=len(self._rows),
            filtered=bool(self._rows.filter_text.strip()),
            marked=self._rows.marks,
            age=age(read_at, now) if read_at is not None else "",
            loading=self._is_reading(),
            noun="sessions" if self._with_past else "active",
        )

    def _why_empty(self, problems: Iterable[str], now: datetime) -> Emptiness:
        if self._rows.view:
            return Emptiness()
        times = [self._list.read_at(state) for state in self._states]
        read_at = min((time for time in times if time is not None), default=None)
        return why_no_sessions(
            EmptyList(
                total=len(self._rows),
                filter_text=self._rows.filter_text,
                miss=self._find_miss(),
                problems=tuple(problems),
                is_read=None not in times,
                age=age(read_at, now) if read_at is not None else "",
                with_past=self._with_past,
            )
        )

    def _find_miss(self) -> Miss | None:
        """Compare all sessions with the filter only when either has changed."""
        asked = (self._rows.filter_text, len(self._rows))
        if asked != self._missed[0]:
            query = SessionQuery.parse(self._rows.filter_text)
            self._missed = asked, find_session_miss(query, self._rows.searchables)
        return self._missed[1]

    @on(SessionTable.Moved)
    def _moved(self) -> None:
        self._show_around()

    def show_marks(self) -> None:
        """Show marks that have come or gone."""
        self.table.repaint()
        self._show_around()

    # Filtering and sorting ---------------------------------------------------------------------

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        self._rows.set_filter(event.text)
        self.table.show_rows()
        self._show_around()

    @on(FilterBar.Done)
    def _filter_done(self) -> None:
        if self._rows.view:
            self._rows.move_to(self._rows.cursor)
        self.table.focus()

    def action_clear_or_leave(self) -> None:
        """Clear the filter, for a click on the key that does."""
        self.filter_bar.set_text("")

    @on(SessionTable.SortAsked)
    def _sort_asked(self, event: SessionTable.SortAsked) -> None:
        column = next(column for column in SESSION_COLUMNS if column.id == event.column_id)
        self._sort(self._rows.sort.toward(column))

    def action_sort_next(self) -> None:
        """Sort by the next visible column; after the last, yours first, then the newest."""
        shown = [slot.column for slot in self.table.slots]
        current = self._rows.sort.column
        following = shown.index(current) + 1 if current in shown else 0
        self._sort(SessionSort(shown[following]) if following < len(shown) else SessionSort())

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        self._sort(self._rows.sort.reversed)

    def _sort(self, sort: SessionSort) -> None:
        still = self.table.still_point
        self._rows.set_sort(sort)
        self.table.show_rows(still)

    # Commands ----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense for the session under the cursor."""
        listed, works = self.selected, True
        if action == "filter":
            return not isinstance(self.focused, FilterInput)
        if action in ("log", "audit"):
            works = listed is not None and PaneTab[action.upper()] in MAKERS
        elif action == "terminate":
            works = bool(self.to_terminate)
        elif action in ("resume", "copy_resume"):
            works = listed is not None and not why_not_resumed(listed.session, mine=listed.mine)
        elif action in ("mark", "mark_all", "copy_id", "copy_command", "copy_describe"):
            works = listed is not None
        return True if works else None

    def action_refresh_sessions(self) -> None:
        """Read the sessions now, and the past ones if they are shown."""
        self._past_is_old = True
        self.work(self._read, "sessions")

    def action_past(self) -> None:
        """Show or hide the sessions of the past 30 days."""
        self._with_past = not self._with_past
        self._changed.set()
        if self._with_past and self._past_is_old:
            self.work(self._read, "sessions")
        self._show_around()

    @on(SessionTable.Chosen)
    def action_log(self) -> None:
        """Show the log of the selected session."""
        self._open(PaneTab.LOG)

    def action_audit(self) -> None:
        """Show what CloudTrail has of the selected session."""
        self._open(PaneTab.AUDIT)

    def _open(self, tab: PaneTab) -> None:
        listed = self.selected
        if listed is not None and tab in MAKERS:
            self.add_class("-pane")
            self.work(partial(self.pane.show, listed.session, tab), "pane", instead=True)

    def action_preferences(self) -> None:
        """Show the preferences of the place of the selected session, in words."""
        self._desk.open_rules(self._place)

    def action_requests(self) -> None:
        """Show the requests for access in the place of the selected session."""
        self._desk.open_requests(self._place)

    @property
    def _place(self) -> Place:
        listed = self.selected
        return listed.session.place if listed is not None else self._launcher.fleet.places[0]

    def action_back(self) -> None:
        """Close the pane, else clear the filter, else go back."""
        if self.has_class("-pane"):
            self.remove_class("-pane")
            self.work(self.pane.clear, "pane", instead=True)
            self.table.focus()
        else:
            super().action_back()
