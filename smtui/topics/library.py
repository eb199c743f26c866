"""The troubleshooting texts as they lie beside this file, one TOML file a topic, named by its id."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from smtui.domain.failure_table import UNKNOWN_FAILURE
from smtui.domain.topic import Link, RunsOn, Step, System, Topic, TopicCommand


@cache
def topic(topic_id: str) -> Topic:
    """The topic of this id, read when it is first asked for; an id that nobody wrote about gives `unknown-failure`."""
    file = files(__package__) / f"{topic_id}.toml"
    if not file.is_file():
        return topic(UNKNOWN_FAILURE)
    return _topic(topic_id, tomllib.loads(file.read_text("utf-8")))


def _topic(topic_id: str, told: dict[str, Any]) -> Topic:
    return Topic(
        id=topic_id,
        title=told["title"],
        symptoms=tuple(told["symptoms"]),
        causes=tuple(told["causes"]),
        steps=tuple(_step(step) for step in told["steps"]),
        commands=tuple(_command(command) for command in told.get("commands", ())),
        terraform=told.get("terraform", ""),
        links=tuple(Link(**link) for link in told.get("links", ())),
    )


def _step(told: dict[str, Any]) -> Step:
    return Step(told["text"], System(told.get("system", "")), RunsOn(told.get("runs_on", "node")))


def _command(told: dict[str, Any]) -> TopicCommand:
    return TopicCommand(
        does=told["does"],
        argv=tuple(told.get("argv", ())),
        line=told.get("line", ""),
        runs_on=RunsOn(told.get("runs_on", "here")),
        system=System(told.get("system", "")),
        architecture=told.get("architecture", ""),
        changes=told.get("changes", True),
    )
