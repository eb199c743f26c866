"""Describes the plugins as rows of a table, and the one under the cursor as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtui.domain.plugin_facts.plugin_fixes import grade_words, newer_fixes
from smtui.domain.plugin_facts.plugin_survey import CheckState, ChosenBy, choice_of
from smtui.domain.plugin_facts.plugin_words import (
    chosen_words,
    grade_reasons,
    log_words,
    mended_words,
    name_of,
    reasons,
    trial_words,
    version_of,
    where_words,
)
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.plugin_facts.plugin_survey import DebugLog, PluginCheck, PluginSurvey, Trial
    from smtui.domain.plugin_grade import FoundPlugin

PLUGIN_COLUMNS = (
    TableColumn("PLUGIN", 22, 24),
    TableColumn("VERSION", 9, 14),
    TableColumn("GRADE", 12, 24),
    TableColumn("USED FOR", 19, 20, dispensable=2),
    TableColumn("WHERE", 16, 100, dispensable=1),
)
_LOOKS = {"✓": Look.GOOD, "!": Look.WARN, "✕": Look.BAD}
_CHECK_LOOKS = {
    CheckState.GOOD: Look.GOOD,
    CheckState.WARN: Look.WARN,
    CheckState.BAD: Look.BAD,
    CheckState.UNKNOWN: Look.QUIET,
}
_LEAD = 12
"""Cells of what leads a paragraph of the page."""


@dataclass
class PluginFacts:
    """What the screen knows of the plugins."""

    survey: PluginSurvey | None = None
    """None until it is read."""
    logs: Mapping[bool, DebugLog] = field(default_factory=dict)
    """By whether it is ours."""
    checks: dict[str, tuple[PluginCheck, ...]] = field(default_factory=dict)
    """By the plugin's path."""
    trials: dict[str, Trial] = field(default_factory=dict)
    """By the plugin's path."""
    busy: dict[str, str] = field(default_factory=dict)
    """What is being done with a plugin, by its path: `testing …`."""

    def at(self, key: str) -> FoundPlugin | None:
        """Return the plugin of this row."""
        plugins = self.survey.plugins if self.survey is not None else ()
        return next((found for found in plugins if row_key(found) == key), None)

    def is_chosen(self, found: FoundPlugin) -> bool:
        """Tell whether the variable or the setting names this plugin."""
        return self.survey is not None and self.survey.choice == choice_of(found)


def row_key(found: FoundPlugin) -> str:
    """Return the key of a plugin's row."""
    return choice_of(found)


def plugin_rows(survey: PluginSurvey) -> list[TableRow]:
    """Return a row for every plugin."""
    return [_row(survey, found) for found in survey.plugins]


def _row(survey: PluginSurvey, found: FoundPlugin) -> TableRow:
    grade, uses = grade_words(found), survey.uses(found)
    return TableRow(
        row_key(found),
        (
            (name_of(found), Look.PLAIN),
            (version_of(found), Look.PLAIN),
            (grade, _LOOKS.get(grade[:1], Look.PLAIN)),
            (uses or "–", Look.ACCENT if uses else Look.QUIET),
            (where_words(found), Look.QUIET),
        ),
    )


def plugin_page(facts: PluginFacts, found: FoundPlugin, system: str, width: int) -> Paragraphs:
    """Return what is known of one plugin: why it is used or not, what newer ones mend, checks, test, log."""
    page = Paragraphs(width)
    if facts.survey is None:
        return page
    page.write(where_words(found), lead="where".ljust(_LEAD))
    for use, why in grade_reasons(found):
        page.write(f"For {use}: {why}", Look.WARN, lead="wrong".ljust(_LEAD))
    _uses(page, facts.survey, found)
    for number, check in enumerate(facts.checks.get(found.path, ())):
        lead = ("" if number else "verified").ljust(_LEAD)
        page.write(f"{check.state} {check.name}: {check.text}", _CHECK_LOOKS[check.state], lead=lead)
    if (trial := facts.trials.get(found.path)) is not None and trial.text:
        page.write(trial.text, lead="test".ljust(_LEAD))
    if (log := facts.logs.get(found.ours)) is not None:
        page.write(log.path, Look.QUIET, lead="log".ljust(_LEAD))
    if not found.ours and not found.missing:
        _mended(page, found, system)
    return page


def _uses(page: Paragraphs, survey: PluginSurvey, found: FoundPlugin) -> None:
    used = survey.uses(found)
    if not used:
        by_smtui = survey.chosen_by is ChosenBy.NOBODY and survey.shells.builtin
        why = survey.shells.because if by_smtui else chosen_words(survey)
        page.write(f"Not used. {why}", lead="used for".ljust(_LEAD))
        return
    words = [f"{use}: {why.rstrip('.')}." for use, why in reasons(survey) if use in used or used in use]
    page.write(f"{' '.join(words)} {chosen_words(survey)}", lead="used for".ljust(_LEAD))


def _mended(page: Paragraphs, found: FoundPlugin, system: str) -> None:
    if found.version is None:
        return  # what newer ones mend depends on it
    fixes = newer_fixes(found.version, system)
    if not fixes:
        page.write("It is the newest that smtui knows.", Look.QUIET, lead="newer".ljust(_LEAD))
    for number, fix in enumerate(fixes):
        page.write(f"{fix.version}: {fix.text}", lead=("" if number else "newer").ljust(_LEAD))


def state_line(facts: PluginFacts, found: FoundPlugin, system: str, now: datetime) -> tuple[str, ...]:
    """Return the line below the list, and shorter forms: what newer versions mend, the log, the test session."""
    busy = facts.busy.get(found.path, "")
    version = None if found.ours else found.version
    mended = mended_words(len(newer_fixes(version, system))) if version is not None else ""
    log, trial = facts.logs.get(found.ours), facts.trials.get(found.path)
    parts = [
        busy,
        f"{mended} ({key_of('plugin.install')} tells)" if mended else "",
        log_words(log) if log is not None else "",
        trial_words(trial, now).partition(". ")[0] if trial is not None else "",
    ]
    known = [part for part in parts if part]
    return tuple(_sentence(known[: len(known) - left_out]) for left_out in range(len(known)))


def _sentence(parts: Sequence[str]) -> str:
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]
