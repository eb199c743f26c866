"""The data channel as a part of the Region: what it is given, and how the Region's faults reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from smtui.demo.faults import Faults
from smtui.demo.sessions import SessionBook

if TYPE_CHECKING:
    from smtui.demo.data_channel import DataChannelServer

VerifyUpgrade = Callable[[str, Mapping[str, str]], bool]
"""Whether a signed upgrade, given as its path with query and its headers, is signed by the Region's key."""


class DataChannel(Protocol):
    """The far end of every session; its coroutines run in the Region's own loop."""

    async def start(self, host: str, port: int) -> None: ...

    def stream_url(self, session_id: str) -> str: ...

    async def close(self) -> None: ...


ChannelFactory = Callable[[SessionBook, VerifyUpgrade, Faults], DataChannel]
"""From the sessions, the check of a signed upgrade and the faults."""


def websocket_channel(sessions: SessionBook, verify: VerifyUpgrade, faults: Faults) -> DataChannel:
    """The real one, not started yet."""
    from smtui.demo.data_channel import DataChannelServer
    from smtui.demo.switched_work import work_under

    server = DataChannelServer(sessions, verify_upgrade=verify, work_for=partial(work_under, faults.switches))
    faults.on_channel_faults(lambda settings: _set_faults(server, sessions, settings))
    return server


def _set_faults(server: DataChannelServer, sessions: SessionBook, settings: Mapping[str, Any]) -> None:
    faults = server.faults
    for name, value in settings.items():
        match name:
            case "mute":
                faults.mute = bool(value)
            case "drop_for_good":
                faults.for_good = bool(value)
            case "drop_after_bytes":
                faults.drop_after_bytes = value or None
            case "corrupt":
                faults.corrupt = value or 0
            case "channel_delay":
                faults.delay = value or 0.0
    if settings.get("drop_now"):
        for session in sessions.active():
            server.drop_now(session.session_id)
