"""Finds the words of one kind in what was last known: kept lists, the user's files, installed data. Never calls AWS.

Each kind reads its own files when it is asked for, because a completion must be done before anybody notices. A file
that cannot be read costs its words and nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any  # at run time it would take a tenth of the whole answer

MOST = 300
"""Words that are offered at once; a shell asks before it lists so many."""
_MOST_BYTES = 16 << 20
_USUAL = {"cache": ".cache", "state": ".local/state", "config": ".config"}
"""Where these folders are on Linux, from the user's home on."""
_AMAZONS_DOCUMENTS = (
    "AWS-StartInteractiveCommand",
    "AWS-StartNonInteractiveCommand",
    "AWS-StartPortForwardingSession",
    "AWS-StartPortForwardingSessionToRemoteHost",
    "AWS-StartPortForwardingSessionToSocket",
    "AWS-StartSSHSession",
    "SSM-SessionManagerRunShell",
)

Words = list[tuple[str, str]]
"""Words, each with what it means; that may be empty."""


class LastWords:
    """What is known for one command line."""

    def __init__(
        self,
        environment: Mapping[str, str],
        profiles: Sequence[str] = (),
        regions: Sequence[str] = (),
        *,
        demo: bool = False,
    ) -> None:
        """`profiles` and `regions` are those of the options. A demo has others, so nothing of these is offered."""
        self._environment = environment
        self._profiles = profiles
        self._regions = regions
        self._demo = demo

    def of(self, kind: str, typed: str) -> Words:
        """Return the words of a kind that begin with what was typed."""
        if kind.startswith("="):
            return _beginning([(word, "") for word in kind[1:].split("|")], typed)
        find = {
            "node": self._nodes,
            "profile": self._profile_names,
            "region": self._region_names,
            "document": self._documents,
            "preset": self._presets,
            "filter": self._filters,
            "topic": _topics,
        }.get(kind)
        if find is None or (self._demo and kind in ("node", "profile", "document", "filter")):
            return []
        try:
            return _beginning(find(typed), typed)
        except (OSError, ValueError, AttributeError, KeyError, TypeError, RecursionError):  # not as smtui wrote it
            return []

    def _nodes(self, typed: str) -> Words:
        from smtui.store.node_words import node_words, profile_name

        profiles = [profile_name(profile, self._environment) for profile in self._profiles or ("",)]
        return node_words(self._folder("cache"), profiles, self._regions_of(profiles), typed, MOST)

    def _regions_of(self, profiles: Sequence[str]) -> dict[str, Sequence[str]]:
        """The Regions of each profile; one that is not known is left out."""
        if self._regions:
            return {} if "all" in self._regions else dict.fromkeys(profiles, self._regions)
        given = self._environment.get("AWS_REGION") or self._environment.get("AWS_DEFAULT_REGION")
        if given:
            return {profile: [given] for profile in profiles}
        configured = dict(self._configured())
        return {profile: [configured[profile]] for profile in profiles if configured.get(profile)}

    def _profile_names(self, _: str) -> Words:
        found = dict(self._configured())
        for name in _sections(self._aws_file("AWS_SHARED_CREDENTIALS_FILE", "credentials")):
            found.setdefault(name, "")
        return list(found.items())

    def _configured(self) -> Words:
        """The profiles of the configuration, each with its Region."""
        found: dict[str, str] = {}
        for header, settings in _sections(self._aws_file("AWS_CONFIG_FILE", "config")).items():
            parts = _parts(header) if header.startswith("profile") else [header]
            if len(parts) == 2 or header == "default":
                found[parts[-1]] = settings.get("region", "")
        return list(found.items())

    def _aws_file(self, variable: str, name: str) -> str:
        return _text(os.path.expanduser(self._environment.get(variable) or os.path.join("~", ".aws", name)))

    def _region_names(self, _: str) -> Words:
        from smtui.store.node_words import kept_regions

        configured = (region for _, region in self._configured() if region)
        found = dict.fromkeys([*kept_regions(self._folder("cache")), *configured], "")
        return list({**found, **dict(installed_regions()), "all": "every enabled Region"}.items())

    def _documents(self, _: str) -> Words:
        state = self._folder("state")
        try:
            used = list(_json(os.path.join(state, "documents.json"))["recent"])
        except (OSError, ValueError, KeyError, TypeError):
            used = []
        listed = _text(os.path.join(state, "document-names.txt")).splitlines()
        return [(name, "") for name in dict.fromkeys([*used, *listed, *_AMAZONS_DOCUMENTS])]

    def _presets(self, _: str) -> Words:
        from smtui.domain.preset import STARTERS

        builtin = [(preset.name, "built in") for preset in STARTERS]
        if self._demo:
            return builtin
        folder = self._folder("config")
        own = _preset_words(os.path.join(folder, "presets.toml"))
        included = [word for path in _included(folder) for word in _preset_words(path)]
        return list({**dict(builtin), **dict(reversed(included)), **dict(own)}.items())

    def _filters(self, typed: str) -> Words:
        """The saved filters, for the last term of a filter."""
        before = typed[: len(typed) - len(typed.rsplit(" ", 1)[-1])]
        saved = _json(os.path.join(self._folder("state"), "filters.json"))["saved"]
        return [(f"{before}@{name}", str(text)) for name, text in saved.items()]

    def _folder(self, which: str) -> str:
        """The folder as `store.file_access` finds it; platformdirs would take longer than all the rest."""
        if given := self._environment.get(f"SMTUI_{which.upper()}_DIR"):
            return given
        if not sys.platform.startswith("linux"):
            from smtui.store import file_access

            return str(getattr(file_access, f"{which}_folder")(self._environment))
        standard = self._environment.get(f"XDG_{which.upper()}_HOME", "").strip()
        return os.path.join(standard or os.path.join(os.path.expanduser("~"), _USUAL[which]), "smtui")


