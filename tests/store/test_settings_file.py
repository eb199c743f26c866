"""`config.toml`: any text is read as far as it can be, and a change touches the line of its key alone."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from smtui.domain.settings.setting_table import (
    AFTER_SESSION,
    BEFORE_SESSION,
    COLUMNS,
    MOST_BYTES,
    MOUSE,
    REFRESH,
    THEME,
)
from smtui.domain.settings.settings_values import FileValues, SettingsUnchanged
from smtui.store.settings_file import SettingsFile
from smtui.store.settings_text import SettingsText
from smtui.store.toml_text import Unchangeable, Unreadable

OWN = """#:schema ./smtui.schema.json
# mine

theme = "smtui-light"   # at night
columns = [
  "name",  # first
  "why",
]

# what runs
[hooks]
after_session = ["notify", "done"] # rings

[keys]
"presets.start" = "f2"
presets.edit = ["e", "f3"]
"""


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path)


def write(file: SettingsFile, text: str | bytes) -> None:
    file.path.write_bytes(text.encode() if isinstance(text, str) else text)


def sentences(found: FileValues) -> list[str]:
    return [str(mistake) for mistake in found.mistakes]


def test_without_a_file_there_is_nothing(file: SettingsFile) -> None:
    assert file.load() == FileValues()


def test_each_value_knows_its_line(file: SettingsFile) -> None:
    write(file, OWN)
    found = file.load()
    assert {key: origin.line for key, origin in found.origins.items()} == {
        "theme": 4,
        "columns": 5,
        "hooks.after_session": 12,
        "keys": 14,
        "keys.presets.start": 15,
        "keys.presets.edit": 16,
    }
    assert found.mistakes == ()


def test_mistakes_know_their_lines_in_tables_and_in_dotted_keys(file: SettingsFile) -> None:
    text = 'x = """\nclipbord = 1\n"""\nhooks.befor = 1\n[keys]\n"presets.start" = 1\n presets . edit = 2\n'
    write(file, text)
    assert [(mistake.origin.line, mistake.key) for mistake in file.load().mistakes] == [
        (1, "x"),
        (4, "hooks.befor"),
        (6, "keys.presets.start"),
        (7, "keys.presets.edit"),
    ]


def test_a_line_that_is_no_toml_costs_itself_alone(file: SettingsFile) -> None:
    write(file, 'theme = smtui-dark\nrefresh = 30\n???\ncolumns = [\n "name"\nmouse = false\nrefresh = 20\n')
    found = file.load()
    assert found.values == {"refresh": 30, "mouse": False}
    assert sentences(found) == [
        "config.toml line 1: theme is not TOML: Invalid value (column 9); texts stand in quotes.",
        "config.toml line 3: this line is not TOML: Invalid statement (column 1).",
        "config.toml line 4: columns is not TOML: it has no end; look for a bracket or a quote that is not closed.",
        "config.toml line 5: this line is not TOML: it sets no key.",
        "config.toml line 7: refresh is not TOML: Cannot overwrite a value (column 13).",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "cannot be understood: line 1 is not UTF-8 text."),
        (b"#\n\x00\xff", "cannot be understood: line 2 is not UTF-8 text."),
        (b"#" * (MOST_BYTES + 1), "is not read: it holds more than 256 KB."),
        (b"?\n" * 100, ", line 1: Invalid statement (column 1)."),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_that_names_it(
    file: SettingsFile, content: bytes, words: str
) -> None:
    write(file, content)
    (sentence,) = sentences(file.load())
    assert sentence.startswith(str(file.path))
    assert sentence.endswith(words)


def test_what_is_no_file_is_one_sentence(file: SettingsFile) -> None:
    os.mkfifo(file.path)
    assert sentences(file.load()) == [f"{file.path} cannot be read: it is a pipe, not a file."]


def test_a_file_that_others_may_not_read_is_one_sentence(file: SettingsFile) -> None:
    file.path.mkdir()
    assert sentences(file.load()) == [f"{file.path} cannot be read: it is a folder, not a file."]


# Changes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "value", "before", "after"),
    [
        (THEME, "smtui-dark", 'theme = "smtui-light"   # at night', 'theme = "smtui-dark"   # at night'),
        (COLUMNS, ("why",), 'columns = [\n  "name",  # first\n  "why",\n]', 'columns = ["why"]'),
        (REFRESH, None, '  "why",\n]\n', '  "why",\n]\nrefresh = "off"\n'),
        (AFTER_SESSION, ("a b",), '["notify", "done"] # rings', '["a b"] # rings'),
        (BEFORE_SESSION, ("x",), "# rings\n", '# rings\nbefore_session = ["x"]\n'),
    ],
)
def test_a_change_touches_its_key_alone(file: SettingsFile, setting: Any, value: Any, before: str, after: str) -> None:
    assert OWN.count(before) == 1
    write(file, OWN)
    file.change(setting.path, setting.kind.written(value))
    assert file.path.read_text() == OWN.replace(before, after)
    assert file.load().values[setting.key] == value


def test_a_key_that_is_taken_out_takes_its_line_alone(file: SettingsFile) -> None:
    write(file, OWN)
    file.remove(("theme",))
    file.remove(("columns",))
    file.remove(("keys", "presets", "edit"))
    assert file.path.read_text() == (
        '#:schema ./smtui.schema.json\n# mine\n\n\n# what runs\n[hooks]\nafter_session = ["notify", "done"] # rings\n'
        '\n[keys]\n"presets.start" = "f2"\n'
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", 'mouse = false\n\n[hooks]\nbefore_session = ["x"]\n'),
        ("# mine", '# mine\nmouse = false\n\n[hooks]\nbefore_session = ["x"]\n'),
        ("# a\n\n# b\n[keys]\n", '# a\n\nmouse = false\n# b\n[keys]\n\n[hooks]\nbefore_session = ["x"]\n'),
        ("hooks = {}\r\n", 'hooks = {before_session = ["x"]}\r\nmouse = false\r\n'),
        ("hooks.after_session = []", None),
    ],
)
def test_a_new_key_goes_where_its_table_is(file: SettingsFile, text: str, after: str | None) -> None:
    write(file, text)
    file.change(MOUSE.path, False)
    if after is None:
        with pytest.raises(SettingsUnchanged, match="change it by hand"):
            file.change(BEFORE_SESSION.path, ["x"])
    else:
        file.change(BEFORE_SESSION.path, ["x"])
        assert file.path.read_bytes() == after.encode()


def test_the_file_is_backed_up_and_keeps_permissions_link_and_byte_order_mark(
    file: SettingsFile, tmp_path: Path
) -> None:
    own = tmp_path / "dotfiles" / "config.toml"
    own.parent.mkdir()
    own.write_bytes(b"\xef\xbb\xbfrefresh = 30\n")
    own.chmod(0o640)
    file.path.symlink_to(own)
    file.change(REFRESH.path, 20)
    assert file.path.is_symlink()
    assert own.read_bytes() == b"\xef\xbb\xbfrefresh = 20\n"
    assert stat.S_IMODE(own.stat().st_mode) == 0o640
    assert file.path.with_name("config.toml.before-smtui").read_bytes() == b"\xef\xbb\xbfrefresh = 30\n"


@pytest.mark.parametrize("text", ["theme = x\n", "\xff", 'x = """'])
def test_a_file_with_a_line_that_is_no_toml_is_not_changed(file: SettingsFile, text: str) -> None:
    write(file, text.encode("latin-1"))
    before = file.path.read_bytes()
    with pytest.raises(SettingsUnchanged, match=r"^Nothing was changed.*\.$"):
        file.change(REFRESH.path, 20)
    assert file.path.read_bytes() == before


