"""Writes a topic in plain lines, for the command line and for a pane."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from smtui.domain.text import cell_width, harmless, harmless_lines
from smtui.domain.wrapping import folded, wrapped
from smtui.topics.machines import Machines, Package, System
from smtui.topics.topic import (
    ReadyCommand,
    RunsOn,
    Step,
    Topic,
    TopicCommand,
    WithheldCommand,
    fitting_fixes,
    fitting_looks,
    offered,
    terraform_offered,
)

_Placed = TypeVar("_Placed", Step, TopicCommand)
_SYSTEM_NAMES = {System.LINUX: "Linux", System.WINDOWS: "Windows", System.MACOS: "macOS"}
LOOKING = "Commands that only read"
_INDENT = "  "
_COMMENT = "# "
"""Commands and Terraform stand in the first column, between comments: a copied block can be pasted as it is."""


def topic_lines(topic: Topic, values: Mapping[str, str], machines: Machines, width: int) -> tuple[str, ...]:
    """The whole topic, every line harmless and at most `width` cells (30 at least).

    What is for other machines than these is left out.
    """
    fixes = _section("Commands", _command_blocks(advice(topic, values, machines).fixes, machines, width))
    return (*wrapped(topic.title, width), *_about(topic, width), *_what_to_do(topic, machines, width), *fixes,
            *_further(topic, values, machines, width))  # fmt: skip


def fix_lines(
    topic: Topic, values: Mapping[str, str], machines: Machines, width: int, each: Sequence[Mapping[str, str]] = ()
) -> tuple[str, ...]:
    """The fixes alone, the least invasive first: each with what it changes and what could go wrong."""
    return tuple(_section("Fix", _command_blocks(advice(topic, values, machines, each).fixes, machines, width)))


def explanation_lines(
    topic: Topic, values: Mapping[str, str], machines: Machines, width: int, each: Sequence[Mapping[str, str]] = ()
) -> tuple[str, ...]:
    """All of the topic but its fixes; its title comes with its id, by which it can be looked up."""
    title = ["", *wrapped(f"{topic.title} ({topic.id})", width)]
    return (*title, *_about(topic, width), *_what_to_do(topic, machines, width),
            *_further(topic, values, machines, width, each))  # fmt: skip


def topic_and_fix(topic: Topic, values: Mapping[str, str], machines: Machines, width: int) -> tuple[str, ...]:
    """The whole topic with its fixes first, where no check has found which of its causes it is."""
    return (*fix_lines(topic, values, machines, width), *explanation_lines(topic, values, machines, width))


@dataclass(frozen=True, slots=True)
class Advice:
    """What a topic offers for one finding, for these machines."""

    fixes: tuple[ReadyCommand | WithheldCommand, ...]
    """The least invasive first."""
    looks: tuple[ReadyCommand | WithheldCommand, ...]
    """They change nothing."""

    @property
    def ready_fixes(self) -> tuple[ReadyCommand, ...]:
        """The fixes whose every value is known."""
        return tuple(fix for fix in self.fixes if isinstance(fix, ReadyCommand))


NO_ADVICE = Advice((), ())


def advice(
    topic: Topic, values: Mapping[str, str], machines: Machines, each: Sequence[Mapping[str, str]] = ()
) -> Advice:
    """The commands of the topic that fit; `each` are the values of each resource that needs a fix of its own."""
    commands = fitting_commands(topic, machines)
    fixes = (offered(fix, values, machines.shell, each) for fix in fitting_fixes(commands, values, each))
    looks = (offered(look, values, machines.shell, each) for look in fitting_looks(commands, values, each))
    return Advice(tuple(fixes), tuple(looks))


def fitting_steps(topic: Topic, machines: Machines) -> tuple[Step, ...]:
    """The steps for this machine's system and the node's, as far as they are known."""
    return _fitting(topic, topic.steps, machines)


def fitting_commands(topic: Topic, machines: Machines) -> tuple[TopicCommand, ...]:
    """The commands for these machines; an architecture says nothing of the node's."""
    commands = _fitting(topic, topic.commands, machines)
    if not machines.architecture:
        return commands
    return tuple(each for each in commands if _is_there(each) or each.architecture in ("", machines.architecture))


def step_texts(topic: Topic, machines: Machines) -> tuple[str, ...]:
    """The fitting steps, each after the names of its systems, unless the one is known; no text comes twice."""
    systems: dict[str, list[str]] = {}
    for step in fitting_steps(topic, machines):
        known = machines.node if _is_there(step) else machines.here
        named = _SYSTEM_NAMES.get(step.system, "") if step.system is not known else ""
        systems.setdefault(step.text, []).extend([named] if named else [])
    return tuple(f"{' and '.join(named)}: {text}" if named else text for text, named in systems.items())


