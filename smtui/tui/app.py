"""Runs the application: themes, keys that work anywhere, notices, the way out, and handing the terminal over."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import PurePath
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import BindingType
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen
from textual.widgets import Input

from smtui.domain.settings.setting_table import MOUSE
from smtui.domain.text import harmless
from smtui.garbage import QUIET_SECONDS, OldGarbage, collect_from_now
from smtui.tui.commands import Scope, bindings
from smtui.tui.configured.clipboard import SystemClipboard
from smtui.tui.configured_app import ConfiguredApp
from smtui.tui.features import Features
from smtui.tui.looks.role_attributes import RoleAttributes
from smtui.tui.looks.themes import PLAIN, role_defaults
from smtui.tui.nodes.nodes_screen import WRITTEN_SECONDS, NodesScreen
from smtui.tui.parts.main_screen import MainScreen
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.working import Working
from smtui.tui.sign_in_keys import ACTIONS as SIGN_IN_ACTIONS
from smtui.tui.sign_in_keys import SignInKeys
from smtui.tui.terminal.handover import Handover, SuspendHandover
from smtui.tui.terminal.key_queue import KeyQueue
from smtui.tui.terminal.terminal_gate import Gate
from smtui.tui.terminal.terminal_owner import TerminalOwner
from smtui.tui.way_out import WayOut

if TYPE_CHECKING:
    from smtui.engine.fleet import NodeKey
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import PlacePane
    from smtui.tui.tunnels.job_rows import JobNews
    from smtui.tui.tunnels.tunnel_news import TunnelNews

_NOTICE_SECONDS = 15.0
"""How long a notice is shown; also when one is tried again that came while a session had the terminal."""
SIGN_INS_SECONDS = 5.0
"""Between two looks at the files of the sign-ins."""


class SmtuiApp(Working, ConfiguredApp, inherit_bindings=False):
    """The screens of smtui over a launcher."""

    TITLE = "smtui"
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "nodes/nodes.tcss"]
    """Those of the first screen, whose own are never read; the others name theirs."""
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ANYWHERE)
    ENABLE_COMMAND_PALETTE = False
    """Textual's own would bind its key with priority; ours is a command like any other."""

    def __init__(
        self,
        launcher: Launcher,
        initial_filter: str = "",
        *,
        handover: Callable[[App[Any], TerminalOwner], Handover] = SuspendHandover,
        clipboard: SystemClipboard | None = None,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`clock`, in seconds, says when the list is due to be read again, and how long news is shown."""
        # With native colours Textual's NO_COLOR leaves no colour at all, else it leaves shades of grey.
        super().__init__(clock, launcher.fleet.clock, ansi_color=True if "NO_COLOR" in environ else None)
        self.animation_level = "none"
        self.begin_as_set(launcher, environ, clipboard or SystemClipboard(launcher.off_loop, environ))
        self._initial_filter = initial_filter
        self._pace_clock = clock
        self._owner = TerminalOwner()
        self._handover = handover(self, self._owner)
        self._way_out = WayOut(
            self._owner,
            launcher,
            lambda: self.exit(return_code=1 if self.fault else 0),
            still_waiting=self._say_how_to_hurry,
        )
        self._last_used: list[str] = []
        """What was done from the palette, the last first."""
        self._features = Features(
            self,
            launcher,
            self._handover,
            lambda: self._list_screen.selected_node,
            lambda: self._list_screen.plugin,
        )
        self._sign_in_keys = SignInKeys(self, launcher, self._features)
        self._is_asking = False
        self._role_attributes = RoleAttributes()
        self._gate = Gate()
        self._keys = KeyQueue(self, self._deal)
        self._old_garbage: OldGarbage | None = None

    def get_driver_class(self) -> type[Driver]:
        """Return our own driver, which lets go of the terminal at once, for Linux and macOS."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from smtui.tui.terminal.prompt_driver import PromptDriver

        return PromptDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Filter every line drawn: first by the plain theme's attributes, last by the gate for text from outside."""
        roles = [self._role_attributes] if self.theme == PLAIN.name else []
        return [*roles, *super().get_line_filters(), self._gate]

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our own roles for Textual's themes, which do not have them."""
        return role_defaults(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        """Make the list of nodes."""
        return NodesScreen(self._launcher, self._handover, self._features, self._initial_filter, self._pace_clock)

    @property
    def _list_screen(self) -> NodesScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, NodesScreen)  # noqa: S101 - for the type; the default screen is the list
        return screen

    def on_mount(self) -> None:
        """Begin to watch tunnels and notices, and look for what an earlier smtui left running."""
        self._launcher.watch_tunnels(self._tunnels_changed)
        self._launcher.watch_jobs(self._jobs_changed)
        self.app_resume_signal.subscribe(self, lambda _: self._jobs_changed())
        self.call_after_refresh(self.set_timer, WRITTEN_SECONDS, self._first_painted)
        loop = asyncio.get_running_loop()
        self._launcher.notices.listen(partial(loop.call_soon_threadsafe, self._show_notices))
        self._show_notices()

    def _first_painted(self) -> None:
        """Do what the first rows did not need, and look for what an earlier smtui left."""
        if collect_from_now():
            self._old_garbage = OldGarbage(monotonic)
            self.set_interval(QUIET_SECONDS, self._collect_old_garbage)
        self.work(self._launcher.import_soon, "imports")
        from smtui.tui.left_behind import LeftBehind

        self.work(self._look_at_sign_ins, "sign-ins")
        self.work(self.look_for_themes, "themes")
        self.set_interval(SIGN_INS_SECONDS, partial(self.work, self._look_at_sign_ins, "sign-ins", instead=True))
        LeftBehind(self, self._launcher, lambda: self._is_list_idle and not self._handover.lent).look()

    def _collect_old_garbage(self) -> None:
        if self._old_garbage is not None:
            self._old_garbage.collect_if_quiet(busy=self._launcher.fleet.loading)

    async def on_event(self, event: events.Event) -> None:
        """Queue keys; handle everything else at once."""
        if isinstance(event, events.InputEvent | events.Resize):
            self.person_did_something()
            if self._old_garbage is not None:
                self._old_garbage.touch()
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._keys.put(event)
        else:
            await super().on_event(event)

    async def _deal(self, key: events.Key) -> None:
        """One key from the queue, whose task a fault must not end."""
        self.key_pressed()
        try:
            await super().on_event(key)
        except Exception as error:
            self.contain(error, "handling a key")

    # The way out -------------------------------------------------------------------------------

    async def leave(self) -> None:
        """End every session, then the screen. Call it on the event loop."""
        if self._launcher.has_sessions and not self._owner.ending:
            self.notify("Ending the session …", timeout=60, markup=False)
        await self._way_out.leave()

    def _say_how_to_hurry(self) -> None:
        words = f"Waiting for an answer. {key_of('quit')} again leaves at once, and smtui names what is left."
        self.notify(words, timeout=60, markup=False)

    async def run_to_its_end(self) -> None:
        """Run until the screen has ended. Afterwards no session has the terminal or gets it."""
        try:
            await self.run_async(mouse=self._settings.now[MOUSE])
        finally:
            await self._way_out.screen_is_over()

    def leave_in_order(self) -> None:
        """Leave as `leave` does, in the background."""
        self.work(self.leave(), "leaving")

    def on_terminal_gone(self) -> None:
        """Leave: there is nobody to ask."""
        self.leave_in_order()

    def action_leave(self) -> None:
        """Quit; ask first only while tunnels or jobs run, because they end with the program."""
        if self._is_asking:
            return
        tunnels = self._launcher.open_tunnels
        is_busy = (tunnels is not None and tunnels.active) or self._launcher.active_jobs
        if is_busy and not self._owner.ending:
            self._is_asking = True
            self.work(self._leave_with_work(), "asking")
        else:
            self.leave_in_order()

    # Commands that work anywhere ---------------------------------------------------------------

    async def _leave_with_work(self) -> None:
        from smtui.tui.parts.confirm import QuitScreen
        from smtui.tui.tunnels.at_quit import running_lines, running_words

        words, lines = running_words(self._launcher), running_lines(self._launcher)
        wants_it = await self.push_screen_wait(QuitScreen(f"Quit and {words}?", lines))
        self._is_asking = False
        if not wants_it:
            return
        doing = words.replace("close", "Closing", 1).replace("stop", "Stopping", 1)
        self.notify(f"{doing} …", timeout=60, markup=False)
        await self.leave()

    def action_go(self, where: str) -> None:
        """Go to `nodes`, `tunnels`, `sessions`, `presets` or `plugin`."""
        if isinstance(self.screen, MainScreen):
            self.screen.step_aside()
        while len(self.screen_stack) > 2:  # places over the tunnels, say
            self.pop_screen()
        if where == "nodes":
            if self.screen is not self._list_screen:
                self.pop_screen()
            return
        screen = self._features.main_screen(where)
        if self.screen is self._list_screen:
            self.push_screen(screen)
        elif type(self.screen) is not type(screen):
            self.switch_screen(screen)

    def action_help(self) -> None:
        """Show the keys, those of this screen first."""
        from smtui.tui.help.help_screen import HelpScreen

        self.push_screen(HelpScreen(getattr(self.screen, "SCOPE", Scope.NODES)))

    def action_places(self, pane: PlacePane) -> None:
        """Show the `profiles` or the `regions`, to choose whose nodes are listed."""
        self._features.open_places(pane)

    def action_messages(self) -> None:
        """List what is wrong on this screen, and everything that smtui has said."""
        from smtui.tui.messages_screen import MessagesScreen

        problems = self.screen.problems.sentences if isinstance(self.screen, MainScreen) else ()
        self.push_screen(MessagesScreen(problems, self.news.messages))

    def action_settings(self) -> None:
        """List the settings, and change them."""
        self._features.open_settings()

    async def read_after_sign_in(self) -> None:
        """Read the nodes once no refresh is under way that began with the old credentials: it would be joined."""
        await self._launcher.fleet.at_rest()
        self._list_screen.action_refresh_nodes()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to sign in where that helps."""
        return self._sign_in_keys.offers(action) if action in SIGN_IN_ACTIONS else True

    async def _look_at_sign_ins(self) -> None:
        if await self._sign_in_keys.look():
            self.show_sign_ins()

    def show_sign_ins(self) -> None:
        """Show who is signed out now, and offer the key."""
        if not self._handover.lent and self.is_running:
            self._show_headers()
            self.screen.refresh_bindings()

    def action_sign_in(self) -> None:
        """Sign in, then retry what failed on this screen."""
        self._sign_in_keys.sign_in()

    def action_copy_sign_in(self) -> None:
        """Copy the AWS CLI's command that signs in."""
        self._sign_in_keys.copy()

    def go_to_node(self, key: NodeKey) -> None:
        """Go to the list, and put its cursor on this node."""
        self.action_go("nodes")
        self._list_screen.go_to(key)

    async def plugin_changed(self) -> None:
        """Show in every header which plugin sessions use now."""
        await self._list_screen.look_for_plugin()
        self._show_headers()

    def action_palette(self, opened: str = "") -> None:
        """Find commands, presets, nodes and texts by their names; `opened` is one of its second lists."""
        from smtui.tui.palette.offers import Below, Offers
        from smtui.tui.palette.palette_screen import PaletteScreen

        nodes = self._list_screen
        below = Below(self.screen, nodes.selected_node, nodes.table.sorted_by)
        self.push_screen(PaletteScreen(Offers(self, self._launcher, self._features, below), self._last_used, opened))

    def action_change_theme(self) -> None:
        """Choose a theme."""
        self.action_palette("theme")

    # Tunnels -----------------------------------------------------------------------------------

    @cached_property
    def _tunnel_news(self) -> TunnelNews:
        from smtui.tui.tunnels.tunnel_news import TunnelNews

        return TunnelNews()

    def _tunnels_changed(self) -> None:
        """Called at most five times a second."""
        views = self._launcher.tunnels.views()
        found = self._tunnel_news.collect(views, self._launcher.fleet.clock())
        if self._handover.lent or not self.is_running:
            return
        for news in found:
            if news.did_not_start and self._is_list_idle:
                self._features.troubleshoot_tunnel(news.view)
            else:
                self.say(news.sentence, news.severity)
        self._show_headers()

    def _show_headers(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MainScreen):
                screen.show_header()

    @cached_property
    def _job_news(self) -> JobNews:
        from smtui.tui.tunnels.job_rows import JobNews

        return JobNews()

    def _jobs_changed(self) -> None:
        """Report jobs that have ended; those that end while a session has the terminal, after it."""
        if self._handover.lent or not self.is_running or not self._launcher.known_jobs:
            return
        shown = {getattr(screen, "job", None) for screen in self.screen_stack}
        for end in self._job_news.collect(self._launcher.known_jobs, shown, self._launcher.fleet.clock()):
            self.say(end.sentence, end.severity)
        self._show_headers()

    @property
    def _is_list_idle(self) -> bool:
        """Whether a pane may come up: the list is shown, and the user is not typing."""
        return self.screen is self._list_screen and not isinstance(self.focused, Input)

    def _show_notices(self) -> None:
        """Show what came in meanwhile; what is left when the screen ends is printed after it."""
        if self._handover.lent:
            self.set_timer(_NOTICE_SECONDS, self._show_notices)
        elif self.is_running:
            for sentence in self._launcher.notices.take():
                self.notify(harmless(sentence), severity="warning", timeout=_NOTICE_SECONDS, markup=False)

    # The terminal, which a session may have ----------------------------------------------------

    def bell(self) -> None:
        """Ring, unless a session has the terminal."""
        if not self._handover.lent:
            super().bell()

    @property
    def terminal_is_lent(self) -> bool:
        """Whether a session has the terminal."""
        return self._handover.lent

    def list_changed(self) -> None:
        """Show the list as the settings say now."""
        self._list_screen.follow_settings()
