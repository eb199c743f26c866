"""Reads the troubleshooting texts from the folder beside it: one TOML file for each topic, named by its id."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from smtui.domain.text import folded
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.topics.machines import Package, System
from smtui.topics.topic import Link, RunsOn, Step, Topic, TopicCommand

_ENDING = ".toml"


@cache
def topic(topic_id: str) -> Topic:
    """The topic of this id, read when it is first asked for; an id without a text gives `unknown-failure`."""
    file = files(__package__) / "texts" / f"{topic_id}{_ENDING}"
    if not file.is_file():
        return topic(UNKNOWN_FAILURE)
    return _topic(topic_id, tomllib.loads(file.read_text("utf-8")))


def _topic(topic_id: str, table: dict[str, Any]) -> Topic:
    return Topic(
        id=topic_id,
        title=table["title"],
        symptoms=tuple(table["symptoms"]),
        causes=tuple(table["causes"]),
        steps=tuple(_step(step) for step in table["steps"]),
        commands=tuple(_command(command) for command in table.get("commands", ())),
        terraform=table.get("terraform", ""),
        links=tuple(Link(**link) for link in table.get("links", ())),
        guide=table.get("guide", False),
    )


def _step(table: dict[str, Any]) -> Step:
    return Step(
        table["text"],
        System(table.get("system", "")),
        RunsOn(table.get("runs_on", "node")),
        Package(table.get("package", "")),
    )


def _command(table: dict[str, Any]) -> TopicCommand:
    return TopicCommand(
        does=table["does"],
        argv=tuple(table.get("argv", ())),
        then=tuple(tuple(argv) for argv in table.get("then", ())),
        line=table.get("line", ""),
        runs_on=RunsOn(table.get("runs_on", "here")),
        system=System(table.get("system", "")),
        architecture=table.get("architecture", ""),
        package=Package(table.get("package", "")),
        changes=table["changes"] or "",  # `false` says that it only reads
        risk=table.get("risk", ""),
        when=tuple(table.get("when", ())),
        each=table.get("each", False),
        part=table.get("part", ""),
    )


@cache
def topic_ids() -> tuple[str, ...]:
    """Every topic's id, sorted; reads no topic."""
    names = (file.name for file in (files(__package__) / "texts").iterdir())
    return tuple(sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING)))


def all_topics() -> tuple[Topic, ...]:
    """Every topic, by id; reads all of the files the first time, which takes tens of milliseconds."""
    return tuple(topic(topic_id) for topic_id in topic_ids())


def search(words: str) -> tuple[Topic, ...]:
    """The topics that have every word somewhere, those with the words in their id or title first; all for no words."""
    wanted = folded(words).split()
    ranked = [(rank, each) for each in all_topics() if (rank := _rank(each, wanted)) is not None]
    return tuple(each for _, each in sorted(ranked, key=lambda pair: (pair[0], pair[1].id)))


def _rank(each: Topic, wanted: Sequence[str]) -> int | None:
    """How far from the title the words are (0 is in it); None where one of them is nowhere."""
    near = folded(f"{each.id} {each.title}")
    far = folded("\n".join((*each.symptoms, *each.causes)))
    farthest = folded("\n".join((*(step.text for step in each.steps), *(command.does for command in each.commands))))
    texts = (near, f"{near}\n{far}", f"{near}\n{far}\n{farthest}")
    return next((rank for rank, text in enumerate(texts) if all(word in text for word in wanted)), None)
