"""Runs `smtui wait`: waits until a session can start on a node."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, WholeNumber, common_options, settings
from smtui.cli.output import FAILED, help_on, line, problem, progress, refuse, say_unseen
from smtui.domain.request import STARTS_NOTHING

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.engine.wait_job import Wait, WaitOrder

UNSEEN = 3
LONGEST_SECONDS = 7 * 24 * 3600
_TICK_SECONDS = 1.0


@click.command()
@click.argument("target")
@click.option("--start", is_flag=True, help="Start the instance if it is stopped.")
@click.option(
    "--timeout",
    type=WholeNumber(0, LONGEST_SECONDS),
    default=300,
    show_default=True,
    metavar="S",
    help="Give up after S seconds; with 0 look once.",
)
@common_options(*PLACES)
@click.pass_context
def wait(ctx: click.Context, *, target: str, start: bool, timeout: int) -> None:
    """Wait until a session can start on TARGET: registered, Online and connected.

    What is still missing is reported on stderr meanwhile. Exit status 0: ready. 1: given up, with the doctor's verdict.
    3: Online, but whether it is connected could not be seen.
    """
    if start and settings(ctx).read_only:
        raise click.ClickException(STARTS_NOTHING)

    async def run() -> int:
        from smtui.engine.targets import find_target
        from smtui.engine.wait_job import WaitOrder

        async with prepared(settings(ctx)) as launcher:
            found = await find_target(launcher.fleet, launcher.off_loop, target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            order = WaitOrder(found.node_id, found.place, found.label, start, float(timeout))
            done = await waited(launcher, order)
            return _told(done)

    ctx.exit(asyncio.run(run()))


def _told(done: Wait) -> int:
    """Print that it is ready; returns the exit status. Everything else was printed before."""
    from smtui.engine.waiting import EndKind

    if done.ending is None or done.ending.kind is EndKind.GIVEN_UP:
        return FAILED
    if done.ending.kind is EndKind.UNSURE:
        return UNSEEN
    line(f"{done.order.label} is ready: a session can start now.")
    return 0


async def waited(launcher: Launcher, order: WaitOrder) -> Wait:
    """Wait to the end, report meanwhile what is missing, and afterwards why it was given up."""
    from smtui.engine.wait_job import Wait
    from smtui.engine.waiting import EndKind

    waiting = Wait(launcher, order)
    if order.start and waiting.waiting.is_hybrid:
        problem(f"{order.label} is a hybrid node, which nobody can start from here. Waiting for it all the same.")
    with _reported(waiting, launcher):
        launcher.jobs.start(waiting)
        await launcher.jobs.over(waiting)
    if waiting.ending is not None and waiting.ending.kind is not EndKind.READY:
        problem(f"{order.label}: {waiting.ending.sentence}")
        if waiting.verdict:
            problem(waiting.verdict)
        help_on(waiting.topic, order.node_id, order.place, demo=launcher.setup.demo)
    return waiting


@contextmanager
def _reported(waiting: Wait, launcher: Launcher) -> Iterator[None]:
    """On a terminal one line that is repainted; in a script a line for each change."""
    if sys.stderr.isatty():
        repainting = asyncio.create_task(_repaint(waiting, launcher))
        try:
            yield
        finally:
            repainting.cancel()
            progress("")
        return
    last = ""

    def report() -> None:
        nonlocal last
        words = _words(waiting)
        if waiting.ending is None and words != last:
            problem(words)
            last = words

    stop = waiting.subscribe(report)
    try:
        yield
    finally:
        stop()


def _words(waiting: Wait) -> str:
    now = waiting.waiting
    hint = " (--start starts it)" if now.machine_state == "stopped" and not now.wants_start else ""
    trouble = f". {now.trouble}" if now.trouble else ""
    return f"{waiting.order.label}: {now.phase()}{hint}{trouble}"


async def _repaint(waiting: Wait, launcher: Launcher) -> None:
    from smtui.domain.ages import clock_words
    from smtui.engine.jobs import JobState
    from smtui.engine.wait_job import seconds_left

    while True:
        now = launcher.fleet.clock()
        if waiting.ending is not None and waiting.state is JobState.RUNNING:
            progress(f"{waiting.order.label}: given up, looking for the cause …")
        else:
            progress(f"{_words(waiting)} · gives up in {clock_words(seconds_left(waiting, now))}")
        await asyncio.sleep(_TICK_SECONDS)
