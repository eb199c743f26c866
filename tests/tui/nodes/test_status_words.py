"""Why a node has its status, in one sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.node import Node, PingStatus, Sighting
from smtui.domain.place import Place
from smtui.domain.readiness import Badge, readiness
from smtui.tui.nodes.status_words import status_words
from tests.domain.build import NOW, connected, ec2_facts, node, not_connected, ssm_facts


def ssm(**given: Any) -> Any:
    return ssm_facts(**{"last_ping": NOW - timedelta(seconds=50), **given})


TOO_OLD = "2.3.701.0"


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (
            node(ssm=ssm(), connection=connected(4)),
            ["ping Online 50 s ago, connected (probed 4 s ago).", "Online 50 s ago, connected (probed 4 s ago)."],
        ),
        (
            node(ssm=ssm()),
            ["ping Online 50 s ago, not probed yet.", "Online 50 s ago, not probed yet."],
        ),
        (
            node(ssm=ssm(), connection=connected(300)),
            [
                "ping Online 50 s ago, connected 5 min ago, too long ago to rely on.",
                "Online 50 s ago, connected 5 min ago, too long ago to rely on.",
            ],
        ),
        (
            node(ssm=ssm(), connection=not_connected(4)),
            [
                "ping Online 50 s ago, but GetConnectionStatus says notconnected (probed 4 s ago). t finds out why.",
                "Online 50 s ago, but not connected (probed 4 s ago). t: why",
            ],
        ),
        (
            node(ssm=ssm(ping_status=PingStatus.CONNECTION_LOST)),
            [
                "ping ConnectionLost, the last one 50 s ago. t finds out why.",
                "ConnectionLost, last ping 50 s ago. t: why",
            ],
        ),
        (
            node(ssm=ssm(ping_status=PingStatus.CONNECTION_LOST), connection=connected(4)),
            [
                "connected (probed 4 s ago), although the ping is ConnectionLost.",
                "connected (probed 4 s ago); ping ConnectionLost.",
            ],
        ),
        (
            node(ssm=ssm(agent_version=TOO_OLD), connection=connected(4)),
            [
                f"agent {TOO_OLD} is too old for non-interactive commands, forwarding to a remote host; "
                "connected (probed 4 s ago).",
                f"agent {TOO_OLD} is too old for 2 kinds of session (i tells which); connected (probed 4 s ago).",
                f"agent {TOO_OLD} is too old for 2 kinds of session.",
            ],
        ),
        (
            node(ssm=ssm(agent_version="2.3.1.0"), connection=connected(4)),
            ["agent 2.3.1.0 is too old for sessions, which need 2.3.68.0.", "agent 2.3.1.0 is too old for sessions."],
        ),
        (node(ec2=ec2_facts(state="stopped")), ["the instance is stopped (EC2, 2 s ago)."]),
        (
            node(ssm=None, ssm_side=Sighting.ABSENT, ec2=ec2_facts(instance_profile_arn="")),
            [
                "running, but Systems Manager does not list it: it has no instance profile. t finds out why.",
                "not in Systems Manager's list: no instance profile. t: why",
            ],
        ),
        (
            node(ssm=None, ssm_side=Sighting.ABSENT),
            [
                "running, but Systems Manager does not list it. t finds out why.",
                "not in Systems Manager's list. t: why",
            ],
        ),
        (node(ssm=None, ssm_side=Sighting.PENDING), ["Systems Manager's list is still being read."]),
        (
            node(ssm=None, ssm_side=Sighting.DENIED, ssm_trouble="ssm:X was denied."),
            [
                "Systems Manager's list could not be seen: ssm:X was denied.",
                "Systems Manager's list could not be seen. i tells more.",
            ],
        ),
    ],
)
def test_each_status_says_why(shown: Node, words: list[str]) -> None:
    assert [each.removeprefix(f"{shown.name}: ") for each in status_words(shown, NOW)] == words


@given(
    st.sampled_from(PingStatus),
    st.sampled_from([None, connected(4), connected(400), not_connected(4)]),
    st.sampled_from(["", TOO_OLD, "2.3.1.0", "3.3.987.0"]),
    st.sampled_from(["running", "stopped", "terminated"]),
    st.sampled_from(Sighting),
    st.booleans(),
)
def test_every_node_has_a_sentence_and_each_form_is_shorter(
    ping: PingStatus, connection: Any, agent: str, state: str, side: Sighting, listed: bool
) -> None:
    facts = ssm(ping_status=ping, agent_version=agent) if listed else None
    shown = node(ssm=facts, ssm_side=side, ec2=ec2_facts(state=state), connection=connection)
    forms = status_words(shown, NOW)
    assert all(form.startswith(f"{shown.name}: ") and len(form) > len(shown.name) + 2 for form in forms)
    assert [len(form) for form in forms] == sorted((len(form) for form in forms), reverse=True)
    if readiness(shown, NOW).badge is Badge.NOT_CONNECTED:
        assert "not connected" in forms[-1]


def test_with_several_places_the_place_stands_in_front() -> None:
    shown = replace(node(ssm=ssm()), place=Place("prod-ops", "eu-west-1"))
    assert status_words(shown, NOW, with_place=True)[0].startswith(f"prod-ops/eu-west-1/{shown.name}: ping")
