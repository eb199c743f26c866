"""What was typed outlives the program, for its owner alone; a broken file is forgotten."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from smtui.domain.document_history import MOST_ENTRIES, MOST_RECENT, DocumentEntry, DocumentHistory
from smtui.store.document_history_file import FILE_NAME, DocumentHistoryFile

NODE = "i-0000000000000000a"


def test_what_was_typed_comes_back(tmp_path: Path) -> None:
    recent = DocumentHistoryFile(tmp_path / "state")
    assert recent.load() == DocumentHistory()
    assert recent.add("Acme-Tail", NODE, {"logpath": "/var/log/a", "lines": ""})
    assert recent.add("Acme-Exit", NODE, {"status": "7"})
    kept = DocumentHistoryFile(tmp_path / "state").load()
    assert kept.recent == ("Acme-Exit", "Acme-Tail")
    assert kept.texts("Acme-Tail", NODE) == {"logpath": "/var/log/a"}


def test_what_is_no_unicode_text_costs_nothing_that_was_kept(tmp_path: Path) -> None:
    """As from a command line in Latin-1."""
    recent = DocumentHistoryFile(tmp_path / "state")
    assert recent.add("Acme-Tail", NODE, {"logpath": "/var/log/ä"})
    assert not recent.add("Acme-Tail", NODE, {"logpath": "/var/log/\udce4"})
    assert DocumentHistoryFile(tmp_path / "state").load().texts("Acme-Tail", NODE) == {"logpath": "/var/log/ä"}


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    DocumentHistoryFile(tmp_path / "state").add("Acme-Exit", NODE, {"status": "7"})
    file = tmp_path / "state" / FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir()] == [FILE_NAME]


def test_secrets_never_reach_the_file(tmp_path: Path) -> None:
    secrets = dict.fromkeys(["password", "DbPasswd", "token", "clientSecret", "apiKey", "credentials"], "s3cret")
    DocumentHistoryFile(tmp_path).add("Acme-Login", NODE, {**secrets, "user": "ops"})
    text = (tmp_path / FILE_NAME).read_text()
    assert "s3cret" not in text
    assert "ops" in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"format": 2, "recent": [], "entries": []}',
        '{"format": 1, "recent": [1], "entries": []}',
        '{"format": 1, "recent": [], "entries": [{"document": "a"}]}',
        '{"format": 1, "recent": [], "entries": [{"document": "a", "node": "b", "texts": {"c": []}}]}',
        '{"format": 1, "recent": [], "entries": [{"document": "a", "node": "b", "texts": []}]}',
    ],
)
def test_a_broken_file_is_forgotten_and_replaced(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    recent = DocumentHistoryFile(tmp_path)
    assert recent.load() == DocumentHistory()
    assert recent.add("Acme-Exit", NODE, {"status": "7"})
    assert json.loads((tmp_path / FILE_NAME).read_text())["recent"] == ["Acme-Exit"]


def test_a_folder_that_cannot_be_written_fails_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recent = DocumentHistoryFile(tmp_path / "file")
    assert recent.load() == DocumentHistory()
    assert not recent.add("Acme-Exit", NODE, {})


def test_it_stays_small() -> None:
    remembered = DocumentHistory()
    for number in range(2 * MOST_ENTRIES):
        remembered = remembered.with_entry(f"D{number}", NODE, {"a": "b" * 5000, "c": "d"})
    assert len(remembered.recent) == MOST_RECENT
    assert len(remembered.entries) == MOST_ENTRIES
    assert remembered.entries[0] == DocumentEntry(f"D{2 * MOST_ENTRIES - 1}", NODE, {"c": "d"})
