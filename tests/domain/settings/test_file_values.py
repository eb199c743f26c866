"""What config.toml may say: one mistake costs one key, and its sentence names the key that was meant."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from smtui.domain.settings.file_values import read_values
from smtui.domain.settings.setting_table import (
    AFTER_SESSION,
    BY_KEY,
    CLIPBOARD,
    COLUMNS,
    KEYS,
    NEW_TAB,
    REFRESH,
    THEME,
)
from smtui.domain.settings.settings_values import FileValues, Layer, Settings, in_words, settings_in_force
from smtui.domain.text import harmless
from tests.store.any_value import ANY_JSON


def read(text: str) -> FileValues:
    return read_values(tomllib.loads(text), lambda path: 1 + text.count("\n", 0, text.index(path[-1])))


def sentences(text: str) -> list[str]:
    return [str(mistake) for mistake in read(text).mistakes]


def test_values_have_the_types_of_the_table() -> None:
    found = settings_in_force(read('theme = "mine"\nrefresh = "off"\ncolumns = ["name", "why"]'), {})
    assert found[THEME] == "mine"
    assert found[REFRESH] is None
    assert found[COLUMNS] == ("name", "why")
    assert found[CLIPBOARD] == "auto"
    assert found.origin(REFRESH).words() == "config.toml line 2"
    assert found.origin(CLIPBOARD).words() == "default"


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ('\nclipbord = "osc52"', 2, "no setting clipbord; did you mean clipboard?"),
        ('clipboard = "osc"', 1, "clipboard must be auto, native, osc52 or command; did you mean osc52?"),
        ("refresh = 5", 1, "refresh must be off, or seconds from 10 to 86,400."),
        ("refresh = true", 1, "refresh must be off, or seconds from 10 to 86,400."),
        ("mouse = 1", 1, "mouse must be true or false."),
        ("theme = 1", 1, "theme must be a text in quotes."),
        ('theme = "a\\nb"', 1, "theme holds a line break or another character that cannot be printed."),
        ('columns = ["stats"]', 1, "columns has no stats; did you mean status?"),
        ('columns = ["name", "name"]', 1, "columns names name twice."),
        ("[hook]\nx = 1", 1, "no table hook; did you mean hooks?"),
        ('hooks = "x"', 1, "hooks must be a table: write [hooks]."),
        ("keys = 1", 1, "keys must be a table: write [keys]."),
        ("before_session = []", 1, "no setting before_session; did you mean hooks.before_session?"),
        ('[hooks]\nbefor = ["x"]', 2, "no setting hooks.befor; did you mean hooks.before_session?"),
        (
            'clipboard_command = "wl-copy"',
            1,
            'clipboard_command must be a list of words, such as ["wl-copy"].',
        ),
        ('new_tab = ["tmux"]', 1, "new_tab must hold {command} or {line}."),
        ('record = "recordings"', 1, "record must be an absolute path, or one that begins with ~/."),
        ('plugin = "biultin"', 1, "plugin must be auto, builtin, or the absolute path of one; "
            "did you mean builtin?"),
        ('[keys]\nquit = "a b"', 2, "quit has no key a b: keys are such as x, X, f5, ctrl+x, space or comma."),
        ('shell = "bash -l"', 1, "shell must be a program by name or path, without arguments."),
        ('default_document = "a b"', 1, "default_document must be the name of a session document."),
        ('ssmmessages_endpoint = "host"', 1, "ssmmessages_endpoint must be an address such as https://HOST."),
        ('stream_hosts = ["a.example", "https://b.example"]', 1,
            "stream_hosts has https://b.example, which is not a host: "
            "give only its name, such as sessions.example.com."),
        ('stream_hosts = ["a.example:8443"]', 1, "stream_hosts has a.example:8443, which is not a host: "
            "give only its name, such as sessions.example.com."),
        ("includes = [1]", 1, "includes must be a list of paths; relative ones begin at the folder of config.toml."),
    ],
)  # fmt: skip
def test_a_mistake_names_line_key_and_what_was_meant(text: str, line: int, sentence: str) -> None:
    assert sentences(text) == [f"config.toml line {line}: {sentence}"]


def test_keys_of_commands_may_be_one_several_or_none_and_ids_have_dots() -> None:
    text = '[keys]\nshell = "f2"\nquit = ["ctrl+q", ","]\nrefresh = ""\npresets.start = "s,f3"\n"check.all" = []'
    assert read(text).values[KEYS.key] == {
        "shell": ("f2",),
        "quit": ("ctrl+q", "comma"),
        "refresh": (),
        "presets.start": ("s", "f3"),
        "check.all": (),
    }


def test_a_mistake_in_one_key_of_a_table_loses_no_other_one() -> None:
    found = read('[keys]\nshell = "f2"\nquit = 1\n[hooks]\nafter_session = ["a"]\nbefore_session = 1')
    assert found.values == {"keys": {"shell": ("f2",)}, "hooks.after_session": ("a",)}
    assert [mistake.key for mistake in found.mistakes] == ["keys.quit", "hooks.before_session"]


def test_the_environment_beats_the_file_and_an_option_beats_both() -> None:
    of_file = read('plugin = "builtin"\nrefresh = 30\nread_only = false')
    found = settings_in_force(of_file, {"SMTUI_REFRESH": "20"}, {"read_only": True})
    assert found[REFRESH] == 20
    assert found.origin(REFRESH).words() == "SMTUI_REFRESH"
    assert found.origin(BY_KEY["read_only"]).words() == "--read-only"
    assert found.variables() == {"SMTUI_PLUGIN": "builtin"}


def test_a_variable_that_cannot_be_used_counts_as_not_set() -> None:
    found = settings_in_force(read("refresh = 30"), {"SMTUI_REFRESH": "soon"})
    assert found[REFRESH] == 30
    (mistake,) = found.mistakes
    assert mistake.origin.layer is Layer.ENVIRONMENT
    assert str(mistake) == "SMTUI_REFRESH: refresh must be off, or seconds from 10 to 86,400; it is 30 s."


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("", 60), ("off", None), (" OFF ", None), ("10", 10), ("86400", 86400)]
    + [(wrong, "wrong") for wrong in ("9", "86401", "1" * 5000, "-30", "1.5", "٣٠", "never")],
)
def test_seconds_of_a_variable(said: str, seconds: object) -> None:
    found = settings_in_force(FileValues(), {"SMTUI_REFRESH": said})
    assert found[REFRESH] == (60 if seconds == "wrong" else seconds)
    assert bool(found.mistakes) is (seconds == "wrong")


def test_a_new_tabs_command_becomes_the_variable_that_every_reader_knows() -> None:
    found = settings_in_force(read('new_tab = ["open", "a b", "{command}"]'), {})
    assert settings_in_force(FileValues(), found.variables())[NEW_TAB] == ("open", "a b", "{command}")


def test_the_first_mistake_says_how_many_there_are_besides() -> None:
    text = "\n".join(f"unknown{number} = 1" for number in range(3))
    assert in_words(read(text).mistakes).endswith(" +2: smtui config check lists them.")
    assert in_words(()) == ""


def test_which_settings_have_changed() -> None:
    one = settings_in_force(read("refresh = 30"), {})
    assert one.changed(Settings()) == (REFRESH,)
    assert settings_in_force(read("refresh = 60"), {}).changed(Settings()) == ()


GOOD = {"refresh": 30, "theme": "x", "hooks": {"after_session": ["a"]}}


@example({"keys": {"": "\x1b"}})
@given(
    some.dictionaries(some.sampled_from(["clipboard", "columns", "keys", "new_tab", "plugin", "x.y", "hook"]), ANY_JSON)
)
def test_whatever_else_is_in_the_file_no_good_key_is_lost(others: dict[str, object]) -> None:
    found = read_values({**others, **GOOD})
    assert found.values["refresh"] == 30
    assert found.values["theme"] == "x"
    assert found.values[AFTER_SESSION.key] == ("a",)
    settings = settings_in_force(found, {})
    for key, value in found.values.items():
        assert BY_KEY[key].kind.read(BY_KEY[key].kind.written(value)) == value
        assert BY_KEY[key].shown(settings[BY_KEY[key]]) is not None
    for mistake in found.mistakes:
        assert harmless(str(mistake)) == str(mistake)


@given(some.dictionaries(some.text(max_size=8), ANY_JSON, max_size=4))
def test_every_key_is_a_value_or_a_mistake(data: dict[str, object]) -> None:
    found = read_values(data)
    plain = {key for key in data if key not in ("hooks", "keys")}
    wrong = {mistake.key for mistake in found.mistakes}
    assert len(plain) <= len(plain & set(found.values)) + len(found.mistakes)
    assert not wrong & set(found.values)
