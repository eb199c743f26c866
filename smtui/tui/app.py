"""The application: themes, the keys that work anywhere, and what belongs to the whole terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import PurePath
from typing import Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType, Keymap
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets import Input
from textual.worker import WorkType

from smtui.domain.text import harmless
from smtui.domain.tunnel import TunnelState, TunnelView
from smtui.engine.launcher import Launcher
from smtui.tui.clipboard import SystemClipboard
from smtui.tui.commands import Scope, bindings
from smtui.tui.forwards import ForwardStarter
from smtui.tui.handover import Handover, SuspendHandover
from smtui.tui.key_queue import KeyQueue
from smtui.tui.palette import TableCommands
from smtui.tui.screens.confirm import LeftoversScreen, QuitScreen
from smtui.tui.screens.help import HelpScreen
from smtui.tui.screens.main_screen import MainScreen
from smtui.tui.screens.nodes import NodesScreen
from smtui.tui.screens.presets import PresetsScreen
from smtui.tui.screens.troubleshoot import TroubleshootScreen
from smtui.tui.screens.tunnels import TunnelsScreen
from smtui.tui.themes import DARK, LIGHT, fitting_theme
from smtui.tui.troubleshooting import Troubleshooting
from smtui.tui.tunnel_news import TunnelNews
from smtui.tui.tunnel_rows import leftover_line, running_line, tunnels_in_words
from smtui.tui.working import Working

_SEVERITIES: Mapping[TunnelState, SeverityLevel] = {
    TunnelState.FAILED: "error",
    TunnelState.RECONNECTING: "warning",
}


class SmtuiApp(Working, App[None], inherit_bindings=False):
    TITLE = "smtui"
    CSS_PATH: ClassVar[list[str | PurePath]] = [  # a default screen's own CSS_PATH is never read
        "app.tcss",
        "screens/nodes.tcss",
        "screens/tunnels.tcss",
        "screens/presets.tcss",
        "screens/form_sheet.tcss",
        "screens/document.tcss",
        "screens/forward.tcss",
        "screens/troubleshoot.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ANYWHERE)
    ENABLE_COMMAND_PALETTE = False
    """Textual's own would bind its key with priority; ours is a command like any other."""

    def __init__(
        self,
        launcher: Launcher,
        initial_filter: str = "",
        *,
        handover: Callable[[App[Any]], Handover] = SuspendHandover,
        clipboard: SystemClipboard | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        # With native colours Textual's NO_COLOR leaves no colour at all, else it leaves shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in environ else None)
        self.animation_level = "none"
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        if "TEXTUAL_THEME" not in environ:
            self.theme = fitting_theme(environ)
        self._launcher = launcher
        self._initial_filter = initial_filter
        self._handover = handover(self)
        self._system_clipboard = clipboard or SystemClipboard(launcher.off_loop, environ)
        self._rebound: dict[str, str] = {}
        self._forwards = ForwardStarter(self, launcher, lambda: self._list_screen.selected_node)
        self._tunnel_news = TunnelNews()
        self._troubleshooting = Troubleshooting(launcher)
        self._is_leaving = False
        self._keys = KeyQueue(self, super().on_event)

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from smtui.tui.prompt_driver import PromptDriver

        return PromptDriver

    def get_default_screen(self) -> Screen[None]:
        return NodesScreen(self._launcher, self._handover, self._forwards, self._troubleshooting, self._initial_filter)

    @property
    def _list_screen(self) -> NodesScreen:
        screen = self.screen_stack[0]
        assert isinstance(screen, NodesScreen)  # noqa: S101 - for the type; the default screen is the list
        return screen

    def on_mount(self) -> None:
        self._launcher.tunnels.subscribe(self._tunnels_changed)
        self.call_after_refresh(self._look_for_leftovers)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._keys.put(event)
        else:
            await super().on_event(event)

    # Commands that work anywhere ---------------------------------------------------------------

    def action_leave(self) -> None:
        """Quit; asked only while tunnels run, because they end with the program."""
        if self._is_leaving:
            return
        if self._launcher.tunnels.active:
            self._is_leaving = True
            self.work(self._leave_with_tunnels(), "leaving")
        else:
            self.exit()

    async def _leave_with_tunnels(self) -> None:
        tunnels = self._launcher.tunnels
        running = [view for view in tunnels.views() if not view.state.over]
        title = f"Quit and close {tunnels_in_words(len(running))}?"
        if not await self.push_screen_wait(QuitScreen(title, [running_line(view) for view in running])):
            self._is_leaving = False
            return
        self.notify(f"Closing {tunnels_in_words(tunnels.active)} …", timeout=60, markup=False)
        await tunnels.close_all()
        self.exit()

    def action_go(self, where: str) -> None:
        """To one of the screens that have a number."""
        if isinstance(self.screen, TroubleshootScreen):
            self.screen.dismiss(False)  # whoever waits for its answer must have one
        if where == "nodes":
            if self.screen is not self._list_screen:
                self.pop_screen()
            return
        screen: MainScreen = (
            TunnelsScreen(self._launcher, self._troubleshooting)
            if where == "tunnels"
            else PresetsScreen(self._launcher, self._forwards)
        )
        if self.screen is self._list_screen:
            self.push_screen(screen)
        elif type(self.screen) is not type(screen):
            self.switch_screen(screen)

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self._rebound, getattr(self.screen, "SCOPE", Scope.NODES)))

    def action_palette(self) -> None:
        self.push_screen(CommandPalette(providers=[TableCommands], placeholder="Find a command …"))

    # Tunnels -----------------------------------------------------------------------------------

    def _tunnels_changed(self) -> None:
        """Told at most five times a second."""
        views = self._launcher.tunnels.views()
        told = self._tunnel_news.collect(views, self._launcher.fleet.clock())
        if self._handover.lent or not self.is_running:
            return
        for news in told:
            if news.never_opened and news.view.state is TunnelState.FAILED and self._is_list_idle:
                self.push_screen(self._troubleshooting.of_tunnel(news.view), partial(self._restart, news.view))
            else:
                severity = _SEVERITIES.get(news.view.state, "information")
                self.notify(harmless(news.sentence), severity=severity, markup=False)
        self._list_screen.tunnels_changed()
        if isinstance(self.screen, TunnelsScreen):
            self.screen.show_tunnels()

    @property
    def _is_list_idle(self) -> bool:
        """Whether the user does nothing on the list that a pane over it would disturb."""
        return self.screen is self._list_screen and not isinstance(self.focused, Input)

    def _restart(self, view: TunnelView, wanted: bool | None) -> None:
        if wanted:
            self.work(self._launcher.tunnels.restart(view.tunnel_id), "tunnels")

    def _look_for_leftovers(self) -> None:
        self.work(self._offer_clean_up(), "leftovers")

    async def _offer_clean_up(self) -> None:
        """What a smtui that was killed has left running."""
        found = await self._launcher.tunnels.leftovers()
        if not found:
            return
        now = self._launcher.fleet.clock()
        lines = [leftover_line(leftover, now) for leftover in found]
        if await self.push_screen_wait(LeftoversScreen("An earlier smtui left these behind. End them?", lines)):
            for sentence in await self._launcher.tunnels.clean_up(found):
                self.notify(harmless(sentence), severity="error", markup=False)

    # The terminal, which may be lent -----------------------------------------------------------

    def bell(self) -> None:
        if not self._handover.lent:
            super().bell()

    def copy_to_clipboard(self, text: str) -> None:
        """Through the terminal (OSC 52) and to the system's clipboard, as far as either goes."""
        if not self._handover.lent:
            super().copy_to_clipboard(text)
        put: WorkType[bool] = partial(self._system_clipboard.put, text)
        self.run_worker(put, group="clipboard", exit_on_error=False)

    # The user's own keys -----------------------------------------------------------------------

    def set_keymap(self, keymap: Keymap) -> None:
        self._rebound = dict(keymap)
        super().set_keymap(keymap)

    def update_keymap(self, keymap: Keymap) -> None:
        self._rebound |= keymap
        super().update_keymap(keymap)

    def handle_bindings_clash(self, clashed_bindings: set[Binding], node: DOMNode) -> None:
        names = ", ".join(sorted(binding.id or binding.action for binding in clashed_bindings))
        self.log.warning(f"Keys bound twice; without a key now: {names}")
