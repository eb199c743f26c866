"""Find the official session-manager-plugin and ask its version, without ever hanging on it.

Places: PATH, then the installers' folders. Nothing is run from the current directory, whatever PATH says.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from smtui.domain.plugin import AUTO, BUILTIN, FoundPlugin, PluginPick, pick
from smtui.domain.version import Version
from smtui.plugin.asking import AskedOnce, NoAnswer, answer_to_version

CHOICE_VARIABLE = "SMTUI_PLUGIN"
PROGRAM = "session-manager-plugin.exe" if os.name == "nt" else "session-manager-plugin"
PATIENCE = 3.0
"""Seconds that a plugin has to tell its version."""

_OUR_MARK = b"smtui.plugin.builtin"
_WHERE_MARKED = 4096
"""Bytes: the mark stands at the beginning of the script."""
_OUR_PROGRAM = "smtui-plugin"
_UNIX_FOLDERS = ("/usr/local/sessionmanagerplugin/bin", "/usr/local/bin")


def choose_plugin(
    environ: Mapping[str, str], *, endpoint_is_aws: bool, on_terminal: bool = True, in_background: bool = False
) -> PluginPick:
    """Find, grade and pick by SMTUI_PLUGIN. Blocks up to `PATIENCE` seconds the first time: keep it off the loop."""
    choice = environ.get(CHOICE_VARIABLE, "")
    if choice == BUILTIN:
        found = None
    elif choice in ("", AUTO):
        found = find_official(environ)
    else:
        found = inspect(_named(choice, environ))
    return pick(choice, found, endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal, in_background=in_background)


def find_official(environ: Mapping[str, str]) -> FoundPlugin | None:
    """The first session-manager-plugin on PATH or in the usual folders; None when there is none."""
    for folder in _folders(environ):
        candidate = folder / PROGRAM
        if can_run(candidate):
            return inspect(candidate)
    return None


def inspect(program: Path) -> FoundPlugin:
    """What lies at a path: its version, whether it is ours, or what is wrong with it."""
    path = str(program)
    if not can_run(program):
        trouble = "There is no such file." if not program.exists() else "It cannot be run."
        return FoundPlugin(path, None, missing=True, trouble=trouble)
    if _is_ours(program):
        return FoundPlugin(path, None, ours=True)
    try:
        return FoundPlugin(path, _version(program))
    except _Unreadable as error:
        return FoundPlugin(path, None, trouble=str(error))


class _Unreadable(Exception):
    """The version could not be read; the message says why."""


def _named(choice: str, environ: Mapping[str, str]) -> Path:
    """A path as the user gave it; a bare name is looked for on PATH."""
    path = Path(choice).expanduser()
    if path.name == choice:
        on_path = (folder / choice for folder in path_folders(environ))
        return next((candidate for candidate in on_path if can_run(candidate)), path)
    return path.absolute()


def _folders(environ: Mapping[str, str]) -> Iterator[Path]:
    yield from path_folders(environ)
    if os.name == "nt":
        programs = environ.get("PROGRAMFILES", r"C:\Program Files")
        yield Path(programs, "Amazon", "SessionManagerPlugin", "bin")
    else:
        yield from map(Path, _UNIX_FOLDERS)


def path_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """The folders of PATH, without relative ones."""
    for entry in environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        if entry and folder.is_absolute():
            yield folder


def can_run(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _is_ours(program: Path) -> bool:
    """Our console script keeps the module's name in its text, whatever it is called."""
    if program.resolve().stem == _OUR_PROGRAM:
        return True
    with contextlib.suppress(OSError), program.open("rb") as file:
        return _OUR_MARK in file.read(_WHERE_MARKED)
    return False


def _version(program: Path) -> Version:
    try:
        return _told_version(program)
    except OSError as error:
        raise _Unreadable(f"It could not be started: {error.strerror or error}.") from error


def _ask(program: Path) -> Version:
    try:
        version = Version.parse(answer_to_version(program, PATIENCE))
    except NoAnswer as error:
        raise _Unreadable(str(error)) from None
    if version is None:
        raise _Unreadable("It answered --version with something else than a version.")
    return version


_told_version = AskedOnce(_ask)
