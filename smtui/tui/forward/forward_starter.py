"""Starts port forwards, after asking which node is meant where a preset leaves that open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from smtui.domain.preset import Choice, Preset, on_usable_port, taken_words
from smtui.domain.request import READ_ONLY
from smtui.domain.text import harmless
from smtui.tui.forward.choose_node import ChooseNodeScreen
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.preset_ports import PresetPorts
from smtui.tui.parts.working import SLOW_SECONDS
from smtui.tunnels.supervisor import TunnelRefused
from smtui.tunnels.tunnel import title_of

if TYPE_CHECKING:
    from smtui.domain.forward import Forward
    from smtui.domain.node import Node
    from smtui.engine.launcher import Launcher
    from smtui.tunnels.tunnel import TunnelView


class ForwardStarter:
    """Starts tunnels. Await its coroutines in a worker: they may ask the user."""

    def __init__(self, app: App[None], launcher: Launcher) -> None:
        self._app = app
        self._launcher = launcher
        self._beginning: set[Forward] = set()
        """Forwards that wait for the user's own hook."""

    async def start(
        self, forward: Forward, *, preset: str = "", command: tuple[str, ...] = (), taken: str = ""
    ) -> TunnelView:
        """Start a tunnel and say so, with what is `taken`; raises `TunnelRefused`."""
        if self._launcher.setup.read_only:
            raise TunnelRefused(READ_ONLY)
        if objection := self._launcher.account_sessions.objection(forward.request()):
            raise TunnelRefused(objection)
        view = await self._begun(forward, preset, command)
        self._launcher.place_book.filters.note_used(forward.place, forward.node_id)
        parts = (f"Forwarding {view.local} to {view.far_end} …", taken, view.warning)
        self._app.notify(harmless(" ".join(part for part in parts if part)), markup=False)
        return view

    async def _begun(self, forward: Forward, preset: str, command: tuple[str, ...]) -> TunnelView:
        title = title_of(forward)
        if forward in self._beginning:
            raise TunnelRefused(f"The forward to {title} is already starting.")
        self._beginning.add(forward)
        slow = self._app.set_timer(
            SLOW_SECONDS, lambda: self._app.notify(f"Starting the forward to {title} …", markup=False)
        )
        try:
            return await self._launcher.tunnels.start(forward, preset=preset, command=command)
        finally:
            slow.stop()
            self._beginning.discard(forward)

    async def start_preset(self, preset: Preset, here: Node | None, reason: str = "") -> bool:
        """Start a preset through its target, else through `here`; raises `TunnelRefused`.

        Its local port is the next free one if its own is taken. Returns False if the target names several nodes and
        the user chose none, or if the user did not want to start what others wrote.
        """
        if self._launcher.setup.read_only:
            raise TunnelRefused(READ_ONLY)
        node = await self.node_for(preset, here)
        if node is None or not await self._is_agreed(preset):
            return False
        presets, ports = self._launcher.presets, PresetPorts(self._launcher.tunnels)
        await ports.look((preset, *(await presets.load()).presets))
        forward = presets.forward_of(on_usable_port(preset, ports.ports), node, reason=reason)
        taken = taken_words(preset, ports.ports)
        await self.start(forward, preset=preset.name, command=preset.command, taken=taken)
        return True

    async def _is_agreed(self, preset: Preset) -> bool:
        """Ask about a preset of an included file before its first start, and after each change."""
        lines = await self._launcher.presets.doubts(preset)
        if not lines:
            return True
        question = ConfirmScreen(f"Start {preset.name} of the team?", [harmless(line) for line in lines], "Start it")
        if not await self._app.push_screen_wait(question):
            return False
        await self._launcher.presets.agree(preset)
        return True

    async def node_for(self, preset: Preset, here: Node | None) -> Node | None:
        """Return the node for a preset; the user chooses if there are several. Raises `TunnelRefused`."""
        found = self.resolve(preset, here)
        if isinstance(found, str):
            raise TunnelRefused(found)
        if isinstance(found, Choice):
            chooser = ChooseNodeScreen(preset, found.nodes, self._launcher.fleet.clock())
            return await self._app.push_screen_wait(chooser)
        return found

    def resolve(self, preset: Preset, here: Node | None) -> Node | Choice | str:
        """Return the node that the preset would be started on now, several of them, or why there is none.

        A node of a place that was listed earlier counts where no listed node has the name.
        """
        fleet, resolve = self._launcher.fleet, self._launcher.presets.resolve
        found = resolve(preset, fleet.nodes(), fleet.clock(), here=here)
        if not isinstance(found, str):
            return found
        earlier = resolve(preset, fleet.earlier_nodes(), fleet.clock(), here=here)
        return found if isinstance(earlier, str) else earlier
