"""Reads and writes presets as keys of a table, a form or a command line, and checks their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from smtui.domain.forward import HIGHEST_PORT, Destination, NotAForward, parse_host, parse_port
from smtui.domain.presets.command_template import BadTemplate, check_template, split_command
from smtui.domain.presets.preset import PICK_ANY, Preset

LONGEST_NAME = 80
LONGEST_TARGET = 400
"""The limit of StartSession."""
LONGEST_NOTE = 400

KEYS = ("name", "target", "host", "port", "local_port", "document", "note", "command", "pick")
"""All keys, in the order in which they are written."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DOCUMENT = re.compile(r"[A-Za-z0-9_.:/-]{3,128}", re.ASCII)


class NotAPreset(ValueError):
    """The keys make no preset; `problems` says for each key, in a sentence, what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = MappingProxyType(dict(problems))


def read_preset(given: Mapping[str, object]) -> Preset:
    """Read a preset from its keys (`KEYS`) in a file, a form or a command line; raises `NotAPreset`.

    Ports are numbers or digits, `command` is a list of words or one line; empty texts count as not given.
    The caller reports unknown keys.
    """
    reading = _Reading(given)
    preset = Preset(
        name=reading.name(),
        destination=Destination(reading.port("port", required=True), reading.host()),
        target=reading.target(),
        local_port=reading.port("local_port", required=False),
        document=reading.document(),
        note=reading.text("note", LONGEST_NOTE),
        command=reading.command(),
        pick=reading.pick(),
    )
    if reading.problems:
        raise NotAPreset(reading.problems)
    return preset


def written(preset: Preset) -> dict[str, str | int | list[str]]:
    """Return the keys of a preset, without empty ones; the reverse of `read_preset`."""
    values: dict[str, str | int | list[str]] = {
        "name": preset.name,
        "target": preset.target,
        "host": preset.destination.host,
        "port": preset.destination.port,
        "local_port": preset.local_port,
        "document": preset.document,
        "note": preset.note,
        "command": list(preset.command),
        "pick": preset.pick,
    }
    return {key: value for key, value in values.items() if value}


class _Reading:
    """Reads one preset and keeps the first problem of each key."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = given
        self.problems: dict[str, str] = {}

    def _complain(self, key: str, sentence: str) -> None:
        self.problems.setdefault(key, sentence)

    def text(self, key: str, longest: int) -> str:
        value = self._given.get(key, "")
        if not isinstance(value, str):
            self._complain(key, f"{key} must be a text.")
            return ""
        value = value.strip()
        if _CONTROL.search(value):
            self._complain(key, f"{key} must hold no line break and no control character.")
        elif len(value) > longest:
            self._complain(key, f"{key} must have at most {longest} characters.")
        return value

    def name(self) -> str:
        name = self.text("name", LONGEST_NAME)
        if not name:
            self._complain("name", "name is missing: a preset needs one.")
        return name

    def target(self) -> str:
        target = self.text("target", LONGEST_TARGET)
        key, equals, _ = target.removeprefix("tag:").partition("=")
        if target.startswith("tag:") and not (key and equals):
            self._complain("target", "target must be a node id, a Name, an address or tag:KEY=VALUE.")
        return target

    def port(self, key: str, *, required: bool) -> int:
        value = self._given.get(key, "")
        if value == "" or (value == 0 and value is not False and not required):
            if required:
                self._complain(key, f"{key} is missing: a number from 1 to {HIGHEST_PORT} is needed.")
            return 0
        try:
            if not isinstance(value, int | str):
                raise NotAForward(f"{value!r} is not a port: a number from 1 to {HIGHEST_PORT} is needed.")
            return parse_port(str(value).strip())
        except NotAForward as wrong:
            self._complain(key, f"{key}: {wrong}")
            return 0

    def host(self) -> str:
        host = self.text("host", LONGEST_TARGET)
        if not host or "host" in self.problems:
            return ""
        try:
            return parse_host(host.removeprefix("[").removesuffix("]") if ":" in host else host, bracketed=True)
        except NotAForward as wrong:
            self._complain("host", f"host: {wrong}")
            return ""

    def document(self) -> str:
        document = self.text("document", LONGEST_TARGET)
        if document and not _DOCUMENT.fullmatch(document):
            self._complain("document", f"document: {document!r} is not a document's name.")
        return document

    def command(self) -> tuple[str, ...]:
        value = self._given.get("command", "")
        try:
            words = split_command(value) if isinstance(value, str) else _words(value)
            check_template(words)
        except BadTemplate as wrong:
            self._complain("command", f"command: {wrong}")
            return ()
        return words

    def pick(self) -> str:
        pick = self.text("pick", LONGEST_TARGET)
        if pick not in {"", PICK_ANY}:
            self._complain("pick", f'pick must be "{PICK_ANY}" or be left out, not {pick!r}.')
        return pick


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(word, str) for word in value):
        raise BadTemplate("it must be one line or a list of words.")
    return tuple(value)
