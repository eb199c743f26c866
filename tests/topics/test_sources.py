"""Every statement of AWS's five texts is told by one entry of a topic, in every shell's rendering, and by it alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from typing import Any

import pytest

from smtui.domain.shellquote import Shell
from smtui.topics.library import topic
from smtui.topics.machines import Machines, System
from smtui.topics.topic import Topic
from smtui.topics.topic_text import LOOKING, topic_lines
from tests.topics.statements import SOURCES, STATEMENTS, Section, Statement
from tests.topics.values import VALUES, topics

WIDE = 8000
"""Cells: every entry is one line, but for commands."""
SHELLS = [Shell.POSIX, Shell.POWERSHELL, Shell.PWSH, Shell.CMD]
_LABELS = {System.LINUX: "Linux", System.WINDOWS: "Windows", System.MACOS: "macOS"}

FURTHER = (
    *("expired-credentials", "sso-sign-in", "throttled", "kms-key", "invalid-document", "remote-port-refused"),
    *("local-port-in-use", "idle-timeout", "session-limit", "advanced-tier", "hop-limit", "network-acl", "vpc-dns-off"),
    *("endpoint-policy", "host-management", "instance-not-running", "instance-impaired", "agent-stopped"),
    *("activation-invalid", "no-credentials", "clock-skew", "aws-unreachable", "unknown-failure"),
)
"""What the API, the plugin and the checks add."""


# The page, entry by entry ------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    section: Section
    text: str


def entries(page: tuple[str, ...], told: Topic) -> list[Entry]:
    """What a reader finds below each heading; a command with its comments and its lines is one entry."""
    headings = {
        told.symptoms_heading: Section.SYMPTOM,
        told.causes_heading: Section.CAUSE,
        "What to do": Section.STEP,
        "Commands": Section.COMMAND,
        LOOKING: Section.COMMAND,
        "Terraform": Section.TERRAFORM,
        "Read more": Section.LINK,
    }
    found = [Entry(Section.TITLE, page[0])]
    section, lines = Section.TITLE, list[str]()
    for line in (*page[1:], next(iter(headings))):
        if line in headings:
            found += [Entry(section, text) for text in _SPLIT[section](lines)]
            section, lines = headings[line], []
        else:
            lines.append(line)
    return found


def line_by_line(lines: list[str]) -> Iterator[str]:
    """Without the marks of lists."""
    return (re.sub(r"^\s*(- |\d+\. )", "", line) for line in lines if line.strip())


def all_in_one(lines: list[str]) -> Iterator[str]:
    return iter(["\n".join(lines)] if any(lines) else [])


def command_by_command(lines: list[str]) -> Iterator[str]:
    """A comment begins a command, unless it says what the one above changes, risks or lacks."""
    block: list[str] = []
    for line in lines:
        if line.startswith("# ") and not re.match("# (Changes|Risk|Not known|Not shown): ", line) and block:
            yield "\n".join(block)
            block = []
        block += [line] if line.strip() else []
    if block:
        yield "\n".join(block)


def pair_by_pair(lines: list[str]) -> Iterator[str]:
    """A title and its address."""
    told = [line for line in lines if line.strip()]
    return ("\n".join(pair) for pair in zip(told[::2], told[1::2], strict=True))


_SPLIT: dict[Section, Callable[[list[str]], Iterator[str]]] = {
    Section.TITLE: lambda lines: iter(()),
    Section.SYMPTOM: line_by_line,
    Section.CAUSE: line_by_line,
    Section.STEP: line_by_line,
    Section.COMMAND: command_by_command,
    Section.TERRAFORM: all_in_one,
    Section.LINK: pair_by_pair,
}


def rendered(told: Topic, shell: Shell = Shell.POSIX) -> list[Entry]:
    return entries(topic_lines(told, VALUES, Machines(shell), WIDE), told)


def tells(entry: Entry, statement: Statement) -> bool:
    if entry.section is not statement.section or not all(word in entry.text for word in statement.words):
        return False
    first = entry.text.splitlines()[0]
    label = _LABELS.get(statement.system)
    of_a_step, of_a_command = rf"^(\w+ and )?{label}( and \w+)?: ", rf"\([^)]*{label}[^)]*\)$"
    return label is None or re.search(f"{of_a_step}|{of_a_command}", first) is not None


def untold(told: Topic) -> set[Statement]:
    """The statements of this topic that its page does not tell."""
    page = rendered(told)
    return {each for each in of_topic(told.id) if not any(tells(entry, each) for entry in page)}


def of_topic(topic_id: str) -> list[Statement]:
    return [each for each in STATEMENTS if each.topic_id == topic_id]


# Every statement is told -------------------------------------------------------------------------


@pytest.mark.parametrize("statement", [pytest.param(each, id=f"{each.topic_id}: {each.says}") for each in STATEMENTS])
def test_one_entry_tells_the_statement_in_every_shell(statement: Statement) -> None:
    told = topic(statement.topic_id)
    assert told.id == statement.topic_id
    for shell in SHELLS:
        assert len([entry for entry in page_in(told.id, shell) if tells(entry, statement)]) == 1, shell


@cache
def page_in(topic_id: str, shell: Shell) -> list[Entry]:
    return rendered(topic(topic_id), shell)


def test_every_source_is_named() -> None:
    assert len(SOURCES) == 5
    assert all(len(statements) > 25 for statements in SOURCES.values())
    assert len(set(STATEMENTS)) == len(STATEMENTS)


# And only that entry tells it --------------------------------------------------------------------


def but_for(told: Topic, name: str, things: tuple[Any, ...]) -> Topic:
    """With other things in this field."""
    changed: dict[str, Any] = {name: things}
    return replace(told, **changed)


def without_each(told: Topic) -> Iterator[tuple[Section, Topic]]:
    """The topic without one of its entries, for each of them."""

    def but(things: tuple[Any, ...], at: int) -> tuple[Any, ...]:
        return (*things[:at], *things[at + 1 :])

    lists = {
        "symptoms": Section.SYMPTOM,
        "causes": Section.CAUSE,
        "steps": Section.STEP,
        "commands": Section.COMMAND,
        "links": Section.LINK,
    }
    for name, section in lists.items():
        things = getattr(told, name)
        for at in range(len(things)):
            yield section, but_for(told, name, but(things, at))
    if told.terraform:
        yield Section.TERRAFORM, replace(told, terraform="")


@pytest.mark.parametrize("topic_id", [key for key, _ in groupby(sorted(each.topic_id for each in STATEMENTS))])
def test_a_statement_is_lost_with_its_entry_and_with_no_other(topic_id: str) -> None:
    told = topic(topic_id)
    assert untold(told) == set()
    lost: list[Statement] = []
    for section, poorer in without_each(told):
        gone = untold(poorer)
        assert {each.section for each in gone} <= {section}
        lost += gone
    assert sorted(lost, key=repr) == sorted(of_topic(topic_id), key=repr), "each is lost once, by one entry"


@pytest.mark.parametrize("name", ["symptoms", "causes", "steps", "commands", "links"])
def test_no_statement_outlives_its_whole_section(name: str) -> None:
    section = {"symptoms": "symptom", "causes": "cause", "steps": "step", "commands": "command", "links": "link"}[name]
    tied = [each for each in STATEMENTS if each.section == section]
    assert tied
    for each in tied:
        assert each in untold(but_for(topic(each.topic_id), name, ()))


# What AWS's texts do not have --------------------------------------------------------------------


@pytest.mark.parametrize("topic_id", FURTHER)
def test_what_the_api_and_the_plugin_add_has_a_topic(topic_id: str) -> None:
    assert topic_id in {each.id for each in topics()}
