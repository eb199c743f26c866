"""Runs `smtui list`: lists nodes and whether a session can start on them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import no_match, node_query, prepared
from smtui.cli.left_behind import offer
from smtui.cli.options import FILTER, PLACES, check_filter, common_options, settings
from smtui.cli.output import json_object, line, name_topics, problem
from smtui.domain.ages import age
from smtui.domain.node_search import haystack
from smtui.domain.place import Place
from smtui.domain.readiness import readiness, reasons
from smtui.domain.text import cell_width, fit, harmless

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.query.node_query import NodeQuery
    from smtui.engine.fleet import Fleet

FAILED = 1
UNSEEN = 3


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with nodes and problems.")
@click.option("--probe", is_flag=True, help="Also ask for the connection status of every node.")
@click.option("--organisation", is_flag=True, help="Also list the organisation's nodes, as its data sync has them.")
@common_options(FILTER, *PLACES)
@click.pass_context
def list_nodes(ctx: click.Context, as_json: bool, probe: bool, organisation: bool) -> None:
    """List managed nodes and whether a session can start on them."""
    filter_text = settings(ctx).filter_text
    check_filter(filter_text)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            query = await node_query(launcher, filter_text)
            await launcher.fleet.refresh()
            if organisation:
                from smtui.engine.listing.organisation_list import list_organisation

                await list_organisation(launcher)
            nodes = _chosen(launcher.fleet, query)
            if probe:
                await launcher.fleet.probe_nodes(nodes)
                nodes = _chosen(launcher.fleet, query)
            status = _print(launcher.fleet, nodes, query, as_json=as_json)
            await offer(launcher, is_for_programs=as_json)
            return status

    ctx.exit(asyncio.run(run()))


def _chosen(fleet: Fleet, query: NodeQuery) -> list[Node]:
    now = fleet.clock()
    judged = [(readiness(node, now), node) for node in fleet.nodes()]
    found = [(judgement, node) for judgement, node in judged if query.matches(haystack(node, judgement))]
    found.sort(key=lambda pair: (pair[0].badge.rank, pair[1].name.casefold(), pair[1].node_id))
    return [node for _, node in found]


def _print(fleet: Fleet, nodes: Sequence[Node], query: NodeQuery, *, as_json: bool) -> int:
    problems = _problems(fleet)
    now = fleet.clock()
    if as_json:
        listing = {"nodes": [as_dict(node, now) for node in nodes], "problems": problems}
        json_object(listing)
    elif nodes:
        heading, *rows = table(nodes, now)
        line(heading)
        for node, row in zip(nodes, rows, strict=True):
            line(row, dim=not readiness(node, now).confirmed)
    elif len(fleet):
        problem(no_match(fleet, query))
    elif not problems:
        problem("no managed node and no EC2 instance was found.")
    for sentence in problems:
        problem(sentence)
    name_topics(entry.fault for entry in fleet.problems())
    if problems and len(fleet) == 0:
        return FAILED
    return UNSEEN if problems else 0


def _problems(fleet: Fleet) -> list[str]:
    """A sentence for each thing that could not be read; of several places, each says which, by the Region in use."""
    in_use = (replace(entry, place=Place(entry.place.profile, fleet.region(entry.place))) for entry in fleet.problems())
    return [entry.sentence(named=len(fleet.places) > 1) for entry in in_use]


def as_dict(node: Node, now: datetime) -> dict[str, Any]:
    """One node as `list --json` prints it: times are ISO 8601 in UTC, unknown values null or empty."""
    ssm, ec2, fact, listed = node.ssm, node.ec2, node.connection, node.organisation
    judged = readiness(node, now)
    return {
        "id": node.node_id,
        "name": node.name,
        "kind": node.kind.value,
        "badge": judged.badge.word,
        "confirmed": judged.confirmed,
        "reasons": list(reasons(node, now)),
        "platform": node.platform,
        "agent_version": node.agent_version,
        "ping_status": ssm.ping_status.value if ssm else None,
        "last_ping": ssm.last_ping.isoformat() if ssm and ssm.last_ping else None,
        "connection_status": fact.status.value if fact else None,
        "address": node.address,
        "state": node.state or None,
        "instance_type": ec2.instance_type if ec2 else "",
        "vpc": ec2.vpc_id if ec2 else "",
        "subnet": ec2.subnet_id if ec2 else "",
        "zone": ec2.zone if ec2 else "",
        "instance_profile": ec2.instance_profile_arn if ec2 else "",
        "account": node.account,
        "region": node.region,
        "profile": _profile(node),
        "tags": dict(node.tags),
        "source_type": ssm.source_type if ssm else listed.source_type if listed else "",
        "source_location": ssm.source_location if ssm else listed.source_location if listed else "",
        "captured_at": listed.captured_at.isoformat() if listed and listed.captured_at else None,
    }


_HEADINGS = ("STATUS", "NAME", "NODE", "PLATFORM", "AGENT", "ADDRESS", "STATE", "PING")
_PLACE_HEADINGS = ("PROFILE", "ACCOUNT", "REGION")
_WIDEST = 40


def table(nodes: Sequence[Node], now: datetime) -> list[str]:
    """Aligned lines with a heading; cells are cut at 40. Nodes of several places have their place too."""
    wide = len({_place(node) for node in nodes}) > 1
    rows = [
        _HEADINGS + _PLACE_HEADINGS * wide,
        *(_row(node, now) + tuple(_cell(part) for part in _place(node)) * wide for node in nodes),
    ]
    widths = [min(_WIDEST, max(cell_width(row[column]) for row in rows)) for column in range(len(rows[0]))]
    return ["  ".join(fit(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(node: Node, now: datetime) -> tuple[str, ...]:
    badge = readiness(node, now).badge
    ping = age(node.ssm.last_ping, now) if node.ssm and node.ssm.last_ping else "–"
    cells = (node.name, node.node_id, node.platform, node.agent_version, node.address, node.state)
    return (f"{badge.mark} {badge.word}", *(_cell(cell) for cell in cells), ping)


def _place(node: Node) -> tuple[str, str, str]:
    return _profile(node), node.account, node.region


def _profile(node: Node) -> str:
    return "" if node.no_way_in else node.place.profile


def _cell(text: str) -> str:
    return harmless(text) or "–"
