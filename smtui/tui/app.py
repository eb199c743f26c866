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
from textual.screen import Screen
from textual.worker import WorkType

from smtui.engine.launcher import Launcher
from smtui.tui.clipboard import SystemClipboard
from smtui.tui.commands import Scope, bindings
from smtui.tui.handover import Handover, SuspendHandover
from smtui.tui.key_queue import KeyQueue
from smtui.tui.palette import TableCommands
from smtui.tui.screens.help import HelpScreen
from smtui.tui.screens.nodes import NodesScreen
from smtui.tui.themes import DARK, LIGHT, fitting_theme


class SmtuiApp(App[None], inherit_bindings=False):
    TITLE = "smtui"
    CSS_PATH: ClassVar[list[str | PurePath]] = [  # a default screen's own CSS_PATH is never read
        "app.tcss",
        "screens/nodes.tcss",
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
        self._keys = KeyQueue(self, super().on_event)

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from smtui.tui.prompt_driver import PromptDriver

        return PromptDriver

    def get_default_screen(self) -> Screen[None]:
        return NodesScreen(self._launcher, self._handover, self._initial_filter)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._keys.put(event)
        else:
            await super().on_event(event)

    # Commands that work anywhere ---------------------------------------------------------------

    def action_leave(self) -> None:
        self.exit()

    def action_help(self) -> None:
        self.push_screen(HelpScreen(self._rebound))

    def action_palette(self) -> None:
        self.push_screen(CommandPalette(providers=[TableCommands], placeholder="Find a command …"))

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
