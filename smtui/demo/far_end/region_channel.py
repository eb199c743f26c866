"""Connects the data channel to the Region: its sessions, its key and its faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from smtui.demo.account.region_state import RegionState
from smtui.demo.account.session_registry import SessionBook
from smtui.demo.far_end.far_end_settings import VerifyUpgrade
from smtui.demo.story.region_faults import Faults

if TYPE_CHECKING:
    from smtui.demo.far_end.channel_service import DataChannelServer


class DataChannel(Protocol):
    """The far end of every session; its coroutines run in the Region's event loop."""

    async def start(self, host: str, port: int) -> None:
        """Listens on this address; port 0 is a free one."""

    def stream_url(self, session_id: str) -> str:
        """The StreamUrl of a session."""

    async def close(self) -> None:
        """Ends every session and stops listening."""


ChannelFactory = Callable[[RegionState, VerifyUpgrade, Faults], DataChannel]
"""Makes a data channel from the Region with the sessions, the check of signed upgrades, and the faults."""


def websocket_channel(home: RegionState, verify: VerifyUpgrade, faults: Faults) -> DataChannel:
    """A data channel over websockets, not started yet."""
    from smtui.demo.far_end.channel_service import DataChannelServer
    from smtui.demo.far_end.session_work import work_under

    server = DataChannelServer(home.sessions, verify_upgrade=verify, work_for=partial(work_under, home))
    faults.on_channel_faults(lambda settings: _set_faults(server, home.sessions, settings))
    return server


def _set_faults(server: DataChannelServer, sessions: SessionBook, settings: Mapping[str, Any]) -> None:
    faults = server.faults
    for name, value in settings.items():
        match name:
            case "mute":
                faults.mute = bool(value)
            case "drop_for_good":
                faults.for_good = bool(value)
            case "mute_after_bytes":
                faults.mute_after_bytes = value or None
            case "drop_after_bytes":
                faults.drop_after_bytes = value or None
            case "corrupt":
                faults.corrupt = value or 0
            case "channel_delay":
                faults.delay = value or 0.0
    if settings.get("drop_now"):
        for session in sessions.active():
            server.drop_now(session.session_id)
