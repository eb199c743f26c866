from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.version import Version
from smtui.plugin import find
from smtui.plugin.find import PROGRAM, choose_plugin, find_official, inspect
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
        ("while :; do echo noise; done", "something else"),
        ("echo 'segmentation fault' >&2; exit 139", "something else"),
        ("kill -9 $$", "something else"),
        ("cat; echo 1.2.3.4.5", "something else"),
        ("exit 0", "something else"),
    ],
)
def test_a_plugin_with_bad_manners_is_unreadable_and_gone(
    script: str, trouble: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "PATIENCE", 0.5)
    found = inspect(plugin(tmp_path / "a", script))
    assert found.grade is PluginGrade.UNREADABLE
    assert trouble in found.trouble
    assert children() == []


def test_what_a_hanging_plugin_started_is_gone_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "PATIENCE", 0.5)
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
