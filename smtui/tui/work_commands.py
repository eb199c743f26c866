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
    Command("ssh", "x", "SSH to it", "asks user and key once a node", "ssh", Scope.NODES, palette=True),
    Command("ssh-login", "", "SSH with another user or key", "", "ssh_login", Scope.NODES, palette=True),
    Command(
        "run",
        "!",
        "Run a command",
        "on the marked nodes, else on this one",
        "run",
        Scope.NODES,
        spare=True,
        palette=True,
    ),
    Command("mark", "space", "Mark", "and go down", "mark", Scope.NODES, footer="Mark", spare=True, palette=True),
    Command("mark-all", "*", "Mark all that are shown", "again: none", "mark_all", Scope.NODES, palette=True),
    Command(
        "run-form.way", "ctrl+r", "The other way", "by sessions, or by Run Command", "other_way", Scope.RUN_FORM,
        footer="Other way",
    ),
    Command(
        "run.output", "enter", "Whole output", "or open a row of alike nodes", "output", Scope.RUN,
        footer="Whole output", palette=True,
    ),
    Command("run.alike", "=", "Fold what is alike", "or list each node", "alike", Scope.RUN, footer="Alike",
            palette=True),
    Command("run.find", "/", "Find", "in the output of all nodes", "find", Scope.RUN, footer="Find", palette=True),
    Command("run.next", "n", "Next", "node that failed, or that has what is sought", "next", Scope.RUN, footer="Next",
            palette=True),
    Command("run.failed", "r", "Run again where it failed", "", "run_failed", Scope.RUN, footer="Run failed again",
            spare=True, palette=True),
    Command("run.stop", "x", "Stop", "all that still runs", "stop", Scope.RUN, footer="Stop", palette=True),
    Command("run.save", "w", "Save the output", "readable only by you", "save", Scope.RUN, footer="Save", spare=True,
            palette=True),
    Command("run.troubleshoot", "t", "Troubleshoot", "the node under the cursor", "troubleshoot", Scope.RUN,
            footer="Troubleshoot", spare=True, palette=True),
    Command("run.by-run-command", "ctrl+r", "By Run Command", "which goes on without smtui", "by_run_command",
            Scope.RUN, palette=True),
    Command("run.find-done", "enter,down", "To the nodes", "with what is sought", "keep", Scope.RUN_FIND,
            footer="To the nodes"),
    Command("run.find-clear", "escape", "Clear", "then leave it", "clear_or_leave", Scope.RUN_FIND, footer="Clear"),
)  # fmt: skip
