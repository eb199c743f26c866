"""Every node of the demo examined: each broken one is named for exactly what is planted, each other one is well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import SWITCHES, UNDER_HOST_MANAGEMENT
from smtui.demo.story.story_nodes import more_causes, story
from tests.cli.conftest import Run
from tests.demo.planted import (
    CAUSES,
    MORE_CAUSES,
    ONLY_WARNED,
    OUT_OF_SIGHT,
    SEVERAL_CAUSES,
)

_SYMPTOMS = {"node.registered", "node.ping", "node.connection"}
_PLANTED = {**CAUSES, **MORE_CAUSES}
_NAMES = [node.name for node in (*story(), *more_causes())]
_WELL = [name for name in _NAMES if name not in {*_PLANTED, *SEVERAL_CAUSES, *OUT_OF_SIGHT}]


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(causes=True)) as running:
        yield running


def examined(run: Run, target: str, status: int | None = None) -> dict[str, str]:
    """Code -> status of `smtui doctor TARGET --json`."""
    told = run("doctor", target, "--json")
    assert status is None or told.exit_code == status, told.output
    return {result["code"]: result["status"] for result in results(told.stdout)}


def results(stdout: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(stdout)["results"]
    return found


def having(statuses: dict[str, str], *wanted: str) -> set[str]:
    return {code for code, status in statuses.items() if status in wanted}


def test_every_planted_name_is_a_node() -> None:
    assert {*_PLANTED, *SEVERAL_CAUSES, *OUT_OF_SIGHT} <= set(_NAMES)


_CONNECTED = frozenset(
    {"agent-no-forward-1", "agent-no-remote-host-1", "no-ec2messages-new-1", "ec2messages-sg-closed-1"}
)
"""Broken in a way that keeps no shell from starting."""

_LIKELY = frozenset(
    {
        "impaired-1",  # an impaired instance may serve sessions all the same
        "egress-elsewhere-1",  # a proxy may listen on 443 where its group lets it
        "acl-out-closed-1",  # and on another port where the ACL lets it
        "agent-proxy-1",
        "no-ec2messages-1",  # sessions run over ssmmessages
        "no-ec2messages-unknown-1",
        "private-dns-off-1",  # a private hosted zone may hold the names
        "vpc-dns-off-1",  # a resolver of one's own may know them
        "endpoint-in-the-way-1",  # and send the node to the internet instead
        "hop-limit-1",
        "ipv6-only-1",
        "policy-gone-live-1",  # its connection has outlived the policy so far
    }
)
"""What is found is not proven to be the cause: something that nobody can see from outside may make it good."""


@pytest.mark.parametrize(("name", "code"), _PLANTED.items(), ids=_PLANTED)
def test_a_broken_node_is_named_for_what_is_planted(run: Run, name: str, code: str) -> None:
    told = run("doctor", name, "--json")
    answer = json.loads(told.stdout)
    statuses = {result["code"]: result["status"] for result in answer["results"]}

    assert statuses[code] == ("WARN" if name in ONLY_WARNED else "FAIL")
    assert having(statuses, "FAIL") - _SYMPTOMS <= {code}
    if code not in _SYMPTOMS:
        assert not having(statuses, "FAIL") & _SYMPTOMS, "a symptom that a found cause explains is a WARN"
        assert not having(statuses, "WARN") - _SYMPTOMS - {code}
    assert not having(statuses, "UNKNOWN")
    live = name in _CONNECTED or name == "policy-gone-live-1"
    assert answer["can_start"] is live
    assert told.exit_code == (0 if live else 1), "the status says what the verdict says"
    assert f"({'likely' if name in _LIKELY else 'certain'})" in answer["verdict"]


def test_a_node_that_went_away_in_a_long_session_leads_to_its_topic(run: Run) -> None:
    found = {result["code"]: result for result in results(run("doctor", "long-session-1", "--json").stdout)}
    assert found["node.ping"]["topic"] == "log-retention"
    assert any(line.startswith("ssm:DescribeSessions: ") for line in found["node.ping"]["evidence"])


@pytest.mark.parametrize("name", _WELL)
def test_a_node_that_is_well_has_nothing_to_complain_of(run: Run, name: str) -> None:
    statuses = examined(run, name, 0)

    assert having(statuses, "PASS", "SKIPPED") == set(statuses)


@pytest.mark.parametrize(("name", "codes"), SEVERAL_CAUSES.items(), ids=SEVERAL_CAUSES)
def test_two_causes_are_both_found_the_nearer_first(run: Run, name: str, codes: tuple[str, ...]) -> None:
    told = run("doctor", name, "--json")
    statuses = {result["code"]: result["status"] for result in results(told.stdout)}
    findings = {result["code"]: result["finding"] for result in results(told.stdout)}
    verdict = json.loads(told.stdout)["verdict"]

    assert having(statuses, "FAIL") == set(codes)
    nearest = findings[codes[0]].rstrip(".")
    assert nearest[1:] in verdict
    assert all(code in verdict for code in codes[1:])


@pytest.mark.parametrize(("name", "code"), OUT_OF_SIGHT.items(), ids=OUT_OF_SIGHT)
def test_what_lies_out_of_sight_is_unknown(run: Run, name: str, code: str) -> None:
    statuses = examined(run, name)

    assert statuses[code] == "UNKNOWN"
    assert not having(statuses, "FAIL") - _SYMPTOMS


_SUBJECTS = {
    "standard-tier": "onprem-1",
    "no-s3-endpoint": "endpoints-elsewhere-1",
    "no-logs-endpoint": "endpoints-elsewhere-1",
    "host-management": "no-profile-1",
    "host-management-broken": "no-profile-1",
}
"""Whom a switch concerns; `web-1` where it concerns everybody."""


@pytest.mark.parametrize(("switch", "code"), SWITCHES.items(), ids=SWITCHES)
def test_a_switch_of_the_region_is_named(run: Run, region: SimulatedRegion, switch: str, code: str) -> None:
    region.faults.apply({"switch": [switch]})
    statuses = examined(run, _SUBJECTS.get(switch, "web-1"))

    assert having(statuses, "FAIL", "WARN") - _SYMPTOMS == ({code} if code else set())
    assert not having(statuses, "UNKNOWN")
    if code:
        assert code in having(statuses, "FAIL", "WARN")


@pytest.mark.parametrize(("name", "code"), UNDER_HOST_MANAGEMENT.items(), ids=UNDER_HOST_MANAGEMENT)
def test_default_host_management_does_not_help_every_node(
    run: Run, region: SimulatedRegion, name: str, code: str
) -> None:
    region.faults.apply({"switch": ["host-management"]})
    statuses = examined(run, name, 1 if code else 0)

    assert having(statuses, "FAIL") - _SYMPTOMS == ({code} if code else set())
