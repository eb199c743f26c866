"""Sets how many tests run side by side under `-n auto`, which signals their programs meet, and what is read once."""

from __future__ import annotations

import functools
import os
import signal
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader
from hypothesis import settings

# A machine that other programs keep busy takes its time for any example.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_read_json = JSONFileLoader.load_file


@functools.cache
def _model(path: str) -> Any:
    return _read_json(JSONFileLoader(), path)


def _model_read_once(loader: JSONFileLoader, path: str) -> Any:
    # S3's clients write into their model: they take the bucket out of its paths.
    shared = path.startswith(Loader.BUILTIN_DATA_PATH) and "s3" not in Path(path).parts
    return _model(path) if shared else _read_json(loader, path)


# botocore's models are megabytes of JSON, and each of its sessions reads them anew: half of what many tests cost.
JSONFileLoader.load_file = _model_read_once


def pytest_xdist_auto_num_workers() -> int:
    """Two a processor: most tests wait for a program, a screen or a clock for more than half of their time."""
    return (os.cpu_count() or 1) * 2


def pytest_configure() -> None:
    """Started in the background or by nohup, the tests ignore SIGINT and SIGHUP, and so would all programs under test.

    A handler is as deaf, and a program that is started from here has the default again, as in a terminal.
    """
    for name in ("SIGINT", "SIGQUIT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
