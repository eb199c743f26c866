"""Declares the kinds of single values: how TOML, a variable and a person write each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_CHARACTERS = 4_096
"""Of one text; no real path, command or address is longer."""
_OFF = "off"


class NotAValue(ValueError):
    """The value cannot be used; the message continues after the setting's name: `must be true or false`."""


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that was most likely meant; empty if none is near."""
    from smtui.domain.query.near_words import near_word

    return near_word(word, known)


def near_hint(near: str) -> str:
    """Return `; did you mean WORD?`, to follow what is wrong; empty if no word is near."""
    return f"; did you mean {near}?" if near else ""


class Kind(Generic[T]):
    """One kind of value. Plain classes: `dataclass` would cost the first paint ten times as much."""

    options: tuple[str, ...] = ()
    """The words to choose from; empty where something is typed."""

    def read(self, raw: Any) -> T:
        """Return what a value of the file means; raises `NotAValue`."""
        raise NotImplementedError

    def read_text(self, text: str) -> T:
        """Return what a variable's text, or one typed line, means; raises `NotAValue`."""
        raise NotImplementedError

    def written(self, value: T) -> Any:
        """Return the value as TOML and JSON hold it."""
        raise NotImplementedError

    def text(self, value: T) -> str:
        """Return the value as a variable holds it, and as a person types it; `read_text` understands it."""
        raise NotImplementedError

    def words(self) -> str:
        """Return what may stand there, for the page: `true or false`."""
        raise NotImplementedError

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of the values."""
        raise NotImplementedError

    def shown(self, value: T) -> str:
        """Return the value for a list of settings."""
        return self.text(value)


class _Choice(Kind[str]):
    def __init__(self, options: tuple[str, ...], what: str, is_open: bool) -> None:
        self.options = options
        self._what = what
        self._is_open = is_open

    def read(self, raw: Any) -> str:
        return self.read_text(one_text(raw))

    def read_text(self, text: str) -> str:
        said = text.strip()
        if said in self.options or (self._is_open and said):
            return said
        raise NotAValue(f"must be {self.words()}{near_hint(nearest(said, self.options))}")

    def written(self, value: str) -> str:
        return value

    def text(self, value: str) -> str:
        return value

    def words(self) -> str:
        return self._what or f"{', '.join(self.options[:-1])} or {self.options[-1]}"

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "examples" if self._is_open else "enum": list(self.options)}


class _Flag(Kind[bool]):
    options = ("true", "false")

    def read(self, raw: Any) -> bool:
        if not isinstance(raw, bool):
            raise NotAValue("must be true or false")
        return raw

    def read_text(self, text: str) -> bool:
        said = text.strip().casefold()
        if said not in ("true", "false"):
            raise NotAValue("must be true or false")
        return said == "true"

    def written(self, value: bool) -> bool:
        return value

    def text(self, value: bool) -> str:
        return "true" if value else "false"

    def words(self) -> str:
        return "true or false"

    def schema(self) -> Mapping[str, Any]:
        return {"type": "boolean"}


class _Seconds(Kind[float | None]):
    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def read(self, raw: Any) -> float | None:
        if isinstance(raw, str):
            return self.read_text(raw)
        if type(raw) is not int or not self._least <= raw <= self._most:
            raise NotAValue(f"must be {self.words()}")
        return float(raw)

    def read_text(self, text: str) -> float | None:
        said = text.strip()
        if said.casefold() == _OFF:
            return None
        if said.isascii() and said.isdigit() and self._least <= int(said[:9]) <= self._most:
            return float(said)
        raise NotAValue(f"must be {self.words()}")

    def written(self, value: float | None) -> int | str:
        return _OFF if value is None else round(value)

    def text(self, value: float | None) -> str:
        return str(self.written(value))

    def shown(self, value: float | None) -> str:
        return _OFF if value is None else f"{value:.0f} s"

    def words(self) -> str:
        return f"{_OFF}, or seconds from {self._least} to {self._most:,}"

    def schema(self) -> Mapping[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": self._least, "maximum": self._most}, {"const": _OFF}]}


class _Text(Kind[str]):
    def __init__(self, what: str, pattern: str = "") -> None:
        self._what = what
        self._pattern = pattern

    def read(self, raw: Any) -> str:
        said = self.read_text(one_text(raw))
        if said and self._pattern and not re.fullmatch(self._pattern, said, re.ASCII):
            raise NotAValue(f"must be {self._what}")
        return said

    def read_text(self, text: str) -> str:
        return text.strip()

    def written(self, value: str) -> str:
        return value

    def text(self, value: str) -> str:
        return value

    def words(self) -> str:
        return self._what

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string"}


class _PathText(_Text):
    def read(self, raw: Any) -> str:
        path = _Text.read(self, raw)
        if path and not is_anchored(path):
            raise NotAValue(f"must be {self._what}")
        return path


class _WordOrPath(_PathText):
    def __init__(self, what: str, words: tuple[str, ...]) -> None:
        super().__init__(what)
        self._words = words

    def read(self, raw: Any) -> str:
        said = _Text.read(self, raw)
        if said in self._words or is_anchored(said):
            return said
        raise NotAValue(f"must be {self._what}{near_hint(nearest(said, self._words))}")

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "examples": list(self._words)}


def choice(*options: str, what: str = "", is_open: bool = False) -> Kind[str]:
    """One of some words; `is_open` for a name that only its user can check, such as that of a theme."""
    return _Choice(options, what, is_open)


def flag() -> Kind[bool]:
    """True or false."""
    return _Flag()


def seconds(least: int, most: int) -> Kind[float | None]:
    """Whole seconds, or `off`, which is None."""
    return _Seconds(least, most)


def text(what: str, pattern: str = "") -> Kind[str]:
    """One line of text that its user understands: a name, an address; in the file it must match the whole pattern."""
    return _Text(what, pattern)


def path() -> Kind[str]:
    """A file or a folder of this machine, whatever folder smtui is started in."""
    return _PathText("an absolute path, or one that begins with ~/")


def word_or_path(*words: str, what: str) -> Kind[str]:
    """A word of these, or the path of a program."""
    return _WordOrPath(what, words)


def is_anchored(path: str) -> bool:
    """Tell whether a path means the same file wherever a program is started, on any system."""
    if path == "~" or path.startswith(("~/", "~\\")):
        return True
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def one_text(raw: Any) -> str:
    """Check for one line of text that can be shown; raises `NotAValue`."""
    if not isinstance(raw, str):
        raise NotAValue("must be a text in quotes")
    if len(raw) > MOST_CHARACTERS:
        raise NotAValue(f"is longer than {MOST_CHARACTERS:,} characters")
    if not raw.isprintable():
        raise NotAValue("holds a line break or another character that cannot be printed")
    return raw
