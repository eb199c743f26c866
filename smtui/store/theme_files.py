"""Reads the user's theme files: every `NAME.toml` in the folder `themes` beside config.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from smtui.domain.settings.settings_values import Layer, Mistake, Origin
from smtui.domain.settings.theme_source import FOLDER, ThemeSource
from smtui.domain.text import error_words
from smtui.store.file_access import UnusableFile, read_bytes
from smtui.store.settings_text import SettingsText
from smtui.store.toml_text import Unreadable

MOST_FILES = 100
MOST_BYTES = 1 << 16
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


def theme_sources(folder: Path) -> tuple[ThemeSource, ...]:
    """Return the content of each theme file, by name; nothing if there is no such folder. Never raises."""
    return tuple(_sources(folder / FOLDER))


def _sources(folder: Path) -> Iterator[ThemeSource]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        why = error.strerror or error_words(error)
        yield _broken("", f"{folder} cannot be read: {why}")
        return
    for path in files[:MOST_FILES]:
        if not _NAME.fullmatch(path.stem):
            yield _broken("", f"{path} is not read: its name must be letters, digits, - and _")
            continue
        try:
            content = read_bytes(path, MOST_BYTES) or b""
            text = SettingsText(content.decode("utf-8-sig"))
        except UnusableFile as unusable:
            yield _broken(path.stem, str(unusable))
        except UnicodeDecodeError:
            yield _broken(path.stem, f"{path} is not read: it is not UTF-8 text")
        except Unreadable as unreadable:
            yield _broken(path.stem, f"{path}, {unreadable}")
        else:
            source = ThemeSource(path.stem, text.data, {key: text.line_of((key,)) for key in text.data})
            renamed = (each._replace(origin=each.origin._replace(name=source.file)) for each in text.broken)
            yield source._replace(mistakes=tuple(renamed))


def _broken(name: str, sentence: str) -> ThemeSource:
    return ThemeSource(name, mistakes=(Mistake(Origin(Layer.FILE), "", sentence),))