def _fitting(topic: Topic, things: Sequence[_Placed], machines: Machines) -> tuple[_Placed, ...]:
    """A topic that has nothing for this machine's system is about another one, and is shown whole."""
    here = machines.here
    everything: tuple[Step | TopicCommand, ...] = (*topic.steps, *topic.commands)
    if not any(not _is_there(thing) and thing.system is here for thing in everything):
        here = System.ANY
    known = {RunsOn.HERE: here, RunsOn.NODE: machines.node}
    fitting = (thing for thing in things if thing.system in (System.ANY, known[thing.runs_on] or thing.system))
    return tuple(thing for thing in fitting if not machines.package or thing.package in (Package.ANY, machines.package))


def _is_there(thing: Step | TopicCommand) -> bool:
    return thing.runs_on is RunsOn.NODE


def _listed(heading: str, texts: Sequence[str], width: int, *, numbered: bool = False) -> list[str]:
    leads = [f"{_INDENT}{number}. " if numbered else f"{_INDENT}- " for number in range(1, len(texts) + 1)]
    return _section(
        heading, (line for lead, text in zip(leads, texts, strict=True) for line in wrapped(text, width, lead))
    )


def _section(heading: str, lines: Iterator[str]) -> list[str]:
    body = list(lines)
    return ["", heading, *body] if body else []


def _about(topic: Topic, width: int) -> Iterator[str]:
    yield from _listed(topic.symptoms_heading, topic.symptoms, width)
    yield from _listed(topic.causes_heading, topic.causes, width, numbered=not topic.guide)


def _what_to_do(topic: Topic, machines: Machines, width: int) -> list[str]:
    return _listed("What to do", step_texts(topic, machines), width, numbered=True)


def _further(
    topic: Topic, values: Mapping[str, str], machines: Machines, width: int, each: Sequence[Mapping[str, str]] = ()
) -> Iterator[str]:
    yield from _section(LOOKING, _command_blocks(advice(topic, values, machines, each).looks, machines, width))
    yield from _section("Terraform", _terraform(topic, values, width))
    yield from _section("Read more", _links(topic, width))


def _command_blocks(
    commands: Sequence[ReadyCommand | WithheldCommand], machines: Machines, width: int
) -> Iterator[str]:
    for number, command in enumerate(commands):
        if number and any(isinstance(each, ReadyCommand) and each.changes for each in commands):
            yield ""
        yield from wrapped(headed(command, machines), width, _COMMENT, _COMMENT)
        if isinstance(command, WithheldCommand):
            yield from wrapped(command.why, width, _COMMENT, _COMMENT)
            continue
        for argv in command.argvs:
            yield from folded(argv, command.shell, width)
        if not command.argvs:
            yield from wrapped(command.text, width)
        for text in consequences(command):
            yield from wrapped(text, width, _COMMENT, _COMMENT)


def headed(command: ReadyCommand | WithheldCommand, machines: Machines) -> str:
    """What the command is for and where it runs, unless that goes without saying: `Restart it (on the node, Linux)`."""
    known = machines.node if command.runs_on is RunsOn.NODE else machines.here
    system = System.ANY if command.system is known else command.system
    there = command.runs_on is RunsOn.NODE
    architecture = command.architecture if there or command.architecture != machines.architecture else ""
    parts = ("on the node" if there else "", _SYSTEM_NAMES.get(system, ""), architecture)
    place = ", ".join(part for part in parts if part)
    return f"{command.does} ({place})" if place else command.does


def consequences(command: ReadyCommand) -> tuple[str, ...]:
    """`Changes: …` and `Risk: …`; nothing for a look."""
    notes = {"Changes": command.changes, "Risk": command.risk}
    return tuple(f"{lead}: {text}" for lead, text in notes.items() if text)


def _terraform(topic: Topic, values: Mapping[str, str], width: int) -> Iterator[str]:
    text, why_not = terraform_offered(topic, values)
    if why_not:
        yield from wrapped(why_not, width, _COMMENT, _COMMENT)
    for line in harmless_lines(text.strip()) if text else ():
        indent = line[: len(line) - len(line.lstrip())]
        yield from [line] if cell_width(line) <= width else wrapped(line, width, indent)


def _links(topic: Topic, width: int) -> Iterator[str]:
    for link in topic.links:
        yield from wrapped(link.title, width, _INDENT)
        yield from wrapped(harmless(link.url), width, _INDENT)
