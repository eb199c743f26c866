"""`--log-file`: what smtui does, line by line, for its owner's eyes; no secret is ever logged."""

from __future__ import annotations

import logging
import os
import platform
from pathlib import Path

import click

from smtui import __version__
from smtui.domain.text import harmless_lines

_OWNER_ONLY = 0o600


class _HarmlessFormatter(logging.Formatter):
    """Names and messages of AWS may hold anything; whoever reads the log in a terminal is safe from them."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(harmless_lines(super().format(record)))


def start_log(path: Path | None) -> None:
    """Append the log of `smtui.*` (and of nothing else: botocore's would hold tokens) to the file, or keep it nowhere.

    Raises `click.BadParameter` where the file cannot be written.
    """
    logging.getLogger().addHandler(logging.NullHandler())  # without any, Python prints warnings and tracebacks
    logging.raiseExceptions = False  # nor one for a line that could not be written: the screen may be a session's
    if path is None:
        return
    try:
        stream = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OWNER_ONLY), "a", encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"{path}: {error.strerror}.", param_hint="--log-file") from error
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_HarmlessFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("smtui")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.info("smtui %s, Python %s, %s", __version__, platform.python_version(), platform.platform())
