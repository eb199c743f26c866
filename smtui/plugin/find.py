"""Finds the official session-manager-plugin and the AWS CLI, and reads their versions within a time limit.

It looks for a plugin on PATH, then in the installers' folders. Nothing is run from the current directory, whatever PATH
says. A program may never answer `--version`, or never stop writing.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from smtui.domain.plugin_grade import AUTO, BUILTIN, FoundPlugin, PluginPick, pick
from smtui.domain.text import error_words
from smtui.domain.version import Version
from smtui.plugin.bounded_answer import NoAnswer, ask_program

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.local_facts import AwsCli

CHOICE_VARIABLE = "SMTUI_PLUGIN"
PROGRAM = "session-manager-plugin.exe" if os.name == "nt" else "session-manager-plugin"
PLUGIN_PATIENCE = 3.0
"""Seconds that a plugin has to print its version."""

_OUR_MARK = b"smtui.plugin.builtin"
_WHERE_MARKED = 4096
"""Bytes read to find the mark, which stands at the beginning of the script."""
_OUR_PROGRAM = "smtui-plugin"
_UNIX_FOLDERS = ("/usr/local/sessionmanagerplugin/bin", "/usr/local/bin")
_MORE_FOLDERS = ("/opt/homebrew/bin", "/usr/bin")
"""Where others than AWS's installers put it."""
AWS_CLI_PATIENCE = 5.0
"""Seconds for it to print its version: it is a Python program, and slow to start from a cold disk."""

_CLI_PROGRAM = "aws.exe" if os.name == "nt" else "aws"
_CLI_VERSION = re.compile(r"\baws-cli/([\d.]+)", re.ASCII)
_VERSION = "--version"
_T = TypeVar("_T")


def choose_plugin(
    environ: Mapping[str, str],
    *,
    endpoint_is_aws: bool,
    on_terminal: bool = True,
    in_background: bool = False,
    chosen_by: str = CHOICE_VARIABLE,
    found: FoundPlugin | None = None,
) -> PluginPick:
    """Find, grade and pick a plugin by SMTUI_PLUGIN; `chosen_by` is what gave that variable its value.

    `found` is what `candidate` found, if it was asked already. Without it this blocks up to `PLUGIN_PATIENCE` seconds
    the first time, so call it off the event loop.
    """
    return pick(
        environ.get(CHOICE_VARIABLE, ""),
        found or candidate(environ),
        endpoint_is_aws=endpoint_is_aws,
        on_terminal=on_terminal,
        in_background=in_background,
        chosen_by=chosen_by,
    )


def is_ours_for_sure(environ: Mapping[str, str]) -> bool:
    """Tell whether a session on a terminal gets our own plugin, whatever its endpoint. Runs no program."""
    choice = environ.get(CHOICE_VARIABLE, "")
    if choice in ("", AUTO):
        found = _first(path_folders(environ)) or _first(installers_folders(environ))
        return found is None or _is_ours(found)
    return choice == BUILTIN


def find_official(environ: Mapping[str, str]) -> FoundPlugin | None:
    """Return the first session-manager-plugin on PATH or in the installers' folders; None if there is none."""
    on_path = _first(path_folders(environ))
    if on_path is not None:
        return inspect(on_path)
    installed = _first(installers_folders(environ))
    return replace(inspect(installed), off_path=str(installed.parent)) if installed is not None else None


def _first(folders: Iterable[Path]) -> Path | None:
    return next((folder / PROGRAM for folder in folders if can_run(folder / PROGRAM)), None)


def every_plugin(environ: Mapping[str, str]) -> Iterator[FoundPlugin]:
    """Yield every plugin on PATH, in the installers' folders and in Homebrew's, each program once.

    Blocks up to `PLUGIN_PATIENCE` seconds for each the first time.
    """
    seen: set[Path] = set()
    on_path = set(path_folders(environ))
    more = () if os.name == "nt" else map(Path, _MORE_FOLDERS)
    for folder in (*path_folders(environ), *installers_folders(environ), *more):
        program = folder / PROGRAM
        if can_run(program) and (real := program.resolve()) not in seen:
            seen.add(real)
            found = inspect(program)
            yield found if folder in on_path else replace(found, off_path=str(folder))


