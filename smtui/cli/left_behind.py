"""Reports the sessions that an earlier smtui left open, and offers on a terminal to end them."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from typing import TYPE_CHECKING

import click

from smtui.cli.output import problem

if TYPE_CHECKING:
    from smtui.domain.orphaned_session import OrphanedSession
    from smtui.engine.launcher import Launcher

_YES = {"y", "yes"}
_LONGEST_ANSWER = 1024


async def offer(launcher: Launcher, *, is_for_programs: bool = False) -> None:
    """Ask whether to end sessions left open. A script is not asked: one line on stderr says how."""
    if is_for_programs or not can_ask():
        await _report(launcher)
        return
    from smtui.domain.orphaned_session import FRESH, question

    found = await launcher.orphans.find()
    now = launcher.fleet.clock()
    for sentence in found.sentences:
        problem(sentence)
    for start in found.pending:
        if now - start.asked_at < FRESH:
            problem(start.pending(now))
    if not found.orphans:
        return
    title, lines = question(found.orphans, now)
    for line in lines:
        problem(line)
    if launcher.setup.read_only:
        return
    if await is_yes(launcher, title):
        await _end(launcher, found.orphans)
    else:
        await launcher.orphans.leave(found.orphans)
        for orphan in found.orphans:
            problem(orphan.by_hand())


async def end_or_report(launcher: Launcher, *, may_ask: bool = True) -> None:
    """Like `offer`, for a long-running command: in a script, end those that are certainly ours."""
    if can_ask():
        await offer(launcher, is_for_programs=not may_ask)
        return
    certain = (await launcher.orphans.noted()).sessions
    for orphan in certain:
        problem(f"ending what an earlier smtui left behind: {orphan.label}, session {orphan.session_id}.")
    await _end(launcher, certain)
    await _report(launcher)


async def _end(launcher: Launcher, orphans: tuple[OrphanedSession, ...]) -> None:
    failed = await launcher.orphans.end(orphans)
    for sentence in failed:
        problem(sentence)


async def _report(launcher: Launcher) -> None:
    left = await launcher.orphans.noted()
    number = len(left.sessions) + len(left.starts)
    if number:
        sessions = "a session" if number == 1 else f"{number} sessions"
        problem(f"an earlier smtui left {sessions} behind, or may have: smtui list, on a terminal, offers to end it.")


def can_ask() -> bool:
    """Whether all streams are a terminal, this program is in the foreground, and nothing was typed ahead."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        return False
    if sys.platform == "win32":
        return True
    with contextlib.suppress(OSError):
        in_front = os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
        return in_front and not select.select([sys.stdin], [], [], 0)[0]
    return False


async def is_yes(launcher: Launcher, title: str) -> bool:
    """Ask; return whether the user answers yes. Reads past Python's buffer, because its lock could block the exit."""
    click.echo(f"smtui: {title} [y/N] ", err=True, nl=False)
    try:
        answer = await launcher.off_loop.call(lambda: os.read(sys.stdin.fileno(), _LONGEST_ANSWER))
    except OSError:
        return False
    return answer.decode(errors="replace").strip().casefold() in _YES
