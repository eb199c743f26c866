"""The tunnels of this smtui: started, watched, restarted, stopped; what an earlier smtui left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smtui.domain.forward import Forward
from smtui.domain.tunnel import Leftover, TunnelView


class TunnelRefused(Exception):
    """The tunnel was not even tried; the message is a sentence for the user."""


class Tunnels:
    """Every method belongs to the event loop; none blocks it."""

    def views(self) -> tuple[TunnelView, ...]:
        """All tunnels since smtui began that were not forgotten, the oldest first."""
        raise NotImplementedError

    @property
    def active(self) -> int:
        """How many are neither closed nor failed."""
        raise NotImplementedError

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after something changed, at most five times a second; returns what ends it."""
        raise NotImplementedError

    async def start(self, forward: Forward, *, preset: str = "", command: tuple[str, ...] = ()) -> TunnelView:
        """Begin a tunnel and return at once, while it is starting; raises `TunnelRefused`.

        Local port 0 is chosen here. `command` is a preset's template; the view has it with its placeholders filled in.
        """
        raise NotImplementedError

    async def stop(self, tunnel_id: str) -> None:
        """End it; returns when its plugin and its session have ended."""
        raise NotImplementedError

    async def restart(self, tunnel_id: str) -> None:
        """Begin anew on the same local port, whatever its state."""
        raise NotImplementedError

    def forget(self, tunnel_id: str) -> None:
        """Drop a closed or failed one from the list; others stay."""
        raise NotImplementedError

    def log(self, tunnel_id: str) -> tuple[str, ...]:
        """What happened to it and what its plugin said, the latest last; harmless, bounded."""
        raise NotImplementedError

    async def close_all(self) -> None:
        """Before the program ends: stop every tunnel at once; takes eight seconds at most."""
        raise NotImplementedError

    async def leftovers(self) -> tuple[Leftover, ...]:
        """Sessions and plugins of a smtui that is gone."""
        raise NotImplementedError

    async def clean_up(self, leftovers: Iterable[Leftover]) -> tuple[str, ...]:
        """End them; answers a sentence for each that could not be ended."""
        raise NotImplementedError
