"""Runs `smtui sessions access`: just-in-time access to nodes: ask for it, list requests, approve and reject them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import FAILED, line, lines, name_topics, problem, refuse, say_unseen
from smtui.cli.upkeep.helpful_group import HelpfulGroup
from smtui.domain.records.access_request import READ_ONLY_ACCESS, asking_complaint, comment_complaint, id_complaint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from smtui.domain.place import Place
    from smtui.domain.records.access_request import AccessRequest
    from smtui.engine.launcher import Launcher
    from smtui.sessions.access_requests import AccessRequests, RequestLists

UNSEEN = 3
_COLUMNS = ("STATUS", "WHO", "NODE", "ASKED", "REASON", "REQUEST")


@click.group(cls=HelpfulGroup)
def access() -> None:
    """Just-in-time access to nodes, where the account uses it."""


@access.command()
@click.argument("target")
@click.option("--reason", required=True, metavar="TEXT", help="What the approvers read, 1 to 256 characters.")
@click.option("--wait", "waits", is_flag=True, help="Wait for the decision.")
@common_options(*PLACES)
@click.pass_context
def ask(ctx: click.Context, *, target: str, reason: str, waits: bool) -> None:
    """Ask for access to TARGET; prints the request's id.

    smtui connect TARGET --ask-access starts the shell once it is approved. Exit status 1: not asked, or with --wait not
    approved.
    """
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY_ACCESS)
    if complaint := asking_complaint(reason):
        raise click.UsageError(complaint, ctx)

    async def run() -> int:
        from smtui.cli.sessions.asked_access import asked
        from smtui.engine.targets import find_target

        async with prepared(settings(ctx)) as launcher:
            found = await find_target(launcher.fleet, launcher.off_loop, target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            done = await asked(launcher, found, reason.strip(), waits=waits)
            if done.request is None:
                return FAILED
            line(done.request.request_id)
            return 0 if done.credentials is not None or (not waits and done.fault is None) else FAILED

    ctx.exit(asyncio.run(run()))


@access.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with requests and problems.")
@common_options(*PLACES)
@click.pass_context
def list_requests(ctx: click.Context, as_json: bool) -> None:
    """List the requests that wait for your decision, then your own ones.

    Exit status 3: some could not be seen.
    """

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            requests = launcher.account_sessions.access
            found = [(place, await requests.lists(place)) for place in launcher.fleet.places]
            return _print(launcher, found, as_json=as_json)

    ctx.exit(asyncio.run(run()))


@access.command()
@click.argument("request_id", metavar="ID")
@click.option("--comment", default="", metavar="TEXT", help="A comment for the record, up to 512 characters.")
@common_options(*PLACES)
@click.pass_context
def approve(ctx: click.Context, request_id: str, comment: str) -> None:
    """Approve the request of this id."""
    _decide(ctx, request_id, comment, approves=True)


@access.command()
@click.argument("request_id", metavar="ID")
@click.option("--comment", default="", metavar="TEXT", help="A comment for the record, up to 512 characters.")
@common_options(*PLACES)
@click.pass_context
def reject(ctx: click.Context, request_id: str, comment: str) -> None:
    """Reject the request of this id."""
    _decide(ctx, request_id, comment, approves=False)


def _decide(ctx: click.Context, request_id: str, comment: str, *, approves: bool) -> None:
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY_ACCESS)
    if complaint := id_complaint(request_id) or comment_complaint(comment):
        raise click.UsageError(complaint, ctx)

    async def run() -> int:
        from smtui.domain.fault import AwsCallFailed
        from smtui.sessions.access_requests import AccessRefused

        async with prepared(settings(ctx)) as launcher:
            requests = launcher.account_sessions.access
            try:
                request = await _found(requests, launcher.fleet.places, request_id)
                await requests.decide(request, approve=approves, comment=comment)
            except AccessRefused as refused:
                problem(str(refused))
                return FAILED
            except AwsCallFailed as failed:
                problem(f"Nothing was changed. {failed.fault.sentence()}")
                name_topics([failed.fault])
                return FAILED
            node = request.node_id or "a node"
            line(f"{request_id} is {'approved' if approves else 'rejected'}: {request.who or 'somebody'} on {node}.")
            return 0

    ctx.exit(asyncio.run(run()))


async def _found(requests: AccessRequests, places: tuple[Place, ...], request_id: str) -> AccessRequest:
    """The request, from the first place that knows it; raises `AwsCallFailed` of the last place."""
    from smtui.domain.fault import AwsCallFailed

    for place in places[:-1]:
        try:
            return await requests.find(place, request_id)
        except AwsCallFailed:
            continue
    return await requests.find(places[-1], request_id)


def _print(launcher: Launcher, found: list[tuple[Place, RequestLists]], *, as_json: bool) -> int:
    now = launcher.fleet.clock()
    faults = [fault for _, lists in found for fault in lists.faults]
    problems = [fault.sentence() for fault in faults]
    if as_json:
        from smtui.cli.output import json_object

        given = [entry for _, lists in found for entry in _entries(lists)]
        json_object({"requests": given, "problems": problems})
    else:
        rows = [row for _, lists in found for row in _rows(lists, now)]
        if rows:
            widths = [max(len(row[index]) for row in (_COLUMNS, *rows)) for index in range(len(_COLUMNS))]
            lines("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
                  for row in (_COLUMNS, *rows))  # fmt: skip
        elif not problems:
            problem("no requests for access.")
    for sentence in problems:
        problem(sentence)
    name_topics(faults)
    return UNSEEN if problems else 0


def _rows(lists: RequestLists, now: datetime) -> Iterator[tuple[str, ...]]:
    from smtui.domain.ages import age
    from smtui.domain.text import harmless

    for found, is_mine in ((lists.to_decide, False), (lists.mine, True)):
        for each in found:
            node = lists.names.get(each.node_id) or each.node_id or "not known"
            who = "you" if is_mine else each.who or "not known"
            asked_at = age(each.asked_at, now) if each.asked_at is not None else ""
            status = each.status.word if is_mine else "for you"
            yield tuple(harmless(cell) for cell in (status, who, node, asked_at, each.reason, each.request_id))


def _entries(lists: RequestLists) -> Iterator[dict[str, Any]]:
    for found, is_mine in ((lists.to_decide, False), (lists.mine, True)):
        for each in found:
            yield {
                "id": each.request_id,
                "status": each.status.word,
                "node": each.node_id,
                "name": lists.names.get(each.node_id, ""),
                "requester": each.requester,
                "mine": is_mine,
                "for_my_decision": not is_mine,
                "approvers": list(each.approvers),
                "reason": each.reason,
                "asked_at": each.asked_at.isoformat() if each.asked_at is not None else None,
                "profile": each.place.profile,
                "region": each.place.region,
            }
