"""The file of settings at the start: what it says is in force, and in the environment of whatever smtui starts."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from smtui import setting_wiring
from smtui.domain.settings.setting_table import PLUGIN, READ_ONLY, RECORD, REFRESH
from smtui.engine.offloop import OffLoop
from smtui.run_options import RunOptions
from smtui.setting_wiring import options_in_force, with_settings
from smtui.store.file_access import read_bytes
from smtui.store.settings_file import SettingsFile
from smtui.wiring import wired


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("SMTUI_"):
            monkeypatch.delenv(name)
    for name in ("CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"SMTUI_{name}_DIR", str(tmp_path))
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "config.toml").write_text(text)


def test_the_files_values_are_in_the_environment_for_this_run_alone(folder: Path) -> None:
    write(folder, 'plugin = "builtin"\nrecord = "~/recordings"')
    with with_settings(RunOptions()) as (book, _):
        assert book.now[PLUGIN] == "builtin"
        assert os.environ["SMTUI_PLUGIN"] == "builtin"
        assert os.environ["SMTUI_RECORD"] == str(Path.home() / "recordings")
    assert "SMTUI_PLUGIN" not in os.environ
    assert "SMTUI_RECORD" not in os.environ


def test_a_variable_of_the_environment_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, 'record = "/tmp/file"')
    monkeypatch.setenv("SMTUI_RECORD", "/tmp/variable")
    with with_settings(RunOptions()) as (book, _):
        assert book.now[RECORD] == os.environ["SMTUI_RECORD"] == "/tmp/variable"
    assert os.environ["SMTUI_RECORD"] == "/tmp/variable"


@pytest.mark.parametrize(
    ("text", "given", "origin"), [("true", False, "config.toml line 1"), ("false", True, "--read-only")]
)
def test_read_only_by_file_or_by_option(folder: Path, text: str, given: bool, origin: str) -> None:
    write(folder, f"read_only = {text}")
    with with_settings(RunOptions(read_only=given)) as (book, options):
        assert options.read_only
        assert book.now.origin(READ_ONLY).words() == origin


async def test_a_change_of_the_file_counts_at_once_where_it_can(folder: Path) -> None:
    write(folder, 'refresh = 30\nplugin_log = "/tmp/a"')
    with with_settings(RunOptions()) as (book, _):
        heard: list[str] = []
        book.watch(lambda changed: heard.extend(setting.key for setting in changed))
        write(folder, 'refresh = 20\nplugin_log = "/tmp/b"')
        await book.reload(OffLoop())
        assert heard == ["refresh", "plugin_log"]
        assert book.now[REFRESH] == 20
        assert os.environ["SMTUI_REFRESH"] == "20"
        assert os.environ["SMTUI_PLUGIN_LOG"] == "/tmp/a", "from the next start"
        await book.change(OffLoop(), REFRESH, None)
        assert os.environ["SMTUI_REFRESH"] == "off"
        await book.remove(OffLoop(), REFRESH.path)
        assert "SMTUI_REFRESH" not in os.environ
    assert (folder / "config.toml").read_text() == 'plugin_log = "/tmp/b"'


async def test_a_mistake_is_said_and_never_stops_smtui(folder: Path) -> None:
    write(folder, 'clipbord = "osc52"\nread_only = true')
    said: list[str] = []
    async with wired(RunOptions(), said.append) as launcher:
        assert launcher.setup.read_only
    assert said == ["config.toml line 1: no setting clipbord; did you mean clipboard?"]


def test_a_subcommand_reads_the_file_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "read_only = true\nrefresh = 30")
    paths = []

    def noted(path: Path, most_bytes: int) -> bytes | None:
        paths.append(path)
        return read_bytes(path, most_bytes)

    monkeypatch.setattr(setting_wiring, "read_bytes", noted)
    with with_settings(options_in_force(RunOptions())) as (book, options):
        assert options.read_only
        assert book.now[REFRESH] == 30
    assert paths == [folder / "config.toml"]


def test_a_disk_that_does_not_answer_delays_the_start_no_longer_than_half_a_second(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    write(folder, "refresh = 30")
    monkeypatch.setattr(setting_wiring, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(setting_wiring, "read_bytes", lambda *_: answered.wait(30))
    with with_settings(RunOptions()) as (book, _):
        assert book.now[REFRESH] == 60
        assert "its disk did not answer" in str(book.now.mistakes[0])
    answered.set()


def test_only_the_disk_is_given_up_on_not_a_busy_processor(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "refresh = 30")
    understood, threads = SettingsFile.understood, list[threading.Thread]()

    def watched(*given: Any) -> Any:
        threads.append(threading.current_thread())
        return understood(*given)

    monkeypatch.setattr(SettingsFile, "understood", watched)
    with with_settings(RunOptions()) as (book, _):
        assert book.now[REFRESH] == 30
    assert threads == [threading.main_thread()], "what has a time limit has a thread of its own"


def test_every_mistake_of_keys_and_theme_files_is_found_with_its_line(folder: Path) -> None:
    write(folder, '[keys]\nrefesh = "f5"\nshell = "f"\n')
    (folder / "themes").mkdir()
    (folder / "themes" / "sea.toml").write_text('accent = "#00ffff"\nwarnig = "#ffff00"\nmuted = "#505050"\n')
    said = [str(mistake) for mistake in setting_wiring.all_mistakes(setting_wiring.settings_book(RunOptions()))]
    assert said == [
        "config.toml line 2: there is no command refesh. Did you mean refresh?",
        "config.toml line 3: f is the key of forward (Forward a port, in “The nodes”), so shell (Start a shell) "
        "cannot have it. shell keeps enter, s.",
        "themes/sea.toml line 2: no role warnig; did you mean warning?",
        "themes/sea.toml line 3: muted has a contrast of 1.4 on cursor; from 4.5 it is easy to read.",
    ]


def test_an_included_file_that_is_not_read_is_a_mistake_with_its_line(folder: Path) -> None:
    (folder / "team.toml").write_text('[[preset]]\nname = "broken, but read"\n')
    write(folder, '\nincludes = ["team.toml", "gone.toml"]\n')
    said = [str(mistake) for mistake in setting_wiring.all_mistakes(setting_wiring.settings_book(RunOptions()))]
    assert said == [f"config.toml line 2: {folder / 'gone.toml'} is not there."]


def test_a_theme_that_there_is_not_is_a_mistake_and_one_of_a_file_is_none(folder: Path) -> None:
    def said(theme: str) -> list[str]:
        write(folder, f'\ntheme = "{theme}"\n')
        return [str(mistake) for mistake in setting_wiring.all_mistakes(setting_wiring.settings_book(RunOptions()))]

    (folder / "themes").mkdir()
    (folder / "themes" / "sea.toml").write_text('accent = "#00ffff"\n')
    assert [said(name) for name in ("auto", "sea", "smtui-light", "nord")] == [[]] * 4
    assert said("smtui-lihgt") == ["config.toml line 2: there is no theme smtui-lihgt; did you mean smtui-light?"]


@pytest.mark.parametrize("text", ["read_only = 1", "read_only = True", 'read_only = "yes"', "read_only ="])
def test_what_protects_the_user_takes_the_safe_side_of_a_mistake(text: str, folder: Path) -> None:
    write(folder, f"{text}\nmouse = 3\n")
    with with_settings(RunOptions()) as (book, options):
        assert options.read_only
        assert str(book.now.mistakes[0]).endswith("; until it is corrected, read_only is true.")
        assert "until" not in str(book.now.mistakes[1])
