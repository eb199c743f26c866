"""A topic in plain lines, as the command line prints it and a pane may show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from smtui.domain.shellquote import Shell
from smtui.domain.text import cell_width, harmless, harmless_lines
from smtui.domain.topic import (
    RunsOn,
    Step,
    System,
    Topic,
    TopicCommand,
    WithheldCommand,
    offered,
    terraform_offered,
)
from smtui.domain.wrapping import folded, wrapped

_Placed = TypeVar("_Placed", Step, TopicCommand)
_SYSTEM_NAMES = {System.LINUX: "Linux", System.WINDOWS: "Windows", System.MACOS: "macOS"}
_Known = Mapping[RunsOn, System]
_INDENT = "  "
_COMMENT = "# "
"""Commands and Terraform stand in the first column, between comments: a copied block can be pasted as it is."""


def topic_lines(
    topic: Topic,
    values: Mapping[str, str],
    shell: Shell,
    width: int,
    system: System = System.ANY,
    *,
    architecture: str = "",
    node_system: System = System.ANY,
) -> tuple[str, ...]:
    """The whole topic, every line harmless and at most `width` cells (30 at least).

    `shell`, `system` and `architecture` are this machine's, `node_system` is the node's; what is known of them leaves
    out what is for others.
    """
    steps = fitting_steps(topic, system, node_system)
    commands = fitting_commands(topic, system, architecture, node_system)
    known = {RunsOn.HERE: system, RunsOn.NODE: node_system}
    lines = wrapped(topic.title, width)
    lines += _listed("Signs", topic.symptoms, width)
    lines += _listed("Causes, the likeliest first", topic.causes, width, numbered=True)
    lines += _listed("What to do", [step_text(step, system, node_system) for step in steps], width, numbered=True)
    lines += _section("Commands", _command_blocks(commands, values, shell, width, known))
    lines += _section("Terraform", _terraform(topic, values, width))
    lines += _section("Read more", _links(topic, width))
    return tuple(lines)


def fitting_steps(topic: Topic, system: System, node_system: System) -> tuple[Step, ...]:
    """The steps for this machine's system and the node's, as far as they are known."""
    return _fitting(topic, topic.steps, system, node_system)


def fitting_commands(topic: Topic, system: System, architecture: str, node_system: System) -> tuple[TopicCommand, ...]:
    """The commands for these systems; `architecture` is this machine's and says nothing of the node's."""
    commands = _fitting(topic, topic.commands, system, node_system)
    if not architecture:
        return commands
    return tuple(each for each in commands if each.runs_on is RunsOn.NODE or each.architecture in ("", architecture))


def step_text(step: Step, here: System, node: System) -> str:
    """With the name of its system, unless that is known to be the one."""
    known = node if step.runs_on is RunsOn.NODE else here
    named = step.system is not known and _SYSTEM_NAMES.get(step.system)
    return f"{named}: {step.text}" if named else step.text


def where(runs_on: RunsOn, system: System = System.ANY, architecture: str = "") -> str:
    """`on the node, Linux, arm64`; empty for this machine, whatever it runs."""
    parts = ["on the node" if runs_on is RunsOn.NODE else "", _SYSTEM_NAMES.get(system, ""), architecture]
    return ", ".join(part for part in parts if part)


def _fitting(topic: Topic, things: Sequence[_Placed], here: System, node: System) -> tuple[_Placed, ...]:
    """A topic that has nothing for this machine's system is about another one, and is shown whole."""
    everything: tuple[Step | TopicCommand, ...] = (*topic.steps, *topic.commands)
    if not any(thing.runs_on is RunsOn.HERE and thing.system is here for thing in everything):
        here = System.ANY
    known = {RunsOn.HERE: here, RunsOn.NODE: node}
    return tuple(thing for thing in things if thing.system in (System.ANY, known[thing.runs_on] or thing.system))


def _listed(heading: str, texts: Sequence[str], width: int, *, numbered: bool = False) -> list[str]:
    leads = [f"{_INDENT}{number}. " if numbered else f"{_INDENT}- " for number in range(1, len(texts) + 1)]
    return _section(
        heading, (line for lead, text in zip(leads, texts, strict=True) for line in wrapped(text, width, lead))
    )


def _section(heading: str, lines: Iterator[str]) -> list[str]:
    body = list(lines)
    return ["", heading, *body] if body else []


def _command_blocks(
    commands: Sequence[TopicCommand], values: Mapping[str, str], shell: Shell, width: int, known: _Known
) -> Iterator[str]:
    for each in commands:
        is_known = each.system is known[each.runs_on]
        place = where(each.runs_on, System.ANY if is_known else each.system, each.architecture)
        yield from wrapped(f"{each.does} ({place})" if place else each.does, width, _COMMENT, _COMMENT)
        command = offered(each, values, shell)
        if isinstance(command, WithheldCommand):
            yield from wrapped(command.why, width, _COMMENT, _COMMENT)
        elif command.argv:
            yield from folded(command.argv, command.shell, width)
        else:
            yield from wrapped(command.line, width)


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