def candidate(environ: Mapping[str, str]) -> FoundPlugin | None:
    """Return the plugin whose path SMTUI_PLUGIN gives, or the official one for `auto`; None if there is none."""
    choice = environ.get(CHOICE_VARIABLE, "")
    if choice == BUILTIN:
        return None
    return find_official(environ) if choice in ("", AUTO) else plugin_at(choice, environ)


def plugin_at(choice: str, environ: Mapping[str, str]) -> FoundPlugin:
    """Describe the plugin that the user gives as a path, as a name that is searched on PATH, or as `builtin`."""
    if choice == BUILTIN:
        return FoundPlugin("", None, ours=True)
    return _with_folder(inspect(_named(choice, environ)), choice, environ)


def inspect(program: Path) -> FoundPlugin:
    """Describe the plugin at a path: its version, whether it is ours, or what is wrong with it."""
    path = str(program)
    if not can_run(program):
        return FoundPlugin(path, None, missing=True, trouble=_why_not(program))
    if _is_ours(program):
        return FoundPlugin(path, None, ours=True)
    try:
        return FoundPlugin(path, _plugin_version(program))
    except _Unreadable as error:
        return FoundPlugin(path, None, trouble=str(error))


def _why_not(program: Path) -> str:
    """Say why `can_run` refuses the program."""
    try:
        program.stat()
    except (FileNotFoundError, NotADirectoryError):
        return "There is no such file."
    except OSError as error:
        return f"It cannot be found out whether it is there: {error.strerror or error_words(error)}."
    return "It cannot be run."


class _Unreadable(Exception):
    """The version could not be read; the message says why."""


def _named(choice: str, environ: Mapping[str, str]) -> Path:
    """Resolve the path that the user gave; a bare name is searched on PATH."""
    path = Path(os.path.expanduser(choice))  # noqa: PTH111 - Path.expanduser raises where there is no such user
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
    # Path.is_file would raise below a folder that this user may not search: PATH may name one, such as root's own.
    return os.path.isfile(program) and os.access(program, os.X_OK)  # noqa: PTH113


def _is_ours(program: Path) -> bool:
    """Recognise our console script by the module's name in its text, whatever the file is called."""
    if program.resolve().stem == _OUR_PROGRAM:
        return True
    with contextlib.suppress(OSError), program.open("rb") as file:
        return _OUR_MARK in file.read(_WHERE_MARKED)
    return False


def _plugin_version(program: Path) -> Version:
    try:
        return _plugin_version_of(program)
    except OSError as error:
        raise _Unreadable(f"It could not be started: {error.strerror or error_words(error)}.") from error


def _ask_plugin(program: Path) -> Version:
    try:
        version = Version.parse(ask_program([str(program), _VERSION], PLUGIN_PATIENCE).text)
    except NoAnswer as error:
        raise _Unreadable(str(error)) from None
    if version is None:
        raise _Unreadable("It answered --version with something other than a version.")
    return version


def find_aws_cli(environ: Mapping[str, str]) -> AwsCli | None:
    """Find the first `aws` on PATH; None if there is none. Blocks up to `AWS_CLI_PATIENCE` seconds."""
    from smtui.diagnosis.evidence.local_facts import AwsCli

    for folder in path_folders(environ):
        if can_run(folder / _CLI_PROGRAM):
            return AwsCli(str(folder / _CLI_PROGRAM), _cli_version(folder / _CLI_PROGRAM))
    return None


def _cli_version(program: Path) -> Version | None:
    try:
        return _cli_version_of(program)
    except (NoAnswer, OSError):
        return None


def _ask_cli(program: Path) -> Version | None:
    """Old versions (1.x under Python 2) print it on standard error."""
    answer = ask_program([str(program), _VERSION], AWS_CLI_PATIENCE, with_errors=True)
    said = _CLI_VERSION.search(answer.text)
    return Version.parse(said[1]) if said else None


class AskedOnce(Generic[_T]):
    """Caches the result of `ask` for each program until its file changes; errors are not cached."""

    def __init__(self, ask: Callable[[Path], _T]) -> None:
        self._ask = ask
        self._known: dict[tuple[str, int, int], _T] = {}

    def __call__(self, program: Path) -> _T:
        """Return the result for `program`; raises OSError if the file is missing, and whatever `ask` raises."""
        about = program.stat()
        key = (str(program), about.st_mtime_ns, about.st_size)
        if key not in self._known:
            self._known[key] = self._ask(program)
        return self._known[key]


_plugin_version_of = AskedOnce(_ask_plugin)
_cli_version_of = AskedOnce(_ask_cli)
