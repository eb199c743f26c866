"""Does with the session under the cursor, or with the marked ones, what the keys of the list say."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.shellquote import Unquotable, command_line
from smtui.sessions.session_list import TERMINATES_NOTHING
from smtui.tui.copying import copy_and_say, copy_word
from smtui.tui.lists.filter_bar import FilteredScreen
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.sessions.session_rows import SessionRows
from smtui.tui.sessions.session_sentences import (
    describe_argv,
    resume_argv,
    terminate_argv,
    terminate_question,
)
from smtui.tui.sessions.session_table import SessionTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtui.domain.records.account_session import AccountSession
    from smtui.engine.launcher import Launcher
    from smtui.sessions.session_list import Ended
    from smtui.tui.desk import Desk
    from smtui.tui.sessions.session_columns import ListedSession


class SessionActions(FilteredScreen[None]):
    """What one can do with the session under the cursor."""

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._list = launcher.account_sessions.list
        self._rows = SessionRows(launcher.fleet.clock)

    def show_marks(self) -> None:
        """Show marks that have come or gone."""
        raise NotImplementedError

    def action_refresh_sessions(self) -> None:
        """Read the sessions now."""
        raise NotImplementedError

    @property
    def selected(self) -> ListedSession | None:
        """The session under the cursor, if any."""
        return self._rows.current.listed if self._rows.current is not None else None

    @property
    def to_terminate(self) -> tuple[ListedSession, ...]:
        """The marked sessions that are not over; without marks, the one under the cursor."""
        wanted = self._rows.marked or tuple(filter(None, (self.selected,)))
        return tuple(listed for listed in wanted if not listed.session.is_over)

    # Terminating and resuming ------------------------------------------------------------------

    def action_terminate(self) -> None:
        """Terminate the marked sessions, else the one under the cursor, after a question that names them."""
        if self._launcher.setup.read_only:
            self.say(TERMINATES_NOTHING, "warning")
        elif wanted := self.to_terminate:
            self.work(partial(self._terminate, wanted), "terminating")

    async def _terminate(self, wanted: Sequence[ListedSession]) -> None:
        fleet = self._launcher.fleet
        question = terminate_question(wanted, fleet.clock(), with_place=len(fleet.places) > 1)
        if await self.app.push_screen_wait(ConfirmScreen(question.title, question.lines, "Terminate")):
            what = "the session" if len(wanted) == 1 else f"{len(wanted):,} sessions"
            end = partial(self._end, [listed.session for listed in wanted])
            self.work_to_the_end(end, "terminating", f"Terminating {what}")

    async def _end(self, sessions: Sequence[AccountSession]) -> None:
        done = await self._list.terminate(sessions)
        self._report(done)
        if self.is_attached:
            self._rows.unmark(each.session.key for each in done if each.ok)
            self.show_marks()
            self.action_refresh_sessions()

    def _report(self, done: Sequence[Ended]) -> None:
        """Say what became of each: failures one by one, the others in one sentence."""
        over = [each for each in done if each.ok]
        if len(over) == 1:
            self.say(over[0].sentence)
        elif over:
            self.say(f"{len(over):,} sessions are terminated.")
        for each in done:
            if not each.ok:
                self.say(each.sentence, "error")

    def action_resume(self) -> None:
        """Go on with the selected session in this terminal."""
        listed = self.selected
        if listed is not None:
            self.work(partial(self._resume, listed.session), "session")

    async def _resume(self, session: AccountSession) -> None:
        await self._desk.resume_session(session)
        self.action_refresh_sessions()

    # Marks -------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the selected session, or take its mark away, and go on to the next."""
        self._rows.turn_mark()
        self.query_one(SessionTable).move_to(self._rows.cursor + 1)
        self.show_marks()

    def action_mark_all(self) -> None:
        """Mark all sessions that are shown; again: none."""
        self._rows.mark_all()
        self.show_marks()

    # Copying -----------------------------------------------------------------------------------

    def action_copy_id(self) -> None:
        """Copy the selected session's id."""
        if self.selected is not None:
            copy_word(self, self.selected.session.session_id)

    def action_copy_command(self) -> None:
        """Copy the aws command that terminates the session; of one that is over, the one that describes it."""
        if self.selected is not None:
            session = self.selected.session
            self._copy(describe_argv(session) if session.is_over else terminate_argv(session))

    def action_copy_resume(self) -> None:
        """Copy the command that resumes the session."""
        if self.selected is not None:
            self._copy(resume_argv(self.selected.session))

    def action_copy_describe(self) -> None:
        """Copy the aws command that describes the session."""
        if self.selected is not None:
            self._copy(describe_argv(self.selected.session))

    def _copy(self, argv: Sequence[str]) -> None:
        try:
            copy_and_say(self, command_line(argv, self._launcher.setup.shell))
        except Unquotable as refused:
            self.say(f"Not copied: {refused}.", "warning")
