"""Keeps Python's own output off the terminal: warnings, and tracebacks of threads and destructors.

They can quote secrets and text from outside, and would damage the screen. They go to the log, if there is one.
"""

from __future__ import annotations

import sys
import threading
import warnings
from types import TracebackType
from typing import TextIO


def keep_strays_off_terminal() -> None:
    """Install the hooks, for the whole process; call this at a program's entry point."""
    import logging

    logging.getLogger().addHandler(logging.NullHandler())  # without a handler Python prints warnings and errors
    logging.raiseExceptions = False
    threading.excepthook = _of_thread
    sys.unraisablehook = _of_destructor
    warnings.showwarning = _warning


def _of_thread(failed: threading.ExceptHookArgs) -> None:
    _log("a thread failed", failed.exc_type, failed.exc_value, failed.exc_traceback)


def _of_destructor(failed: sys.UnraisableHookArgs) -> None:
    _log("an error could not be raised", failed.exc_type, failed.exc_value, failed.exc_traceback)


def _log(what: str, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    import logging

    logging.getLogger("smtui").error(what, exc_info=(kind, error or kind(), trace))


def _warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    import logging

    logging.getLogger("smtui").warning("%s: %s", category.__name__, message)
