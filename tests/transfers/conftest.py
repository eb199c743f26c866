"""Both ends of a copy on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def quick_shells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells that start at once: none has a slow profile."""
    monkeypatch.setattr("smtui.transfers.far_shell.QUIET_SECONDS", 0.1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder on the node."""
    folder = tmp_path / "home of ssm-user"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder on this machine."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder
