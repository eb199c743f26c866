"""Keeps the names and ids of a place's nodes as sorted lines, for completion on the command line.

Completion must answer before anybody notices, so this module imports next to nothing, a search does not take the
lines apart, and however many nodes match, a bounded number of words is returned.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

FOLDER = "words"
MOST_BYTES = 64 << 20
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_LONGEST_FILE_NAME = 240
_LONGEST_WORD = 300


def profile_name(profile: str, environment: Mapping[str, str]) -> str:
    """Return the profile that is used where `profile` is named, or none."""
    return profile or environment.get("AWS_DEFAULT_PROFILE") or environment.get("AWS_PROFILE") or "default"


def save_node_words(folder: str, profile: str, region: str, nodes: Iterable[tuple[str, str]]) -> None:
    """Write the ids and names of a place's nodes into the cache folder; raises OSError."""
    from pathlib import Path

    from smtui.store.file_access import replace_lines

    named = f"{_quoted(profile)}@{_quoted(region)}"
    if len(named) <= _LONGEST_FILE_NAME:
        replace_lines(Path(folder, FOLDER, named), _lines(nodes))


def _lines(nodes: Iterable[tuple[str, str]]) -> list[bytes]:
    told: dict[str, str] = {}
    by_name: dict[str, list[str]] = {}
    for node_id, name in nodes:
        if is_word(node_id):
            told[node_id] = name if is_word(name) else ""
        if is_word(name):
            by_name.setdefault(name, []).append(node_id)
    for name, ids in by_name.items():
        if name not in told:
            told[name] = ids[0] if len(ids) == 1 else f"{len(ids)} nodes"
    return [b"\n", *sorted(f"{word}\t{about}\n".encode() for word, about in told.items())]


def is_word(text: str) -> bool:
    """Whether a shell may be offered this: one line of visible characters that no command takes for an option."""
    return bool(text) and text.isprintable() and len(text) <= _LONGEST_WORD and text[0] != "-"


def node_words(
    folder: str, profiles: Iterable[str], regions: Mapping[str, Iterable[str]], prefix: str, most: int
) -> list[tuple[str, str]]:
    """Return kept words that begin with `prefix`, sorted, each with what it stands for.

    `regions` has the Regions of each profile; every kept Region counts for one that is not in it. Of more than `most`
    words, the last one is among those returned: what all of them begin with is then right.
    """
    wanted = {
        _quoted(profile): {_quoted(region) for region in regions[profile]} if profile in regions else None
        for profile in profiles
    }
    found: dict[str, str] = {}
    for name in _files(os.path.join(folder, FOLDER)):
        profile, _, region = name.partition("@")
        chosen = wanted.get(profile, ())
        if chosen is None or region in chosen:
            for word, about in _matching(os.path.join(folder, FOLDER, name), prefix, most):
                found.setdefault(word, about)
    return bounded(sorted(found.items()), most)


def kept_regions(folder: str) -> list[str]:
    """Return the Regions of which a list is kept."""
    return sorted({name.partition("@")[2] for name in _files(os.path.join(folder, FOLDER))} - {""})


def bounded(found: list[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """Return at most `most` of these sorted words, the first ones and the last one."""
    return found if len(found) <= most else [*found[: most - 1], found[-1]]


def _files(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if "@" in name and name[0] != "."]
    except OSError:
        return []


def _matching(path: str, prefix: str, most: int) -> list[tuple[str, str]]:
    """Words of one file; its lines are sorted, so those that match stand together."""
    try:
        with open(path, "rb") as file:
            text = file.read(MOST_BYTES)
    except OSError:
        return []
    sought = b"\n" + prefix.encode("utf-8", "surrogateescape")
    first, last = text.find(sought), text.rfind(sought, 0, -1)
    if first < 0 or last < 0:
        return []
    end = text.find(b"\n", last + 1)
    lines = text[first : end if end >= 0 else len(text)].split(b"\n", most)[1:]
    if len(lines) == most:
        lines[-1] = lines[-1].rpartition(b"\n")[2]
    pairs = (line.decode("utf-8", "replace").partition("\t") for line in lines)
    return [(word, about) for word, _, about in pairs if is_word(word) and about.isprintable()]


def _quoted(name: str) -> str:
    """Return a name that every file system takes; what is not plain becomes %XX."""
    return "".join(
        character if character in _PLAIN else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
        for character in name
    )
