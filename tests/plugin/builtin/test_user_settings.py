"""The plugin follows config.toml where smtui does not start it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from smtui.domain.settings.setting_table import MOST_BYTES
from smtui.plugin.builtin.user_settings import add_settings

TEXT = 'plugin_log = "~/plugin.log"\nstream_hosts = ["a.example", "b.example"]\nplugin = "builtin"\nrefresh = "x"\n'


def settings(folder: Path, **given: str) -> dict[str, str]:
    environ = {"SMTUI_CONFIG_DIR": str(folder), **given}
    add_settings(environ)
    del environ["SMTUI_CONFIG_DIR"]
    return environ


def test_what_concerns_it_is_taken_and_the_environment_beats_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TEXT)
    log = str(Path.home() / "plugin.log")
    found = settings(tmp_path)
    assert found.pop("SMTUI_STREAM_HOSTS").replace(" ", "") == "a.example,b.example"
    assert found == {"SMTUI_PLUGIN_LOG": log}
    assert settings(tmp_path, SMTUI_PLUGIN_LOG="/x")["SMTUI_PLUGIN_LOG"] == "/x"


@pytest.mark.parametrize("content", [b"plugin_log = [", b"\xff\xfe", b"#" * (MOST_BYTES + 1), b"plugin_log = 3", b""])
def test_a_file_that_cannot_be_used_says_nothing(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    assert settings(tmp_path) == {}


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    assert settings(tmp_path) == {}
    (tmp_path / "config.toml").mkdir()
    assert settings(tmp_path) == {}
    if os.name == "posix":
        (tmp_path / "config.toml").rmdir()
        os.mkfifo(tmp_path / "config.toml")
        assert settings(tmp_path) == {}


@pytest.mark.parametrize("from_smtui", [False, True])
def test_a_session_of_the_aws_cli_is_logged_as_the_file_says(from_smtui: bool, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f"plugin_log = {json.dumps(str(tmp_path / 'log'))}")
    response = json.dumps({"SessionId": "s-1", "StreamUrl": "ws://far.example/", "TokenValue": "t"})
    parent = {"SMTUI_PLUGIN_PARENT": "1"} if from_smtui else {}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SMTUI_", "AWS_"))}
    folders = {"SMTUI_CONFIG_DIR": str(tmp_path), "SMTUI_STATE_DIR": str(tmp_path / "state")}
    command = [sys.executable, "-m", "smtui.plugin.builtin", response, "eu-west-1", "StartSession"]
    subprocess.run(command, env={**kept, **folders, **parent}, capture_output=True, timeout=60, check=False)
    assert (tmp_path / "log").exists() is not from_smtui
