"""Every check names a topic that somebody wrote, and every placeholder is of use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smtui
import smtui.diagnosis
from smtui.diagnosis.checking import Check
from smtui.diagnosis.judging import CHECKS
from smtui.domain.topic import PLACEHOLDERS, placeholders
from smtui.topics.library import topic
from tests.topics.values import topics

TOPIC_IDS = {each.id for each in topics()}


@pytest.mark.parametrize("check", [pytest.param(check, id=check.code) for check in CHECKS])
def test_the_topic_of_a_check_is_written(check: Check) -> None:
    assert check.topic in TOPIC_IDS


def test_topics_that_a_judge_chooses_are_written() -> None:
    [folder] = smtui.diagnosis.__path__
    sources = "\n".join(path.read_text("utf-8") for path in Path(folder).glob("*.py"))
    named = set(re.findall(r'topic="([^"]+)"', sources)) | set(re.findall(r'_TOPIC\w* = "([^"]+)"', sources))
    assert named <= TOPIC_IDS


def test_every_placeholder_is_of_use_to_a_topic() -> None:
    words = (word for each in topics() for command in each.commands for word in command.argv)
    used = {name for text in (*words, *(each.terraform for each in topics())) for name in placeholders(text)}
    assert set(PLACEHOLDERS) - used == {
        "profile",  # a part of {place}
        "platform",  # which chooses among the commands
        "nat_gateway",  # which the way out is followed by
    }


OF_THE_SOURCES_ALONE = {
    "agent-proxy": ("node-not-listed", "proxy"),
    "agent-restart-needed": ("node-not-listed", "restart the agent"),
    "endpoints-unreachable": ("no-way-out", "endpoint"),
    "log-retention": ("agent-stopped", "SessionLogsRetentionDurationHours"),
    "plugin-not-on-path-windows": ("plugin-not-found", "not on PATH"),
    "too-little-cpu-or-memory": ("agent-stopped", "memory"),
}
"""Topics that no result and no failure names: the topic that has their gist, and a word of it."""


def test_every_topic_is_named_by_something_or_has_its_gist_in_another() -> None:
    [package] = smtui.__path__
    sources = "\n".join(path.read_text("utf-8") for path in Path(package).rglob("*.py"))
    assert {each for each in TOPIC_IDS if f'"{each}"' not in sources} == set(OF_THE_SOURCES_ALONE)
    for other, word in OF_THE_SOURCES_ALONE.values():
        texts = topic(other)
        assert any(word in text for text in (*texts.causes, *(step.text for step in texts.steps)))
