"""Runs `smtui sessions log`: prints what a session showed, follows it, or prints where its log is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import line, lines, name_topics, problem
from smtui.cli.sessions.found_sessions import find
from smtui.domain.fault import AwsCallFailed
from smtui.sessions.log_reading import FOLLOW_SECONDS, LogNotOpened
from smtui.sessions.log_source import NoSuchLog

if TYPE_CHECKING:
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.records.session_log import Whereabouts
    from smtui.engine.launcher import Launcher
    from smtui.sessions.log_reading import OpenLog

FAILED = 1
UNSEEN = 3


@click.command("log")
@click.argument("session_id", metavar="ID")
@click.option("--follow", is_flag=True, help="Go on while the session runs; for logs that CloudWatch streams.")
@click.option("--link", is_flag=True, help="Print the pages of the log in the AWS console, and read nothing.")
@common_options(*PLACES)
@click.pass_context
def log(ctx: click.Context, session_id: str, follow: bool, link: bool) -> None:
    """Print what a session showed, from the account's log of it.

    Where it is depends on the account's preferences when the session started. Colours and other sequences are taken
    out. Port forwards and SSH are never logged.
    """

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            found = await find(launcher.account_sessions.list, launcher.fleet.places, [session_id])
            if not found.sessions:
                return FAILED
            session = found.sessions[0]
            where = await launcher.account_sessions.logs.where(session)
            for sentence in (*((where.why,) if where.why else ()), *where.notes):
                problem(sentence)
            name_topics(where.faults)
            if link:
                return _print_links(launcher, session, where)
            return await _print_log(launcher, session, where, follow=follow) if where.places else FAILED

    ctx.exit(asyncio.run(run()))


def _print_links(launcher: Launcher, session: AccountSession, where: Whereabouts) -> int:
    links = launcher.account_sessions.logs.links(session, where)
    lines(links)
    if not links and where.places:
        problem("the console of this Region is not known.")
        lines(place.address for place in where.places)
    return 0 if links else FAILED


async def _print_log(launcher: Launcher, session: AccountSession, where: Whereabouts, *, follow: bool) -> int:
    try:
        opened = await launcher.account_sessions.logs.open(session, where)
    except LogNotOpened as failed:
        for sentence in failed.sentences:
            problem(sentence)
        name_topics(failed.faults)
        return FAILED
    for note in opened.notes:
        problem(note)
    problem(f"{opened.place.address}:")
    if follow and not opened.place.is_live:
        problem("this log does not grow: it was written as a whole.")
    try:
        await _print_all(launcher, session, opened, follow=follow and opened.place.is_live)
    except AwsCallFailed as failed:
        problem(f"{failed.fault.sentence()} The log goes on from here.")
        name_topics([failed.fault])
        return FAILED
    except NoSuchLog:
        problem("the log was deleted while it was read.")
        return FAILED
    return UNSEEN if opened.notes or where.faults else 0


async def _print_all(launcher: Launcher, session: AccountSession, opened: OpenLog, *, follow: bool) -> None:
    """Print part by part. A part that brings nothing new is the end, unless the session goes on."""
    parts, last_look = opened.later_parts(), False
    while True:
        part = await launcher.off_loop.call(lambda: next(parts, None))
        if part is None:
            return
        for each in part.lines:
            line(each.text)
        if part.lines or not part.at_end:
            continue
        if not follow or last_look:
            return
        last_look = not await _goes_on(launcher, session)
        await asyncio.sleep(0 if last_look else FOLLOW_SECONDS)


async def _goes_on(launcher: Launcher, session: AccountSession) -> bool:
    """Whether the session is active; where that may not be seen, it is taken to be."""
    aws = launcher.fleet.aws(session.place)
    try:
        return bool(await launcher.off_loop.call(lambda: aws.active_sessions(session_id=session.session_id)))
    except AwsCallFailed:
        return True
