"""Begins waits for nodes, shows them, and does what comes after."""

from __future__ import annotations

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

    async def wait_for(self, node: Node) -> None:
        """Show the wait for this node, and begin one if there is none. Await it in a worker: it asks."""
        running = next(
            (job for job in self._launcher.active_jobs if isinstance(job, Wait) and _is_for(job, node)), None
        )
        if running is not None:
            await self._follow(running)
            return
        known = readiness(node, self._launcher.fleet.clock())
        if known.badge in _READY and known.confirmed:
            self._app.notify(f"{harmless(node.name or node.node_id)} is ready: a session can start now.", markup=False)
            return
        start = False
        if node.ec2 is not None and node.ec2.state in _STARTABLE:
            if self._launcher.setup.read_only:
                words = f"The instance is {node.ec2.state}. {STARTS_NOTHING}"
                self._app.notify(words, severity="warning", markup=False)
                return
            start = await self._app.push_screen_wait(StartQuestion(self._launcher, node))
            if not start:
                return
        await self._begin(WaitOrder(node.node_id, node.place, node.name or node.node_id, start))

    def show(self, job: Job) -> None:
        """Show a wait, running or over."""
        assert isinstance(job, Wait), "the caller asks by the kind"  # noqa: S101 - a wrong kind is a bug of ours
        self._app.run_worker(self._follow(job), group="wait", exit_on_error=False)

    async def _begin(self, order: WaitOrder) -> None:
        wait = Wait(self._launcher, order)
        self._launcher.jobs.start(wait)
        await self._follow(wait)

    async def _follow(self, wait: Wait) -> None:
        screen = WaitScreen(wait, self._launcher, may_start_shell=not self._launcher.setup.read_only)
        wish = await self._app.push_screen_wait(screen)
        node = self._launcher.fleet.node_at(wait.order.place, wait.order.node_id)
        if wish is Wish.AGAIN:
            await self._repeat(wait)
        elif node is None:
            return
        elif wish is Wish.SHELL:
            await self._desk.start_shell(node)
        elif wish is Wish.TROUBLESHOOT:
            self._desk.troubleshoot(node)

    async def _repeat(self, wait: Wait) -> None:
        jobs = self._launcher.jobs
        place = jobs.all.index(wait) if wait in jobs.all else None
        if place is None:
            await self._begin(wait.order)
            return
        jobs.repeat(wait)
        again = jobs.all[place]
        if isinstance(again, Wait):
            await self._follow(again)


def _is_for(wait: Wait, node: Node) -> bool:
    return (wait.order.node_id, wait.order.place) == (node.node_id, node.place)
