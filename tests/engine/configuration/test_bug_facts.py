"""What a bug report says of this machine, and what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtui import __version__
from smtui.domain.place import Place
from smtui.domain.plugin_grade import BUILTIN, PluginGrade, PluginPick, pick
from smtui.domain.settings.setting_table import SETTINGS
from smtui.domain.settings.settings_values import FileValues, settings_in_force
from smtui.engine.configuration.bug_facts import OPEN_SETTINGS, BugFacts, Facts, fact_lines
from tests.closed_folder import close

SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-token",
    "HTTPS_PROXY": "http://me:hunter22@proxy.acme.example",
}
NAMES = {
    "AWS_PROFILE": "acme-prod",
    "AWS_ENDPOINT_URL": "https://vpce.acme.example",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/Ops",
    "SMTUI_ENDPOINT_URL_SSMMESSAGES": "https://vpce-1.acme.example",
    "SMTUI_STREAM_HOSTS": "stream.acme.example",
    "SMTUI_NEW_TAB": "acme-term -e {command}",
}
OPEN = {"SMTUI_REFRESH": "90", "TERM": "xterm-256color", "COLORTERM": "truecolor", "TMUX": "/tmp/tmux-1/default,1,0"}
OTHERS = {"LANG": "de_DE.UTF-8", "SSH_TTY": "/dev/pts/3", "NOT_OURS": "other"}


OFFICIAL = PluginPick(str(Path.home() / "bin" / "session-manager-plugin"), None, PluginGrade.FINE, "it is on PATH")


def _facts(
    folder: Path, *, names: bool = False, environment: dict[str, str] | None = None, plugin: PluginPick = OFFICIAL
) -> Facts:
    told = environment if environment is not None else {**SECRETS, **NAMES, **OPEN, **OTHERS}
    variables = {setting.variable: told.get(setting.variable, "") for setting in SETTINGS if setting.variable}
    settings = settings_in_force(FileValues(), variables)
    folders = {"config": str(folder), "state": str(folder / "new" / "er")}
    return BugFacts(told, settings, folders, plugin, places=[Place("acme-prod", "eu-west-1")], names=names).collect()


def test_it_holds_no_secret_and_no_name(tmp_path: Path) -> None:
    text = json.dumps(_facts(tmp_path))
    for value in (*SECRETS.values(), *NAMES.values(), "acme", "111122223333", "hunter22", "NOT_OURS", str(Path.home())):
        assert value not in text
    for name in (*SECRETS, *NAMES):
        assert name in text


def test_names_are_told_when_asked_for_and_secrets_never(tmp_path: Path) -> None:
    text = json.dumps(_facts(tmp_path, names=True))
    for value in ("acme-prod", "https://vpce.acme.example", "https://vpce-1.acme.example", "acme-prod/eu-west-1"):
        assert value in text
    for value in (*SECRETS.values(), "hunter22"):
        assert value not in text


def test_it_says_what_terminal_and_settings_are_like(tmp_path: Path) -> None:
    facts = _facts(tmp_path)
    assert facts["terminal"] | {"colours": "true colour", "multiplexer": "tmux", "over ssh": True} == facts["terminal"]
    assert facts["terminal"]["locale"] == "de_DE.UTF-8"
    assert facts["settings"]["refresh"] == "90 s (environment)"
    assert facts["settings"]["new_tab"] == "set; left out (environment)"
    assert "theme" not in facts["settings"]
    assert facts["plugin"]["grade"] == "fine"
    assert facts["plugin"]["path"] == str(Path("~/bin/session-manager-plugin"))
    assert facts["versions"]["textual"][0].isdigit()


def test_our_own_plugin_has_a_place_and_a_version(tmp_path: Path) -> None:
    ours = _facts(tmp_path, plugin=pick(BUILTIN, None, endpoint_is_aws=True))["plugin"]
    assert ours == {"which": "smtui's own", "path": "built-in", "version": __version__, "grade": "built in"}


def test_folders_say_whether_they_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = _facts(tmp_path)
    assert facts["folders"]["config"].endswith("(there, writable)")
    assert facts["folders"]["state"].endswith("(not there yet, writable)")
    monkeypatch.setattr("os.access", lambda *_: False)
    assert _facts(tmp_path)["folders"]["config"].endswith("(there, not writable)")


def test_a_folder_that_may_not_be_looked_at_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close(tmp_path.parent, monkeypatch)
    assert _facts(tmp_path)["folders"]["config"].endswith("(not there yet, writable)")


@pytest.mark.parametrize(
    ("environment", "colours"),
    [
        ({}, "none"),
        ({"TERM": "dumb"}, "none"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "true colour"),
        ({"TERM": "xterm", "COLORTERM": "24bit", "NO_COLOR": "1"}, "none"),
    ],
)
def test_colours(environment: dict[str, str], colours: str, tmp_path: Path) -> None:
    assert _facts(tmp_path, environment=environment)["terminal"]["colours"] == colours


def test_as_lines(tmp_path: Path) -> None:
    lines = fact_lines(_facts(tmp_path, environment={}))
    assert lines[0] == "versions"
    assert "variables" not in lines
    assert any(line.split() == ["over", "ssh", "no"] for line in lines)


def test_every_open_setting_is_in_the_table() -> None:
    assert {setting.key for setting in SETTINGS} >= OPEN_SETTINGS
