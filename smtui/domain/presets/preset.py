"""Describes a preset: a forward saved under a name, whose node is found when it is started."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.forward import Destination, Forward, LocalEnd, LocalPort
from smtui.domain.node import Node
from smtui.domain.place import Place
from smtui.domain.text import folded

PICK_ANY = "any"


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

    @property
    def local_words(self) -> str:
        """Where it listens: `127.0.0.1:5432`, or `a free port`."""
        return str(LocalPort(self.local_port)) if self.local_port else "a free port"

    def forward(
        self, node_id: str, place: Place, label: str, *, local: LocalEnd | None = None, reason: str = ""
    ) -> Forward:
        """Return the forward through one node; `local` replaces the preset's own local port."""
        end = LocalPort(self.local_port) if local is None else local
        return Forward(node_id, place, label, self.destination, end, reason, self.document)


@dataclass(frozen=True, slots=True)
class BrokenPreset:
    """An entry that cannot be used; `problem` is a sentence that names file, line and key."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class PresetList:
    """The presets that could be read. `problem` is a sentence if the whole file could not, else empty."""

    presets: tuple[Preset, ...] = ()
    problem: str = ""
    broken: tuple[BrokenPreset, ...] = ()
    warnings: tuple[str, ...] = ()
    """Sentences about what is ignored, such as an unknown key."""

    def find(self, name: str) -> Preset | None:
        """Return the preset of that name; None if there is none."""
        return next((preset for preset in self.presets if name_key(preset.name) == name_key(name)), None)

    def owns(self, name: str) -> bool:
        """Tell whether the user's own file has an entry of that name, usable or not."""
        own = [preset.name for preset in self.presets if not preset.builtin]
        return name_key(name) in {name_key(each) for each in (*own, *(entry.name for entry in self.broken))}


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
