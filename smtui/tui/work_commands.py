"""Lists the commands of what smtui does with nodes beside sessions and forwards: ssh, copies, runs, waits."""

from __future__ import annotations

from smtui.tui.command import Command

WORK_COMMANDS: tuple[Command, ...] = ()
