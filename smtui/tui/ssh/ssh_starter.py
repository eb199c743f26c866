"""Runs ssh to a node on the user's terminal, and asks for user and key where none is known or they did not get in."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import App
from textual.notifications import SeverityLevel

from smtui.domain.fault import AwsCallFailed
from smtui.domain.node import Node, NodeKind
from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.domain.shellquote import Unquotable
from smtui.domain.text import error_words, harmless
from smtui.engine.ssh_access import FAILED, SshNotPossible, too_old
from smtui.ssh.endpoint_choice import EndpointWay, NoWay
from smtui.ssh.ephemeral_key import DEFAULT_USER
from smtui.ssh.ssh_command import SshMeans
from smtui.topics.next_step import after_fault
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.ssh.ssh_form import ENDPOINT, SESSION, SshAnswer
from smtui.tui.ssh.ssh_screen import SshScreen

if TYPE_CHECKING:
    from smtui.domain.outcome import PluginRun
    from smtui.engine.launcher import Launcher
    from smtui.ssh.ssh_command import SshCommand
    from smtui.ssh.ssh_login import SshLogin
    from smtui.tui.desk import Desk
    from smtui.tui.terminal.handover import Handover

_LOOK_SECONDS = 8.0
"""For a way through an endpoint, before the question that the node's status raises."""
_NO_SSH = "ssh is not on PATH: install OpenSSH's client. {key} starts a shell, which needs no ssh."


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
        by_session = SessionRequest(node.node_id, node.place, "AWS-StartSSHSession")
        refusal = self._refusal() or self._launcher.account_sessions.objection(by_session)
        if refusal:
            self._say(refusal, "warning")
            return
        self._is_running = True
        try:
            await self._by_the_way_there_is(node, asks=asks)
        finally:
            self._is_running = False

    def _refusal(self) -> str:
        if self._is_running:
            return "ssh is being started already."
        if self._launcher.setup.read_only:
            return READ_ONLY
        return self._handover.refusal()

    async def _by_the_way_there_is(self, node: Node, *, asks: bool) -> None:
        """Where no session can start, ask about the way through an endpoint, if there is one."""
        objection = too_old(node.name or node.node_id, node.ssm.agent if node.ssm else None)
        way = await self._other_way(node) if objection or self._desk.is_hopeless(node) else None
        if way is not None:
            await self._run(node, asks=True, way=way)
        elif objection:
            self._say(objection, "warning")
        elif await self._desk.wants_start(node):
            await self._run(node, asks=asks)

    async def _other_way(self, node: Node) -> EndpointWay | None:
        if node.kind is not NodeKind.EC2 or node.state != "running":
            return None
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                return await self._launcher.instance_connect.other_way(node.place, node.node_id)
        return None

    async def _run(self, node: Node, *, asks: bool, way: EndpointWay | None = None) -> None:
        ssh = self._launcher.ssh
        remembered = await ssh.login(node.node_id)
        answer = SshAnswer(remembered, through=ENDPOINT if way is not None else SESSION)
        asks, refused = asks or not remembered, ""
        while True:
            if asks:
                shell = self._launcher.setup.shell
                chosen = await self._app.push_screen_wait(SshScreen(node, answer, shell, refused, way))
                if chosen is None:
                    return
                answer = chosen
            refused = await self._tried(node, answer)
            if not refused or self._launcher.closing:
                break
            asks = True
        if not refused:
            self._launcher.place_book.filters.note_used(node.place, node.node_id)
        if not refused and answer.login != remembered:
            await ssh.remember(node.node_id, answer.login)

    async def _tried(self, node: Node, answer: SshAnswer) -> str:
        """Run ssh once; return why it did not get in, or an empty text."""
        async with AsyncExitStack() as stack:
            pushed = await self._pushed_key(stack, node, answer.login) if answer.pushes_key else ""
            login = answer.login if answer.login.user or not pushed else replace(answer.login, user=DEFAULT_USER)
            means = SshMeans(through_endpoint=answer.through_endpoint, pushed_key=pushed)
            return await self._tried_by(node, login, means)

    async def _pushed_key(self, stack: AsyncExitStack, node: Node, login: SshLogin) -> str:
        """The file of a key that the node accepts until `stack` ends; empty where none can be pushed, which is told."""
        keys = self._launcher.instance_connect.key_for_login(node.place, node.node_id, login.user or DEFAULT_USER)
        try:
            return await stack.enter_async_context(keys)
        except NoWay as refused:
            why = str(refused)
        except AwsCallFailed as failed:
            why = f"{failed.fault.sentence()} {after_fault(failed.fault)}"
        self._say(f"No key was pushed. {why} ssh goes on with your own keys.", "warning")
        return ""

    async def _tried_by(self, node: Node, login: SshLogin, means: SshMeans) -> str:
        label = node.name or node.node_id
        try:
            command = await self._launcher.ssh.command(node.node_id, node.place, login, means=means)
            run = await self._on_terminal(command)
        except FileNotFoundError:
            return _NO_SSH.format(key=key_of("shell"))
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
