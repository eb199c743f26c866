"""Which columns fit, how wide they are, and what is never cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.node import Node
from smtui.domain.place import Place
from smtui.domain.readiness import readiness
from smtui.domain.settings.setting_table import COLUMN_NAMES
from smtui.tui.nodes.node_columns import (
    ADDRESS,
    BADGE,
    BY_NAME,
    COLUMNS,
    NAME,
    NODE,
    TAGS,
    WHY,
    Column,
    Extent,
    lay_out,
)
from smtui.tui.nodes.node_rows import NodeRows
from smtui.tui.parts.cells import cell, cells_needed
from smtui.tui.parts.table_layout import GAP, MARKED_GUTTER, slot_at
from tests.domain.build import NOW, connected, ec2_facts, node, ssm_facts

HERE = Place("ops", "eu-west-1")
VPC_ID = "vpc-0e8d1d9693b3c4134"
FACTS = {
    "private_ip": "10.0.101.112",
    "zone": "eu-west-1a",
    "instance_type": "t3.small",
    "vpc_id": VPC_ID,
}


def named(name: str, number: int = 0, place: Place = HERE, **given: object) -> Node:
    node_id = f"i-{number:017x}"
    system = {key: given.pop(key) for key in ("platform_name", "ip_address") if key in given}
    machine = ec2_facts(node_id, **{**FACTS, "name": name, "tags": {"Name": name, "env": "prod"}, **given})
    return node(
        node_id=node_id, place=place, region=place.region, ssm=ssm_facts(node_id, **system), ec2=machine
    )  # fmt: skip


def rows_of(*nodes: Node) -> NodeRows:
    rows = NodeRows(lambda: NOW)
    for one in nodes:
        rows.put(one)
    rows.settle()
    return rows


def widths(width: int, *nodes: Node) -> dict[str, int]:
    extent = rows_of(*(nodes or (named("web-1"), named("a-name-of-twenty-two-c", 1)))).extent
    return {slot.column.id: slot.width for slot in lay_out(width - 1, extent)}


OTHER_REGION, OTHER_PROFILE = named("web-2", 2, Place("ops", "us-east-1")), named("web-3", 3, Place("dev", "eu-west-1"))
BY_WIDTH = {
    60: "badge name node",
    80: "badge name node address",
    100: "badge name node address ping",
    140: "badge name node address platform ping why",
    200: "badge name node address platform agent ping why zone type tags",
    300: "badge name node address platform agent ping why zone type vpc tags",
}


@pytest.mark.parametrize("width", BY_WIDTH)
def test_columns_come_by_worth_and_stand_in_their_order(width: int) -> None:
    assert " ".join(widths(width)) == BY_WIDTH[width]


def test_platform_comes_where_names_are_short() -> None:
    assert " ".join(widths(100, named("web-1"))) == "badge name node address platform ping"


def test_a_column_is_as_wide_as_its_widest_cell_and_what_is_left_goes_to_the_name() -> None:
    long = named("n" * 40)
    assert widths(80, long)["name"] == 23
    assert widths(300, long)["name"] == 40
    assert widths(300, named("n" * 400))["name"] == 44
    assert widths(300, named("web-1"))["name"] == 12
    assert widths(140, named("web-1", private_ip="10.0.1.1"))["address"] == 9


def test_places_that_are_all_the_same_have_no_column() -> None:
    web = named("web-1")
    assert "region" in widths(140, web, OTHER_REGION)
    assert "profile" not in widths(140, web, OTHER_REGION)
    assert "profile" in widths(80, web, OTHER_PROFILE)
    both = widths(140, web, OTHER_REGION, OTHER_PROFILE)
    assert {"profile", "region"} <= both.keys()
    narrow = widths(80, web, OTHER_REGION, OTHER_PROFILE)
    assert "place" in narrow
    assert not {"profile", "region"} & narrow.keys()


def test_at_60_several_places_leave_the_status_its_mark() -> None:
    narrow = widths(60, named("web-1"), OTHER_REGION, OTHER_PROFILE)
    assert (narrow["badge"], narrow["node"]) == (1, NODE.width(0))
    assert "place" in narrow


def test_what_no_node_has_takes_no_room() -> None:
    bare = named("web-1", zone="", instance_type="", vpc_id="", tags={})
    assert not {"zone", "type", "vpc", "tags"} & widths(300, bare).keys()


def own(width: int, *names: str) -> dict[str, int]:
    wanted = tuple(BY_NAME[name] for name in names)
    return {slot.column.id: slot.width for slot in lay_out(width - 1, rows_of(named("web-1")).extent, wanted)}


def test_the_users_own_columns_stand_in_the_users_order() -> None:
    assert list(own(140, "name", "tags", "status", "state", "profile")) == ["name", "tags", "badge", "state", "profile"]
    assert list(own(60, "ping", "node")) == ["ping", "node"]


def test_where_they_have_no_room_the_last_ones_go() -> None:
    assert list(own(60, "status", "name", "node", "address", "tags")) == ["badge", "name", "node", "address"]
    assert own(60, "status", "name", "node", "address", "tags")["badge"] == 1
    assert list(own(10, "node", "name")) == ["node"]
    assert own(10, "node", "name")["node"] == 6


def test_every_column_that_a_setting_may_name_can_be_shown() -> None:
    assert tuple(BY_NAME) == COLUMN_NAMES
    assert list(own(1000, *COLUMN_NAMES)) == [column.id for column in COLUMNS]


FLEETS = st.lists(
    st.builds(
        lambda name, system, ip, region, profile: (name, system, ip, Place(profile, region)),
        st.text(max_size=60) | st.text("漢字かな", max_size=40) | st.text("abc-123", max_size=60),
        st.text(max_size=60),
        st.ip_addresses().map(str),
        st.sampled_from(["eu-west-1", "ap-southeast-2"]),
        st.sampled_from(["ops", "a-very-long-profile-of-acme"]),
    ),
    min_size=1,
    max_size=5,
)


@given(st.integers(60, 300), FLEETS)
def test_at_any_width_nothing_is_cut_that_one_must_copy(width: int, fleet: list[tuple[str, str, str, Place]]) -> None:
    nodes = [
        named(name, number, place, platform_name=system, private_ip=ip)
        for number, (name, system, ip, place) in enumerate(fleet)
    ]
    rows = rows_of(*nodes)
    slots = lay_out(width - 1, rows.extent)
    order = [slot.column for slot in slots]
    assert order == [column for column in COLUMNS if column in order]
    assert {BADGE, NAME, NODE} <= set(order)
    end = 0
    for slot in slots:
        assert slot.start == (end + GAP if end else MARKED_GUTTER)
        end = slot.start + slot.width
    assert end <= width - 1
    for one in nodes:
        judged = readiness(one, NOW)
        for slot in slots:
            text = slot.column.text(one, judged, NOW)
            drawn = cell(text, slot.width, right=slot.column.right, middle=slot.column.middle)
            assert cells_needed(drawn) == slot.width or not drawn.isascii()
            if slot.column in (NODE, ADDRESS) or (slot.column is BADGE and slot.width > 1):
                assert drawn.strip() == text


def test_a_click_finds_its_column() -> None:
    slots = lay_out(140, Extent())
    for slot in slots:
        assert slot_at(slots, slot.start) is slot.column
        assert slot_at(slots, slot.start + slot.width) is slot.column
    assert slot_at(slots, 0) is None


@pytest.mark.parametrize(("column", "text"), [(WHY, ""), (TAGS, "env=prod")])
def test_what_a_cell_says(column: Column, text: str) -> None:
    ready = node(connection=connected(), ec2=ec2_facts(name="web-1", tags={"Name": "web-1", "env": "prod"}))
    assert column.text(ready, readiness(ready, NOW), NOW) == text
