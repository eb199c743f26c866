"""Switches the official plugin's log by its configuration, seelog.xml, in the folder that the plugin's installer made.

The original is kept in the same folder and restored when the log is switched off. Usually only an administrator may
write there; then the same steps are returned as commands.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smtui.domain.plugin_facts.plugin_survey import DebugLog, SwitchSteps
from smtui.domain.plugin_facts.seelog import DEBUG, OFF, SeelogNotUnderstood, level_of, log_file_of, with_level
from smtui.domain.shellquote import HERE, Shell, Unquotable, command_line
from smtui.domain.text import error_words
from smtui.store.file_access import UnusableFile, read_bytes, replace_lines, replace_text

_LARGEST = 256 * 1024
_BACKUP = ".smtui-backup"
"""What was there before smtui changed it; empty if nothing was."""
_FOR_EVERYBODY = 0o644
_LOG_NAME = "session-manager-plugin.log"
_ON = (
    "The official plugin logs at level debug from its next session on. The log may hold what is typed and shown in "
    "sessions: switch it off when you are done, and read it before you pass it on."
)
_IS_OFF = "The official plugin logs nothing from its next session on. The logs that were written stay."


@dataclass(frozen=True, slots=True)
class _Step:
    """One change of a file: its new content, or None to remove it."""

    path: Path
    content: str | None
    is_backup: bool = False


class SeelogFile:
    """The configuration of the official plugin's log. Every method may block."""

    def __init__(self, path: Path | None = None, *, prepared: Path, shell: Shell = HERE) -> None:
        """`prepared` is a file of the user's own, for content that an administrator then copies."""
        self._path = path or official_configuration()
        self._backup = self._path.with_name(self._path.name + _BACKUP)
        self._prepared = prepared
        self._shell = shell

    def look(self) -> DebugLog:
        """Read where the log is, and whether it is on."""
        folder = self._path.with_name("Logs" if sys.platform == "win32" else "logs")
        usual = str(folder / _LOG_NAME)
        try:
            text = self._read(self._path) or ""
        except UnusableFile as unusable:
            return DebugLog(usual, is_on=False, settings=str(self._path), trouble=str(unusable))
        level = level_of(text)
        named = log_file_of(text)
        path = named if named and Path(named).is_absolute() else usual
        return DebugLog(path, level not in ("", OFF), level, str(self._path))

    def switch(self, on: bool) -> SwitchSteps:
        """Switch it, or return the commands that do."""
        try:
            current = self._read(self._path)
            logs = current is not None and level_of(current) not in ("", OFF)
            if logs is on:
                return SwitchSteps(f"The official plugin's log is {'on' if on else 'off'} already.")
            steps = self._on(current) if on else self._off(current or "")
        except UnusableFile as unusable:
            return SwitchSteps(f"The log was not switched. {unusable}", is_done=False)
        except SeelogNotUnderstood as error:
            return SwitchSteps(f"The log was not switched. {self._path} is not understood: {error}.", is_done=False)
        return self._carried_out(steps, _ON if on else _IS_OFF, on=on)

    def _on(self, current: str | None) -> list[_Step]:
        base = current if current is not None else self._template()
        steps = [_Step(self._path, with_level(base, DEBUG))]
        if not self._backup.exists():
            steps.insert(0, _Step(self._backup, current or "", is_backup=True))
        return steps

    def _template(self) -> str:
        path = self._path.with_name(self._path.name + ".template")
        text = self._read(path)
        if text is None:
            raise UnusableFile(path, "is missing: the official plugin seems not to be installed there")
        return text

    def _off(self, current: str) -> list[_Step]:
        before = self._read(self._backup)
        removal = _Step(self._backup, None)
        if before is None:
            return [_Step(self._path, with_level(current, OFF))]
        try:
            is_ours = current == with_level(before or self._template(), DEBUG)
        except (UnusableFile, SeelogNotUnderstood):
            is_ours = False
        if not is_ours:  # somebody has changed it since: what they wrote stays
            return [_Step(self._path, with_level(current, OFF)), removal]
        return [_Step(self._path, before or None), removal]

    def _read(self, path: Path) -> str | None:
        content = read_bytes(path, _LARGEST)
        if content is None:
            return None
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise UnusableFile(path, "is not UTF-8 text") from error

    # Doing it ----------------------------------------------------------------------------------

    def _carried_out(self, steps: Sequence[_Step], done: str, *, on: bool) -> SwitchSteps:
        try:
            for step in steps:
                _do(step)
        except PermissionError:
            return self._for_administrator(steps, on=on)
        except OSError as error:
            return SwitchSteps(f"The log was not switched: {error.strerror or error_words(error)}.", is_done=False)
        return SwitchSteps(done)

    def _for_administrator(self, steps: Sequence[_Step], *, on: bool) -> SwitchSteps:
        state = "on" if on else "off"
        try:
            lines = [line for step in steps for line in self._commands(step)]
            if on:
                lines += self._own_folder()
        except Unquotable as error:
            return SwitchSteps(f"Only an administrator may switch it. No command is shown: {error}.", is_done=False)
        except OSError as error:
            return SwitchSteps(f"The log was not switched: {error.strerror or error_words(error)}.", is_done=False)
        how = "in a shell of an administrator" if self._is_windows else "in a shell"
        text = f"{self._path.parent} belongs to the administrator: run these {how} to switch the log {state}."
        return SwitchSteps(f"{text} {_ON if on else _IS_OFF}", tuple(lines), is_done=False)

    @property
    def _is_windows(self) -> bool:
        return self._shell is not Shell.POSIX

    def _commands(self, step: _Step) -> list[str]:
        path, backup = str(step.path), str(self._backup)
        if step.content is None:
            return self._lines(("sudo", "rm", "-f", path), ("Remove-Item", "-LiteralPath", path))
        if step.is_backup and not step.content:
            return self._lines(("sudo", "touch", path), ("New-Item", "-ItemType", "File", "-Path", path))
        if step.is_backup:
            return self._lines(("sudo", "cp", "-p", str(self._path), path), ("Copy-Item", str(self._path), path))
        with contextlib.suppress(UnusableFile):
            if step.content == self._read(self._backup):
                return self._lines(("sudo", "cp", backup, path), ("Copy-Item", backup, path))
        replace_text(self._prepared, step.content)
        prepared = str(self._prepared)
        copy = ("cp",) if step.path.exists() else ("install", "-m", "644")
        return self._lines(("sudo", *copy, prepared, path), ("Copy-Item", prepared, path))

    def _own_folder(self) -> list[str]:
        """Return what gives the user a folder for the logs: the plugin writes them as the user."""
        folder = Path(self.look().path).parent
        if self._is_windows or os.access(folder, os.W_OK):
            return []
        import getpass

        return [command_line(("sudo", "install", "-d", "-o", getpass.getuser(), "-m", "700", str(folder)), self._shell)]

    def _lines(self, posix: Sequence[str], windows: Sequence[str]) -> list[str]:
        return [command_line(windows if self._is_windows else posix, self._shell)]


def official_configuration(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file that says what the official plugin logs: its place is fixed."""
    if sys.platform == "win32":
        programs = environment.get("PROGRAMFILES", r"C:\Program Files")
        return Path(programs, "Amazon", "SessionManagerPlugin", "seelog.xml")
    return Path("/usr/local/sessionmanagerplugin/seelog.xml")


def _do(step: _Step) -> None:
    """Replace the file as a whole or not at all, with its owner and permissions; a link stays one. Raises OSError."""
    if step.content is None:
        step.path.unlink(missing_ok=True)
        return
    real, mode, owner = step.path.resolve(), _FOR_EVERYBODY, None
    if real.exists():
        before = real.stat()
        mode, owner = stat.S_IMODE(before.st_mode), (before.st_uid, before.st_gid)
    replace_lines(real, [step.content.encode()], mode=mode, owner=owner)
