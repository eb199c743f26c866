"""The first rows of a list are kept apart, in the order in which the next start draws them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtui.domain import stored_list
from smtui.domain.node import PingStatus
from smtui.domain.place import Caller, Place
from smtui.domain.roster import Roster, Snapshot
from smtui.domain.stored_list import Part, split
from smtui.tui.nodes.node_rows import NodeRows
from tests.domain.build import NOW, ec2_facts, ssm_facts

HERE = Place()
ME = Caller("111122223333", "arn", "AIDA", "eu-west-1")


def snapshot_of(count: int) -> Snapshot:
    """Every second node is offline; every tenth is in EC2's list alone."""
    ids = [f"i-{(number * 7919) % 10_007:017x}" for number in range(count)]
    lost = {"ping_status": PingStatus.CONNECTION_LOST}
    ssm = [ssm_facts(each, **(lost if at % 2 else {}), seen_at=NOW) for at, each in enumerate(ids) if at % 10]
    ec2 = [ec2_facts(each, name=f"web-{at % 100}", seen_at=NOW) for at, each in enumerate(ids)]
    return Snapshot(ME, NOW, tuple(ssm), tuple(ec2))


def joined(*parts: Part) -> tuple[set[object], set[object]]:
    return {str(each) for part in parts for each in part.ssm}, {str(each) for part in parts for each in part.ec2}


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 1300])
def test_the_parts_are_the_whole(count: int) -> None:
    whole = snapshot_of(count)
    head, rest = split(whole, HERE)
    parts = [head.first, *rest]
    assert joined(*parts) == joined(Part(whole.ssm, whole.ec2))
    assert sum(len(part.node_ids()) for part in parts) == head.nodes == count, "no node is in two parts"


def test_the_first_part_is_what_the_list_shows_first() -> None:
    whole = snapshot_of(450)
    rows = NodeRows(lambda: NOW)
    head, rest = split(whole, HERE)
    roster = Roster(HERE)
    roster.restore(head)
    for part in rest:
        roster.restore_part(part)
    roster.end_restoring()
    for node in roster.nodes():
        rows.put(node)
    rows.settle()
    assert {row.key.node_id for row in rows.view[: stored_list.FIRST_ROWS]} == set(head.first.node_ids())


def test_no_column_changes_its_width_when_the_rest_comes() -> None:
    whole = snapshot_of(450)
    *most, last = whole.ec2
    wide = replace(last, name="a-name-that-is-longer-than-all-others", zone="eu-west-1-atl-1a", tags={"k": "v" * 50})
    head, rest = split(replace(whole, ec2=(*most, wide)), HERE)
    assert wide.node_id not in head.first.node_ids()
    roster, rows = Roster(HERE), NodeRows(lambda: NOW)
    roster.restore(head)
    for node in roster.nodes():
        rows.put(node)
    rows.measure(roster.widest())
    rows.settle()
    before = rows.extent
    for part in rest:
        roster.restore_part(part)
    roster.end_restoring()
    for node in roster.nodes():
        rows.put(node)
    rows.settle()
    assert len(rows) == 450
    assert rows.extent == before
