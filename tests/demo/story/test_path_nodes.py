"""Checks the plans of the nodes with a VPC of their own, and nodes made from JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smtui.demo.account.session_registry import earlier_sessions
from smtui.demo.region import demo_fleet
from smtui.demo.story.demo_node import Finding, planted
from smtui.demo.story.path_nodes import broken_paths, healthy_paths, more_broken_paths
from smtui.demo.story.planned_vpcs import vpcs
from smtui.demo.story.story_nodes import more_causes, story
from smtui.diagnosis.judging import CHECKS

NODES = (*story(), *more_causes())
PATHS = (*broken_paths(), *healthy_paths(), *more_broken_paths())


def test_every_plan_has_a_number_and_a_vpc_of_its_own() -> None:
    numbers = [node.plan.number for node in PATHS if node.plan is not None]
    assert len(set(numbers)) == len(numbers) == len(PATHS)
    assert all(0 < number < 100 for number in numbers)
    assert [vpc.name for vpc in vpcs()] == ["main", *(node.name for node in sorted(PATHS, key=_number))]


def _number(node: Any) -> int:
    return int(node.plan.number)


def test_every_node_with_a_plan_is_in_a_fleet() -> None:
    assert {node.name for node in NODES if node.plan is not None} == {node.name for node in PATHS}


@pytest.mark.parametrize("node", [node for node in NODES if node.causes], ids=lambda node: node.name)
def test_a_cause_is_the_code_of_a_check(node: Any) -> None:
    assert set(node.causes) <= {check.code for check in CHECKS}


@pytest.mark.parametrize(
    "node", [node for node in NODES if node.finding is not Finding.FAIL], ids=lambda node: node.name
)
def test_a_finding_other_than_a_fail_has_a_cause(node: Any) -> None:
    assert len(node.causes) == 1


def test_a_node_from_json_is_an_instance_or_a_hybrid_one() -> None:
    instance = planted({"name": "x", "host": 201, "tags": {"env": "test"}})
    assert (instance.hybrid, instance.tags, instance.can_start_session) == (False, {"env": "test"}, True)
    assert instance.network is not None
    assert instance.network.private_ip == "10.0.1.201"
    assert planted({"name": "x", "address": "192.168.0.1"}).hybrid


@pytest.mark.parametrize("facts", [{}, {"name": "x"}, {"host": 1}, {"name": "x", "host": 1, "colour": "red"}])
def test_facts_that_make_no_node_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        planted(facts)


def test_an_earlier_session_ended_with_its_nodes_last_ping() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    [session] = earlier_sessions(demo_fleet(causes=True).story, now)
    assert (session.node_name, session.status) == ("long-session-1", "Terminated")
    assert session.ended_at == now - timedelta(hours=5)
    assert list(earlier_sessions(demo_fleet().story, now)) == []
