"""`smtui plugin logging`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_the_log_is_switched_and_shown(run: Run, tmp_path: Path) -> None:
    state = {"SMTUI_STATE_DIR": str(tmp_path / "state"), "SMTUI_PLUGIN_LOG": ""}
    for words, first in (
        (["show"], "smtui's plugin    off"),
        (["on"], "smtui's plugin    on"),
        (["show"], "smtui's plugin    on"),
        (["off"], "smtui's plugin    off"),
    ):
        told = run("plugin", "logging", *words, **state)
        assert told.exit_code == 0
        assert told.stdout.splitlines()[0] == first
        assert f"{tmp_path / 'state' / 'plugin.log'} (nothing is in it yet)" in told.stdout
        assert "seelog.xml" in told.stdout


def test_the_variable_is_named_as_what_decides(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"x" * 1234)
    told = run("plugin", "logging", "show", SMTUI_PLUGIN_LOG=str(tmp_path / "log"))
    assert "on, as SMTUI_PLUGIN_LOG says" in told.stdout
    assert "(1,234 bytes)" in told.stdout


def test_a_switch_that_cannot_be_made_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = run("plugin", "logging", "on", SMTUI_STATE_DIR=str(tmp_path / "file"))
    assert told.exit_code == 1
    assert "The log was not switched: " in told.stderr


@pytest.mark.parametrize("word", ["maybe", "ON"])
def test_another_word_is_refused(word: str, run: Run) -> None:
    assert run("plugin", "logging", word).exit_code == 2


def test_the_file_of_settings_is_named_as_what_decides(run: Run, environment: dict[str, str | None]) -> None:
    config = Path(str(environment["SMTUI_CONFIG_DIR"]), "config.toml")
    config.parent.mkdir()
    config.write_text('plugin_log = "~/deep/own.log"')
    told = run("plugin", "logging", "show", SMTUI_PLUGIN_LOG=None).stdout
    assert "on, as config.toml says" in told
    assert str(Path("~/deep/own.log").expanduser()) in told
    refused = run("plugin", "logging", "off", SMTUI_PLUGIN_LOG=None)
    assert (refused.exit_code, "config.toml names the log" in refused.stderr) == (1, True)


@pytest.mark.parametrize("official", [(), ("--official",)])
def test_read_only_switches_no_log(official: tuple[str, ...], run: Run, environment: dict[str, str | None]) -> None:
    told = run("plugin", "logging", "on", *official, "--read-only", SMTUI_PLUGIN_LOG=None)
    assert (told.exit_code, "smtui is read-only, so it switches no log." in told.stderr) == (1, True)
    assert not Path(str(environment["SMTUI_STATE_DIR"])).exists()
