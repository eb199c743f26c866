"""Finds smtui's folders, and reads and replaces the files in them safely.

The folders are the user's own by the rules of the system, or those of SMTUI_*_DIR. It reads regular files only, a
bounded number of bytes, and values of the expected types only. It replaces a file as a whole or not at all; only its
owner can read it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeVar

from smtui.domain.text import error_words

_CHUNK = 1 << 20
_BUFFER = 1 << 16
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_MOST_PARTS = 500_000
"""Objects and lists in one JSON file: each takes 60 bytes of memory, however short it is in the file."""
_MOST_DIGITS = 20
_FIRST_YEAR, _LAST_YEAR = 1970, 2999
"""Differences between such dates never overflow."""
_Value = TypeVar("_Value")

Tell = Callable[[str], None]
"""Receives a sentence for the user about a file that cannot be used or written; called from any thread."""
OWNER_ONLY_FOLDER = 0o700
OWNER_ONLY_FILE = 0o600
_UNFINISHED_SECONDS = 600.0
"""No file takes so long to write."""


def config_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what the user writes, such as presets."""
    given = environment.get("SMTUI_CONFIG_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_config_path("smtui", appauthor=False)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what can be fetched again, such as the last known list."""
    given = environment.get("SMTUI_CACHE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_cache_path("smtui", appauthor=False)


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what must survive this run, such as which sessions are ours."""
    given = environment.get("SMTUI_STATE_DIR")
    if given:
        return Path(given)
    import platformdirs

    return platformdirs.user_state_path("smtui", appauthor=False)


def no_one(_: str) -> None:
    """Ignore the sentence: a `Tell` for callers that report nothing."""


class UnusableFile(Exception):
    """The file is there and cannot be used; the message is a sentence that names it."""

    def __init__(self, path: Path, what: str, *, may_move: bool = True) -> None:
        super().__init__(f"{path} {what}.")
        self._path = path
        self._may_move = may_move

    def set_aside(self) -> str:
        """Rename the file, so that it is neither read again nor lost; returns the sentence with the new name.

        Only a file that was read is renamed, not one that the system does not let us read.
        """
        aside = self._path.with_name(f"{self._path.name}.unusable")
        try:
            if self._may_move:
                self._path.replace(aside)
                return f"{self} It was renamed to {aside.name}."
        except OSError:
            pass
        return str(self)


class NotRegular(OSError):
    """The path is no regular file."""


class WrongShape(ValueError):
    """A value is not what was expected; the message says where and what: `ssm[3].name is not a text`."""

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(f"{place or 'it'} {what}")
        self._what = what
        self._place = place

    def within(self, part: str) -> WrongShape:
        """Return the same error, seen from the value that holds this one."""
        dot = "." if self._place and not self._place.startswith("[") else ""
        return WrongShape(self._what, f"{part}{dot}{self._place}")


def read_bytes(path: Path, most: int) -> bytes | None:
    """Return the content, None if there is no file; raises `UnusableFile`, also for more than `most` bytes."""
    try:
        content = _content(path, most)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(path, error) from error
    if len(content) > most:
        raise UnusableFile(path, f"is not read: it holds more than {_size(most)}")
    return content


def _size(most: int) -> str:
    return f"{most >> 20} MB" if most >= 1 << 20 else f"{most >> 10} KB"


def _content(path: Path, most: int) -> bytes:
    """Read at most `most` + 1 bytes."""
    pieces, left = [], most + 1
    with opened_regular(path) as file:
        while left and (piece := file.read(min(left, _CHUNK))):
            pieces.append(piece)
            left -= len(piece)
    return b"".join(pieces)


def opened_regular(path: Path) -> BinaryIO:
    """Open a file for reading. Raises OSError, `NotRegular` for a folder, a pipe or a device: none is waited for."""
    _refuse_special(path.stat().st_mode)  # also before opening it: opening some devices has effects
    descriptor = os.open(path, _FLAGS)
    try:
        _refuse_special(os.fstat(descriptor).st_mode)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb", buffering=_BUFFER)


def _refuse_special(mode: int) -> None:
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device or a socket"
        raise NotRegular(f"it is {kind}, not a file")


def read_json(path: Path, most: int) -> dict[str, Any] | None:
    """Return the JSON object that the file holds, None if there is no file; raises `UnusableFile`.

    Its values are of any type: read them with the functions below. Whole numbers have at most 20 digits.
    """
    content = read_bytes(path, most)
    return None if content is None else parsed_object(path, content)


def parsed_object(path: Path, content: bytes) -> dict[str, Any]:
    """Return the JSON object that the bytes hold; raises `UnusableFile`, which names `path`."""
    if content.count(b"{") + content.count(b"[") > _MOST_PARTS:
        raise UnusableFile(path, "is not read: it holds too many values")
    with understanding(path):
        return table(json.loads(content.decode("utf-8"), parse_constant=_not_a_number, parse_int=_bounded))


class JsonLines:
    """The JSON objects of a file with one a line, read one by one; none if there is no file.

    Reading raises `UnusableFile`, also for a line of more than `most_line` bytes, or more than `most` in all.
    """

    def __init__(self, path: Path, most_line: int, most: int) -> None:
        self.path = path
        self._most_line = most_line
        self._left = most
        self._file: BinaryIO | None = None
        self._was_opened = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        line = self._next_line()
        if not line:
            self.close()
            raise StopIteration
        return parsed_object(self.path, line)

    def _next_line(self) -> bytes:
        try:
            if self._file is None:
                if self._was_opened:
                    return b""  # it was closed
                self._was_opened = True
                self._file = opened_regular(self.path)
            line = self._file.readline(self._most_line + 1)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self._left -= len(line)
        if len(line) > self._most_line or self._left < 0:
            raise UnusableFile(self.path, f"is not read: it holds more than {_size(self._most_line)}")
        if line and not line.endswith(b"\n"):
            raise UnusableFile(self.path, "is not whole: its last line has no end")
        return line

    def close(self) -> None:
        """Read no more of it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _unreadable(path: Path, error: OSError) -> UnusableFile:
    words = f"cannot be read: {error.strerror or error_words(error)}"
    return UnusableFile(path, words, may_move=isinstance(error, NotRegular))


@contextmanager
def understanding(path: Path) -> Iterator[None]:
    """Turn the errors of reading values, such as `WrongShape`, into `UnusableFile`."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise UnusableFile(path, "cannot be understood: it is not UTF-8 text") from error
    except RecursionError as error:
        raise UnusableFile(path, "cannot be understood: its brackets are nested too deep") from error
    except json.JSONDecodeError as error:
        raise UnusableFile(path, f"cannot be understood: line {error.lineno}: {error.msg}") from error
    except ValueError as error:
        raise UnusableFile(path, f"cannot be understood: {error_words(error)}") from error


def _not_a_number(name: str) -> NoReturn:
    raise WrongShape(f"holds {name}, which is no number")


def _bounded(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise WrongShape("holds a number that is too long")
    return int(digits)


# Values ------------------------------------------------------------------------------------------


def field(holder: Mapping[str, Any], name: str, read: Callable[[Any], _Value]) -> _Value:
    """Return the value of a required key; raises `WrongShape`."""
    if name not in holder:
        raise WrongShape("is missing", name)
    try:
        return read(holder[name])
    except WrongShape as wrong:
        raise wrong.within(name) from None


def items(value: Any, read: Callable[[Any], _Value], most: int) -> tuple[_Value, ...]:
    """Check for a list of at most `most` values."""
    if not isinstance(value, list):
        raise WrongShape("is not a list")
    if len(value) > most:
        raise WrongShape(f"has more than {most} entries")
    found = []
    for number, each in enumerate(value):
        try:
            found.append(read(each))
        except WrongShape as wrong:
            raise wrong.within(f"[{number}]") from None
    return tuple(found)


def table(value: Any) -> dict[str, Any]:
    """Check for a JSON object; raises `WrongShape`."""
    if not isinstance(value, dict):
        raise WrongShape("is not an object")
    return value


def text(value: Any) -> str:
    """Check for a text that can be written as UTF-8: JSON can hold half a character."""
    if type(value) is not str:
        raise WrongShape("is not a text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise WrongShape("is not a text in Unicode") from None
    return value


def unicode_texts(values: list[Any]) -> list[str]:
    """Check for texts as `text` does, all at once."""
    if not {str}.issuperset(map(type, values)):
        raise WrongShape("is not a text")
    text("".join(values))
    return values


def words(value: Any) -> str:
    """Check for a text that is not empty."""
    if not text(value):
        raise WrongShape("is empty")
    return str(value)


def texts(value: Any) -> dict[str, str]:
    """Check for names with a text each."""
    return {text(name): text(each) for name, each in table(value).items()}


def whole(value: Any, least: int, most: int) -> int:
    """Check for a whole number from `least` to `most`; raises `WrongShape`."""
    if type(value) is not int or not least <= value <= most:
        raise WrongShape(f"is not a number from {least} to {most}")
    return value


def instant(value: Any) -> datetime:
    """Check for a date with a time zone, between 1970 and 2999."""
    try:
        read = datetime.fromisoformat(value)
        if read.tzinfo is not UTC and read.tzinfo is not None:
            read = read.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise WrongShape("is not a date") from None
    if read.tzinfo is None:
        raise WrongShape("is a date without a time zone")
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR:
        raise WrongShape(f"is not a date between {_FIRST_YEAR} and {_LAST_YEAR}")
    return read


def replace_text(path: Path, text: str) -> None:
    """Write a new file beside `path`, then rename it over: a crash or a full disk leaves the old one.

    Raises OSError, also for text that is not valid Unicode, such as half a character. `mkstemp` makes the file 0600;
    missing folders are made 0700. Line ends are written as given.
    """
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise OSError(errno.EILSEQ, "it holds text that is not valid Unicode") from error
    replace_lines(path, [content])


def replace_lines(
    path: Path, lines: Iterable[bytes], *, mode: int = OWNER_ONLY_FILE, owner: tuple[int, int] | None = None
) -> None:
    """Write a new file of these lines as `replace_text` does, one by one, with these permissions; raises OSError.

    `owner` is the number of a user and of a group, for a file that need not be the user's own; Windows has none.
    """
    path.parent.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
    _remove_unfinished(path)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if mode != OWNER_ONLY_FILE:
                Path(temporary).chmod(mode)
            if owner is not None and sys.platform != "win32":
                os.chown(temporary, *owner)
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise


def _remove_unfinished(path: Path) -> None:
    """Remove what was written for `path` by a program that ended before it was done."""
    for left in path.parent.iterdir():
        with contextlib.suppress(OSError):
            if left.name.startswith(f".{path.name}.") and time.time() - left.stat().st_mtime > _UNFINISHED_SECONDS:
                left.unlink()
