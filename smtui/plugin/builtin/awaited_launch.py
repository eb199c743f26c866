"""Waits for argv and environment of a plugin that was started before its session: see `smtui.plugin.plugin_ahead`."""

from __future__ import annotations

import importlib
import json
import os
import sys

AWAIT_LAUNCH = "--await-launch"
"""The only argument of a plugin that waits. smtui alone gives it, with a pipe."""

_PIPE = 3
_NEEDED = ("smtui.plugin.builtin.invocation", "smtui.plugin.builtin.run")


def awaited_launch() -> bool:
    """Import what a session needs, then take on the launch that the pipe brings; False if none comes."""
    for module in _NEEDED:
        importlib.import_module(module)
    from smtui.channel.websocket import import_websockets

    import_websockets()
    try:
        with os.fdopen(_PIPE, "rb") as pipe:
            launch = json.loads(pipe.read())
    except (OSError, ValueError):
        return False
    os.environ.clear()
    os.environ.update(launch["environment"])
    sys.argv[1:] = launch["arguments"]
    return True
