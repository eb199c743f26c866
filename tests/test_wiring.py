"""What this machine is like, as far as its files tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from smtui import this_machine, wiring
from smtui.topics.machines import Package, System


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sequence[Path]:
    """Where os-release may lie on this Linux."""
    paths = (tmp_path / "etc", tmp_path / "usr")
    monkeypatch.setattr(this_machine, "_OS_RELEASES", paths)
    monkeypatch.setattr(this_machine, "this_system", lambda: System.LINUX)
    return paths


def test_the_first_file_that_is_there_counts(files: Sequence[Path]) -> None:
    files[1].write_text("ID=debian\n")
    assert this_machine.this_package() is Package.DEB
    files[0].write_text("ID=fedora\n")
    assert this_machine.this_package() is Package.RPM
    assert wiring.this_setup().package is Package.RPM


def test_no_file_tells_nothing(files: Sequence[Path]) -> None:
    assert this_machine.this_package() is Package.ANY


def test_what_is_no_file_is_passed_over(files: Sequence[Path]) -> None:
    files[0].mkdir()
    files[1].write_bytes(b"NAME=\xff\nID=ubuntu\n")
    assert this_machine.this_package() is Package.DEB


def test_a_file_that_is_far_too_large_is_not_read(files: Sequence[Path]) -> None:
    files[0].write_text("ID=debian\n" + "#\n" * 40_000)
    assert this_machine.this_package() is Package.ANY


def test_only_linux_has_the_file(files: Sequence[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    files[0].write_text("ID=debian\n")
    monkeypatch.setattr(this_machine, "this_system", lambda: System.MACOS)
    assert this_machine.this_package() is Package.ANY
