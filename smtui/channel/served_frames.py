"""Serves websockets with the fast frames of `smtui.channel.whole_frames`."""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection

from smtui.channel.whole_frames import WholeFrames


class ServedFrames(WholeFrames, ServerConnection):
    """The server's connection."""
