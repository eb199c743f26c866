"""A filter that matches nothing: which term has no node, and what may have been meant."""

from __future__ import annotations

import pytest

from smtui.domain.node_search import haystack
from smtui.domain.query.misses import Miss, find_miss
from smtui.domain.query.node_query import NodeQuery
from smtui.domain.readiness import readiness
from tests.domain.build import NOW, ec2_facts, node

NODES = [
    node(ec2=ec2_facts(name=name, tags={"Name": name, "env": env, "team": "shop"}))
    for name, env in (("web-1", "prod"), ("web-2", "preprod"), ("db-1", "test"))
]
HAYSTACKS = [haystack(each, readiness(each, NOW)) for each in NODES]


@pytest.mark.parametrize(
    ("typed", "miss", "part", "mended"),
    [
        ("web tag:env=prd", Miss("tag:env=prd", "tag:env=prod"), "prod", "web tag:env=prod"),
        ("tag:evn=prod", Miss("tag:evn=prod", "tag:env=prod"), "tag:env=prod", "tag:env=prod"),
        ("WBE Ready", Miss("wbe", "web"), "web", "web Ready"),
        ("web redy", Miss("redy", "ready"), "ready", "web ready"),
        ("zzzz", Miss("zzzz", ""), "", ""),
        ("db tag:env=prd", Miss("tag:env=prd", ""), "", ""),
    ],
)
def test_the_term_without_a_node_is_found_and_what_is_near_fits_the_others(
    typed: str, miss: Miss, part: str, mended: str
) -> None:
    found = find_miss(NodeQuery.parse(typed), HAYSTACKS)
    assert found == miss
    assert found.near_part == part
    if found.near:
        assert found.mended(typed) == mended
        assert any(NodeQuery.parse(mended).matches(each) for each in HAYSTACKS)


@pytest.mark.parametrize("typed", ["", "web", "web db"])
def test_where_each_term_has_a_node_none_is_missed(typed: str) -> None:
    assert find_miss(NodeQuery.parse(typed), HAYSTACKS) is None


def test_of_a_large_fleet_only_a_part_is_compared() -> None:
    many = (f"web-{number}" for number in range(30_000))
    assert find_miss(NodeQuery.parse("wbe"), many) == Miss("wbe", "web")
