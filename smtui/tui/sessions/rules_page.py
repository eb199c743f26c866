"""Writes the account's session preferences in words, the help with them, and the difference of two versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.domain.ages import age
from smtui.domain.text import harmless
from smtui.sessions.preferences.preference_words import Mark, RuleLine, rule_lines, rules_title
from smtui.topics.library import topic
from smtui.topics.topic_text import topic_and_fix
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from smtui.diagnosis.evidence.rules_facts import RulesRead
    from smtui.domain.place import Place
    from smtui.topics.machines import Machines

_HEADING = 12
_LOOKS = {Mark.GOOD: Look.GOOD, Mark.WARN: Look.WARN, Mark.BAD: Look.BAD, Mark.OFF: Look.QUIET, Mark.UNSEEN: Look.WARN}
_AWAITED = ("logged", "encrypted", "run as", "ends", "shell", "version")
_WORST_FIRST = (Mark.BAD, Mark.WARN, Mark.UNSEEN)


def titles(place: Place, read: RulesRead | None, now: datetime) -> tuple[str, ...]:
    """Return the parts of the title: what it is, where, which version, how old."""
    if read is None:
        return ("Session Manager preferences", "/".join(filter(None, (place.profile, place.region))))
    return (*rules_title(place, read).split(" · "), f"read {age(read.at, now)} ago")


def rules_page(read: RulesRead | None, width: int, refused: RuleLine | None = None) -> Paragraphs:
    """Write a paragraph for each rule; `refused` is why the last change was not made. None awaits all of them."""
    page = Paragraphs(width)
    if refused is not None:
        _write(page, refused)
    if read is None:
        for heading in _AWAITED:
            _write(page, RuleLine(Mark.OFF, heading, "…"))
        return page
    for line in rule_lines(read):
        _write(page, line)
    return page


def _write(page: Paragraphs, line: RuleLine) -> None:
    mark = Piece(f"{line.mark} ", _LOOKS[line.mark])
    if not line.heading:
        page.hang((mark,), line.text, Look.PLAIN, len(mark.text))
        return
    heading = Piece(f"{line.heading:<{_HEADING}}", Look.PLAIN if line.mark is not Mark.OFF else Look.QUIET)
    page.hang((mark, heading), line.text, Look.QUIET if line.mark is Mark.OFF else Look.PLAIN, 2 + _HEADING)


def helpful(read: RulesRead | None, refused: RuleLine | None = None) -> tuple[RuleLine, ...]:
    """Return the lines that lead to a topic, the worst first, each topic once."""
    lines = [*([refused] if refused is not None else []), *(rule_lines(read) if read is not None else ())]
    found: dict[str, RuleLine] = {}
    for mark in _WORST_FIRST:
        for line in lines:
            if line.topic and line.mark is mark:
                found.setdefault(line.topic, line)
    return tuple(found.values())


def fix_page(lines: Sequence[RuleLine], values: Mapping[str, str], machines: Machines, width: int) -> tuple[str, ...]:
    """Write what helps against each of the lines, the fixes first; `values` are those of the place."""
    page: list[str] = []
    for line in lines:
        if page:
            page.append("")
        page.append(f"{line.mark} {line.text}")
        page += topic_and_fix(topic(line.topic), {**values, **line.values}, machines, width)
    return tuple(page)


def difference_page(notes: Sequence[str], lines: Sequence[str], width: int) -> Paragraphs:
    """Write what to know first, then the lines of a unified difference in their colours."""
    page = Paragraphs(width)
    for note in notes:
        page.write(note, Look.WARN, lead="! ", lead_look=Look.WARN)
    if notes:
        page.lines.append((Piece(""),))
    for line in lines:
        look = _look_of(line)
        page.lines += [(Piece(part, look),) for part in _cut(harmless(line), width)]
    return page


def _cut(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, with all its blanks."""
    parts, part, cells = [], "", 0
    for character in text:
        wide = cell_len(character)
        if part and cells + wide > width:
            parts.append(part)
            part, cells = "", 0
        part, cells = part + character, cells + wide
    return [*parts, part]


def _look_of(line: str) -> Look:
    if line.startswith(("---", "+++", "@@")):
        return Look.QUIET
    return {"+": Look.GOOD, "-": Look.BAD}.get(line[:1], Look.PLAIN)
