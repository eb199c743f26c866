"""Adds the lines of a profile to the AWS configuration file, which is the user's own; every other byte stays.

The file is written only if it then reads as before with the new sections, and nothing else. Sections are read as
botocore reads them. Source: botocore/configloader.py.
"""

from __future__ import annotations

import configparser
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path

from smtui.domain.places.wanted_profile import ProfileRefused
from smtui.domain.text import error_words
from smtui.store.file_access import UnusableFile
from smtui.store.users_file import read_users_file, replace_users_file

_Sections = dict[str, dict[str, str]]


class AwsConfigFile:
    """Implements `places.place_protocols.ProfileStore`. Both calls block and raise `ProfileRefused`."""

    def look(self, path: str, lines: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """Identify what the file holds, empty if there is none; and return the lines as they would be added."""
        before = _read(Path(path))
        if before is None:
            return "", tuple(lines)
        lines = _apart(lines, before)
        _check(path, before, _with(lines, before))
        return _fingerprint(before), lines

    def add(self, path: str, lines: Sequence[str], seen: str) -> str:
        """Add lines that `look` returned to a file that is still as it was then; returns the backup's path.

        The path is empty where there was no file.
        """
        before = _read(Path(path))
        if (_fingerprint(before) if before is not None else "") != seen:
            raise ProfileRefused(f"Nothing was written: {path} has changed since the lines were shown. Look again.")
        after = _with(lines, before or b"")
        _check(path, before or b"", after)
        try:
            backup = replace_users_file(Path(path), before, after)
        except UnusableFile as unusable:
            raise ProfileRefused(f"Nothing was written: {unusable}") from unusable
        except OSError as error:
            why = error.strerror or error_words(error)
            raise ProfileRefused(f"Nothing was written: {path} cannot be written: {why}.") from error
        return str(backup) if backup is not None else ""


def _read(path: Path) -> bytes | None:
    try:
        return read_users_file(path)
    except UnusableFile as unusable:
        raise ProfileRefused(f"Nothing was written: {unusable}") from unusable


def _fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _apart(lines: Sequence[str], before: bytes) -> tuple[str, ...]:
    """The lines, with an empty one before them where the file does not end with one."""
    is_apart = not before.strip() or before.endswith((b"\n\n", b"\n\r\n"))
    return tuple(lines) if is_apart else ("", *lines)


def _with(lines: Sequence[str], before: bytes) -> bytes:
    """The content with these lines at its end, and the line end that its last line lacks."""
    end = "\r\n" if b"\r\n" in before else "\n"
    missing = end if before and not before.endswith(b"\n") else ""
    return before + missing.encode() + "".join(f"{line}{end}" for line in lines).encode()


def _check(path: str, before: bytes, after: bytes) -> None:
    """Refuse unless after reads as before with the sections of what was added, and nothing else.

    A section [DEFAULT], for example, would add its settings to the new profile.
    """
    added = _sections(path, after[len(before) :])
    if not added or _sections(path, after) != _sections(path, before) | added:
        raise ProfileRefused(f"Nothing was written: {path} would read differently with these lines.")


def _sections(path: str, content: bytes) -> _Sections:
    parser = configparser.RawConfigParser()
    try:
        parser.read_file(io.StringIO(content.decode(), newline=None))
    except UnicodeDecodeError:
        raise ProfileRefused(f"Nothing was written: {path} is not UTF-8 text.") from None
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next((number for number, _ in getattr(error, "errors", ())), 0)
        where = f" (line {line})" if line else ""
        raise ProfileRefused(f"Nothing was written: {path} cannot be read{where}. Correct it first.") from None
    return {name: dict(parser.items(name)) for name in parser.sections()}
