"""The table of badges, row by row, and the reasons behind each."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from smtui.domain.node import ConnectionFact, Node, PingStatus, Sighting, SsmFacts
from smtui.domain.readiness import Badge, Readiness, readiness, reasons
from tests.domain.build import NOW, ago, connected, ec2_facts, node, not_connected, ssm_facts

LOST = ssm_facts(ping_status=PingStatus.CONNECTION_LOST, last_ping=ago(5000))
UNLISTED = {"ssm": None, "ssm_side": Sighting.ABSENT}
DENIED = {"ssm": None, "ssm_side": Sighting.DENIED, "ssm_trouble": "ssm:DescribeInstanceInformation was denied."}

LONG_AGO = ago(4000)


def old(facts: SsmFacts | None = None) -> SsmFacts:
    return replace(facts or ssm_facts(), seen_at=LONG_AGO)


def hybrid(**given: object) -> Node:
    return node(node_id="mi-0123456789abcdef0", ec2=None, ec2_side=Sighting.ABSENT, **given)


@pytest.mark.parametrize(
    ("given", "badge", "confirmed"),
    [
        pytest.param(node(connection=connected()), Badge.READY, True, id="online and connected"),
        pytest.param(node(), Badge.READY, False, id="online, not probed yet: dim"),
        pytest.param(node(ssm=LOST, connection=connected()), Badge.READY, True, id="connected although the ping lags"),
        pytest.param(hybrid(connection=connected()), Badge.READY, True, id="a hybrid node has no EC2 side"),
        pytest.param(node(ssm=ssm_facts(agent_version="")), Badge.READY, False, id="agent version unknown"),
        pytest.param(node(ssm=ssm_facts(agent_version="2.3.100.0")), Badge.LIMITED, False, id="no forwarding"),
        pytest.param(
            node(ssm=ssm_facts(agent_version="3.1.1373.9"), connection=connected()),
            Badge.LIMITED,
            True,
            id="no remote host",
        ),
        pytest.param(node(connection=not_connected()), Badge.NOT_CONNECTED, True, id="online but not connected"),
        pytest.param(node(connection=not_connected(9000)), Badge.NOT_CONNECTED, True, id="a bad word stands"),
        pytest.param(node(connection=connected(300)), Badge.READY, False, id="a good word expires"),
        pytest.param(node(ssm=LOST), Badge.OFFLINE, True, id="connection lost"),
        pytest.param(node(ssm=LOST, connection=connected(300)), Badge.OFFLINE, True, id="lost, connected too long ago"),
        pytest.param(node(ssm=LOST, connection=not_connected()), Badge.OFFLINE, True, id="lost and not connected"),
        pytest.param(node(ssm=ssm_facts(agent_version="2.3.67.9")), Badge.OFFLINE, True, id="agent too old"),
        pytest.param(node(ec2=ec2_facts(state="stopped")), Badge.OFFLINE, True, id="stopped but still listed"),
        pytest.param(node(ec2=ec2_facts(state="stopped"), **UNLISTED), Badge.OFFLINE, True, id="stopped, unlisted"),
        pytest.param(node(ec2=ec2_facts(state="pending"), **UNLISTED), Badge.OFFLINE, True, id="not running yet"),
        pytest.param(node(ec2=ec2_facts(state="stopped"), **DENIED), Badge.OFFLINE, True, id="stopped, SSM denied"),
        pytest.param(node(**UNLISTED), Badge.UNMANAGED, True, id="running, unlisted"),
        pytest.param(node(**DENIED), Badge.UNKNOWN, True, id="the list was denied"),
        pytest.param(node(ssm=None, ssm_side=Sighting.FAILED), Badge.UNKNOWN, True, id="the list failed"),
        pytest.param(node(ssm=None, ssm_side=Sighting.PENDING), Badge.UNKNOWN, False, id="still being read"),
        pytest.param(node(**DENIED, connection=connected()), Badge.UNKNOWN, True, id="denied but connected"),
        pytest.param(
            node(ssm=ssm_facts(seen_at=ago(4000)), connection=connected()), Badge.READY, False, id="an old list: dim"
        ),
        pytest.param(node(ssm=old(LOST)), Badge.OFFLINE, False, id="lost, an old list: dim"),
        pytest.param(node(ssm=old(), connection=not_connected()), Badge.NOT_CONNECTED, False, id="bad, an old list"),
        pytest.param(node(ec2=ec2_facts(state="stopped", seen_at=LONG_AGO)), Badge.READY, False, id="pinged since"),
        pytest.param(
            node(ec2=ec2_facts(state="stopped", seen_at=LONG_AGO), connection=connected()),
            Badge.READY,
            True,
            id="connected since",
        ),
        pytest.param(
            node(ec2=ec2_facts(state="stopped", seen_at=LONG_AGO), ssm=ssm_facts(last_ping=ago(5000))),
            Badge.OFFLINE,
            False,
            id="stopped long ago, nothing heard since: dim",
        ),
        pytest.param(
            node(ec2=ec2_facts(state="stopped", seen_at=LONG_AGO), **UNLISTED), Badge.OFFLINE, False, id="old, stopped"
        ),
        pytest.param(node(ec2=ec2_facts(seen_at=LONG_AGO), **UNLISTED), Badge.UNMANAGED, False, id="old, unlisted"),
        pytest.param(node(ssm=old(), ssm_trouble="no"), Badge.UNKNOWN, True, id="an old list, no other to be had"),
        pytest.param(
            node(ssm=old(), ssm_trouble="no", connection=connected()), Badge.READY, False, id="the same, but connected"
        ),
        pytest.param(node(ssm_trouble="no"), Badge.READY, False, id="the list failed just now"),
    ],
)
def test_badge(given: Node, badge: Badge, confirmed: bool) -> None:
    judged = readiness(given, NOW)
    assert (judged.badge, judged.confirmed) == (badge, confirmed)


@pytest.mark.parametrize(
    ("given", "first"),
    [
        (node(connection=connected()), "Its ping status is Online (last ping 4 s ago, listed 2 s ago)."),
        (
            node(ssm=ssm_facts(agent_version="3.1.1373.0"), connection=connected()),
            "SSM Agent 3.1.1373.0 is too old for forwarding to a remote host, which needs 3.1.1374.0.",
        ),
        (
            node(connection=not_connected()),
            "It has no connection to Session Manager (probed 12 s ago); its network path to ssmmessages, its role or "
            "its agent may be the cause.",
        ),
        (node(ec2=ec2_facts(state="stopping")), "The EC2 instance is stopping (seen 2 s ago)."),
        (node(**UNLISTED), "The EC2 instance is running, but Systems Manager does not list it."),
        (node(ssm=old(), ssm_trouble="It was denied."), "Systems Manager's list could not be seen: It was denied."),
        (
            node(ec2=ec2_facts(state="stopped", seen_at=LONG_AGO)),
            "EC2 reported the instance stopped 66 min ago, but its agent has answered since.",
        ),
        (node(**DENIED), "Systems Manager's list could not be seen: ssm:DescribeInstanceInformation was denied."),
    ],
)
def test_the_deciding_reason_comes_first(given: Node, first: str) -> None:
    assert reasons(given, NOW)[0] == first


def test_unprobed_node_says_so() -> None:
    assert "Its connection has not been probed yet." in reasons(node(), NOW)


def test_cheapest_cause_of_an_unmanaged_node_is_named() -> None:
    bare = node(ec2=ec2_facts(instance_profile_arn=""), **UNLISTED)
    assert any("no instance profile" in sentence for sentence in reasons(bare, NOW))


def test_limits_name_both_versions() -> None:
    old = node(ssm=ssm_facts(agent_version="3.0.500.0"))
    assert "SSM Agent 3.0.500.0 is too old for forwarding to a remote host, which needs 3.1.1374.0." in reasons(
        old, NOW
    )
    assert not any("port forwarding and SSH" in sentence for sentence in reasons(old, NOW))


def test_not_connected_names_the_path() -> None:
    said = reasons(node(connection=not_connected()), NOW)
    why = "its network path to ssmmessages, its role or its agent may be the cause"
    assert f"It has no connection to Session Manager (probed 12 s ago); {why}." in said
    assert "broken" not in " ".join(said), "which of them it is, nobody knows yet"


@pytest.mark.parametrize(
    ("given", "said", "unsaid"),
    [
        (node(), "Its connection has not been probed yet.", "connected"),
        (node(ssm=LOST), "stopped answering", "has not been probed"),
        (node(connection=connected()), "It is connected to Session Manager (probed 12 s ago).", "too long ago"),
        (node(connection=connected(300)), "too long ago to rely on", "It is connected"),
        (node(ssm=LOST, connection=connected()), "anyway (probed 12 s ago): the ping lags", "too long ago"),
        (node(**DENIED, connection=connected()), "It is connected to Session Manager (probed", "the ping lags"),
        (node(ssm=old()), "This was listed 66 min ago: refresh before relying on it.", "too old"),
        (node(), "listed 2 s ago", "refresh before"),
        (node(ec2=ec2_facts(seen_at=LONG_AGO), **UNLISTED), "This was seen 66 min ago: refresh before", "was listed"),
        (node(**UNLISTED), "Systems Manager does not list it.", "refresh before"),
        (node(ssm=ssm_facts(agent_version="2.3.68.0")), "too old for port forwarding", "too old for sessions"),
    ],
)
def test_a_reason_is_said_when_it_holds_and_only_then(given: Node, said: str, unsaid: str) -> None:
    told = " ".join(reasons(given, NOW))
    assert said in told
    assert unsaid not in told


@pytest.mark.parametrize(
    ("given", "ready"),
    [
        (node(connection=connected(120)), Readiness(Badge.READY, confirmed=True)),
        (node(connection=connected(120.5)), Readiness(Badge.READY, confirmed=False)),
        (node(ssm=ssm_facts(seen_at=ago(600)), connection=connected()), Readiness(Badge.READY, confirmed=True)),
        (node(ssm=ssm_facts(seen_at=ago(600.5)), connection=connected()), Readiness(Badge.READY, confirmed=False)),
        (node(ssm=ssm_facts(agent_version="2.3.68.0")), Readiness(Badge.LIMITED, confirmed=False)),
        (node(ssm=ssm_facts(agent_version="2.3.67.9")), Readiness(Badge.OFFLINE, confirmed=True)),
        (
            node(ssm=ssm_facts(last_ping=LONG_AGO), ec2=ec2_facts(state="stopped", seen_at=LONG_AGO)),
            Readiness(Badge.OFFLINE, confirmed=False),
        ),
    ],
    ids=itertools.count(),
)
def test_where_the_limits_are(given: Node, ready: Readiness) -> None:
    assert readiness(given, NOW) == ready


def test_a_badge_has_a_mark_and_a_word_of_its_own() -> None:
    assert [(badge.mark, badge.word, badge.meaning) for badge in Badge] == [badge.value for badge in Badge]
    assert len({badge.mark for badge in Badge}) == len({badge.word for badge in Badge}) == len(Badge)


def test_a_denied_ec2_side_is_reported_but_changes_no_badge() -> None:
    blind = node(ec2=None, ec2_side=Sighting.DENIED, ec2_trouble="ec2:DescribeInstances was denied.")
    assert readiness(blind, NOW).badge is Badge.READY
    assert "EC2's side could not be seen: ec2:DescribeInstances was denied." in reasons(blind, NOW)


SSM_SIDES = [
    *[
        ssm_facts(ping_status=ping, agent_version=version)
        for ping in PingStatus
        for version in ("", "2.0", "3.0", "9.9")
    ]
]
CONNECTIONS: list[ConnectionFact | None] = [None, connected(), connected(999), not_connected()]


@pytest.mark.parametrize("state", ["", "pending", "running", "stopping", "stopped", "shutting-down"])
def test_every_combination_has_a_badge_and_reasons_in_sentences(state: str) -> None:
    for ssm, connection in itertools.product(SSM_SIDES, CONNECTIONS):
        ec2 = ec2_facts(state=state) if state else None
        judged = node(ssm=ssm, connection=connection, ec2=ec2)
        said = reasons(judged, NOW)
        assert said
        assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in said)
        ready = readiness(judged, NOW)
        if ready.badge in {Badge.READY, Badge.LIMITED} and ready.confirmed:
            assert connection == connected()
        if ec2 is not None and state != "running":
            assert ready.badge is Badge.OFFLINE


def test_unknown_is_never_unmanaged_and_unmanaged_needs_a_running_instance() -> None:
    for side in Sighting:
        for state in ("running", "stopped"):
            badge = readiness(node(ssm=None, ssm_side=side, ec2=ec2_facts(state=state)), NOW).badge
            assert (badge is Badge.UNMANAGED) == (side is Sighting.ABSENT and state == "running")
