"""The list's bookkeeping: order, filter, and a cursor that stays with its node."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.node import Node, Sighting
from smtui.domain.place import Place
from smtui.engine.fleet import NodeKey
from smtui.tui.nodes.node_columns import AGENT, BADGE, MEASURED, NAME, PING, Column
from smtui.tui.nodes.node_rows import NodeRows, Sort
from tests.domain.build import NOW, ago, ec2_facts, node, not_connected, ssm_facts


def named(name: str, **given: object) -> Node:
    node_id = f"i-{abs(hash(name)):017x}"[:19]
    facts = {"node_id": node_id, "ssm": ssm_facts(node_id), "ec2": ec2_facts(node_id, name=name), **given}
    return node(**facts)


def rows_of(*nodes: Node) -> NodeRows:
    rows = NodeRows(lambda: NOW)
    for one in nodes:
        rows.put(one)
    rows.settle()
    return rows


def shown(rows: NodeRows) -> list[str]:
    return [row.node.name for row in rows.view]


def key(one: Node) -> NodeKey:
    return NodeKey(one.place, one.node_id)


WEB_1, WEB_2, WEB_10, DB = named("web-1"), named("web-2"), named("web-10"), named("db")


def test_names_sort_by_their_numbers() -> None:
    assert shown(rows_of(WEB_10, WEB_2, DB, WEB_1)) == ["db", "web-1", "web-2", "web-10"]


def test_what_is_ready_comes_first() -> None:
    assert shown(rows_of(named("a", ssm=None, ssm_side=Sighting.ABSENT), named("b"))) == ["b", "a"]


def test_a_node_without_a_name_comes_last() -> None:
    assert shown(rows_of(named(""), WEB_1)) == ["web-1", ""]


def test_a_node_that_two_profiles_see_stands_in_the_same_order_whichever_answered_first() -> None:
    dev, ops = (replace(WEB_1, place=Place(profile, "eu-west-1")) for profile in ("dev", "ops"))
    for arrived in ((dev, ops), (ops, dev)):
        assert [row.node.place.profile for row in rows_of(*arrived).view] == ["dev", "ops"]


def test_an_untouched_cursor_stays_at_the_top() -> None:
    rows = rows_of(WEB_2)
    rows.put(DB)
    rows.settle()
    assert rows.cursor == 0
    assert shown(rows)[0] == "db"


def test_a_chosen_cursor_stays_with_its_node_when_others_arrive() -> None:
    rows = rows_of(WEB_2, WEB_10)
    rows.move_to(0)
    rows.put(DB)
    rows.put(WEB_1)
    rows.settle()
    assert rows.current is not None
    assert rows.current.node == WEB_2
    assert rows.cursor == 2


def test_the_cursor_stays_with_its_node_when_sorted() -> None:
    rows = rows_of(DB, WEB_1, WEB_2)
    rows.move_to(0)
    rows.set_sort(Sort(NAME, descending=True))
    assert shown(rows) == ["web-2", "web-1", "db"]
    assert rows.cursor == 2


def test_a_filter_needs_every_word_and_looks_at_tags() -> None:
    prod = named("api", ec2=ec2_facts(name="api", tags={"env": "prod"}))
    test = named("api-t", ec2=ec2_facts(name="api-t", tags={"env": "test"}))
    rows = rows_of(prod, test, DB)
    rows.set_filter("API tag:env=prod")
    assert shown(rows) == ["api"]


def test_a_filter_keeps_the_cursor_on_a_node_that_matches() -> None:
    rows = rows_of(DB, WEB_1, WEB_2)
    rows.move_to(2)
    rows.set_filter("web")
    assert rows.current is not None
    assert rows.current.node == WEB_2


def test_a_filter_that_hides_the_chosen_node_moves_the_cursor_to_the_first_match_and_back() -> None:
    rows = rows_of(DB, WEB_1, WEB_2)
    rows.move_to(0)
    rows.set_filter("web-2")
    assert rows.current is not None
    assert rows.current.node == WEB_2
    rows.set_filter("")
    assert rows.current.node == DB


def test_a_filter_that_matches_nothing_leaves_no_current_row() -> None:
    rows = rows_of(DB)
    rows.set_filter("nowhere")
    assert rows.current is None
    rows.move_to(5)
    assert rows.cursor == 0


def test_the_row_under_the_cursor_is_not_taken_away_when_it_stops_matching() -> None:
    rows = rows_of(WEB_1, WEB_2)
    rows.set_filter("ready")
    rows.move_to(0)
    rows.put(named("web-1", connection=not_connected()))
    rows.settle()
    assert shown(rows) == ["web-2", "web-1"]
    rows.set_filter("ready")
    assert shown(rows) == ["web-2"]


def test_rows_that_change_and_new_ones_keep_still_until_they_may_be_sorted() -> None:
    rows = rows_of(WEB_1, WEB_2)
    rows.put(named("web-1", connection=not_connected()))
    rows.put(DB)
    rows.settle(sort=False)
    assert shown(rows) == ["web-1", "web-2"]
    assert rows.is_stale
    rows.settle()
    assert shown(rows) == ["db", "web-2", "web-1"]
    assert not rows.is_stale


def test_what_is_gone_leaves_at_once() -> None:
    rows = rows_of(WEB_1, WEB_2)
    rows.put(DB)
    rows.keep_only([key(WEB_2)])
    rows.settle(sort=False)
    assert shown(rows) == ["web-2"]
    rows.settle()
    assert shown(rows) == ["web-2"]


def test_the_list_keeps_its_columns_while_nodes_are_probed_and_follows_them_when_they_come_and_go() -> None:
    rows = rows_of(WEB_1)
    narrow = rows.extent
    rows.put(named("web-1", connection=not_connected()))
    rows.settle()
    assert rows.extent == narrow
    long = named("a-node-with-a-long-name")
    rows.put(long)
    rows.settle()
    wide = rows.extent
    name = MEASURED.index(NAME)
    assert wide.widest[name] > narrow.widest[name]
    rows.keep_only([key(WEB_1)])
    list(rows.measure_anew())
    rows.settle()
    assert rows.extent.widest[name] == narrow.widest[name]


def test_a_name_that_became_shorter_gives_its_cells_back_when_all_was_read() -> None:
    node_id = "i-0a1b2c3d4e5f60999"
    rows = rows_of(named("a-name-of-one-list-alone", node_id=node_id), WEB_1)
    rows.put(named("short", node_id=node_id))
    rows.keep_only([NodeKey(WEB_1.place, node_id), key(WEB_1)])
    list(rows.measure_anew())
    rows.settle()
    assert rows.extent == rows_of(named("short", node_id=node_id), WEB_1).extent


FLEET = st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=60)
EVENTS = st.lists(st.tuples(st.sampled_from(["probe", "arrive", "depart"]), FLEET, st.booleans()), max_size=12)


@given(FLEET, st.integers(0, 59), st.integers(0, 20), st.integers(1, 20), EVENTS)
def test_the_cursors_row_keeps_its_line_whatever_happens_to_the_others(
    numbers: list[int], at: int, top: int, page: int, events: list[tuple[str, list[int], bool]]
) -> None:
    rows = rows_of(*(named(f"web-{number}") for number in numbers))
    rows.move_to(at)
    top = min(top, rows.cursor)
    top = max(top, rows.cursor - page + 1)
    top = max(0, min(top, len(rows.view) - page))
    own = rows.current
    assert own is not None
    line = rows.cursor - top
    for event, whom, sort in events:
        anchor = rows.anchor(top, page)
        others = [named(f"web-{number}") for number in whom if f"web-{number}" != own.node.name]
        if event == "depart":
            gone = {key(one) for one in others}
            rows.keep_only([row.key for row in (*rows.view, *rows.waiting) if row.key not in gone])
        for one in others if event != "depart" else ():
            if event == "arrive" or any(row.key == key(one) for row in rows.view):
                rows.put(named(one.name, connection=not_connected() if event == "probe" else None))
        rows.settle(sort=sort)
        top = rows.top_for(anchor, page)
        assert rows.current is own
        lowest = max(0, min(rows.cursor, len(rows.view) - page))
        long_enough = rows.cursor - lowest <= line <= rows.cursor
        if long_enough:
            assert rows.cursor - top == line
        line = rows.cursor - top
        assert 0 <= line < page


def test_a_node_that_is_gone_leaves_the_cursor_at_its_place() -> None:
    rows = rows_of(DB, WEB_1, WEB_2)
    rows.move_to(1)
    rows.keep_only([key(DB), key(WEB_2)])
    rows.settle()
    assert rows.current is not None
    assert rows.current.node == WEB_2
    assert len(rows) == 2


def test_marks_stay_on_nodes_whose_place_is_listed_under_another_name_and_go_with_the_others() -> None:
    rows = rows_of(WEB_1, WEB_2)
    rows.mark_all()
    dev = Place("dev", "eu-west-1")
    rows.rename_places({WEB_1.place: dev})
    again = replace(WEB_1, place=dev)
    rows.keep_only([key(again)])
    rows.put(again)
    rows.settle()
    assert rows.marked == (again,)
    assert rows.marks == 1
    rows.rename_places({dev: WEB_1.place})
    rows.keep_only([key(WEB_1)])
    rows.put(WEB_1)
    rows.settle()
    assert rows.marked == (WEB_1,)


def test_the_cursor_follows_its_node_to_another_place_that_lists_it() -> None:
    rows = rows_of(WEB_1, WEB_2, DB)
    rows.move_to(2)
    elsewhere = [replace(each, place=Place("dev", "eu-west-1")) for each in (DB, WEB_10, WEB_2)]
    rows.keep_only([])
    rows.settle()
    assert not rows.view, "its list comes later"
    for each in elsewhere:
        rows.put(each)
    rows.settle()
    assert rows.view[rows.cursor].node == elsewhere[2]
    rows.keep_only([key(each) for each in elsewhere[:2]])
    rows.settle()
    rows.move_to(0)
    rows.put(elsewhere[2])
    rows.settle()
    assert rows.view[rows.cursor].node != elsewhere[2], "it is gone, not listed elsewhere"


@pytest.mark.parametrize(
    ("column", "first"),
    [
        (PING, "fresh"),
        (AGENT, "old agent"),
        (BADGE, "fresh"),
    ],
)
def test_columns_sort_by_what_they_mean(column: Column, first: str) -> None:
    fresh = named("fresh", ssm=ssm_facts(last_ping=ago(1)))
    old = named("old agent", ssm=ssm_facts(last_ping=ago(90), agent_version="2.3.99.0"))
    unmanaged = named("unmanaged", ssm=None, ssm_side=Sighting.ABSENT)
    rows = rows_of(unmanaged, old, fresh)
    rows.set_sort(Sort(column))
    assert shown(rows)[0] == first
    assert shown(rows)[-1] == "unmanaged"


def test_an_update_keeps_the_row_object_and_matches_anew() -> None:
    rows = rows_of(WEB_1)
    before = rows.view[0]
    rows.put(named("web-1", ec2=ec2_facts(name="web-1", state="stopped")))
    rows.set_filter("stopped")
    assert rows.view == [before]


def test_only_nodes_that_are_not_ready_are_shown_and_again_all() -> None:
    rows = NodeRows(lambda: NOW)
    rows.put(node(node_id="i-1"))
    rows.put(node(node_id="i-2", ec2=ec2_facts("i-2", state="stopped")))
    rows.settle()
    rows.show_not_ready_only(only=True)
    assert [row.node.node_id for row in rows.view] == ["i-2"]
    rows.set_filter("nothing")
    assert not rows.view
    rows.set_filter("")
    rows.show_not_ready_only(only=False)
    assert len(rows.view) == 2


def test_pinned_nodes_stand_first_in_both_orders_and_the_cursor_stays_with_its_node() -> None:
    rows = NodeRows(lambda: NOW)
    for number in range(6):
        rows.put(node(node_id=f"i-{number}", ec2=ec2_facts(f"i-{number}", name=f"web-{number}")))
    rows.settle()
    rows.move_to(0)
    keys = [row.key for row in rows.view]
    rows.set_pins([keys[4]], [keys[4], keys[2], keys[4]])
    rows.settle()
    assert [row.node.name[-1] for row in rows.view] == list("420135")
    assert rows.current is not None
    assert rows.current.node.name == "web-0"
    rows.set_sort(rows.sort.reversed)
    assert [row.node.name[-1] for row in rows.view] == list("425310")
    rows.set_pins([keys[4]], [])
    rows.settle()
    assert [row.node.name[-1] for row in rows.view] == list("543210")
    assert rows.pins == {keys[4]}


def test_columns_of_places_do_not_wait_for_the_first_row_of_each() -> None:
    rows = rows_of(WEB_1)
    rows.list_places(4, 17)
    rows.settle()
    assert (rows.extent.profiles, rows.extent.regions) == (4, 17)
    rows.list_places(1, 1)
    rows.settle()
    assert (rows.extent.profiles, rows.extent.regions) == (1, 1)
