"""The official plugin's log is switched by its file, which comes back as it was."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from smtui.domain.plugin_facts.plugin_survey import SwitchSteps
from smtui.domain.shellquote import Shell
from smtui.store import seelog_file
from smtui.store.seelog_file import SeelogFile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
TEMPLATE = '<seelog type="adaptive" minlevel="off">\n  <outputs/>\n</seelog>\n'
OWN = '<!-- mine -->\n<seelog minlevel="off"><outputs formatid="mine"/></seelog>\n'


class Installed:
    """The folder of an official plugin."""

    def __init__(self, folder: Path, shell: Shell = Shell.POSIX) -> None:
        self.folder = folder / "sessionmanagerplugin"
        self.folder.mkdir()
        (self.folder / "seelog.xml.template").write_text(TEMPLATE)
        self.path = self.folder / "seelog.xml"
        self.prepared = folder / "state" / "seelog.xml"
        self.file = SeelogFile(self.path, prepared=self.prepared, shell=shell)

    @property
    def names(self) -> set[str]:
        return {each.name for each in self.folder.iterdir()} - {"seelog.xml.template"}


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path)


@pytest.fixture
def locked(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> Installed:
    """A folder of the administrator's; root may write everywhere, so the system's answer is imitated."""

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(seelog_file, "_do", refuse)
    return installed


def test_on_is_made_from_the_template_and_off_leaves_nothing(installed: Installed) -> None:
    assert not installed.file.look().is_on
    done = installed.file.switch(True)
    assert done.commands == ()
    assert "what is typed" in done.text
    assert installed.path.read_text() == TEMPLATE.replace("off", "debug")
    assert installed.file.look().is_on
    assert installed.file.look().level == "debug"
    assert stat.S_IMODE(installed.path.stat().st_mode) == 0o644
    installed.file.switch(False)
    assert not installed.file.look().is_on
    assert installed.names == set()


def test_what_was_there_comes_back_with_its_permissions(installed: Installed) -> None:
    installed.path.write_text(OWN)
    installed.path.chmod(0o640)
    installed.file.switch(True)
    assert installed.path.read_text() == OWN.replace("off", "debug")
    assert stat.S_IMODE(installed.path.stat().st_mode) == 0o640
    installed.file.switch(False)
    assert installed.path.read_text() == OWN
    assert stat.S_IMODE(installed.path.stat().st_mode) == 0o640
    assert installed.names == {"seelog.xml"}


def test_switching_twice_changes_nothing(installed: Installed) -> None:
    installed.path.write_text(OWN)
    installed.file.switch(True)
    before = {name: (installed.folder / name).read_text() for name in installed.names}
    assert installed.file.switch(True).text == "The official plugin's log is on already."
    assert {name: (installed.folder / name).read_text() for name in installed.names} == before
    installed.file.switch(False)
    assert installed.file.switch(False).text == "The official plugin's log is off already."
    assert installed.path.read_text() == OWN


def test_a_log_that_somebody_switched_on_is_only_switched_off(installed: Installed) -> None:
    installed.path.write_text(OWN.replace("off", "info"))
    assert "already" in installed.file.switch(True).text
    installed.file.switch(False)
    assert installed.path.read_text() == OWN


def test_what_was_changed_meanwhile_stays(installed: Installed) -> None:
    installed.path.write_text(OWN)
    installed.file.switch(True)
    edited = installed.path.read_text().replace("mine", "new")
    installed.path.write_text(edited)
    installed.file.switch(False)
    assert installed.path.read_text() == edited.replace("debug", "off")
    assert installed.names == {"seelog.xml"}


def test_a_link_stays_a_link(installed: Installed, tmp_path: Path) -> None:
    real = tmp_path / "etc.xml"
    real.write_text(OWN)
    installed.path.symlink_to(real)
    installed.file.switch(True)
    assert installed.path.is_symlink()
    assert real.read_text() == OWN.replace("off", "debug")
    installed.file.switch(False)
    assert installed.path.is_symlink()
    assert real.read_text() == OWN


def test_without_a_template_nothing_is_made(installed: Installed) -> None:
    (installed.folder / "seelog.xml.template").unlink()
    said = installed.file.switch(True).text
    assert "seelog.xml.template is missing" in said
    assert installed.names == set()


@pytest.mark.parametrize("content", [b"<seelog>", b"\xff\xfe", b"<seelog minlevel='off'/>" * 20_000])
def test_what_is_not_understood_is_left_alone(installed: Installed, content: bytes) -> None:
    installed.path.write_bytes(content)
    assert "The log was not switched." in installed.file.switch(True).text
    assert installed.path.read_bytes() == content
    assert installed.names == {"seelog.xml"}


def as_administrator(steps: SwitchSteps) -> None:
    """Run the commands as a user would paste them; sudo itself is left out."""
    for line in steps.commands:
        words = shlex.split(line)
        assert words[0] == "sudo"
        subprocess.run(words[1:], check=True)


@pytest.mark.parametrize("before", ["", OWN], ids=["none", "own"])
def test_commands_for_the_administrator_do_the_same(locked: Installed, before: str) -> None:
    if before:
        locked.path.write_text(before)
        locked.path.chmod(0o604)
    steps = locked.file.switch(True)
    assert "belongs to the administrator" in steps.text
    assert not locked.file.look().is_on
    as_administrator(steps)
    assert locked.path.read_text() == (before or TEMPLATE).replace("off", "debug")
    assert stat.S_IMODE(locked.path.stat().st_mode) == (0o604 if before else 0o644)
    logs = locked.folder / "logs"
    assert stat.S_IMODE(logs.stat().st_mode) == 0o700
    as_administrator(locked.file.switch(False))
    assert locked.names == ({"seelog.xml", "logs"} if before else {"logs"})
    assert not before or locked.path.read_text() == before


def test_a_folder_of_logs_that_can_be_written_is_not_made_anew(locked: Installed) -> None:
    (locked.folder / "logs").mkdir()
    assert not any("install -d" in line for line in locked.file.switch(True).commands)


def test_on_windows_the_commands_are_those_of_powershell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = Installed(tmp_path, Shell.POWERSHELL)

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(seelog_file, "_do", refuse)
    lines = installed.file.switch(True).commands
    assert [line.split()[0] for line in lines] == ["New-Item", "Copy-Item"]
    assert str(installed.prepared) in lines[1]


def test_the_log_may_be_elsewhere(installed: Installed) -> None:
    assert installed.file.look().path == str(installed.folder / "logs" / "session-manager-plugin.log")
    named = '<rollingfile filename="/var/log/me/session-manager-plugin.log"/>'
    installed.path.write_text(f'<seelog minlevel="debug">{named}</seelog>')
    assert installed.file.look().path == "/var/log/me/session-manager-plugin.log"


def test_a_full_disk_leaves_the_old_file(installed: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    installed.path.write_text(OWN)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in installed.file.switch(True).text
    assert installed.path.read_text() == OWN
    assert installed.names == {"seelog.xml"}
