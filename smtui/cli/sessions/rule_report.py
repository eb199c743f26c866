"""Writes the account's session preferences in words, and as the objects of `smtui sessions rules --json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smtui.domain.text import cell_width
from smtui.domain.wrapping import wrapped
from smtui.sessions.preferences.preference_words import Mark, rule_lines, rules_title

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtui.diagnosis.evidence.rules_facts import RulesRead
    from smtui.domain.place import Place
    from smtui.sessions.preferences.preference_words import RuleLine

_WORDS = {Mark.GOOD: "ok", Mark.WARN: "warning", Mark.BAD: "failure", Mark.OFF: "off", Mark.UNSEEN: "unseen"}
_WIDEST_HEADING = 10


def report(place: Place, read: RulesRead, width: int) -> list[str]:
    """A title, and a line or more for each rule, wrapped beside its heading."""
    shown = [rules_title(place, read)]
    for rule in rule_lines(read):
        heading = f"{rule.heading:<{_WIDEST_HEADING}} " if rule.heading else ""
        lead = f"{rule.mark} {heading}"
        shown += wrapped(rule.text, width, lead, " " * cell_width(lead))
    return shown


def as_dict(place: Place, read: RulesRead) -> dict[str, Any]:
    """The preferences of one place; `preferences` is null where they were not seen."""
    preferences = read.preferences
    return {
        "account": read.account,
        "profile": place.profile,
        "region": read.region,
        "version": read.version,
        "lines": [_line(rule) for rule in rule_lines(read)],
        "preferences": None
        if preferences is None
        else {
            "s3_bucket": preferences.s3_bucket,
            "s3_prefix": preferences.s3_prefix,
            "s3_encrypted": preferences.s3_encrypted,
            "log_group": preferences.log_group,
            "log_encrypted": preferences.log_encrypted,
            "log_streaming": preferences.log_streaming,
            "kms_key": preferences.kms_key,
            "run_as": preferences.run_as,
            "run_as_user": preferences.run_as_user,
            "idle_minutes": preferences.idle_minutes,
            "max_minutes": preferences.max_minutes,
            "linux_shell": preferences.linux_shell,
            "windows_shell": preferences.windows_shell,
            "left_open": list(preferences.left_open),
        },
    }


def _line(rule: RuleLine) -> dict[str, str]:
    return {
        "status": _WORDS[rule.mark],
        "subject": rule.heading,
        "sentence": rule.sentence,
        "means": rule.means,
        "topic": rule.topic,
    }


def topics_to_read(reads: Sequence[RulesRead]) -> tuple[str, ...]:
    """The ids of the topics that help, each once, the worst first."""
    rules = [rule for read in reads for rule in rule_lines(read) if rule.topic]
    ordered = sorted(rules, key=lambda rule: (Mark.BAD, Mark.WARN, Mark.UNSEEN).index(rule.mark))
    return tuple(dict.fromkeys(rule.topic for rule in ordered))
