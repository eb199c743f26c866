"""Begins waits for nodes, shows them, and does what comes after."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from smtui.domain.readiness import Badge, readiness
from smtui.domain.request import STARTS_NOTHING
from smtui.domain.text import harmless
from smtui.engine.wait_job import Wait, WaitOrder
from smtui.tui.wait.wait_screen import StartQuestion, WaitScreen, Wish

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.jobs import Job
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

_READY = frozenset({Badge.READY, Badge.LIMITED})
_STARTABLE = frozenset({"stopped", "stopping"})


class Waits:
    """The waits of the screen. They are jobs: they go on while nobody looks."""

    def __init__(self, app: App[Any], launcher: Launcher, desk: Desk) -> None:
        self._app = app
        self._launcher = launcher
        self._desk = desk

    def wait_for(self, node: Node) -> None:
        """Show the wait for this node; begin one if there is none, after a question where its instance is stopped."""
        running = (job for job in self._launcher.active_jobs if isinstance(job, Wait) and _is_for(job, node))
        known = readiness(node, self._launcher.fleet.clock())
        if (job := next(running, None)) is not None:
            self.show(job)
        elif known.badge in _READY and known.confirmed:
            self._app.notify(f"{harmless(node.name or node.node_id)} is ready: a session can start now.", markup=False)
        elif node.ec2 is None or node.ec2.state not in _STARTABLE:
            self._begin(_order(node))
        elif self._launcher.setup.read_only:
            words = f"The instance is {node.ec2.state}. {STARTS_NOTHING}"
            self._app.notify(words, severity="warning", markup=False)
        else:
            self._app.push_screen(StartQuestion(self._launcher, node), partial(self._answered, node))

    def _answered(self, node: Node, start: bool | None) -> None:
        if start:
            self._begin(_order(node, start=True))

    def _begin(self, order: WaitOrder) -> None:
        wait = Wait(self._launcher, order)
        self._launcher.jobs.start(wait)
        self.show(wait)

    def show(self, job: Job) -> None:
        """Show a wait, running or over."""
        assert isinstance(job, Wait), "the caller asks by the kind"  # noqa: S101 - a wrong kind is a bug of ours
        screen = WaitScreen(job, self._launcher, may_start_shell=not self._launcher.setup.read_only)
        self._app.push_screen(screen, partial(self._wished, job))

    def _wished(self, wait: Wait, wish: Wish | None) -> None:
        """Do what the user wants after the wait was shown."""
        node = self._launcher.fleet.node_at(wait.order.place, wait.order.node_id)
        if wish is Wish.AGAIN:
            self._repeat(wait)
        elif wish is Wish.SHELL and node is not None:
            self._app.run_worker(self._desk.start_shell(node), group="session", exit_on_error=False)
        elif wish is Wish.TROUBLESHOOT and node is not None:
            self._desk.troubleshoot(node)

    def _repeat(self, wait: Wait) -> None:
        jobs = self._launcher.jobs
        if wait not in jobs.all:  # forgotten meanwhile
            self._begin(wait.order)
            return
        place = jobs.all.index(wait)
        jobs.repeat(wait)
        self.show(jobs.all[place])


def _order(node: Node, *, start: bool = False) -> WaitOrder:
    return WaitOrder(node.node_id, node.place, node.name or node.node_id, start)


def _is_for(wait: Wait, node: Node) -> bool:
    return (wait.order.node_id, wait.order.place) == (node.node_id, node.place)
