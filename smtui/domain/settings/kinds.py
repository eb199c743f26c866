"""Declares the kinds of single values that a setting may have: how TOML, a variable and a person write each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_CHARACTERS = 4_096
"""Of one text; no path, command or address is longer."""
_OFF = "off"
_LIKE = 0.6
"""How similar (0 to 1, by difflib) two words must be for a typo."""
_BEGINNING = 3
"""Letters with which the beginning of a word is enough."""


class NotAValue(ValueError):
    """The value cannot be used; the message continues after the setting's name: `must be true or false`."""


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that was most likely meant; empty if none is near."""
    from difflib import get_close_matches

    word = word[:MOST_CHARACTERS].casefold()
    if found := get_close_matches(word, known, n=1, cutoff=_LIKE):
        return found[0]
    begun = [each for each in known if len(word) >= _BEGINNING and each.startswith(word)]
    return begun[0] if len(begun) == 1 else ""


class Kind(ABC, Generic[T]):
    """One kind of value."""

    __slots__ = ()
    options: tuple[str, ...] = ()
    """The words to choose from; empty where something is typed."""

    @abstractmethod
    def read(self, raw: Any) -> T:
        """Return what a value of the file means; raises `NotAValue`."""

    @abstractmethod
    def read_text(self, text: str) -> T:
        """Return what a variable's text, or one typed line, means; raises `NotAValue`."""

    @abstractmethod
    def written(self, value: T) -> Any:
        """Return the value as TOML and JSON hold it."""

    @abstractmethod
    def text(self, value: T) -> str:
        """Return the value as a variable holds it, and as a person types it; `read_text` understands it."""

    @abstractmethod
    def words(self) -> str:
        """Return what may stand there, for the page: `true or false`."""

    @abstractmethod
    def schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of the values."""

    def shown(self, value: T) -> str:
        """Return the value for a list of settings."""
        return self.text(value)


@dataclass(frozen=True, slots=True)
class _Choice(Kind[str]):
    options: tuple[str, ...]
    what: str = ""
    is_open: bool = False

    def read(self, raw: Any) -> str:
        return self.read_text(one_text(raw))

    def read_text(self, text: str) -> str:
        said = text.strip()
        if said in self.options or (self.is_open and said):
            return said
        near = nearest(said, self.options)
        raise NotAValue(f"must be {self.words()}{f'; did you mean {near}?' if near else ''}")

    def written(self, value: str) -> str:
        return value

    def text(self, value: str) -> str:
        return value

    def words(self) -> str:
        return self.what or f"{', '.join(self.options[:-1])} or {self.options[-1]}"

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "examples" if self.is_open else "enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class _Flag(Kind[bool]):
    options: tuple[str, ...] = ("true", "false")

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


@dataclass(frozen=True, slots=True)
class _Seconds(Kind[float | None]):
    least: int
    most: int

    def read(self, raw: Any) -> float | None:
        if isinstance(raw, str):
            return self.read_text(raw)
        if type(raw) is not int or not self.least <= raw <= self.most:
            raise NotAValue(f"must be {self.words()}")
        return float(raw)

    def read_text(self, text: str) -> float | None:
        said = text.strip()
        if said.casefold() == _OFF:
            return None
        if said.isascii() and said.isdigit() and self.least <= int(said[:9]) <= self.most:
            return float(said)
        raise NotAValue(f"must be {self.words()}")

    def written(self, value: float | None) -> int | str:
        return _OFF if value is None else round(value)

    def text(self, value: float | None) -> str:
        return str(self.written(value))

    def shown(self, value: float | None) -> str:
        return _OFF if value is None else f"{value:.0f} s"

    def words(self) -> str:
        return f"{_OFF}, or seconds from {self.least} to {self.most:,}"

    def schema(self) -> Mapping[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": self.least, "maximum": self.most}, {"const": _OFF}]}


@dataclass(frozen=True, slots=True)
class _Text(Kind[str]):
    what: str

    def read(self, raw: Any) -> str:
        return self.read_text(one_text(raw))

    def read_text(self, text: str) -> str:
        return text.strip()

    def written(self, value: str) -> str:
        return value

    def text(self, value: str) -> str:
        return value

    def words(self) -> str:
        return self.what

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class _PathText(_Text):
    what: str = "an absolute path, or one that begins with ~/"

    def read(self, raw: Any) -> str:
        path = _Text.read(self, raw)
        if path and not is_anchored(path):
            raise NotAValue(f"must be {self.what}")
        return path


@dataclass(frozen=True, slots=True)
class _WordOrPath(_PathText):
    words_known: tuple[str, ...] = ()

    def read(self, raw: Any) -> str:
        said = _Text.read(self, raw)
        if said in self.words_known or is_anchored(said):
            return said
        near = nearest(said, self.words_known)
        raise NotAValue(f"must be {self.what}{f'; did you mean {near}?' if near else ''}")

    def schema(self) -> Mapping[str, Any]:
        return {"type": "string", "examples": list(self.words_known)}


def choice(*options: str, what: str = "", is_open: bool = False) -> Kind[str]:
    """One of some words; `is_open` for a name that only its user can check, such as that of a theme."""
    return _Choice(options, what, is_open)


def flag() -> Kind[bool]:
    """True or false."""
    return _Flag()


def seconds(least: int, most: int) -> Kind[float | None]:
    """Whole seconds, or `off`, which is None."""
    return _Seconds(least, most)


def text(what: str) -> Kind[str]:
    """One line of text that its user understands: a name, an address."""
    return _Text(what)


def path() -> Kind[str]:
    """A file or a folder of this machine, whatever folder smtui is started in."""
    return _PathText()


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
