"""A topic in plain lines, as the command line prints it and a pane may show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from smtui.domain.shellquote import Shell, Unquotable
from smtui.domain.text import cell_width, harmless, harmless_lines
from smtui.domain.topic import (
    ReadyCommand,
    RunsOn,
    Step,
    System,
    Topic,
    TopicCommand,
    WithheldCommand,
    not_known,
    offered,
    placeholders,
    terraform_ready,
)
from smtui.domain.wrapping import folded, wrapped

_Placed = TypeVar("_Placed", Step, TopicCommand)
_SYSTEM_NAMES = {System.LINUX: "Linux", System.WINDOWS: "Windows", System.MACOS: "macOS"}
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
    """The whole topic, every line harmless and at most `width` cells (at least 20).

    `shell`, `system` and `architecture` are this machine's, `node_system` is the node's; what is known of them leaves
    out what is for others.
    """
    steps = fitting_steps(topic, system, node_system)
    commands = fitting_commands(topic, system, architecture, node_system)
    lines = wrapped(topic.title, width)
    lines += _listed("Signs", topic.symptoms, width)
    lines += _listed("Causes, the likeliest first", topic.causes, width, numbered=True)
    lines += _listed("What to do", [_step_text(step) for step in steps], width, numbered=True)
    lines += _section("Commands", _command_blocks([offered(each, values, shell) for each in commands], width))
    lines += _section("Terraform", _terraform(topic, values, width))
    lines += _section("Read more", _links(topic, width))
    return tuple(lines)


def fitting_steps(topic: Topic, system: System, node_system: System) -> tuple[Step, ...]:
    """The steps of these systems first; those of others only where nothing is left without them."""
    return _fitting(topic.steps, system, node_system)


def fitting_commands(topic: Topic, system: System, architecture: str, node_system: System) -> tuple[TopicCommand, ...]:
    """The commands of these systems and this architecture; others only where nothing is left without them."""
    commands = _fitting(topic.commands, system, node_system)
    if not architecture:
        return commands
    return tuple(each for each in commands if each.architecture in ("", architecture)) or commands


def where(runs_on: RunsOn, system: System) -> str:
    """`on the node, Linux`; empty for this machine, whatever it runs."""
    parts = ["on the node"] if runs_on is RunsOn.NODE else []
    return ", ".join([*parts, *([_SYSTEM_NAMES[system]] if system else [])])


def _fitting(things: Sequence[_Placed], here: System, node: System) -> tuple[_Placed, ...]:
    fitting = [thing for thing in things if _fits(thing, here, node)]
    own = [thing for thing in fitting if thing.system]
    if not own and any(thing.system for thing in things):
        return tuple(things)
    return tuple(fitting)


def _fits(thing: Step | TopicCommand, here: System, node: System) -> bool:
    known = node if thing.runs_on is RunsOn.NODE else here
    return not thing.system or not known or thing.system is known


def _step_text(step: Step) -> str:
    return f"{_SYSTEM_NAMES[step.system]}: {step.text}" if step.system else step.text


def _listed(heading: str, texts: Sequence[str], width: int, *, numbered: bool = False) -> list[str]:
    leads = [f"{_INDENT}{number}. " if numbered else f"{_INDENT}- " for number in range(1, len(texts) + 1)]
    return _section(
        heading, (line for lead, text in zip(leads, texts, strict=True) for line in wrapped(text, width, lead))
    )


def _section(heading: str, lines: Iterator[str]) -> list[str]:
    body = list(lines)
    return ["", heading, *body] if body else []


def _command_blocks(commands: Sequence[ReadyCommand | WithheldCommand], width: int) -> Iterator[str]:
    for command in commands:
        place = where(command.runs_on, command.system)
        yield from wrapped(f"{command.does} ({place})" if place else command.does, width, _COMMENT)
        if isinstance(command, WithheldCommand):
            yield from wrapped(command.why, width, _COMMENT)
        elif command.argv:
            yield from folded(command.argv, command.shell, width)
        else:
            yield from wrapped(command.line, width)


def _terraform(topic: Topic, values: Mapping[str, str], width: int) -> Iterator[str]:
    if not topic.terraform:
        return
    try:
        text = terraform_ready(topic, values)
    except Unquotable as unquotable:
        yield from wrapped(f"Not shown: {unquotable}.", width, _COMMENT)
        return
    if not text:
        names = tuple(name for name in placeholders(topic.terraform) if not values.get(name))
        yield from wrapped(not_known(names), width, _COMMENT)
        return
    for line in harmless_lines(text.strip()):
        indent = line[: len(line) - len(line.lstrip())]
        yield from [line] if cell_width(line) <= width else wrapped(line, width, indent)


def _links(topic: Topic, width: int) -> Iterator[str]:
    for link in topic.links:
        yield from wrapped(link.title, width, _INDENT)
        yield from wrapped(harmless(link.url), width, _INDENT)