def test_a_text_that_would_say_anything_else_is_not_written(
    file: SettingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file, "refresh = 30\n")
    monkeypatch.setattr(SettingsText, "_edited", lambda *_: "refresh = 20\nmouse = false\n")
    with pytest.raises(SettingsUnchanged, match="change it by hand"):
        file.change(REFRESH.path, 20)
    assert file.path.read_text() == "refresh = 30\n"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsUnchanged, match=r"cannot be (written|read)"):
        SettingsFile(tmp_path / "file").change(REFRESH.path, 20)


# Any text ----------------------------------------------------------------------------------------

LINES = some.sampled_from(
    [
        "", "# words", "[hooks]", "[keys]", "[[preset]]", 'shell = "f2"', "x = [", '"a",', "]", '"""', "'''", "{",
        "= 1", 'theme = "x', "columns = []", "columns = [1]", "a.b.c = 1", '"q.r" = {s = 1}', "\x00", "é = 1", "[",
        "]]", "date = 2026-11-30", "inf = -inf", 'after_session = ["x"]', "hooks = 1", "keys = 3", "\r",
    ]
)  # fmt: skip
TEXTS = some.one_of(some.lists(LINES, max_size=12).map("\n".join), some.text(max_size=60))


@given(TEXTS)
def test_no_text_is_too_much_and_no_good_line_is_lost(text: str) -> None:
    try:
        found = SettingsText(f"refresh = 30\n{text}").values()
    except Unreadable:
        return
    assert found.values.get("refresh") == 30 or any(mistake.key == "refresh" for mistake in found.mistakes)
    for mistake in found.mistakes:
        assert 0 < mistake.origin.line <= text.count("\n") + 2


@example("\r\n# words", REFRESH)
@given(TEXTS, some.sampled_from([REFRESH, MOUSE, COLUMNS, BEFORE_SESSION]))
def test_a_change_keeps_every_other_value_and_every_other_line(text: str, setting: Any) -> None:
    value = {REFRESH: 20, MOUSE: False, COLUMNS: ["name"], BEFORE_SESSION: ["x"]}[setting]
    try:
        before = SettingsText(text)
        after = before.with_value(setting.path, value)
    except (Unreadable, Unchangeable):
        return
    data = tomllib.loads(after)
    holder: Any = data
    for table in setting.path[:-1]:
        holder = holder[table]
    assert holder.pop(setting.path[-1]) == value
    if setting is not BEFORE_SESSION:
        assert data == {key: each for key, each in before.data.items() if key != setting.key}
    ended = f"{text}\r\n" if "\r\n" in text else text  # what is added behind a last line without an end ends it
    assert comments(after) in (comments(text), comments(ended))


def comments(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.lstrip().startswith("#")]
