"""Declares the kinds of settings that hold several values: a command's words, names, paths, and keys of commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from smtui.domain.settings.kinds import Kind, NotAValue, nearest, one_text

MOST_WORDS = 256
"""Of one list."""
_KEY = re.compile(r"(?:[a-z]+\+)*(?:[a-z0-9_]{2,24}|[^\s,])")
_HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:]+:[0-9A-Fa-f:.]*", re.ASCII)
"""Without a scheme, a port and a path: no connection would match them."""
_COMMAND_ID = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


class _Words(Kind[tuple[str, ...]]):
    def __init__(self, needs: tuple[str, ...], example: tuple[str, ...]) -> None:
        self._needs = needs
        self._example = example

    def read(self, raw: Any) -> tuple[str, ...]:
        such = ", ".join(f'"{word}"' for word in self._example)
        return self._checked(_texts(raw, f"must be a list of words, such as [{such}]"))

    def read_text(self, text: str) -> tuple[str, ...]:
        try:
            return self._checked(tuple(shlex.split(text)))
        except ValueError as error:
            if isinstance(error, NotAValue):
                raise
            raise NotAValue("cannot be split into words: look for a quote that is not closed") from None

    def _checked(self, words: tuple[str, ...]) -> tuple[str, ...]:
        if words and not words[0].strip():
            raise NotAValue("must begin with the name of a program")
        if words and self._needs and not any(needed in word for word in words for needed in self._needs):
            raise NotAValue(f"must hold {' or '.join(self._needs)}")
        return words

    def written(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def text(self, value: tuple[str, ...]) -> str:
        return shlex.join(value)

    def words(self) -> str:
        return "a list of words: a program and its arguments"

    def schema(self) -> Mapping[str, Any]:
        return {"type": "array", "items": {"type": "string"}, "maxItems": MOST_WORDS}


class _Names(Kind[tuple[str, ...]]):
    def __init__(self, what: str, known: tuple[str, ...] = ()) -> None:
        self._what = what
        self._known = known

    def read(self, raw: Any) -> tuple[str, ...]:
        return self._checked(_texts(raw, f"must be {self.words()}"))

    def read_text(self, text: str) -> tuple[str, ...]:
        return self._checked(tuple(name for part in text.split(",") if (name := part.strip())))

    def _checked(self, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not name.strip():
                raise NotAValue("holds an empty name")
            if names.count(name) > 1:
                raise NotAValue(f"names {name} twice")
            if self._known and name not in self._known:
                near = nearest(name, self._known)
                hint = f"did you mean {near}?" if near else f"there are {', '.join(self._known)}"
                raise NotAValue(f"has no {name}; {hint}")
        return names

    def written(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def text(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)

    def words(self) -> str:
        return f"a list of {self._what}" + (f": {', '.join(self._known)}" if self._known else "")

    def schema(self) -> Mapping[str, Any]:
        items = {"type": "string", **({"enum": list(self._known)} if self._known else {})}
        return {"type": "array", "items": items, "uniqueItems": True, "maxItems": MOST_WORDS}


class _Hosts(_Names):
    def read(self, raw: Any) -> tuple[str, ...]:
        hosts = super().read(raw)
        if wrong := next((host for host in hosts if not _HOST.fullmatch(host)), ""):
            raise NotAValue(f"has {wrong}, which is not a host: give only its name, such as sessions.example.com")
        return hosts


class _Keys(Kind[Mapping[str, tuple[str, ...]]]):
    def read(self, raw: Any) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(raw, Mapping):
            raise NotAValue("must be a table of commands and their keys")
        return {str(name): keys_of(value) for name, value in raw.items()}

    def read_text(self, text: str) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for part in text.split(";"):
            name, equals, keys = part.partition("=")
            if name.strip():
                if not equals or not _COMMAND_ID.fullmatch(name.strip()):
                    raise NotAValue("must be commands and their keys, such as shell=f2; quit=ctrl+q")
                found[name.strip()] = keys_of(keys.strip())
        return found

    def written(self, value: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
        return {name: list(keys) for name, keys in value.items()}

    def text(self, value: Mapping[str, tuple[str, ...]]) -> str:
        return "; ".join(f"{name}={','.join(keys)}" for name, keys in value.items())

    def shown(self, value: Mapping[str, tuple[str, ...]]) -> str:
        return f"{len(value)} of yours" if value else ""

    def words(self) -> str:
        return "a table: the id of a command, and its key or a list of keys"

    def schema(self) -> Mapping[str, Any]:
        key = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
        return {"type": "object", "additionalProperties": key}


def command(*example: str, needs: tuple[str, ...] = ()) -> Kind[tuple[str, ...]]:
    """A command as a list of its words, for no shell; one of `needs` must stand in it somewhere, if there are any."""
    return _Words(needs, example)


def names(what: str, known: tuple[str, ...] = ()) -> Kind[tuple[str, ...]]:
    """A list of names, each once and of those that are known; in a variable they stand between commas."""
    return _Names(what, known)


def hosts() -> Kind[tuple[str, ...]]:
    """A list of hosts by name or address; in a variable they stand between commas, and their user judges them."""
    return _Hosts("hosts")


def paths() -> Kind[tuple[str, ...]]:
    """A list of files or folders of this machine; relative ones begin at the folder of config.toml."""
    return _Names("paths; relative ones begin at the folder of config.toml")


def keys() -> Kind[Mapping[str, tuple[str, ...]]]:
    """The keys of commands: a table from a command's id to a key or a list of keys; an empty one takes its keys away.

    Whether there is such a command, and whether its key is taken, the screen judges, which knows the commands.
    """
    return _Keys()


def keys_of(raw: Any) -> tuple[str, ...]:
    """Return the keys of one command as Textual names them; raises `NotAValue`."""
    wrong = 'must be a key such as "f5", or a list of keys'
    if isinstance(raw, str) and raw.strip() != ",":
        given = _texts([key.strip() for key in raw.split(",") if key.strip()], wrong)
    else:
        given = _texts([raw] if isinstance(raw, str) else raw, wrong)
    keys = tuple("comma" if key == "," else "space" if key == " " else key.strip() for key in given)
    for key in keys:
        if not (_KEY.fullmatch(key) and key.isprintable()):
            raise NotAValue(f"has no key {key}: keys are such as x, X, f5, ctrl+x, space or comma")
    return tuple(dict.fromkeys(keys))


def _texts(raw: Any, wrong: str) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or not all(isinstance(each, str) for each in raw):
        raise NotAValue(wrong)
    if len(raw) > MOST_WORDS:
        raise NotAValue(f"has more than {MOST_WORDS} entries")
    return tuple(map(one_text, raw))
