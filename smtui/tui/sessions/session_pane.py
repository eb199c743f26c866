"""The pane below the list of sessions: the log or the audit of one session, each a tab."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from smtui.tui.parts.cells import cell
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.shown_keys import key_of

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.records.account_session import AccountSession


class PaneTab(Enum):
    """What the pane can show of a session."""

    LOG = "Log"
    AUDIT = "Audit"


class PaneBody(ReadingPane):
    """The base of what a tab shows. A subclass reads on mount, and posts `Titled` when its title has changed."""

    class Titled(Message):
        """Another title."""

    @property
    def title_left(self) -> str:
        """What stands behind the tabs: where it is from."""
        return ""

    @property
    def title_right(self) -> str:
        """What stands at the right end: how much there is."""
        return ""


MakeBody = Callable[[PaneTab, "AccountSession"], PaneBody]


class SessionPane(Vertical):
    """One line of tabs, and the body of the tab that is shown."""

    DEFAULT_CSS = """
    SessionPane {
        & > .tabs { height: 1; width: 1fr; color: $muted; }
        & > PaneBody { height: 1fr; }
        &:focus-within > .tabs { color: $primary; }
    }
    """

    def __init__(self, make: MakeBody) -> None:
        super().__init__()
        self._make = make
        self.tab = PaneTab.LOG
        self.session: AccountSession | None = None

    def compose(self) -> ComposeResult:
        """Lay out the line of tabs."""
        yield Static(classes="tabs", markup=False)

    @property
    def body(self) -> PaneBody | None:
        """What is shown now."""
        return next(iter(self.query(PaneBody)), None)

    async def show(self, session: AccountSession, tab: PaneTab) -> None:
        """Show this of a session, and give it the focus."""
        if self.body is None or self.session is None or (self.session.key, self.tab) != (session.key, tab):
            self.session, self.tab = session, tab
            await self.query(PaneBody).remove()
            await self.mount(self._make(tab, session))
        self.focus_body()
        self._draw_tabs()

    async def clear(self) -> None:
        """Show nothing, and read nothing more."""
        self.session = None
        await self.query(PaneBody).remove()

    def focus_body(self) -> None:
        """Give the focus to what is shown."""
        if (body := self.body) is not None:
            body.focus()

    @on(PaneBody.Titled)
    def _titled(self, event: PaneBody.Titled) -> None:
        event.stop()
        self._draw_tabs()

    def on_resize(self) -> None:
        """Fit the line of tabs."""
        self._draw_tabs()

    def _draw_tabs(self) -> None:
        for line in self.query(".tabs").results(Static):
            line.update(Content(tab_line(self.tab, self.body, line.size.width or self.size.width)))


def tab_line(tab: PaneTab, body: PaneBody | None, width: int) -> str:
    """Return `─ [Log]  Audit ─ LEFT ───── RIGHT ─`, exactly `width` cells."""
    tabs = " ".join(f"[{each.value}]" if each is tab else f" {each.value} " for each in PaneTab)
    left = f"─ {tabs} ─ {body.title_left if body is not None else ''} ".replace("─  ", "─ ")
    right = f" {body.title_right} ─" if body is not None and body.title_right else ""
    room = width - cell_len(left) - cell_len(right)
    return f"{left}{'─' * room}{right}" if room >= 0 else cell(left, width)


def focused_in(pane: Widget) -> bool:
    """Tell whether the pane has the focus."""
    return pane.has_focus_within


def help_sentences(faults: Iterable[Fault]) -> tuple[str, ...]:
    """Return which texts help against what failed, each once, as the palette finds them."""
    from smtui.topics.failure_topics import of_fault
    from smtui.topics.library import topic

    ids = dict.fromkeys(topic_id for fault in faults if (topic_id := of_fault(fault).topic))
    return tuple(f"What helps: {topic(topic_id).title} ({key_of('palette')} and {topic_id})" for topic_id in ids)
