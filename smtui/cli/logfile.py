"""Writes the log of `--log-file`: only its owner can read it, and it holds no secret."""

from __future__ import annotations

import logging
import os
import platform
from pathlib import Path

from smtui import __version__
from smtui.domain.text import harmless, harmless_lines, masked_strictly

_OWNER_ONLY = 0o600
_HOW = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0)
"""A pipe that nobody reads is refused, and one that is not read fast enough costs lines; else either would hang."""


class _GatedFormatter(logging.Formatter):
    """Formats each record as one line, whatever its message quotes; a traceback follows indented."""

    def format(self, record: logging.LogRecord) -> str:
        record.message, record.asctime = record.getMessage(), self.formatTime(record)
        lines = [harmless(self.formatMessage(record))]
        if record.exc_info:
            trace = masked_strictly(self.formatException(record.exc_info))
            lines += [f"  {line}" for line in harmless_lines(trace)]
        return "\n".join(lines)


def start_log(path: Path | None) -> None:
    """Append the log of `smtui.*` to the file; without a path, drop it. Botocore's log holds tokens: it is dropped.

    Raises `click.BadParameter` if the file cannot be written.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # without a handler Python prints warnings and tracebacks
    logging.raiseExceptions = (
        False  # prints no traceback for a line that could not be written: a session may have the screen
    )
    if path is None:
        return
    try:
        stream = os.fdopen(os.open(path, _HOW, _OWNER_ONLY), "a", encoding="utf-8")
    except OSError as error:
        import click

        raise click.BadParameter(f"{path}: {error.strerror}.", param_hint="--log-file") from error
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_GatedFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("smtui")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.info("smtui %s, Python %s, %s", __version__, platform.python_version(), platform.platform())
