"""Puts the commands that install, update, verify and uninstall the official plugin on this system into order."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.shellquote import Shell
from smtui.topics.library import topic
from smtui.topics.machines import Machines, Package, System
from smtui.topics.topic import NO_VALUES, ReadyCommand, ready
from smtui.topics.topic_text import fitting_commands

INSTALL_TOPIC = "install-plugin"
_UNSIGNED = "x86"
"""The architecture whose packages AWS does not sign."""
_INSTALL = "Install it, or update it: the newest replaces an older one"
_PARTS = (
    (("install", "install-signed"), _INSTALL),
    (("homebrew",), "Or with Homebrew, which verifies what it downloads"),
    (("verify",), "See what is installed"),
    (("uninstall",), "Uninstall it"),
)
"""The parts of the topic's commands that make a part of the procedure, and its title."""


@dataclass(frozen=True, slots=True)
class PluginSteps:
    """One part of the procedure."""

    title: str
    commands: tuple[ReadyCommand, ...]
    """In order."""


def plugin_steps(machines: Machines) -> tuple[PluginSteps, ...]:
    """Return the parts for this very machine; nothing if its system, packages or architecture are not known."""
    is_known = machines.here is System.WINDOWS or (
        machines.architecture and (machines.here is System.MACOS or machines.package is not Package.ANY)
    )
    if not is_known:
        return ()
    commands = fitting_commands(topic(INSTALL_TOPIC), machines)
    unfit = "install-signed" if machines.architecture == _UNSIGNED else ""
    parts = []
    for names, title in _PARTS:
        fitting = (command for command in commands if command.part in names and command.part != unfit)
        found = (ready(command, NO_VALUES, machines.shell) for command in fitting)
        if made := tuple(command for command in found if command is not None):
            parts.append(PluginSteps(title, made))
    return tuple(parts)


def install_block(machines: Machines) -> str:
    """Return the commands that install it as one text to paste; empty if there are none.

    In a POSIX shell it stops at the first that fails, so nothing is installed whose signature is not good.
    """
    lines = [
        line
        for part in plugin_steps(machines)
        if part.title == _INSTALL
        for command in part.commands
        for line in command.lines
    ]
    return (" &&\n" if machines.shell is Shell.POSIX else "\n").join(lines)
