"""Runs ssh to a node on the user's terminal, and asks for user and key where none is known or they did not get in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App
from textual.notifications import SeverityLevel

from smtui.domain.request import READ_ONLY
from smtui.domain.shellquote import Unquotable
from smtui.domain.text import error_words, harmless
from smtui.engine.ssh_access import FAILED, SshNotPossible, too_old
from smtui.tui.ssh.ssh_screen import SshScreen

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.outcome import PluginRun
    from smtui.engine.launcher import Launcher
    from smtui.ssh.ssh_command import SshCommand
    from smtui.ssh.ssh_login import SshLogin
    from smtui.tui.desk import Desk
    from smtui.tui.terminal.handover import Handover

_NO_SSH = "ssh is not on PATH: install OpenSSH's client. enter starts a shell, which needs no ssh."


class SshStarter:
    """One ssh at a time: there is one terminal to hand over."""

    def __init__(self, app: App[None], launcher: Launcher, handover: Handover, desk: Desk) -> None:
        self._app = app
        self._launcher = launcher
        self._handover = handover
        self._desk = desk
        self._is_running = False

    async def run(self, node: Node, *, asks: bool = False) -> None:
        """Run ssh and stay until it has ended; says what went wrong. `asks`: for user and key in any case."""
        refusal = self._refusal(node)
        if refusal:
            self._say(refusal, "warning")
            return
        self._is_running = True
        try:
            if await self._desk.wants_start(node):
                await self._run(node, asks=asks)
        finally:
            self._is_running = False

    def _refusal(self, node: Node) -> str:
        if self._is_running:
            return "ssh is being started already."
        if self._launcher.setup.read_only:
            return READ_ONLY
        return too_old(node.name or node.node_id, node.ssm.agent if node.ssm else None) or self._handover.refusal()

    async def _run(self, node: Node, *, asks: bool) -> None:
        ssh = self._launcher.ssh
        remembered = login = await ssh.login(node.node_id)
        asks, refused = asks or not login, ""
        while True:
            if asks:
                answer = await self._app.push_screen_wait(SshScreen(node, login, self._launcher.setup.shell, refused))
                if answer is None:
                    return
                login = answer
            refused = await self._tried(node, login)
            if not refused or self._launcher.closing:
                break
            asks = True
        if not refused and login != remembered:
            await ssh.remember(node.node_id, login)

    async def _tried(self, node: Node, login: SshLogin) -> str:
        """Run ssh once; return why it did not get in, or an empty text."""
        label = node.name or node.node_id
        try:
            command = await self._launcher.ssh.command(node.node_id, node.place, login)
            run = await self._on_terminal(command)
        except FileNotFoundError:
            return _NO_SSH
        except (SshNotPossible, Unquotable) as refused:
            return str(refused)
        except Exception as error:
            return f"ssh could not be started: {error_words(error)}."
        if run.exit_status == FAILED and not (run.left or run.escaped or run.stopped):
            return f"ssh to {label} failed: {_last_line(run)}"
        if not self._launcher.closing:
            self._say(_ended(label, run))
        return ""

    async def _on_terminal(self, command: SshCommand) -> PluginRun:
        """Run it on the terminal. What it says of a failure stays in sight until the user has read it."""

        def after(run: PluginRun) -> None:
            if run.exit_status == FAILED and not (run.left or run.escaped or run.stopped):
                self._handover.pause("ssh ended with status 255.", lambda: self._launcher.closing)

        return await self._launcher.sessions.run_program(command.argv, command.environment, self._handover.lend, after)

    def _say(self, sentence: str, severity: SeverityLevel = "information") -> None:
        self._app.notify(harmless(sentence), severity=severity, markup=False)


def _last_line(run: PluginRun) -> str:
    lines = [line.strip() for line in run.tail.splitlines() if line.strip()]
    return lines[-1] if lines else "it gave no reason."


def _ended(label: str, run: PluginRun) -> str:
    status = f" with status {run.exit_status}" if run.exit_status else ""
    return f"ssh on {label} ended{status}."
