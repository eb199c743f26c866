"""Runs `smtui sessions`: lists the account's sessions, or one of the subcommands about them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from smtui.cli.group import LazyGroup
from smtui.cli.options import group_options, settings

if TYPE_CHECKING:
    from smtui.domain.query.misses import Miss
    from smtui.domain.records.account_session import SessionState
    from smtui.sessions.session_list import SessionList

FAILED = 1
UNSEEN = 3
_SUBCOMMANDS = {
    "access": "smtui.cli.sessions.access:access",
    "audit": "smtui.cli.sessions.session_trail:audit",
    "log": "smtui.cli.sessions.print_log:log",
    "rules": "smtui.cli.sessions.sessions_rules:rules",
    "resume": "smtui.cli.sessions.resume_session:resume",
    "terminate": "smtui.cli.sessions.terminate_sessions:terminate",
}


@click.group(cls=LazyGroup, modules=_SUBCOMMANDS, invoke_without_command=True)
@click.option("--history", is_flag=True, help="The sessions that ended in the last 30 days; AWS keeps no older ones.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with sessions and problems.")
@group_options
@click.pass_context
def sessions(ctx: click.Context, history: bool, as_json: bool) -> None:
    """List who is on which node, and why; the past with --history.

    Terms of --filter may name a field: status:active who:ana node:web kind:port reason:CHG; -word leaves out.
    """
    if ctx.invoked_subcommand is not None:
        if history or as_json:
            raise click.UsageError("--history and --json are for the list, not for its subcommands.", ctx)
        return
    from smtui.cli.launcher_context import prepared
    from smtui.domain.records.account_session import SessionState

    state = SessionState.HISTORY if history else SessionState.ACTIVE

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            listed = launcher.account_sessions.list
            await listed.refresh(state)
            await listed.read_names(state)
            return _print(listed, state, settings(ctx).filter_text, as_json=as_json)

    ctx.exit(asyncio.run(run()))


def _why(miss: Miss | None) -> tuple[str, ...]:
    """Name the term that no session has, and a word near it."""
    if miss is None:
        return ()
    return (f"None has {miss.term}{f'; {miss.near} does match' if miss.near else ''}.",)


def _print(listed: SessionList, state: SessionState, filter_text: str, *, as_json: bool) -> int:
    from smtui.cli.output import json_object, lines, name_topics, problem
    from smtui.cli.sessions.session_lines import as_dict, table
    from smtui.engine.fleet import utc_now
    from smtui.sessions.session_query import SessionQuery, find_session_miss, searchable

    query, now, everything = SessionQuery.parse(filter_text), utc_now(), listed.sessions(state)
    chosen = [
        each
        for each in everything
        if query.matches(searchable(each, listed.node_name(each), mine=listed.is_mine(each)))
    ]
    problems = listed.problems(state)
    if as_json:
        json_object({"sessions": [as_dict(each, listed, now) for each in chosen], "problems": list(problems)})
    elif chosen:
        lines(table(chosen, listed, now))
    elif everything:
        sought = (searchable(each, listed.node_name(each), mine=listed.is_mine(each)) for each in everything)
        problem(" ".join(("no session matches.", *_why(find_session_miss(query, sought)))))
    elif not problems:
        problem("no session ended in the last 30 days." if state.value == "History" else "no session is active.")
    for sentence in problems:
        problem(sentence)
    name_topics(listed.faults(state))
    if problems and not everything:
        return FAILED
    return UNSEEN if problems else 0
