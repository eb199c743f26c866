"""What the details say of a node, and from where."""

from __future__ import annotations

from smtui.domain.node import Sighting
from smtui.tui.nodes.node_sections import gist, identity, kinds, sections
from tests.domain.build import NOW, connected, ec2_facts, node, ssm_facts


def test_details_name_every_source_with_its_age() -> None:
    told = sections(node(connection=connected(12)), NOW)
    notes = {section.title: section.note for section in told}
    assert notes["Systems Manager"] == "listed 2 s ago"
    assert notes["EC2"] == "seen 2 s ago"
    assert notes["Connection"] == "probed 12 s ago"


def test_details_say_why_a_side_is_missing() -> None:
    denied = node(ec2=None, ec2_side=Sighting.DENIED, ec2_trouble="ec2:DescribeInstances was denied.")
    assert {section.title: section.note for section in sections(denied, NOW)}["EC2"].endswith("was denied.")
    absent = node(ssm=None, ssm_side=Sighting.ABSENT)
    assert {section.title: section.note for section in sections(absent, NOW)}["Systems Manager"] == "not listed"


def test_a_hybrid_node_has_no_ec2_side() -> None:
    hybrid = node(node_id="mi-0a1b2c3d4e5f60718", ssm=ssm_facts("mi-0a1b2c3d4e5f60718"), ec2=None)
    assert "EC2" not in [section.title for section in sections(hybrid, NOW)]
    assert identity(hybrid) == "mi-0a1b2c3d4e5f60718 · hybrid node"


def test_tags_are_facts() -> None:
    tagged = node(ec2=ec2_facts(tags={"env": "prod"}))
    assert [(fact.label, fact.value) for fact in sections(tagged, NOW)[-1].facts] == [("env", "prod")]


def test_the_gist_says_what_it_can_do_first() -> None:
    old = node(ssm=ssm_facts(agent_version="3.1.1373.0"), ec2=ec2_facts(tags={"Name": "web-1", "env": "prod"}))
    assert kinds(old) == ("✓ shell", "✓ command", "✓ port", "✕ port of a host behind it")
    facts = {fact.label: fact.value for fact in gist(old, NOW)}
    assert list(facts)[:2] == ["can", "tags"]
    assert facts["tags"] == "env=prod"
    assert kinds(node(ssm=None, ssm_side=Sighting.ABSENT)) == ()
