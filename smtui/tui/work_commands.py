"""Lists the commands of what smtui does with nodes beside sessions and forwards: ssh, copies, runs, waits."""

from __future__ import annotations

from smtui.tui.command import Command, Scope

WORK_COMMANDS: tuple[Command, ...] = (
    Command(
        "wait",
        "w",
        "Wait until it is ready",
        "asks before it starts an instance",
        "wait",
        Scope.NODES,
        footer="Wait",
        spare=True,
        palette=True,
    ),
    Command("wait.shell", "enter,s", "Start a shell", "once it is ready", "shell", Scope.WAIT, footer="Shell"),
    Command("wait.then", "space", "What comes then", "a shell, or a word", "then", Scope.WAIT, footer="Then"),
    Command("wait.stop", "x", "Give up", "", "stop", Scope.WAIT, footer="Give up"),
    Command("wait.troubleshoot", "t", "Troubleshoot", "", "troubleshoot", Scope.WAIT, footer="Troubleshoot"),
    Command("wait.again", "r", "Wait again", "", "again", Scope.WAIT, footer="Wait again"),
)
