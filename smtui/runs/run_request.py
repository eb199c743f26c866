"""Describes a run: which command, on which nodes, in which way, and how much at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place

PARALLEL = 8
"""Nodes at once, unless the user asks for another number."""
MOST_PARALLEL = 32
"""Each session has a process, a thread and some twenty open files here, of which 1,024 are allowed."""
TIMEOUT = 60.0
"""Seconds for the command on one node, unless the user asks for another number."""
LONGEST_TIMEOUT = 172_800.0
"""What AWS-RunShellScript allows; a session may be shorter."""


class Way(StrEnum):
    """How a command gets to the nodes."""

    SESSIONS = "sessions"
    """A session for each node: the output comes at once and whole, and ends when smtui does."""
    RUN_COMMAND = "run-command"
    """AWS's Run Command: it goes on without smtui, and the output is cut."""

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return "by sessions" if self is Way.SESSIONS else "by Run Command"


@dataclass(frozen=True, slots=True)
class RunTarget:
    """One node to run on."""

    node_id: str
    place: Place
    label: str
    """Harmless, and different from those of the other nodes of the run."""
    is_windows: bool = False


@dataclass(frozen=True, slots=True)
class OutputBucket:
    """Where Run Command keeps the whole output."""

    bucket: str
    prefix: str = ""

    @classmethod
    def parse(cls, text: str) -> OutputBucket:
        """Read `BUCKET[/PREFIX]`, also behind `s3://`."""
        bucket, _, prefix = text.removeprefix("s3://").partition("/")
        return cls(bucket, prefix.strip("/"))


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run."""

    words: tuple[str, ...]
    """The command: one word is a line for the node's shell, several are an argv."""
    targets: tuple[RunTarget, ...]
    way: Way = Way.SESSIONS
    parallel: int = PARALLEL
    timeout: float = TIMEOUT
    """Seconds, from the start of the command on each node."""
    fail_fast: bool = False
    """Whether the first node that does not exit with 0 ends the run."""
    reason: str = ""
    bucket: OutputBucket | None = None


def targets_of(nodes: Iterable[Node]) -> tuple[RunTarget, ...]:
    """Return the nodes as targets, called by name; of several places also by place, and by id if two share a name."""
    listed = list(nodes)
    with_place = len({node.place for node in listed}) > 1
    names = [_name(node, with_place=with_place) for node in listed]
    count = Counter(names)
    return tuple(
        RunTarget(node.node_id, node.place, harmless(_label(node, name, count)), _is_windows(node))
        for node, name in zip(listed, names, strict=True)
    )


def distinct(targets: Iterable[RunTarget]) -> tuple[RunTarget, ...]:
    """Return the targets with labels that differ: those of one name get their place, and if need be their id."""
    found = tuple(targets)
    for more in (_with_place, _with_id):
        count = Counter(target.label for target in found)
        found = tuple(replace(one, label=more(one)) if count[one.label] > 1 else one for one in found)
    return found


def _with_place(target: RunTarget) -> str:
    return f"{harmless(target.place.label)}/{target.label}" if target.place.label else target.label


def _with_id(target: RunTarget) -> str:
    return f"{target.label} {target.node_id}"


def _name(node: Node, *, with_place: bool) -> str:
    name = node.name or node.node_id
    return f"{node.place_label}/{name}" if with_place and node.place_label else name


def _label(node: Node, name: str, count: Counter[str]) -> str:
    return name if count[name] == 1 or not node.name else f"{name} {node.node_id}"


def _is_windows(node: Node) -> bool:
    if node.ssm is not None and node.ssm.platform_type:
        return node.ssm.platform_type == "Windows"
    return node.ec2 is not None and "windows" in node.ec2.platform_details.casefold()
