"""Lists what the help explains, and finds it by words: keys, statuses, the filter, settings, what READ-ONLY refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smtui.domain.readiness import Badge, Readiness
from smtui.domain.settings.setting_table import FILE_NAME, SETTINGS, VARIABLES
from smtui.domain.text import folded
from smtui.tui.commands import BY_ID, Command, Scope, commands_of
from smtui.tui.parts.badges import badge_class
from smtui.tui.parts.shown_keys import first_key, keys_of, shown_keys

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One line of the help."""

    term: str
    """What is explained: keys, a status, words of a filter, a variable."""
    name: str
    more: str = ""
    mark: str = ""
    """The component class that the term is drawn with; empty for that of keys."""


@dataclass(frozen=True, slots=True)
class HelpSection:
    """A heading and its lines."""

    title: str
    entries: tuple[HelpEntry, ...]
    begins_part: bool = True
    """Whether `tab` stops here."""


FILTERS = (
    ("web prod", "Both words", "each must occur in a column, an id or a tag; upper and lower case are the same"),
    ("not connected", "A status", "by the words that the list shows"),
    ("10.0.1", "Part of an address", "of an id, a platform, a type, a zone, a VPC or a subnet just as well"),
    ("tag:env=prod", "A tag", "as tag:KEY=VALUE; tag:env finds every node that has the tag"),
    ("-status:ready", "All but these", "- or ! before any term"),
    ("name:web", "One column", "also id: ip: platform: region: profile: account: vpc: status:"),
    ("name:=web-1", "This value", "and no longer one; behind any key"),
    ("agent:>=3.1", "Versions", "of the agent, by < <= > >= ="),
    ("~wb1", "Letters of a name", "in this order, whatever is between them"),
    ('tag:"team"="shop"', "In quotes", "what has a blank in it, or looks like a key"),
)
"""Examples of a filter, and what each finds."""

REFUSED = (
    "shell",
    "document",
    "forward",
    "ssh",
    "run",
    "transfer",
    "new-tab",
    "not-ready.start",
    "failure.retry",
    "check.automation",
    "automation.again",
    "presets.start",
    "tunnels.restart",
    "sessions.terminate",
    "sessions.resume",
    "rules.change",
    "rules.undo",
    "settings.change",
    "settings.edit",
    "settings.default",
    "leftovers.clean",
)
"""The commands that `--read-only` refuses."""

_FIRST = (Scope.ANYWHERE, Scope.LIST)
"""What applies nearly everywhere, right behind the keys of the screen."""

_HELPS = {
    Badge.READY: ("shell", "starts a shell."),
    Badge.LIMITED: ("details", "shows which."),
    Badge.NOT_CONNECTED: ("troubleshoot", "finds out why."),
    Badge.OFFLINE: ("troubleshoot", "finds out why."),
    Badge.UNMANAGED: ("troubleshoot", "finds out why."),
    Badge.UNKNOWN: ("details", "shows what could not be seen."),
}
"""The command that helps with a status, and what it does."""


def help_sections(here: Scope) -> tuple[HelpSection, ...]:
    """Return everything: the keys of the screen `here` first."""
    others = [*_FIRST, *(scope for scope in Scope if scope not in (here, *_FIRST))]
    keys = [_keys_section(scope.value, commands_of(scope)) for scope in (here, *others)]
    return (
        *keys[:2],
        *(replace(section, begins_part=False) for section in keys[2:] if section.entries),
        HelpSection("The statuses", tuple(_status_entry(badge) for badge in Badge)),
        HelpSection("Texts about problems", (_texts_entry(),)),
        HelpSection("The filter", tuple(HelpEntry(*example) for example in FILTERS)),
        HelpSection(f"Settings, in {FILE_NAME}", tuple(map(_setting_entry, SETTINGS))),
        HelpSection(
            "Only in the environment", tuple(HelpEntry(*variable) for variable in VARIABLES), begins_part=False
        ),
        _keys_section("What READ-ONLY refuses", [BY_ID[name] for name in REFUSED]),
    )


def _keys_section(title: str, commands: Sequence[Command]) -> HelpSection:
    return HelpSection(title, tuple(_key_entries(commands)))


def _key_entries(commands: Sequence[Command]) -> Iterator[HelpEntry]:
    for command in commands:
        if keys := keys_of(command.id):
            yield HelpEntry(shown_keys(keys), command.name, command.help)


def _status_entry(badge: Badge) -> HelpEntry:
    command, does = _HELPS[badge]
    key = first_key(command)
    helps = f"{key} {does}" if key else ""
    return HelpEntry(f"{badge.mark} {badge.word}", badge.meaning, helps, badge_class(Readiness(badge)))


def _texts_entry() -> HelpEntry:
    keys = shown_keys(keys_of("palette"))
    return HelpEntry(keys, "Every problem that smtui knows of has a text", "type a word of it, such as proxy or disk")


def _setting_entry(setting: Setting[Any]) -> HelpEntry:
    return HelpEntry(setting.key, setting.meaning.removesuffix("."), setting.variable)


def count(sections: Sequence[HelpSection]) -> int:
    """Count the lines."""
    return sum(len(section.entries) for section in sections)


def found(sections: Sequence[HelpSection], searched: str) -> tuple[HelpSection, ...]:
    """Return the lines that have every word in their term, name, explanation or heading, whatever the case.

    A search for one key has the lines of that key first, in a section of their own.
    """
    words, key = folded(searched).split(), searched.strip()
    if not words:
        return tuple(sections)
    of_key = [entry for section in sections for entry in section.entries if key in entry.term.split(" ")]
    first = HelpSection(f"Key {key}", tuple(dict.fromkeys(of_key)))
    found_sections = [first] if of_key else []
    for section in sections:
        matching = tuple(entry for entry in section.entries if entry not in of_key and _has(section, entry, words))
        if matching:
            found_sections.append(replace(section, entries=matching, begins_part=True))
    return tuple(found_sections)


def _has(section: HelpSection, entry: HelpEntry, words: Sequence[str]) -> bool:
    text = folded("\n".join((entry.term, entry.name, entry.more, section.title)))
    return all(word in text for word in words)
