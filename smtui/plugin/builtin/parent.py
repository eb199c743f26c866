"""In the background the plugin ends when the smtui that started it does, however that ends: kill -9 is no signal."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import MutableMapping

PARENT_PIPE_VARIABLE = "SMTUI_PARENT_PIPE"
"""Set to 1 by smtui: standard input is a pipe of which it holds the other end, and writes nothing to it."""

_FAREWELL_SECONDS = 3.0
_STDIN = 0


def end_with_parent(environ: MutableMapping[str, str]) -> None:
    """Watch the pipe, if there is one, for the rest of this process."""
    if environ.pop(PARENT_PIPE_VARIABLE, "") == "1":
        threading.Thread(target=_watch, name="parent", daemon=True).start()


def _watch() -> None:
    try:
        while os.read(_STDIN, 1):
            pass
    except OSError:
        pass
    # As with Ctrl-C, the session ends in good order; the process ends in any case.
    signal.raise_signal(signal.SIGINT)
    time.sleep(_FAREWELL_SECONDS)
    os._exit(128 + signal.SIGINT)