def _preset_words(path: str) -> Words:
    """The presets of one file, each with its note; none of a file that cannot be used."""
    import tomllib

    try:
        presets = tomllib.loads(_text(path))["preset"]
        return [(str(preset["name"]), str(preset.get("note", ""))) for preset in presets]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _included(folder: str) -> list[str]:
    """The files of presets that config.toml includes."""
    import tomllib

    try:
        entries = tomllib.loads(_text(os.path.join(folder, "config.toml"))).get("includes", [])
    except (OSError, ValueError, RecursionError):
        return []
    if not entries or not isinstance(entries, list):
        return []
    from pathlib import Path

    from smtui.store.presets.preset_includes import MOST_FILES, files_of, included_path

    found: list[str] = []
    for entry in entries:
        try:
            found += map(str, files_of(included_path(entry, Path(folder))))
        except (OSError, ValueError, TypeError, AttributeError):
            continue
    return found[:MOST_FILES]


def _topics(_: str) -> Words:
    import smtui

    texts = os.path.join(os.path.dirname(smtui.__file__), "topics", "texts")
    return [(name.removesuffix(".toml"), "") for name in os.listdir(texts) if name.endswith(".toml")]


def installed_regions() -> Words:
    """The Regions that the installed botocore knows; botocore itself is not imported."""
    for folder in sys.path:
        path = os.path.join(folder, "botocore", "data", "partitions.json")
        if os.path.exists(path):
            regions = [partition["regions"] for partition in _json(path)["partitions"]]
            return [
                (name, str(about.get("description", "")))
                for each in regions
                for name, about in each.items()
                if not name.endswith("-global")
            ]
    return []


def _beginning(found: Words, typed: str) -> Words:
    """The words that begin so and can be offered, sorted and bounded."""
    from smtui.store.node_words import bounded, is_word

    chosen = [(word, about if about.isprintable() else "") for word, about in found if word.startswith(typed)]
    return bounded(sorted((word, about) for word, about in chosen if is_word(word)), MOST)


def _parts(header: str) -> list[str]:
    """Split a section's header as botocore does."""
    if not any(each in header for each in "'\"\\"):
        return header.split()
    import shlex

    try:
        return shlex.split(header)
    except ValueError:
        return []


def _sections(text: str) -> dict[str, dict[str, str]]:
    """The sections of an AWS configuration, with their settings, as far as they stand in plain lines."""
    sections: dict[str, dict[str, str]] = {}
    settings: dict[str, str] = {}
    for line in text.splitlines():
        if line[:1] == "[" and "]" in line:
            settings = sections.setdefault(line[1 : line.rindex("]")], {})
        elif line[:1] not in (" ", "\t", "#", ";"):
            name, _, value = line.partition("=")
            settings[name.strip().lower()] = value.strip()
    return sections


def _json(path: str) -> dict[str, Any]:
    import json

    return dict(json.loads(_text(path)))


def _text(path: str) -> str:
    """The file, empty where there is none; a pipe or a device is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    except OSError:
        return ""
    with open(handle, encoding="utf-8-sig", errors="replace") as file:
        return file.read(_MOST_BYTES) if os.path.isfile(path) else ""
