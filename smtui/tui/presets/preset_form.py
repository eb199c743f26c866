"""Lists the fields of a preset, and checks what is typed in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from smtui.domain.command_template import PLACEHOLDERS
from smtui.domain.preset import NotAPreset, Preset, read_preset

_PLAIN = re.compile(r"[\w@%+=:,./{}?&-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class PresetField:
    """One key of a preset and how the form asks for it."""

    key: str
    label: str
    placeholder: str = ""
    note: str = ""


PRESET_FIELDS = (
    PresetField("name", "name"),
    PresetField("target", "target", "the node that is selected", "an id, a Name, an address, tag:KEY=VALUE or ?FILTER"),
    PresetField("pick", "pick", "ask when several match", "any: the first that is Ready"),
    PresetField("host", "to", "the node itself, or a host behind it"),
    PresetField("port", "port", "5432"),
    PresetField("local_port", "local port", "a free one"),
    PresetField("document", "document", "the one of Amazon that fits"),
    PresetField("note", "note"),
    PresetField(
        "command",
        "command",
        "psql -h {local_host} -p {local_port}",
        " ".join(f"{{{name}}}" for name in PLACEHOLDERS),
    ),
)


def key_texts(preset: Preset) -> dict[str, str]:
    """Return the fields of a preset, by the keys of the presets' file."""
    return {
        "name": preset.name,
        "target": preset.target,
        "pick": preset.pick,
        "host": preset.destination.host,
        "port": str(preset.destination.port),
        "local_port": str(preset.local_port) if preset.local_port else "",
        "document": preset.document,
        "note": preset.note,
        "command": " ".join(map(_word, preset.command)),
    }


def _word(word: str) -> str:
    """Quote a word only if `split_command` needs it: a placeholder is easier to read without quotes."""
    return word if _PLAIN.fullmatch(word) else shlex.quote(word)


def problems(texts: Mapping[str, str], *, started: bool = False) -> dict[str, str]:
    """Return what is wrong, by field. Empty fields count only once the user has tried to save (`started`)."""
    try:
        read_preset(texts)
    except NotAPreset as wrong:
        return {key: sentence for key, sentence in wrong.problems.items() if started or texts.get(key, "").strip()}
    return {}


def preset_of(texts: Mapping[str, str]) -> Preset:
    """Return the preset that the fields describe; raises `NotAPreset`."""
    return read_preset(texts)
