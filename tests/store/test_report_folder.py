"""Reports on disk: new files that nobody else can read, or a sentence."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from smtui.diagnosis.diagnosis_report import ReportNotSaved
from smtui.store.report_folder import ReportFolder


def test_a_report_is_its_owners_alone(tmp_path: Path) -> None:
    os.umask(os.umask(0o000))
    path = Path(ReportFolder(tmp_path / "state").save("i-1.txt", "the text\n"))
    assert path.read_text() == "the text\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_nothing_that_is_there_is_written_to(tmp_path: Path) -> None:
    folder = ReportFolder(tmp_path)
    target = tmp_path / "elsewhere"
    target.write_text("mine")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "i-1.txt").symlink_to(target)
    first, second = folder.save("i-1.txt", "a"), folder.save("i-1.txt", "b")
    assert target.read_text() == "mine"
    assert (Path(first).name, Path(second).name) == ("i-1-2.txt", "i-1-3.txt")
    assert Path(first).read_text() == "a"


def test_a_name_leads_nowhere_else(tmp_path: Path) -> None:
    path = Path(ReportFolder(tmp_path).save("../../i-1.txt", "a"))
    assert path.parent == tmp_path / "reports"


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ReportNotSaved, match="No space left on device"):
        ReportFolder(tmp_path).save("i-1.txt", "a")
    assert list((tmp_path / "reports").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(ReportNotSaved, match="could not be saved"):
        ReportFolder(tmp_path).save("i-1.txt", "a")
