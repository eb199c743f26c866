"""What the evidence tells of the topics' placeholders: names that exist, values that are right."""

from __future__ import annotations

import pytest

from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.diagnosis.topic_values import known_values
from smtui.domain.place import Place
from smtui.topics.machines import System, system_named
from smtui.topics.topic import PLACEHOLDERS
from tests.diagnosis.build import ACCOUNT, HYBRID, NODE, NOW, REGION, healthy, hybrid, instance


@pytest.mark.parametrize("evidence", [healthy(), hybrid()])
def test_only_known_placeholders_are_filled_and_none_is_empty(evidence: Evidence) -> None:
    values = known_values(evidence)
    assert set(values) <= set(PLACEHOLDERS)
    assert all(values.values())


@pytest.mark.parametrize(
    ("evidence", "arn"),
    [
        (healthy(), f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{NODE}"),
        (hybrid(), f"arn:aws:ssm:{REGION}:{ACCOUNT}:managed-instance/{HYBRID}"),
    ],
)
def test_a_node_has_its_arn_by_its_kind(evidence: Evidence, arn: str) -> None:
    assert known_values(evidence)["node_arn"] == arn


def test_the_endpoints_are_named_by_their_hosts() -> None:
    values = known_values(healthy())
    assert values["ssmmessages_host"] == f"ssmmessages.{REGION}.amazonaws.com"
    assert values["ssm_host"] == f"ssm.{REGION}.amazonaws.com"


def test_the_nodes_platform_says_which_fix_is_its_own() -> None:
    assert system_named(known_values(healthy())["platform"]) is System.LINUX
    unmanaged = healthy(managed=None, instance=instance(platform="windows"))
    assert system_named(known_values(unmanaged)["platform"]) is System.WINDOWS


def test_what_is_not_known_is_left_out() -> None:
    assert known_values(Evidence(subject=Subject(), now=NOW)) == {}
    assert known_values(Evidence(subject=Subject(NODE, Place("ops", REGION)), now=NOW)) == {
        "instance_id": NODE,
        "profile": "ops",
        "region": REGION,
    }
