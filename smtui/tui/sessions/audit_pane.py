"""Shows which calls about a session CloudTrail has, and who is notified of sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.text import cell_width
from smtui.sessions.audit import event_words, remarks, shown_caller
from smtui.sessions.notifications import TOPIC, notification_sentences
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import PageText, Paragraphs, Piece, redraw_pages
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.working import Working
from smtui.tui.sessions.log_view import clock_time
from smtui.tui.sessions.session_pane import PaneBody, help_sentences

if TYPE_CHECKING:
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.records.trail import TrailEvent
    from smtui.engine.launcher import Launcher
    from smtui.sessions.audit import Trail
    from smtui.sessions.notifications import Notification


class AuditBody(Working, PaneBody):
    """What is recorded of one session."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SESSION_AUDIT)
    DEFAULT_CSS = """
    AuditBody { background: $surface; scrollbar-gutter: stable; }
    """

    def __init__(self, launcher: Launcher, session: AccountSession) -> None:
        super().__init__()
        self._launcher = launcher
        self._session = session
        self._audit = launcher.account_sessions.audit
        self._trail: Trail | None = None
        self._notification: Notification | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield PageText(self._page)

    def on_mount(self) -> None:
        """Look up both at the same time."""
        self.work(self._read_trail, "trail")
        self.work(self._read_notification, "notification")

    async def _read_trail(self) -> None:
        self._trail = await self._audit.trail(self._session)
        self._changed()

    async def _read_notification(self) -> None:
        self._notification = await self._audit.notification(self._session.place)
        self._changed()

    def _changed(self) -> None:
        redraw_pages(self)
        self.post_message(self.Titled())
        self.refresh_bindings()

    @property
    def title_left(self) -> str:
        """Where the events are from."""
        return "CloudTrail, up to 15 min behind"

    @property
    def title_right(self) -> str:
        """Whether anybody is notified."""
        if self._notification is None:
            return ""
        return f"nobody is notified ({key_of('audit.copy-rule')} copies a rule)" if self._offers_rule else ""

    @property
    def _offers_rule(self) -> bool:
        return self._notification is not None and self._notification.reaches_nobody

    def _page(self, width: int) -> Paragraphs:
        page = Paragraphs(width)
        trail, notification = self._trail, self._notification
        if trail is None:
            page.write("Looking up events …", Look.QUIET)
        else:
            self._write_trail(page, trail)
        page.lines.append((Piece(""),))
        if notification is None:
            page.write("Looking up who is notified …", Look.QUIET)
            return page
        for sentence in notification_sentences(notification):
            page.write(sentence, Look.WARN if notification.faults else Look.PLAIN)
        denied = [fault for _, fault in trail.denied] if trail is not None else []
        for sentence in help_sentences((*denied, *notification.faults)):
            page.write(sentence, Look.QUIET)
        if self._offers_rule:
            page.write(f"{key_of('audit.copy-rule')} copies the commands that make a rule and a topic.", Look.QUIET)
        return page

    def _write_trail(self, page: Paragraphs, trail: Trail) -> None:
        names = max((cell_width(event.name) for event in trail.events), default=0)
        callers = max((cell_width(shown_caller(event)) for event in trail.events), default=0)
        for event in trail.events:
            self._write_event(page, event, names, callers)
        for sentence in remarks(trail, self._session, self._launcher.fleet.clock()):
            page.write(sentence, Look.WARN if trail.denied or trail.broken or trail.cut_short else Look.QUIET)

    @staticmethod
    def _write_event(page: Paragraphs, event: TrailEvent, names: int, callers: int) -> None:
        leads = (
            Piece(f"{clock_time(event.at) or '?':8}  ", Look.QUIET),
            Piece(f"{event.name:{names}}  ", Look.BAD if event.error_code else Look.PLAIN),
        )
        caller = shown_caller(event)
        page.hang(leads, f"{caller:{callers}}  {event_words(event)}", Look.PLAIN, 10)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the rule only where nobody is notified."""
        if action == "copy_rule":
            return True if self._offers_rule else None
        return True

    def action_copy_rule(self) -> None:
        """Copy the commands that make a topic and a rule which sends sessions to it."""
        from smtui.topics.library import topic
        from smtui.topics.topic_text import advice

        caller = self._launcher.fleet.aws(self._session.place).known_caller()
        place = self._session.place
        known = {
            "account": caller.account or _part(self._session.owner, 4),
            "partition": _part(caller.arn or self._session.owner, 1),
            "region": place.region or caller.region,
            "profile": place.profile,
        }
        values = {name: value for name, value in known.items() if value}
        fixes = advice(topic(TOPIC), values, self._launcher.setup.machines()).ready_fixes
        if fixes:
            copy_and_say(self.screen, "\n".join(fix.text for fix in fixes))
        else:
            self.say("Account and Region are not known yet: the commands need them.", "warning")


def _part(arn: str, index: int) -> str:
    parts = arn.split(":", 5)
    return parts[index] if len(parts) > 5 else ""
