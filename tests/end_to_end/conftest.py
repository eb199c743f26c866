"""A Region of its own for each test, smtui pointed at it, and a look at what is left afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

import tests.called_actions  # noqa: F401
from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.end_to_end.secret_scan import GivenOut, leaks, listening
from tests.end_to_end.shells import kept_models, region_environment


@dataclass(frozen=True)
class World:
    """The Region and the environment in which programs reach it."""

    region: SimulatedRegion
    home: Path
    environment: dict[str, str]

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Running processes that were started with this world's HOME and name `word` on their command line."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("TMPDIR") == str(self.home)
                if ours and process.status() != psutil.STATUS_ZOMBIE and word in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def plugins(self) -> list[psutil.Process]:
        return self.processes("smtui.plugin.builtin") + self.processes("session-manager-plugin")

    def active_sessions(self) -> list[str]:
        return [session.session_id for session in self.region.sessions.active()]


def command_line(process: psutil.Process) -> list[str]:
    """Empty for one that has ended meanwhile, be it only a zombie."""
    words: list[str] = []
    with contextlib.suppress(psutil.Error):
        words = process.cmdline()
    return words


@pytest.fixture(scope="module", autouse=True)
def given_out() -> Iterator[GivenOut]:
    """The secrets of the module's Regions; a test adds what it types without echo, or sends through a tunnel."""
    with listening() as found:
        yield found


@pytest.fixture(autouse=True)
def _nothing_secret_is_left(given_out: GivenOut, tmp_path: Path) -> Iterator[None]:
    """Look through every file of the test once its programs have ended."""
    yield
    assert leaks(tmp_path, given_out, kept_models()) == []


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SimulatedRegion(demo_fleet()) as region:
        home = tmp_path / "home"
        there = World(region, home, region_environment(region, home))
        yield there
        for process in there.processes():
            process.kill()
