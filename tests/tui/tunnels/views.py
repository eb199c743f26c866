"""Tunnels in memory: they open when a test says so, and tell whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from smtui.domain.forward import Destination, Forward, LocalPort
from smtui.domain.place import Place
from smtui.tunnels.supervisor import TunnelRefused, Tunnels
from smtui.tunnels.tunnel import TunnelState, TunnelView
from tests.tunnels.tunnel_fakes import FakeJournal

FREE_PORT = 40001


@dataclass
class FakeTunnels(Tunnels):
    clock: Callable[[], datetime]
    taken: dict[int, str] = field(default_factory=dict)
    """Local ports and who holds each."""
    known: dict[str, TunnelView] = field(default_factory=dict)
    listeners: list[Callable[[], None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    hook: asyncio.Event | None = None
    """The user's own hook before each tunnel, which runs until a test sets this."""

    noted: FakeJournal = field(default_factory=FakeJournal)

    def __post_init__(self) -> None:
        self.journal = self.noted

    def left_open(self) -> tuple[str, ...]:
        return ()

    def views(self) -> tuple[TunnelView, ...]:
        return tuple(self.known.values())

    @property
    def active(self) -> int:
        return sum(not view.state.over for view in self.known.values())

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def put(self, view: TunnelView) -> None:
        """A tunnel is so from now on."""
        self.known[view.tunnel_id] = view
        for listener in self.listeners:
            listener()

    def change(self, tunnel_id: str, **changes: Any) -> None:
        self.put(replace(self.known[tunnel_id], **{"since": self.clock(), **changes}))

    async def start(self, forward: Forward, *, preset: str = "", command: tuple[str, ...] = ()) -> TunnelView:
        if self.hook is not None:
            await self.hook.wait()
        local = forward.local
        if isinstance(local, LocalPort):
            if local.port in self.taken:
                raise TunnelRefused(f"Port {local.port} is taken: {self.taken[local.port]} listens there.")
            local = LocalPort(local.port or FREE_PORT, local.address)
        made = replace(forward, local=local)
        view = TunnelView(
            f"t{len(self.known) + 1}",
            made,
            TunnelState.STARTING,
            self.clock(),
            str(local),
            last_word="Starting a session.",
            preset=preset,
            command=tuple(word.replace("{local_port}", str(getattr(local, "port", ""))) for word in command),
        )
        self.put(view)
        return view

    async def usable_ports(self, wanted: Iterable[int]) -> Mapping[int, int]:
        """The next port that is free, by what the test says."""
        ports = set(wanted) - {0}
        live = [view.forward.local for view in self.views() if not view.state.over]
        held = {end.port for end in live if isinstance(end, LocalPort)} | self.taken.keys()
        return {
            port: next(near for near in count(port) if near not in held and (near == port or near not in ports))
            for port in ports
        }

    async def stop(self, tunnel_id: str) -> None:
        self.calls.append(f"stop {tunnel_id}")
        self.change(tunnel_id, state=TunnelState.CLOSED, last_word="Stopped.", connections_now=0)

    async def restart(self, tunnel_id: str) -> None:
        if self.hook is not None:
            await self.hook.wait()
        self.calls.append(f"restart {tunnel_id}")
        self.change(tunnel_id, state=TunnelState.STARTING, last_word="Starting a session.")

    def forget(self, tunnel_id: str) -> None:
        self.calls.append(f"forget {tunnel_id}")
        del self.known[tunnel_id]

    def log(self, tunnel_id: str) -> tuple[str, ...]:
        return (
            "12:00:01  Starting a session.",
            "12:00:02  Session ops-0a1b started.",
            "12:00:02  Port 15432 opened for sessionId ops-0a1b.",
            "12:00:03  Waiting for connections...",
        )

    async def close_all(self) -> None:
        self.calls.append("close all")
        for view in self.views():
            if not view.state.over:
                self.change(view.tunnel_id, state=TunnelState.CLOSED)


def view(
    tunnel_id: str, destination: str, node: str, local: int, state: TunnelState, since: datetime, **given: Any
) -> TunnelView:
    """`destination` is a port of the node, or `host:port`."""
    host, _, port = destination.rpartition(":")
    forward = Forward("i-0a1b2c3d4e5f60718", Place(), node, Destination(int(port), host), LocalPort(local))
    return TunnelView(tunnel_id, forward, state, since, str(forward.local), **given)
