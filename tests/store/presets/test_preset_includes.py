"""Presets that others keep: which files are read, what is refused in them, and what is said about it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtui.domain.preset import PresetList
from smtui.domain.settings.setting_table import INCLUDES
from smtui.domain.settings.settings_values import FileValues, Layer, Origin, settings_in_force
from smtui.store.file_access import no_one
from smtui.store.presets import preset_includes
from smtui.store.presets.agreed_presets import MOST, AgreedPresetsFile
from smtui.store.presets.preset_includes import PresetIncludes

ONE = '[[preset]]\nname = "{name}"\nport = 443\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    folder = tmp_path / "config"
    folder.mkdir()
    return folder


def included(config: Path, *entries: str) -> PresetList:
    origin = Origin(Layer.FILE, "config.toml", 4)
    said = FileValues({INCLUDES.key: INCLUDES.kind.read(list(entries))}, {INCLUDES.key: origin})
    return PresetIncludes(config, lambda: settings_in_force(said, {})).load()


def names(found: PresetList) -> list[str]:
    return [preset.name for preset in found.presets]


def test_files_and_folders_by_every_spelling(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, team = tmp_path / "home", tmp_path / "team"
    for folder in (home, team, config / "near"):
        folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (home / "mine.toml").write_text(ONE.format(name="home"))
    for name in ("b.toml", "a.toml", ".hidden.toml", "notes.txt"):
        (team / name).write_text(ONE.format(name=name))
    (config / "near" / "x.toml").write_text(ONE.format(name="near"))
    found = included(config, "~/mine.toml", str(team), "near", str(team / "b.toml"))
    assert names(found) == ["home", "a.toml", "b.toml", "near"]
    assert [preset.origin for preset in found.presets][:2] == ["~/mine.toml", str(team / "a.toml")]
    assert not any(preset.is_own for preset in found.presets)
    assert found.problems == ()
    assert included(config) == PresetList()


def test_what_cannot_be_read_is_a_sentence_and_costs_nothing_else(config: Path, tmp_path: Path) -> None:
    team = tmp_path / "team"
    (team / "empty").mkdir(parents=True)
    (team / "a.toml").write_text('[[preset]]\nname = "x\n')
    os.mkfifo(team / "b.toml")
    (team / "c.toml").write_bytes(b"# \xff\n")
    (team / "d.toml").write_text("# " + "x" * preset_includes.MOST_BYTES)
    (team / "e.toml").write_text(ONE.format(name="good"))
    (team / "f.toml").symlink_to("/dev/zero")
    (team / "g.toml").symlink_to("nowhere")
    found = included(config, "none.toml", str(team), str(team / "empty"), "/dev/null")
    assert names(found) == ["good"]
    assert [sentence.replace(str(tmp_path), "").partition(" Illegal")[0] for sentence in found.problems] == [
        "/config/none.toml, which config.toml line 4 includes, is not there.",
        "/team/a.toml, line 2, key name:",
        "/team/b.toml cannot be read: it is a pipe, not a file.",
        "/team/c.toml, line 1: this is not UTF-8 text.",
        "/team/d.toml is not read: it holds more than 256 KB.",
        "/team/f.toml cannot be read: it is a device or a socket, not a file.",
        "/team/empty, which config.toml line 4 includes, holds no file that ends in .toml.",
        "/dev/null cannot be read: it is a device or a socket, not a file.",
    ]


def test_a_broken_preset_is_one_row_with_file_and_line(config: Path) -> None:
    (config / "t.toml").write_text(ONE.format(name="good") + '[[preset]]\nname = "bad"\nport = 0\ncolour = 1\n')
    found = included(config, "t.toml")
    assert names(found) == ["good"]
    [broken] = found.broken
    assert broken.origin == str(config / "t.toml")
    assert f"{config / 't.toml'}, line 6" in broken.problem


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", r'"a\u001b[31m"'), ("name", r'"a\u202e"'), ("host", r'"db\u200b.internal"'), ("note", r'"\u2066x"'),
        ("command", r'["ls", "\u009b2J"]'), ("command", r'["ls\u202e"]'), ("target", r'"web\u00ad-1"'),
    ],
)  # fmt: skip
def test_nothing_that_a_terminal_obeys_or_hides(config: Path, key: str, value: str) -> None:
    lines = {"name": '"x"', "port": "80", key: value}
    (config / "t.toml").write_text("[[preset]]\n" + "".join(f"{each} = {said}\n" for each, said in lines.items()))
    found = included(config, "t.toml")
    assert found.presets == ()
    assert key in found.broken[0].problem


def test_an_emoji_in_a_note_is_fine(config: Path) -> None:
    (config / "t.toml").write_text(ONE.format(name="ok") + 'note = "the \u2699\ufe0f of \u05e9\u05dc\u05d5\u05dd"\n')
    assert names(included(config, "t.toml")) == ["ok"]


def test_the_first_of_a_name_counts_and_the_other_is_named(config: Path) -> None:
    (config / "a.toml").write_text(ONE.format(name="Shop"))
    (config / "b.toml").write_text("\n" + ONE.format(name="shop"))
    found = included(config, "a.toml", "b.toml")
    assert names(found) == ["Shop"]
    assert found.warnings == (f"{config / 'b.toml'}, line 3: 'shop' is not used: {config / 'a.toml'} has it too.",)
    assert found.problems == ()


def test_number_is_bounded(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_includes, "MOST_FILES", 3)
    monkeypatch.setattr(preset_includes, "MOST_PRESETS", 4)
    (config / "team").mkdir()
    for number in range(5):
        both = ONE.format(name=f"{number}") + ONE.format(name=f"{number} too")
        (config / "team" / f"{number}.toml").write_text(both)
    found = included(config, "team")
    assert names(found) == ["0", "0 too", "1", "1 too"]
    assert [sentence.rpartition(str(config))[2] for sentence in found.problems] == [
        "/team/2.toml is not read whole: at most 4 presets are included.",
        "/team/3.toml and what follows is not read: at most 3 files are included.",
    ]
    monkeypatch.setattr(preset_includes, "_MOST_ENTRIES", 3)
    assert "it holds more than 3 files" in included(config, "team").problems[0]


def test_the_users_own_file_is_not_included(config: Path) -> None:
    (config / "presets.toml").write_text(ONE.format(name="mine"))
    assert included(config, "presets.toml", ".").presets == ()


def test_a_change_is_seen_at_the_next_look(config: Path) -> None:
    (config / "t.toml").write_text(ONE.format(name="before"))
    assert names(included(config, "t.toml")) == ["before"]
    (config / "t.toml").write_text(ONE.format(name="after"))
    assert names(included(config, "t.toml")) == ["after"]


def test_agreements_last_are_bounded_and_may_be_lost(tmp_path: Path) -> None:
    agreed = AgreedPresetsFile(tmp_path, no_one)
    assert agreed.fingerprint("a") == ""
    agreed._file.change(lambda kept: {**kept, **{f"{number}": "x" for number in range(MOST)}})
    agreed.agree("a", "1")
    agreed.agree("b", "2")
    again = AgreedPresetsFile(tmp_path, no_one)
    assert [again.fingerprint(key) for key in ("a", "b", "0", "1", "2")] == ["1", "2", "", "", "x"]
    (tmp_path / "agreed-presets.json").write_text('{"format": 1, "agreed": [1]}')
    said: list[str] = []
    assert AgreedPresetsFile(tmp_path, said.append).fingerprint("a") == ""
    assert "asked about again" in said[0]
    (tmp_path / "file").write_text("")
    AgreedPresetsFile(tmp_path / "file", no_one).agree("a", "1")
