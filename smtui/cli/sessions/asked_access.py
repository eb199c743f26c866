"""Asks for access on the command line, waits for the decision, and says meanwhile how it stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from smtui.cli.output import help_on, problem
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.access_request import asking_complaint
from smtui.domain.text import harmless
from smtui.sessions.access_wait import STILL_ASKED, AccessOrder

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.sessions.access_wait import AccessWait


async def granted(launcher: Launcher, found: FoundTarget, reason: str) -> bool:
    """Return whether access to the node is granted now: by a request of one's own that stands, else by a new one."""
    access = launcher.account_sessions.access
    standing = await access.standing(found.place, found.node_id)
    if standing is not None:
        problem(f"{found.label}: trying your request {standing.request_id}, which is {standing.status.word}.")
        done = await _waited(launcher, access.follow(standing, harmless(found.label)))
        problem(f"{found.label}: {done.sentence(launcher.fleet.clock())}")
        if done.is_open(launcher.fleet.clock()):
            return True
    if complaint := asking_complaint(reason):
        problem(f"{complaint} Give it with --reason.")
        return False
    done = await asked(launcher, found, reason.strip(), waits=True)
    return done.is_open(launcher.fleet.clock())


async def asked(launcher: Launcher, found: FoundTarget, reason: str, *, waits: bool) -> AccessWait:
    """Ask; wait for the decision if that is wanted. Says what came of it on stderr."""
    access = launcher.account_sessions.access
    if way_round := await access.way_round(found.place, found.node_id):
        problem(way_round)
    wait = access.ask(AccessOrder(found.node_id, found.place, harmless(found.label), reason))
    if not waits:
        try:
            await wait.ask_only()
        except AwsCallFailed:
            _tell(launcher, wait)
        else:
            problem(f"{wait.order.label}: asked. smtui connect … --ask-access starts the shell once it is approved.")
        return wait
    done = await _waited(launcher, wait)
    _tell(launcher, done)
    return done


async def _waited(launcher: Launcher, wait: AccessWait) -> AccessWait:
    """Wait for the decision; each change is a line."""
    last = ""

    def report() -> None:
        nonlocal last
        words = wait.trouble or wait.sentence(launcher.fleet.clock())
        if not wait.state.over and words != last:
            problem(f"{wait.order.label}: {words}")
            last = words

    stop = wait.subscribe(report)
    try:
        launcher.jobs.start(wait)
        await launcher.jobs.over(wait)
    except asyncio.CancelledError:
        if wait.request is not None and not wait.status.decided:
            problem(f"{wait.order.label}: {STILL_ASKED} smtui connect … --ask-access goes on with it.")
        raise
    finally:
        stop()
    return wait


def _tell(launcher: Launcher, wait: AccessWait) -> None:
    problem(f"{wait.order.label}: {wait.sentence(launcher.fleet.clock())}")
    help_on(wait.topic, wait.order.node_id, wait.order.place, demo=launcher.setup.demo)
