"""Shows the tunnels (`2`): what is forwarded now, live."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.shellquote import Unquotable, command_line
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.empty_state import Emptiness, EmptyState, Way
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.tunnels.tunnel_rows import TUNNEL_COLUMNS, about, not_open, running_line, summary, tunnel_row
from smtui.tui.tunnels.tunnel_sheets import CommandSheet, TunnelLogScreen
from smtui.tunnels.supervisor import TunnelRefused
from smtui.tunnels.tunnel import TunnelView, tunnels_in_words

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

TICK_SECONDS = 1.0
"""How often ages and the seconds to the next attempt are drawn anew."""


_NOTHING = Emptiness(
    ("Nothing is forwarded.", "Forward a port with f on a node, or start a preset."),
    (Way("go-nodes", "Nodes"), Way("go-presets", "Presets")),
)


class TunnelsScreen(InnerScreen[None]):
    """Drawn anew when a tunnel changes, and each second."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("tunnels.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.TUNNELS
    NAME = "Tunnels"
    REFUSED = ("tunnels.restart",)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TUNNELS)

    table = getters.query_one(RowTable)
    empty = getters.query_one(EmptyState)

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._tunnels = launcher.tunnels

    def body(self) -> ComposeResult:
        """The tunnels, and the current one in full."""
        yield RowTable(TUNNEL_COLUMNS, id="tunnels")
        yield EmptyState()

    def status_line(self) -> StatusLine:
        """Two lines, for what the row has no room for."""
        return StatusLine(least=2)

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """How many tunnels have each status; where that has no room, how many there are."""
        views = self._tunnels.views()
        return (summary(views),), (tunnels_in_words(len(views)),)

    def on_mount(self) -> None:
        """Watch the tunnels and the clock."""
        self._stop_watching = self._tunnels.subscribe(self.show_tunnels)
        self.set_interval(TICK_SECONDS, self.show_tunnels)

    def on_unmount(self) -> None:
        """Watch them no more."""
        self._stop_watching()

    def on_screen_resume(self) -> None:
        """Show what has changed meanwhile."""
        self.show_tunnels()

    def show_tunnels(self) -> None:
        """Draw what has changed: after each change of a tunnel, and as time passes."""
        if not self.is_current:
            return
        views, now = self._tunnels.views(), self._launcher.fleet.clock()
        self.table.show([tunnel_row(view, now) for view in views])
        self.show_header()
        self.set_class(not views, "-empty")
        if views:
            self.empty.show(Emptiness())
        else:
            self.empty.show(_NOTHING)
        self._moved()

    @on(RowTable.Moved)
    def _moved(self) -> None:
        view = self._current
        now, counted = self._launcher.fleet.clock(), self.table.shows("CLIENTS")
        self.status.variants = about(view, now, counted=counted) if view else ()
        self.refresh_bindings()

    @property
    def _current(self) -> TunnelView | None:
        return next((view for view in self._tunnels.views() if view.tunnel_id == self.table.current), None)

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense for the tunnel under the cursor."""
        view, works = self._current, True
        if action in {"copy_address", "restart", "log", "troubleshoot"}:
            works = view is not None
        elif action == "open_command":
            works = view is not None and bool(view.command)
        elif action == "stop_tunnel":
            works = view is not None and not view.state.over
        elif action == "forget":
            works = view is not None and view.state.over
        return True if works else None

    @on(RowTable.Chosen)
    def action_copy_address(self) -> None:
        """Copy where to connect."""
        view = self._current
        if view is not None:
            copy_word(self, view.local)

    def action_open_command(self) -> None:
        """Show and copy the command that goes with the tunnel."""
        view = self._current
        if view is None or not view.command:
            return
        try:
            line = command_line(view.command, self._launcher.setup.shell)
        except Unquotable as refused:
            self.say(f"{refused}.", "warning")
            return
        self.app.push_screen(CommandSheet(view.far_end, line, not_open(view)))

    def action_stop_tunnel(self) -> None:
        """Stop the tunnel; ask first if connections are open."""
        if self._current is not None:
            self.work(self._stop(self._current), "tunnels")

    async def _stop(self, view: TunnelView) -> None:
        if view.connections_now:
            lines = (running_line(view), "Stopping it cuts off whoever is connected.")
            question = ConfirmScreen(f"Stop the tunnel to {view.far_end}?", lines, "Stop it")
            if not await self.app.push_screen_wait(question):
                return
        await self._tunnels.stop(view.tunnel_id)

    def action_restart(self) -> None:
        """Start the tunnel again, on the same local port."""
        if self._current is not None:
            self.work(self._restart(self._current), "tunnels")

    async def _restart(self, view: TunnelView) -> None:
        try:
            await self._tunnels.restart(view.tunnel_id)
        except TunnelRefused as refused:
            self.say(str(refused), "warning")

    def action_troubleshoot(self) -> None:
        """Show what is wrong with the tunnel."""
        view = self._current
        if view is not None:
            self._desk.troubleshoot_tunnel(view)

    def action_log(self) -> None:
        """Show the tunnel's log."""
        view = self._current
        if view is not None:
            title = f"Log of {view.local} to {view.far_end}"
            self.app.push_screen(TunnelLogScreen(title, lambda: self._tunnels.log(view.tunnel_id)))

    def action_forget(self) -> None:
        """Take a tunnel that is over off the list."""
        view = self._current
        if view is not None and view.state.over:
            self._tunnels.forget(view.tunnel_id)
            self.show_tunnels()
