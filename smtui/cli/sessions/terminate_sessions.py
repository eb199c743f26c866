"""Runs `smtui sessions terminate`: ends sessions by their ids, after a question that names them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import can_ask, is_yes
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import line, name_topics, problem
from smtui.cli.sessions.found_sessions import find
from smtui.sessions.session_list import OWN_ONLY, TERMINATES_NOTHING
from smtui.sessions.session_words import how_long, shared_words

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.records.account_session import AccountSession
    from smtui.sessions.session_list import SessionList

FAILED = 1


@click.command()
@click.argument("session_ids", metavar="ID…", nargs=-1, required=True)
@click.option("--yes", "is_agreed", is_flag=True, help="Do not ask.")
@common_options(*PLACES)
@click.pass_context
def terminate(ctx: click.Context, session_ids: tuple[str, ...], is_agreed: bool) -> None:
    """Terminate sessions; what runs in them ends with them.

    On a terminal it names them and asks. Exit status 1: one of them goes on, or is not known.
    """
    if settings(ctx).read_only:
        raise click.ClickException(TERMINATES_NOTHING)
    if not is_agreed and not can_ask():
        raise click.UsageError("Nobody can be asked here: --yes terminates without a question.", ctx)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            listed = launcher.account_sessions.list
            found = await find(listed, launcher.fleet.places, session_ids)
            if not found.sessions:
                return FAILED
            if not is_agreed:
                now = launcher.fleet.clock()
                title = _question(found.sessions, listed, now)
                if not await is_yes(launcher, title):
                    problem("nothing was terminated.")
                    return FAILED
            done = await listed.terminate(found.sessions)
            for result in done:
                say = line if result.ok else problem
                say(f"{result.sentence} ({result.session.session_id})")
            name_topics(result.fault for result in done if result.fault is not None)
            return 0 if found.is_complete and all(result.ok for result in done) else FAILED

    ctx.exit(asyncio.run(run()))


def _question(sessions: Sequence[AccountSession], listed: SessionList, now: datetime) -> str:
    """The question; before it, a line for each session if there are several, and what is worth knowing."""
    told = [
        " · ".join(filter(None, (listed.named(each), how_long(each, now), each.reason, each.session_id)))
        for each in sessions
    ]
    for each in told:
        problem(each)
    which = "it" if len(told) == 1 else f"these {len(told)} sessions"
    for sentence in shared_words(each for each in sessions if listed.is_mine(each)):
        problem(sentence)
    if any(listed.is_mine(each) is False for each in sessions):
        problem(OWN_ONLY)
    return f"Terminate {which}? What runs in {'it' if len(told) == 1 else 'them'} ends, too."
