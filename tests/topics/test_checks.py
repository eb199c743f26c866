"""Every check names a topic that somebody wrote, and every placeholder is of use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smtui
import smtui.diagnosis
from smtui.diagnosis.check import Check
from smtui.diagnosis.judging import CHECKS
from smtui.topics.library import search, topic
from smtui.topics.topic import PLACEHOLDERS, Topic, placeholders
from tests.topics.values import topics

TOPIC_IDS = {each.id for each in topics()}


@pytest.mark.parametrize("check", [pytest.param(check, id=check.code) for check in CHECKS])
def test_the_topic_of_a_check_is_written(check: Check) -> None:
    assert check.topic in TOPIC_IDS


def test_topics_that_a_judge_chooses_are_written() -> None:
    [folder] = smtui.diagnosis.__path__
    sources = "\n".join(path.read_text("utf-8") for path in Path(folder).rglob("*.py"))
    named = set(re.findall(r'topic="([^"]+)"', sources)) | set(re.findall(r'_TOPIC\w* = "([^"]+)"', sources))
    assert named <= TOPIC_IDS


def test_every_placeholder_is_of_use_to_a_topic() -> None:
    commands = [command for each in topics() for command in each.commands]
    words = (word for command in commands for argv in command.argvs for word in argv)
    used = {name for text in (*words, *(each.terraform for each in topics())) for name in placeholders(text)}
    used |= {name for command in commands for name in command.when}
    assert set(PLACEHOLDERS) - used == {
        "platform",  # which chooses among the commands
    }


TOLD_BY_ANOTHER = {
    "agent-restart-needed": "node-not-listed",
    "endpoints-unreachable": "no-way-out",
    "how-sessions-work": "target-not-connected",
    "plugin-versions": "plugin-too-old",
    "session-records": "deleted-log-target",
    "start-a-session": "install-plugin",
    "too-little-cpu-or-memory": "agent-stopped",
}
"""Topics that no result and no failure names, and the topic that a reader comes to them from."""

NAMED_BY_A_COMMAND = {
    "install-plugin": "topics/plugin_steps.py",
    "plugin-logging": "cli/upkeep/plugin.py",
    "preference-versions": "sessions/preferences/preference_words.py",
    "session-notifications": "sessions/notifications.py",
    "ssh-over-sessions": "ssh/ssh_command.py",
}
"""Topics that a command of smtui is about, or names where it refuses."""

_MENTION = re.compile(r"smtui topics ([a-z0-9-]*[a-z0-9])")


def mentioned(each: Topic) -> set[str]:
    """The topics that its steps send the reader to."""
    return {topic_id for step in each.steps for topic_id in _MENTION.findall(step.text)}


def named_in(*sources: Path) -> set[str]:
    text = "\n".join(source.read_text("utf-8") for source in sources)
    return {each for each in TOPIC_IDS if f'"{each}"' in text}


def test_a_check_a_failure_a_command_or_another_topic_leads_to_every_topic() -> None:
    package = Path(smtui.__file__).parent
    by_checks = {check.topic for check in CHECKS} | named_in(*(package / "diagnosis").rglob("*.py"))
    tables = ("causes", "kms_failures")
    by_failures = named_in(*(package / "topics" / f"{name}.py" for name in tables))
    assert TOPIC_IDS - by_checks - by_failures - set(NAMED_BY_A_COMMAND) == set(TOLD_BY_ANOTHER)
    for told, module in NAMED_BY_A_COMMAND.items():
        assert told in named_in(package / module)
    for told, by in TOLD_BY_ANOTHER.items():
        assert told in mentioned(topic(by))
        assert by not in TOLD_BY_ANOTHER


@pytest.mark.parametrize("each", [pytest.param(each, id=each.id) for each in topics()])
def test_a_topic_that_a_step_sends_the_reader_to_is_written(each: Topic) -> None:
    assert mentioned(each) <= TOPIC_IDS - {each.id}


@pytest.mark.parametrize("each", [pytest.param(each, id=each.id) for each in topics()])
def test_every_topic_is_found_by_the_words_of_its_title(each: Topic) -> None:
    assert each in search(each.title)
    assert search(each.id)[0] is each
