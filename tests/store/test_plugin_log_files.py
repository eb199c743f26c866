"""The switch of our plugin's log, and what the official plugin's configuration says."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from smtui.domain.plugin_facts.plugin_survey import DebugLog
from smtui.plugin.builtin import invocation
from smtui.store import plugin_log_files
from smtui.store.plugin_log_files import own_log, switch_own_log
from smtui.store.seelog_file import SeelogFile, official_configuration
from tests.closed_folder import close


def official(folder: Path) -> DebugLog:
    return SeelogFile(folder / "seelog.xml", prepared=folder / "prepared.xml").look()


def test_what_is_switched_here_is_what_the_plugin_looks_at(tmp_path: Path) -> None:
    environment = {"SMTUI_STATE_DIR": str(tmp_path / "state")}
    assert not own_log(environment).is_on
    switch_own_log(True, environment)
    assert own_log(environment).is_on
    assert str(own_log(environment).path) == invocation.log_path(environment)
    switch_own_log(False, environment)
    switch_own_log(False, environment)
    assert not own_log(environment).is_on
    assert invocation.log_path(environment) == ""


def test_a_switch_that_may_not_be_looked_at_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"SMTUI_STATE_DIR": str(tmp_path / "root" / "state")}
    switch_own_log(True, environment)
    close(tmp_path / "root", monkeypatch)
    assert not own_log(environment).is_on
    assert invocation.log_path(environment) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_the_switch_and_its_folder_are_the_users_alone(tmp_path: Path) -> None:
    environment = {"SMTUI_STATE_DIR": str(tmp_path / "state")}
    switch_own_log(True, environment)
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / plugin_log_files.LOG_SWITCH).stat().st_mode) == 0o600


def test_the_plugin_has_the_same_names() -> None:
    for name in ("LOG_VARIABLE", "LOG_NAME", "LOG_SWITCH"):
        assert getattr(plugin_log_files, name) == getattr(invocation, name)


def test_the_variable_names_another_file(tmp_path: Path) -> None:
    path = tmp_path / "mine"
    path.write_bytes(b"12345")
    log = own_log({"SMTUI_STATE_DIR": str(tmp_path), "SMTUI_PLUGIN_LOG": str(path)})
    assert (log.path, log.is_on, log.by_variable, log.size) == (path, True, True, 5)


@pytest.mark.parametrize(
    ("content", "level"),
    [
        ('<seelog type="adaptive" mininterval="2000000" minlevel="debug">', "debug"),
        ('<seelog minlevel="off">', "off"),
        ("<seelog\n  minlevel = \"info\"\n>", "info"),
        ('<!-- <seelog minlevel="debug"> --><seelog minlevel="off">', "off"),
        ("<seelog>", ""),
        ('<filter minlevel="debug">', ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_official_plugins_level_is_read(content: str, level: str, tmp_path: Path) -> None:
    path = tmp_path / "seelog.xml"
    path.write_text(content)
    log = official(tmp_path)
    assert (log.level, log.is_on, log.trouble) == (level, level not in ("", "off"), "")
    assert Path(log.path).parent.parent == tmp_path


def test_a_configuration_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert official(tmp_path).level == ""
    (tmp_path / "seelog.xml").mkdir()
    assert str(tmp_path) in official(tmp_path).trouble


def test_it_lies_where_the_official_installer_puts_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for platform, folder in (("linux", "/usr/local"), ("darwin", "/usr/local"), ("win32", "/programs")):
        monkeypatch.setattr(sys, "platform", platform)
        assert str(official_configuration({"PROGRAMFILES": "/programs"})).startswith(folder)
