"""Runs `smtui sessions resume`: goes on with a shell of one's own in this terminal."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from functools import partial

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import can_ask, is_yes
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import help_on, problem
from smtui.cli.sessions.found_sessions import find
from smtui.sessions.resuming import IN_USE, RESUMES_NOTHING, is_in_use

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
                    return FAILED
            call = partial(sessions.resuming.resume, session)
            result = await launcher.sessions.resume(session, label, nullcontext, call)
            if result.failure is not None:
                for text in result.failure.details().splitlines():
                    problem(text)
                help_on(result.failure.topic, session.target, session.place, demo=launcher.setup.demo)
            return result.exit_status

    ctx.exit(asyncio.run(run()))
