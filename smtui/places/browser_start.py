"""Starts the user's browser with a page, without ever touching the terminal that smtui draws on.

Python's `webbrowser` knows the browsers of every system, and `$BROWSER`. It would also run text browsers on the
terminal, and wait for some: so it runs in a process of its own, with neither terminal nor standard streams.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping

PATIENCE = 5.0
"""Seconds. A program that still runs then is a browser that stays in the foreground."""
_SETTLED = 2.0
"""Seconds. A starter such as `xdg-open` or `gio` has failed by then, if it fails."""
_OPEN = f"""
import os, sys, time, webbrowser
if not webbrowser.open(sys.argv[1]):
    sys.exit(1)
ends = time.monotonic() + {_SETTLED}
while hasattr(os, "WNOHANG") and time.monotonic() < ends:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        break
    if pid:
        sys.exit(status != 0)
    time.sleep(0.05)
"""
"""`webbrowser` says that it opened the page as soon as a program of the background runs: it may end with a failure."""
_OF_TERMINALS = ("TERM", "TERMINFO", "COLORTERM")
"""Without TERM, `webbrowser` leaves out browsers that draw on a terminal."""


def start_browser(address: str, environment: Mapping[str, str] = os.environ, patience: float = PATIENCE) -> bool:
    """Open the page, and return whether a browser took it; raises nothing. The address is on the process's argv."""
    if not address.startswith(("https://", "http://")) or not sys.executable:
        return False
    kept = {name: value for name, value in environment.items() if name not in _OF_TERMINALS}
    try:
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _OPEN, address],
            env=kept,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    with contextlib.suppress(subprocess.TimeoutExpired):
        return process.wait(patience) == 0
    return True
