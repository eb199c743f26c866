"""The AWS CLI found on PATH and asked for its version, whatever lies there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtui.diagnosis.evidence.local_facts import AwsCli
from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.version import Version
from smtui.plugin import find
from smtui.plugin.find import PROGRAM, choose_plugin, find_official, inspect
from smtui.plugin.plugin_host import PluginHost
from tests.closed_folder import close
from tests.plugin.desk import children
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake plugins are shell scripts")


@pytest.fixture(autouse=True)
def _usual_folders_are_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "_UNIX_FOLDERS", (str(tmp_path / "usual"),))


def plugin(folder: Path, script: str = "echo 1.2.896.0", name: str = PROGRAM) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_the_first_on_path_is_found(tmp_path: Path) -> None:
    first, second = plugin(tmp_path / "a"), plugin(tmp_path / "b", "echo 1.2.764.0")
    found = find_official({"PATH": f"{tmp_path / 'none'}:{first.parent}:{second.parent}"})
    assert found is not None
    assert (found.path, found.version) == (str(first), Version.of("1.2.896.0"))


def test_the_usual_folders_come_after_path(tmp_path: Path) -> None:
    usual = plugin(tmp_path / "usual")
    found = find_official({"PATH": "/nowhere"})
    assert found is not None
    assert (found.path, found.off_path) == (str(usual), str(usual.parent))
    on_path = find_official({"PATH": str(usual.parent)})
    assert on_path is not None
    assert on_path.off_path == ""


def test_a_name_that_path_lacks_may_be_installed_all_the_same(tmp_path: Path) -> None:
    usual = plugin(tmp_path / "usual")
    pick = choose_plugin({"PATH": "/nowhere", "SMTUI_PLUGIN": PROGRAM}, endpoint_is_aws=True)
    assert (pick.grade, pick.off_path) == (PluginGrade.MISSING, str(usual.parent))
    assert f"It is not on PATH; it is in {usual.parent}." in pick.complaint
    elsewhere = choose_plugin({"PATH": "/nowhere", "SMTUI_PLUGIN": "/nowhere/else"}, endpoint_is_aws=True)
    assert elsewhere.off_path == ""


def test_the_installers_folder_on_windows() -> None:
    folders = find.installers_folders({"PROGRAMFILES": "P:/Programs"}, "nt")
    assert [folder.as_posix() for folder in folders] == ["P:/Programs/Amazon/SessionManagerPlugin/bin"]


def test_none_is_found(tmp_path: Path) -> None:
    plugin(tmp_path / "a").chmod(0o644)
    (tmp_path / "b" / PROGRAM).mkdir(parents=True)
    assert find_official({"PATH": f"{tmp_path / 'a'}:{tmp_path / 'b'}"}) is None
    assert find_official({}) is None


@pytest.mark.parametrize("path", ["", ".", ":", "a:./a", "::a"])
def test_nothing_is_run_from_the_current_directory(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin(tmp_path, f"touch {tmp_path}/ran; echo 1.2.896.0")
    plugin(tmp_path / "a", f"touch {tmp_path}/ran; echo 1.2.896.0")
    monkeypatch.chdir(tmp_path)
    assert find_official({"PATH": path}) is None
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ("sleep 600", "did not answer"),
        ("sleep 600 & sleep 600", "did not answer"),
        ("trap '' TERM HUP INT; echo 1.2.896.0; sleep 600", "did not answer"),
        ("while :; do echo noise; done", "something other than a version"),
        ("echo 'segmentation fault' >&2; exit 139", "something other than a version"),
        ("kill -9 $$", "something other than a version"),
        ("cat; echo 1.2.3.4.5", "something other than a version"),
        ("exit 0", "something other than a version"),
    ],
)
def test_a_plugin_with_bad_manners_is_unreadable_and_gone(
    script: str, trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "PLUGIN_PATIENCE", 0.5)
    found = inspect(plugin(tmp_path / "a", script))
    assert found.grade is PluginGrade.UNREADABLE
    assert trouble in found.trouble
    assert children() == []


def test_what_a_hanging_plugin_started_is_gone_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "PLUGIN_PATIENCE", 0.5)
    inspect(plugin(tmp_path / "a", f"sleep 60 & echo $! > {tmp_path}/pid; sleep 60"))
    status = Path("/proc", (tmp_path / "pid").read_text().strip(), "stat")
    wait_until(lambda: not status.exists() or " Z " in status.read_text())


def test_a_file_that_is_no_program_is_unreadable(tmp_path: Path) -> None:
    path = plugin(tmp_path / "a")
    path.write_bytes(b"\x7fELF garbage")
    found = inspect(path)
    assert found.grade is PluginGrade.UNREADABLE
    assert "could not be started" in found.trouble


def test_it_is_asked_without_credentials_in_a_session_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SSM_START_SESSION_RESPONSE", "secret")
    inspect(
        plugin(tmp_path / "a", f"env > {tmp_path}/env; pwd > {tmp_path}/pwd; ps -o sid= -p $$ > {tmp_path}/sid; read x")
    )
    assert "secret" not in (tmp_path / "env").read_text()
    assert (tmp_path / "pwd").read_text() == "/\n"
    assert str(os.getsid(0)) not in (tmp_path / "sid").read_text().split()


def test_the_answer_is_kept_until_the_file_changes(tmp_path: Path) -> None:
    path = plugin(tmp_path / "a", f"echo x >> {tmp_path}/asked; echo 1.2.764.0")
    assert inspect(path) == inspect(path)
    assert (tmp_path / "asked").read_text() == "x\n"
    plugin(tmp_path / "a", "echo 1.2.1000.0")
    assert inspect(path).version == Version.of("1.2.1000.0")


def test_a_failure_is_not_kept(tmp_path: Path) -> None:
    path = plugin(tmp_path / "a", f"[ -e {tmp_path}/mended ] && echo 1.2.896.0")
    assert inspect(path).version is None
    (tmp_path / "mended").touch()
    assert inspect(path).version is not None


@pytest.mark.parametrize("disguise", ["copy", "link"])
def test_ours_is_known_under_the_official_name(disguise: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    path = tmp_path / "a" / PROGRAM
    if disguise == "copy":
        plugin(tmp_path / "a", "from smtui.plugin.builtin import main")
    else:
        path.symlink_to(plugin(tmp_path / "b", name="smtui-plugin"))
    picked = choose_plugin({"PATH": str(path.parent)}, endpoint_is_aws=True)
    assert picked.builtin
    assert "smtui's own" in picked.because
    assert choose_plugin({"SMTUI_PLUGIN": str(path)}, endpoint_is_aws=True).builtin


def test_the_choice_is_read_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path, other = plugin(tmp_path / "a"), plugin(tmp_path / "b", "echo 1.2.764.0", name="other")
    environ = {"PATH": f"{on_path.parent}:{other.parent}"}
    assert choose_plugin(environ, endpoint_is_aws=True).path == str(on_path)
    assert choose_plugin(environ, endpoint_is_aws=False).builtin
    assert choose_plugin({**environ, "SMTUI_PLUGIN": "builtin"}, endpoint_is_aws=True).builtin
    assert choose_plugin({**environ, "SMTUI_PLUGIN": str(other)}, endpoint_is_aws=False).path == str(other)
    assert choose_plugin({**environ, "SMTUI_PLUGIN": "other"}, endpoint_is_aws=False).path == str(other)
    monkeypatch.chdir(tmp_path)
    assert choose_plugin({"SMTUI_PLUGIN": "b/other"}, endpoint_is_aws=True).path == str(other)


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    picked = choose_plugin({"SMTUI_PLUGIN": str(tmp_path / "none")}, endpoint_is_aws=True)
    assert (picked.usable, picked.grade) == (False, PluginGrade.MISSING)
    assert "There is no such file." in picked.complaint


def test_a_folder_of_path_that_may_not_be_searched_has_no_plugin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden, seen = plugin(tmp_path / "root"), plugin(tmp_path / "bin")
    close(tmp_path / "root", monkeypatch)
    environ = {"PATH": f"{hidden.parent}:{seen.parent}"}
    assert choose_plugin(environ, endpoint_is_aws=True).path == str(seen)
    assert [each.path for each in find.every_plugin(environ)] == [str(seen)]
    picked = choose_plugin({"SMTUI_PLUGIN": str(hidden)}, endpoint_is_aws=True)
    assert (picked.usable, picked.grade) == (False, PluginGrade.MISSING)
    assert "It cannot be found out whether it is there: Permission denied." in picked.complaint


def test_a_home_that_does_not_exist_has_no_plugin() -> None:
    picked = choose_plugin({"SMTUI_PLUGIN": "~no-such-user/plugin"}, endpoint_is_aws=True)
    assert "There is no such file." in picked.complaint


def _aws(folder: Path, script: str) -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / "aws"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


def _found(*folders: Path) -> AwsCli | None:
    return PluginHost({"PATH": ":".join(map(str, folders))}).aws_cli()


def test_the_first_one_on_path_tells_its_version(tmp_path: Path) -> None:
    program = _aws(tmp_path / "a", "echo 'aws-cli/2.31.4 Python/3.13.7 Linux/6.8 exe/x86_64.ubuntu.24'")
    _aws(tmp_path / "b", "echo aws-cli/1.0.0")
    assert _found(tmp_path / "none", tmp_path / "a", tmp_path / "b") == AwsCli(str(program), Version.of("2.31.4"))


def test_a_version_printed_as_an_error_counts(tmp_path: Path) -> None:
    _aws(tmp_path, "echo 'aws-cli/1.16.9 Python/2.7.16 Linux botocore/1.12.1' >&2")
    found = _found(tmp_path)
    assert found is not None
    assert found.version == Version.of("1.16.9")


def test_it_is_asked_once_for_each_state_of_the_file(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    _aws(tmp_path, f"echo x >> {asked}; echo aws-cli/2.0.1")
    assert _found(tmp_path) == _found(tmp_path)
    assert asked.read_text() == "x\n"
    assert _found_version(tmp_path, f"echo x >> {asked}; echo aws-cli/2.31.12") == Version.of("2.31.12")


def test_none_on_path() -> None:
    assert PluginHost({"PATH": ""}).aws_cli() is None
    assert PluginHost({}).aws_cli() is None


@pytest.mark.parametrize("script", ["echo pyenv: aws: command not found; exit 127", "exit 0", "echo aws-cli/x"])
def test_something_else_called_aws_has_no_version(tmp_path: Path, script: str) -> None:
    assert _found_version(tmp_path, script) is None


def test_one_that_hangs_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "AWS_CLI_PATIENCE", 0.3)
    assert _found_version(tmp_path, "sleep 600; echo aws-cli/2.0.1") is None


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    program = tmp_path / "aws"
    program.write_bytes(b"\x00\x01")
    program.chmod(0o755)
    assert _found(tmp_path) == AwsCli(str(program), None)


def _found_version(folder: Path, script: str) -> Version | None:
    _aws(folder, script)
    found = _found(folder)
    assert found is not None
    return found.version
