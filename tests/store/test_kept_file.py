"""What every file that keeps a value has in common: writing only what has changed, and losing nothing silently."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from smtui.store.file_access import WrongShape, field, text
from smtui.store.kept_file import Form, KeptFile, short_text, small_table


def kept(path: Path, told: list[str]) -> KeptFile[str]:
    def stored(value: str) -> Mapping[str, Any]:
        return {"value": value}

    form = Form(str, stored, lambda found: field(found, "value", text), 1 << 20, "The value is not known any more")
    return KeptFile(path, form, told.append)


def test_what_has_not_changed_is_not_written(tmp_path: Path) -> None:
    file = kept(tmp_path / "value.json", [])
    file.change(lambda _: "a")
    written = file.path.stat().st_ino  # a write replaces the file
    file.change(lambda value: value)
    assert file.path.stat().st_ino == written
    file.change(lambda value: f"{value}b")
    assert file.path.stat().st_ino != written
    assert file.load() == "ab"


@pytest.mark.parametrize("content", ["{", '{"format": 1, "value": 7}'])
def test_a_file_that_cannot_be_used_is_reported_and_set_aside(tmp_path: Path, content: str) -> None:
    path, told = tmp_path / "value.json", list[str]()
    path.write_text(content)
    assert kept(path, told).load() == ""
    assert [each.startswith("The value is not known any more: ") for each in told] == [True]
    assert path.with_name("value.json.unusable").read_text() == content


def test_a_file_of_another_format_counts_as_empty_and_stays(tmp_path: Path) -> None:
    path, told = tmp_path / "value.json", list[str]()
    path.write_text('{"format": 2, "value": "newer"}')
    assert (kept(path, told).load(), told, path.exists()) == ("", [], True)


def test_a_file_that_cannot_be_written_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the folder's place")
    with pytest.raises(OSError, match="file"):
        kept(tmp_path / "file" / "value.json", []).change(lambda _: "a")


def test_readers_refuse_what_is_too_long() -> None:
    assert (short_text(2)("ab"), small_table(1)({"a": 1})) == ("ab", {"a": 1})
    with pytest.raises(WrongShape, match="longer than 2 characters"):
        short_text(2)("abc")
    with pytest.raises(WrongShape, match="more than 1 entries"):
        small_table(1)({"a": 1, "b": 2})
