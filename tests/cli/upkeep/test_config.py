"""`smtui config`: where the settings are, what is in force and by what, and what is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from smtui.domain.settings.setting_table import SETTINGS
from tests.cli.conftest import Run

TEXT = '# mine\ntheme = "smtui-light"\nrefresh = 30\nclipbord = "osc52"\n[hooks]\nbefore_session = ["a", "b c"]\n'


@pytest.fixture
def file(environment: dict[str, str | None]) -> Path:
    path = Path(str(environment["SMTUI_CONFIG_DIR"])) / "config.toml"
    path.parent.mkdir()
    path.write_text(TEXT)
    return path


def test_the_path(run: Run, file: Path) -> None:
    assert run("config", "path").stdout == f"{file}\n"


def test_every_setting_is_shown_with_its_value_and_where_it_is_from(run: Run, file: Path) -> None:
    result = run("config", "show", "--read-only", SMTUI_REFRESH="20")
    rows = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert list(rows) == ["SETTING", *(setting.key for setting in SETTINGS)]
    assert rows["theme"].split() == ["theme", "smtui-light", "config.toml", "line", "2"]
    assert rows["refresh"].split() == ["refresh", "20", "s", "SMTUI_REFRESH"]
    assert rows["read_only"].split() == ["read_only", "true", "--read-only"]
    assert rows["hooks.before_session"].split() == ["hooks.before_session", "a", "'b", "c'", "config.toml", "line", "6"]
    assert rows["mouse"].split() == ["mouse", "true", "default"]
    assert result.stderr == "smtui: config.toml line 4: no setting clipbord; did you mean clipboard?\n"
    assert result.exit_code == 0


def test_the_same_as_json(run: Run, file: Path) -> None:
    shown = json.loads(run("config", "show", "--json").stdout)
    assert shown["file"] == str(file)
    by_key = {setting["key"]: setting for setting in shown["settings"]}
    assert by_key["theme"]["value"] == "smtui-light"
    assert (by_key["theme"]["from"], by_key["theme"]["line"]) == ("file", 2)
    assert by_key["refresh"]["default"] == 60
    assert shown["mistakes"] == [
        {
            "name": "config.toml",
            "line": 4,
            "key": "clipbord",
            "sentence": "config.toml line 4: no setting clipbord; did you mean clipboard?",
            "near": "clipboard",
        }
    ]


def test_check_exits_with_1_for_mistakes_and_0_without(run: Run, file: Path) -> None:
    result = run("config", "check")
    assert result.exit_code == 1
    assert "line 4: no setting clipbord" in result.stderr
    file.write_text("refresh = 30")
    result = run("config", "check")
    assert (result.exit_code, result.stdout) == (0, f"{file}: no mistakes.\n")
    assert run("config", "check", SMTUI_REFRESH="soon").exit_code == 1


def test_the_schema_has_every_setting(run: Run) -> None:
    assert set(json.loads(run("config", "schema").stdout)["properties"]) == {setting.path[0] for setting in SETTINGS}


def test_a_value_that_holds_a_secret_is_masked(run: Run, file: Path) -> None:
    file.write_text('clipboard_command = ["curl", "https://ana:hunter22@proxy.example:3128"]')
    assert "hunter22" not in run("config", "show").stdout + run("config", "show", "--json").stdout


def test_read_only_of_the_file_refuses_as_the_option_does(run: Run, file: Path) -> None:
    file.write_text("read_only = true")
    result = run("connect", "web-1")
    assert result.exit_code == 1
    assert "read-only" in result.stderr
    assert "SMTUI_RECORD" not in os.environ


def test_a_mistake_stops_no_command_and_is_said_once(run: Run, file: Path) -> None:
    result = run("list", "--json")
    assert result.exit_code == 0
    assert result.stderr.count("no setting clipbord") == 1


def test_connect_starts_the_document_that_the_settings_want(run: Run, file: Path) -> None:
    file.write_text('default_document = "Acme-Gone"')
    result = run("connect", "web-1")
    assert result.exit_code == 1
    assert "Acme-Gone" in result.stderr


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("ftp:", "must be a URL such as https://HOST."),
        ("http://x.example", "must begin with https://: a session's token must not be sent in the clear."),
        ("https://x.example/path", "must be a URL with nothing but a host, such as https://x.example."),
    ],
)
def test_an_endpoint_that_no_session_could_use_is_a_mistake(run: Run, given: str, said: str) -> None:
    told = run("config", "check", SMTUI_ENDPOINT_URL_SSMMESSAGES=given)
    variable = "SMTUI_ENDPOINT_URL_SSMMESSAGES"
    assert (told.exit_code, told.stderr) == (1, f"smtui: {variable}: ssmmessages_endpoint {said}\n")


def test_so_is_one_of_the_file(run: Run, file: Path) -> None:
    file.write_text('ssmmessages_endpoint = "http://x.example"')
    told = run("config", "check")
    assert told.exit_code == 1
    assert "config.toml line 1: ssmmessages_endpoint must begin with https://" in told.stderr
    file.write_text('ssmmessages_endpoint = "http://127.0.0.1:1"\nstream_hosts = ["::1", "10.0.0.1", "a-b.example"]')
    assert run("config", "check").exit_code == 0
