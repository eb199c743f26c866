"""Finds the official session-manager-plugin and reads its version, within a time limit.

It looks on PATH, then in the installers' folders. Nothing is run from the current directory, whatever PATH says.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from smtui.domain.plugin_grade import AUTO, BUILTIN, FoundPlugin, PluginPick, pick
from smtui.domain.text import error_words
from smtui.domain.version import Version
from smtui.plugin.program_version import AskedOnce, NoAnswer, answer_to_version

CHOICE_VARIABLE = "SMTUI_PLUGIN"
PROGRAM = "session-manager-plugin.exe" if os.name == "nt" else "session-manager-plugin"
PATIENCE = 3.0
"""Seconds that a plugin has to print its version."""

_OUR_MARK = b"smtui.plugin.builtin"
_WHERE_MARKED = 4096
"""Bytes read to find the mark, which stands at the beginning of the script."""
_OUR_PROGRAM = "smtui-plugin"
_UNIX_FOLDERS = ("/usr/local/sessionmanagerplugin/bin", "/usr/local/bin")


def choose_plugin(
    environ: Mapping[str, str], *, endpoint_is_aws: bool, on_terminal: bool = True, in_background: bool = False
) -> PluginPick:
    """Find, grade and pick a plugin by SMTUI_PLUGIN.

    Blocks up to `PATIENCE` seconds the first time, so call it off the event loop.
    """
    choice = environ.get(CHOICE_VARIABLE, "")
    if choice == BUILTIN:
        found = None
    elif choice in ("", AUTO):
        found = find_official(environ)
    else:
        found = _with_folder(inspect(_named(choice, environ)), choice, environ)
    return pick(choice, found, endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal, in_background=in_background)


def find_official(environ: Mapping[str, str]) -> FoundPlugin | None:
    """Return the first session-manager-plugin on PATH or in the installers' folders; None if there is none."""
    on_path = _first(path_folders(environ))
    if on_path is not None:
        return inspect(on_path)
    installed = _first(installers_folders(environ))
    return replace(inspect(installed), off_path=str(installed.parent)) if installed is not None else None


def _first(folders: Iterable[Path]) -> Path | None:
    return next((folder / PROGRAM for folder in folders if can_run(folder / PROGRAM)), None)


def inspect(program: Path) -> FoundPlugin:
    """Describe the plugin at a path: its version, whether it is ours, or what is wrong with it."""
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
    """Resolve the path that the user gave; a bare name is searched on PATH."""
    path = Path(choice).expanduser()
    if path.name == choice:
        on_path = (folder / choice for folder in path_folders(environ))
        return next((candidate for candidate in on_path if can_run(candidate)), path)
    return path.absolute()


def _with_folder(found: FoundPlugin, choice: str, environ: Mapping[str, str]) -> FoundPlugin:
    """Add the folder of a plugin that is installed but not on PATH."""
    installed = _first(installers_folders(environ)) if found.missing and choice == Path(choice).name else None
    if installed is None:
        return found
    return replace(found, trouble=f"It is not on PATH; it is in {installed.parent}.", off_path=str(installed.parent))


def installers_folders(environ: Mapping[str, str], system: str = os.name) -> Iterator[Path]:
    """Yield the folders that the official installers use; `system` is `nt` on Windows."""
    if system == "nt":
        programs = environ.get("PROGRAMFILES", r"C:\Program Files")
        yield Path(programs, "Amazon", "SessionManagerPlugin", "bin")
    else:
        yield from map(Path, _UNIX_FOLDERS)


def path_folders(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the absolute folders of PATH."""
    for entry in environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        if entry and folder.is_absolute():
            yield folder


def can_run(program: Path) -> bool:
    """Tell whether `program` is a file that we may execute."""
    return program.is_file() and os.access(program, os.X_OK)


def _is_ours(program: Path) -> bool:
    """Recognise our console script by the module's name in its text, whatever the file is called."""
    if program.resolve().stem == _OUR_PROGRAM:
        return True
    with contextlib.suppress(OSError), program.open("rb") as file:
        return _OUR_MARK in file.read(_WHERE_MARKED)
    return False


def _version(program: Path) -> Version:
    try:
        return _version_of(program)
    except OSError as error:
        raise _Unreadable(f"It could not be started: {error.strerror or error_words(error)}.") from error


def _ask(program: Path) -> Version:
    try:
        version = Version.parse(answer_to_version(program, PATIENCE))
    except NoAnswer as error:
        raise _Unreadable(str(error)) from None
    if version is None:
        raise _Unreadable("It answered --version with something else than a version.")
    return version


_version_of = AskedOnce(_ask)
