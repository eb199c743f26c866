"""Reads `NODE:PATH` and the arguments of `smtui cp`.

As with scp, a colon before the first slash parts the node from the path; `./a:b` is a local file. Whatever else has
colons goes into brackets: `[::1]:/tmp`, `[tag:a=b:c]:/tmp`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_IN_BRACKETS = re.compile(r"\[([^\[\]]+)\]:(.*)", re.DOTALL)
_TAGGED = re.compile(r"((?:[^/:]*/)*tag:[^=:]+=[^:]*):(.*)", re.DOTALL)
_IN_A_REGION = re.compile(r"((?:[^/:.~][^/:]*)?/?[a-z]{2}(?:-[a-z]+)+-\d+/[^/:]+):(.*)", re.DOTALL)
_PLAIN = re.compile(r"([^/:]+):(.*)", re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


class WrongLocations(ValueError):
    """The arguments name no copy; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Location:
    """A file or folder here (`node` is empty) or on a node."""

    node: str
    path: str
    """As it was typed; on a node, without `~/` it is relative to the home folder."""


def parse_location(text: str, *, on_windows: bool = False) -> Location:
    """Read one argument; `on_windows`: with a drive in front it is a local file."""
    if on_windows and _DRIVE.match(text):
        return Location("", text)
    for shape in (_IN_BRACKETS, _TAGGED, _IN_A_REGION, _PLAIN):
        if found := shape.fullmatch(text):
            return Location(found[1], found[2])
    return Location("", text)


@dataclass(frozen=True, slots=True)
class CopyRequest:
    """What `smtui cp` is asked to do."""

    node: str
    is_upload: bool
    sources: tuple[str, ...]
    destination: str


def parse_copy(sources: Sequence[str], destination: str, *, on_windows: bool = False) -> CopyRequest:
    """Read the arguments; raises `WrongLocations` unless exactly one side is on one node."""
    found = [parse_location(text, on_windows=on_windows) for text in sources]
    to = parse_location(destination, on_windows=on_windows)
    if any("\0" in location.path for location in (*found, to)):
        raise WrongLocations("A path cannot contain a NUL byte.")
    if not to.node and any(not location.path for location in (*found, to) if not location.node):
        raise WrongLocations("A local path is empty.")
    nodes = {location.node for location in found}
    paths = tuple(location.path for location in found)
    if to.node:
        if nodes != {""}:
            raise WrongLocations(
                "Source and destination are both on nodes. Copy to this machine first, then to the other node."
            )
        if not all(paths):
            raise WrongLocations("A local path is empty.")
        _refuse_one_name({path: os.path.basename(os.path.abspath(path)) for path in paths})
        return CopyRequest(to.node, is_upload=True, sources=paths, destination=to.path)
    if nodes == {""}:
        raise WrongLocations("One side must be NODE:PATH, as in web-1:/tmp/; both sides are on this machine.")
    if len(nodes) > 1:
        raise WrongLocations("All sources must be on the same node. Copy from each node with its own command.")
    if not all(paths):
        raise WrongLocations("Name the file or folder on the node, as in web-1:app.log.")
    _refuse_one_name({path: path.rstrip("/").rpartition("/")[2] for path in paths})
    return CopyRequest(nodes.pop(), is_upload=False, sources=paths, destination=to.path)


def _refuse_one_name(names: Mapping[str, str]) -> None:
    """Raise `WrongLocations` for two paths with the same name: the second copy would replace the first."""
    paths: dict[str, str] = {}
    for path, name in names.items():
        if name in paths:
            raise WrongLocations(
                f"{paths[name]} and {path} have the same name: the second copy would replace the first. "
                "Copy each with its own command."
            )
        paths[name] = path


def far_path(typed: str) -> str:
    """The path on the node as its shell needs it: `~/` and an empty path are the home folder.

    Raises `WrongLocations` for another user's home, which only a login shell could look up.
    """
    if typed in ("", "~", "~/"):
        return "./"
    if typed.startswith("~/"):
        return f"./{typed[2:].lstrip('/')}"
    if typed.startswith("~"):
        raise WrongLocations(
            f"Only ~/ is understood on the node, not {typed.split('/', maxsplit=1)[0]}. Give the whole path."
        )
    return typed


def last_name(path: str) -> str:
    """The name of a file or folder for its copy; raises `WrongLocations` where the path ends in none."""
    name = path.rstrip("/").rpartition("/")[2]
    if name in ("", ".", ".."):
        raise WrongLocations(
            f"{path or 'The home folder'} has no name of its own to copy it under. Give the whole path."
        )
    return name
