"""Marks each test with its set, and sets how tests run: how many side by side, with which signals and which caches."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader
from hypothesis import settings

from smtui.aws import trimmed_models
from tests.calls_against_policies import CallsAgainstPolicies

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


# A cut of such a model costs as much again.
trimmed_models._new_service_cut = functools.cache(trimmed_models._new_service_cut)
trimmed_models._new_endpoints_cut = functools.cache(trimmed_models._new_endpoints_cut)


SETS = ("unit", "screen", "integration", "end_to_end")
_HERE = Path(__file__).parent
_ROOMS = {
    **dict.fromkeys(
        (
            "domain",
            "diagnosis",
            "topics",
            "engine",
            "places",
            "recording",
            "runs",
            "sessions",
            "ssh",
            "transfers",
            "tunnels",
        ),
        "unit",
    ),
    **dict.fromkeys(("aws", "channel", "cli", "demo", "packaging", "plugin", "real_agent", "store"), "integration"),
    "tui": "screen",
    "test_gallery.py": "screen",
    "end_to_end": "end_to_end",
}
_BESIDE_THE_ROOMS = "unit"
_OUTSIDE = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "socket.bind", "socket.connect", "subprocess.Popen"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m unit`, leave the other rooms unread: importing them takes longer than many of the tests."""
    only_unit = config.getoption("markexpr") == "unit"
    beside = collection_path.parent == _HERE
    return True if only_unit and beside and _ROOMS.get(collection_path.name, _BESIDE_THE_ROOMS) != "unit" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the set of its room, unless it or its module names another."""
    for item in items:
        if not any(item.get_closest_marker(name) for name in SETS):
            item.add_marker(_ROOMS.get(item.path.relative_to(_HERE).parts[0], _BESIDE_THE_ROOMS))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Let a unit test start no program and open no connection."""
    _unit.test = item.nodeid if item.get_closest_marker("unit") else ""
    try:
        return (yield)
    finally:
        _unit.test = ""


class _Unit(threading.local):
    test = ""
    """The unit test that this thread runs."""


_unit = _Unit()


def _stays_inside(event: str, _arguments: object) -> None:
    if event in _OUTSIDE and _unit.test:
        raise RuntimeError(f"{event} in a unit test: mark it integration")


sys.addaudithook(_stays_inside)


def pytest_xdist_auto_num_workers() -> int:
    """Five for two processors: many tests wait for a program, a screen or a clock for half of their time."""
    return (os.cpu_count() or 1) * 5 // 2


def pytest_configure(config: pytest.Config) -> None:
    """Started in the background or by nohup, the tests ignore SIGINT and SIGHUP, and so would all programs under test.

    A handler is as deaf, and a program that is started from here has the default again, as in a terminal.
    """
    for name in ("SIGINT", "SIGQUIT", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    config.pluginmanager.register(CallsAgainstPolicies())
