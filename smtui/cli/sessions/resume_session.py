"""Runs `smtui sessions resume`: goes on with a shell of one's own in this terminal."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import can_ask, is_yes
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import help_on, problem
from smtui.cli.sessions.found_sessions import find
from smtui.domain.request import SessionRequest
from smtui.recording.not_recorded import NotRecorded
from smtui.sessions.resuming import IN_USE, RESUMES_NOTHING, is_in_use
from smtui.sessions.session_end import end_reminder

if TYPE_CHECKING:
    from smtui.domain.records.account_session import AccountSession
    from smtui.engine.launcher import Launcher

FAILED = 1


@click.command()
@click.argument("session_id", metavar="ID")
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask, even if another program is connected to it.")
@common_options(*PLACES)
@click.pass_context
def resume(ctx: click.Context, session_id: str, is_agreed: bool) -> None:
    """Go on with a shell of yours in this terminal; it ends when you leave it.

    What it showed before is not shown again. A session that a key encrypts cannot be resumed.
    """
    if settings(ctx).read_only:
        raise click.ClickException(RESUMES_NOTHING)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            sessions = launcher.account_sessions
            found = await find(sessions.list, launcher.fleet.places, (session_id,))
            if not found.sessions:
                return FAILED
            [session] = found.sessions
            label = sessions.list.node_name(session) or session.target or session.session_id
            refusal = await sessions.resuming.refusal(session, mine=sessions.list.is_mine(session))
            if refusal:
                problem(f"{sessions.list.named(session)} is not resumed. {refusal}")
                return FAILED
            if is_in_use(session) and not is_agreed:
                if not can_ask():
                    problem(f"{IN_USE} Nobody can be asked here: --yes resumes it without a question.")
                    return FAILED
                problem(IN_USE)
                if not await is_yes(launcher, f"Resume {sessions.list.named(session)}?"):
                    problem("nothing was resumed.")
                    return FAILED
            return await _go_on(launcher, session, label)

    ctx.exit(asyncio.run(run()))


async def _go_on(launcher: Launcher, session: AccountSession, label: str) -> int:
    recorder = None
    try:
        if recorder := await launcher.recorder(label):
            problem(recorder.announcement())
    except NotRecorded as refused:
        problem(f"This session is not recorded: {refused}")
    sessions, started = launcher.account_sessions, session.started_at
    reminder = end_reminder(
        SessionRequest(session.target, session.place, session.document_name),
        sessions.rules.limits,
        minute=launcher.setup.minute,
        elapsed=(launcher.fleet.clock() - started).total_seconds() if started is not None else 0.0,
    )
    call = partial(sessions.resuming.resume, session)
    result = await launcher.sessions.resume(session, label, nullcontext, call, recorder=recorder, reminder=reminder)
    if result.recording:
        problem(result.recording)
    if result.failure is not None:
        for text in result.failure.details().splitlines():
            problem(text)
        help_on(result.failure.topic, session.target, session.place, demo=launcher.setup.demo)
    return result.exit_status
