"""A TARGET that is a filter: what it means, and what is wrong with it."""

from __future__ import annotations

import pytest

from smtui.domain.preset import NotAPreset, read_preset
from smtui.domain.query.filter_target import complaint, is_filter, nodes_of
from tests.domain.build import NOW, ec2_facts, node

WEB = node(ec2=ec2_facts(name="web-1", tags={"role": "web"}))
STOPPED = node(node_id="i-0000000000000000b", ec2=ec2_facts(name="web-2", state="stopped", tags={"role": "web"}))


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("?tag:role=web", (WEB, STOPPED)),
        ("?tag:role=web status:ready", (WEB,)),
        ("?-web", ()),
        ("?stat:ready", ()),
        ("?", ()),
    ],
)
def test_what_it_means(target: str, found: tuple[object, ...]) -> None:
    assert is_filter(target)
    assert nodes_of(target, [WEB, STOPPED], NOW) == found


@pytest.mark.parametrize(
    ("target", "wrong"),
    [
        ("?web", ""),
        ("?stat:ready", "stat: is no key; status?"),
        ("?", "the filter behind ? is empty"),
        ("?name:", "name: has no value"),
        ("?@prod", "@prod: write the terms of the saved filter here"),
    ],
)
def test_a_preset_with_a_mistake_in_its_target_is_refused(target: str, wrong: str) -> None:
    assert complaint(target) == wrong
    keys = {"name": "db", "target": target, "port": 5432}
    if not wrong:
        assert read_preset(keys).target == target
        return
    with pytest.raises(NotAPreset) as refused:
        read_preset(keys)
    assert refused.value.problems == {"target": f"target: {wrong}."}
