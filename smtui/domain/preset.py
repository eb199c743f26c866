"""Describes a preset, a forward saved under a name, whose node is found when it is started.

Reads and writes it as keys of a table, a form or a command line, and checks their values.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from smtui.domain.command_template import BadTemplate, check_template, sketch, split_command
from smtui.domain.forward import (
    HIGHEST_PORT,
    LOOPBACK,
    Destination,
    Forward,
    LocalEnd,
    LocalPort,
    NotAForward,
    parse_host,
    parse_port,
)
from smtui.domain.query.filter_target import complaint, is_filter
from smtui.domain.text import folded

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place

PICK_ANY = "any"
LONGEST_NAME = 80
LONGEST_TARGET = 400
"""The limit of StartSession."""
LONGEST_NOTE = 400

KEYS = ("name", "target", "host", "port", "local_port", "document", "note", "command", "pick")
"""All keys, in the order in which they are written."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DOCUMENT = re.compile(r"[A-Za-z0-9_.:/-]{3,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Preset:
    """One saved forward. An empty target means the node it is started on, local port 0 a free one.

    `command` is a template (see `command_template`); `pick` is empty or `any`.
    """

    name: str
    destination: Destination
    target: str = ""
    local_port: int = 0
    document: str = ""
    note: str = ""
    command: tuple[str, ...] = ()
    pick: str = ""
    builtin: bool = False
    origin: str = ""
    """The included file that it comes from, as the user writes it; empty for all others."""
    replaces: str = ""
    """The included file whose preset of this name the user's own takes the place of."""

    @property
    def is_own(self) -> bool:
        """Whether it is the user's own, so that it can be changed."""
        return not (self.builtin or self.origin)

    @property
    def source_words(self) -> str:
        """Where it comes from: `yours`, `built in`, or the team's file."""
        if self.builtin:
            return "built in"
        return f"team: {self.origin}" if self.origin else "yours"

    @property
    def fingerprint(self) -> str:
        """A hash of all that starting it does, so that a changed one is told from the one that was agreed to."""
        import hashlib

        does = {key: value for key, value in written(self).items() if key not in {"name", "note"}}
        return hashlib.sha256(json.dumps(does, sort_keys=True).encode()).hexdigest()

    @property
    def local_words(self) -> str:
        """Where it listens: `127.0.0.1:5432`, or `a free port`."""
        return str(LocalPort(self.local_port)) if self.local_port else "a free port"

    @property
    def known_values(self) -> dict[str, object]:
        """What is known of its command's values before it is started, by placeholder."""
        return {
            "local_port": self.local_port,
            "local_host": LOOPBACK,
            "host": self.destination.host or "localhost",
            "port": self.destination.port,
        }

    def forward(
        self, node_id: str, place: Place, label: str, *, local: LocalEnd | None = None, reason: str = ""
    ) -> Forward:
        """Return the forward through one node; `local` replaces the preset's own local port."""
        end = LocalPort(self.local_port) if local is None else local
        return Forward(node_id, place, label, self.destination, end, reason, self.document)


def on_usable_port(preset: Preset, ports: Mapping[int, int]) -> Preset:
    """Return the preset with the local port that it would be started on: by `ports`, which has it for each wanted."""
    return replace(preset, local_port=ports.get(preset.local_port, preset.local_port))


def taken_words(preset: Preset, ports: Mapping[int, int]) -> str:
    """Return `(15432 taken)` if the preset would be started on another local port than its own; else nothing."""
    return f"({preset.local_port} taken)" if on_usable_port(preset, ports) != preset else ""


@dataclass(frozen=True, slots=True)
class BrokenPreset:
    """An entry that cannot be used; `problem` is a sentence that names file, line and key."""

    name: str
    problem: str
    origin: str = ""
    """The included file that it is in; empty if the user's own file has it."""


@dataclass(frozen=True, slots=True)
class PresetList:
    """The presets that could be read. `problem` is a sentence if the user's own file could not, else empty."""

    presets: tuple[Preset, ...] = ()
    problem: str = ""
    broken: tuple[BrokenPreset, ...] = ()
    warnings: tuple[str, ...] = ()
    """Sentences about what is ignored, such as an unknown key."""
    source: str = ""
    """The file that the user's own come from, as the user writes it; empty if there is none."""
    unread: tuple[str, ...] = ()
    """Sentences about included files and folders that could not be read."""

    @property
    def own(self) -> tuple[Preset, ...]:
        """The user's own."""
        return tuple(preset for preset in self.presets if preset.is_own)

    @property
    def problems(self) -> tuple[str, ...]:
        """A sentence for each preset and each file that cannot be used."""
        broken = (entry.problem for entry in self.broken)
        return tuple(sentence for sentence in (self.problem, *broken, *self.unread) if sentence)

    def find(self, name: str) -> Preset | None:
        """Return the preset of that name; None if there is none."""
        return next((preset for preset in self.presets if name_key(preset.name) == name_key(name)), None)

    def owns(self, name: str) -> bool:
        """Tell whether the user's own file has an entry of that name, usable or not."""
        broken = (entry.name for entry in self.broken if not entry.origin)
        return name_key(name) in {name_key(each) for each in (*(preset.name for preset in self.own), *broken)}

    def with_included(self, included: PresetList) -> PresetList:
        """Return the list with the presets of included files behind it; the user's own beat those of the same name."""
        theirs = {name_key(preset.name): preset.origin for preset in included.presets}
        ours = tuple(replace(mine, replaces=theirs.get(name_key(mine.name), "")) for mine in self.presets)
        return replace(
            self,
            presets=(*ours, *(preset for preset in included.presets if self.find(preset.name) is None)),
            broken=(*self.broken, *included.broken),
            warnings=(*self.warnings, *included.warnings),
            unread=included.unread,
        )

    def with_builtin(self) -> PresetList:
        """Return the list with the built-in presets that none of it replaces, last."""
        rest = (starter for starter in STARTERS if self.find(starter.name) is None)
        return replace(self, presets=(*self.presets, *rest))


@dataclass(frozen=True, slots=True)
class Choice:
    """Return the nodes that a preset's target names; the user picks one."""

    nodes: tuple[Node, ...]


class PresetsUnusable(Exception):
    """The presets were not changed; the message is a sentence that says why."""


def name_key(name: str) -> str:
    """Return the key of a name; names with the same key are equal, whatever their case."""
    return folded(name.strip())


def _starter(name: str, port: int, local_port: int, note: str, *command: str) -> Preset:
    return Preset(name, Destination(port), local_port=local_port, note=note, command=command, builtin=True)


_AT = "{local_host}:{local_port}"

STARTERS: tuple[Preset, ...] = (
    _starter("RDP", 3389, 13389, "Windows desktop", "mstsc", f"/v:{_AT}"),
    # All nodes answer on 127.0.0.1; the alias keeps their host keys apart.
    _starter("SSH", 22, 10022, "", "ssh", "-p", "{local_port}", "-o", "HostKeyAlias={node_id}", "{local_host}"),
    _starter("HTTP", 80, 8080, "", "curl", "-i", f"http://{_AT}/"),
    _starter("HTTPS", 443, 8443, "its certificate names another host", "curl", "-ik", f"https://{_AT}/"),
    _starter("PostgreSQL", 5432, 15432, "", "psql", "-h", "{local_host}", "-p", "{local_port}"),
    _starter("MySQL", 3306, 13306, "", "mysql", "-h", "{local_host}", "-P", "{local_port}", "-p"),
    _starter("Redis", 6379, 16379, "", "redis-cli", "-h", "{local_host}", "-p", "{local_port}"),
    _starter("MongoDB", 27017, 17017, "", "mongosh", f"mongodb://{_AT}/?directConnection=true"),
    _starter(
        "Kubernetes API",
        6443,
        16443,
        "",
        "kubectl",
        f"--server=https://{_AT}",
        "--tls-server-name=kubernetes",
        "get",
        "nodes",
    ),
    _starter("Windows RM", 5985, 15985, "", "winrs", f"-r:http://{_AT}", "cmd"),
)


def what_it_does(preset: Preset, *, was_agreed: bool) -> tuple[str, ...]:
    """Return in lines what starting an included preset does; `was_agreed` says that it did something else before."""
    before = "was changed since you last started it" if was_agreed else "was not started here before"
    through = f"through {preset.target}" if preset.target else "through the node that you choose"
    command = f"then run: {shlex.join(sketch(preset.command, preset.known_values))}" if preset.command else ""
    document = f"document: {preset.document}" if preset.document else ""
    lines = (
        f"It comes from {preset.origin} and {before}.",
        f"to: {preset.destination} {through}",
        f"listens on: {preset.local_words}",
        document,
        command,
    )
    return tuple(line for line in lines if line)


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
        if is_filter(target):
            if wrong := complaint(target):
                self._complain("target", f"target: {wrong}.")
            return target
        key, equals, _ = target.removeprefix("tag:").partition("=")
        if target.startswith("tag:") and not (key and equals):
            self._complain("target", "target must be a node id, a Name, an address, tag:KEY=VALUE or ?FILTER.")
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
