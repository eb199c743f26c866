"""Knows the local port on which each preset would be started now, which is another than its own if that is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.preset import Preset
    from smtui.tunnels.supervisor import Tunnels


class PresetPorts:
    """The ports as of the last `look`. Close it once it watches."""

    def __init__(self, tunnels: Tunnels) -> None:
        self.ports: Mapping[int, int] = MappingProxyType({})
        """By the port that a preset names."""
        self._tunnels = tunnels
        self._ends = self._local_ends()
        self._stop_watching: Callable[[], None] = lambda: None

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` whenever a tunnel takes a local port or leaves it: it is time for another look."""

        def look_again() -> None:
            if self._ends != (ends := self._local_ends()):
                self._ends = ends
                changed()

        self._stop_watching = self._tunnels.subscribe(look_again)

    def close(self) -> None:
        """Watch no more."""
        self._stop_watching()

    async def look(self, presets: Iterable[Preset]) -> None:
        """Find the ports for these presets."""
        self.ports = await self._tunnels.usable_ports(preset.local_port for preset in presets)

    def _local_ends(self) -> list[str]:
        return [view.local for view in self._tunnels.views() if not view.state.over]
