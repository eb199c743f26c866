"""The folder of theme files: what is read of it, and that nothing in it stops smtui."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtui.store.theme_files import MOST_BYTES, theme_sources


@pytest.fixture
def themes(tmp_path: Path) -> Path:
    folder = tmp_path / "themes"
    folder.mkdir()
    return folder


def test_without_a_folder_there_is_no_theme(tmp_path: Path) -> None:
    assert theme_sources(tmp_path) == ()
    (tmp_path / "themes").write_text("")
    assert theme_sources(tmp_path) == ()


def test_each_file_is_a_theme_whose_keys_know_their_lines(tmp_path: Path, themes: Path) -> None:
    (themes / "sea.toml").write_text('base = "smtui-dark"\n\naccent = "#00ffff"\n')
    (themes / "a.toml").write_text('text = "#fff"\n')
    (themes / "notes.txt").write_text("x")
    first, second = theme_sources(tmp_path)
    assert (first.name, second.name) == ("a", "sea")
    assert second.values == {"base": "smtui-dark", "accent": "#00ffff"}
    assert second.lines == {"base": 1, "accent": 3}
    assert str(second.mistake("accent", "is odd")) == "themes/sea.toml line 3: is odd."


def test_a_line_that_is_no_toml_costs_itself_alone(tmp_path: Path, themes: Path) -> None:
    (themes / "sea.toml").write_text('text = "#fff"\naccent = #00ffff\nbad = "#f00"\n')
    [source] = theme_sources(tmp_path)
    assert source.values == {"text": "#fff", "bad": "#f00"}
    [mistake] = source.mistakes
    assert str(mistake).startswith("themes/sea.toml line 2: ")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("big", b"#" * (MOST_BYTES + 1), "is not read: it holds more than 64 KB"),
        ("latin", b'text = "\xff"', "is not UTF-8 text"),
        ("two words", b"", "its name must be letters, digits, - and _"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, themes: Path, name: str, content: bytes, said: str) -> None:
    (themes / f"{name}.toml").write_bytes(content)
    [source] = theme_sources(tmp_path)
    assert source.values == {}
    assert said in str(source.mistakes[0])


def test_a_folder_with_the_name_of_a_file_is_said(tmp_path: Path, themes: Path) -> None:
    (themes / "x.toml").mkdir()
    [source] = theme_sources(tmp_path)
    assert "it is a folder" in str(source.mistakes[0])
