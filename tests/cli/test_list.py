"""`smtui list` against the simulated Region: every badge, every way of not seeing, no traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from smtui.demo.region import SimulatedRegion
from smtui.topics.library import topic_ids
from tests.cli.conftest import Run

SSM_LIST, EC2_LIST = "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"
MANAGED = {"Ready", "Limited", "Not connected", "Offline"}


def listed(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def badges(result: Result) -> dict[str, str]:
    return {node["name"] or node["id"]: node["badge"] for node in listed(result)["nodes"]}


def test_every_badge_of_the_story(run: Run) -> None:
    result = run("list", "--json", "--probe")
    assert result.exit_code == 0
    found = badges(result)
    assert found["web-1"] == found["bastion-1"] == "Ready"
    assert found["no-profile-1"] == "Unmanaged"
    assert found["stopped-1"] == "Offline"
    assert found["agent-no-remote-host-1"] == "Limited"
    assert set(found.values()) == MANAGED | {"Unmanaged"}
    assert listed(result)["problems"] == []


def test_a_node_tells_everything_it_is_promised_to(run: Run) -> None:
    [node] = listed(run("list", "--json", "--filter", "web-1"))["nodes"]
    promised = (
        "id name kind badge reasons platform agent_version ping_status last_ping connection_status account region"
    )
    assert set(promised.split()) | {"account", "region", "profile", "tags"} <= set(node)
    assert (node["id"], node["kind"], node["region"]) == ("i-0a1b2c3d4e5f60718", "ec2", "eu-west-1")
    assert node["tags"]["env"] == "prod"
    assert node["connection_status"] is None, "only --probe asks"


def test_probing_is_asked_for(run: Run, region: SimulatedRegion) -> None:
    before = region.faults.calls("ssm:GetConnectionStatus")
    run("list")
    assert region.faults.calls("ssm:GetConnectionStatus") == before
    [node] = listed(run("list", "--json", "--probe", "--filter", "i-0a1b2c3d4e5f60718"))["nodes"]
    assert node["connection_status"] == "connected"
    assert region.faults.calls("ssm:GetConnectionStatus") == before + 1


def test_columns_are_aligned(run: Run) -> None:
    result = run("list", "--filter", "ready tag:env=prod")
    heading, *rows = result.stdout.splitlines()
    column = heading.index("NODE")
    assert rows
    assert all(row[column:].startswith(("i-", "mi-")) and row[column - 1] == " " for row in rows)


def test_nothing_matches(run: Run) -> None:
    result = run("list", "--filter", "no such thing")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no node matches" in result.stderr


def test_nothing_matches_of_what_can_be_seen(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": [EC2_LIST]})
    result = run("list", "--filter", "no such thing")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "no node matches" in result.stderr
    assert EC2_LIST in result.stderr


def test_ec2_denied_leaves_managed_nodes(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": [EC2_LIST]})
    result = run("list", "--json")
    assert result.exit_code == 3
    assert set(badges(result).values()) <= MANAGED
    [problem] = listed(result)["problems"]
    assert EC2_LIST in problem


def test_ssm_denied_makes_unknown_never_unmanaged(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": [SSM_LIST]})
    result = run("list", "--json", "--probe")
    assert result.exit_code == 3
    nodes = listed(result)["nodes"]
    assert {node["badge"] for node in nodes if node["state"] == "running"} == {"Unknown"}
    assert {node["badge"] for node in nodes if node["state"] != "running"} == {"Offline"}
    unknown = next(node for node in nodes if node["badge"] == "Unknown")
    assert any(SSM_LIST in reason for reason in unknown["reasons"])
    assert SSM_LIST in result.stderr


def test_both_denied_shows_no_badge_at_all(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": [EC2_LIST, SSM_LIST]})
    result = run("list", "--json")
    assert (result.exit_code, listed(result)["nodes"]) == (1, [])
    assert EC2_LIST in result.stderr
    assert SSM_LIST in result.stderr


def test_a_denied_probe_is_named(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": ["ssm:GetConnectionStatus"]})
    result = run("list", "--json", "--probe")
    assert result.exit_code == 3
    assert badges(result)["web-1"] == "Ready"
    assert "ssm:GetConnectionStatus was denied" in result.stderr


def test_expired_credentials(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"expired": True})
    result = run("list", "--json")
    assert (result.exit_code, listed(result)["nodes"]) == (1, [])
    assert listed(result)["problems"] == [problem for problem in listed(result)["problems"] if "expired" in problem]
    assert len(listed(result)["problems"]) == 1


@pytest.mark.parametrize(
    ("variables", "words", "told"),
    [
        ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, (), "No AWS credentials were found"),
        ({"AWS_REGION": None}, (), "No AWS Region is chosen"),
        ({}, ("--profile", "nope"), '"nope"'),
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, (), "does not accept these credentials"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, (), "127.0.0.1:9"),
        ({"AWS_ENDPOINT_URL": "no url"}, (), ""),
        ({"AWS_REGION": "moon-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, (), "127.0.0.1:9"),
        ({"AWS_REGION": "not a region"}, (), "not a region"),
    ],
)
def test_what_cannot_work_is_a_sentence(
    run: Run, variables: dict[str, str | None], words: tuple[str, ...], told: str
) -> None:
    result = run("list", *words, **variables)
    assert result.exit_code == 1
    assert told in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
    *sentences, last = result.stderr.splitlines()
    assert sentences
    assert all(line.startswith("smtui: ") and line.endswith(".") for line in sentences)
    assert last.startswith("smtui: Topic: ")
    assert last.rpartition(" ")[2] in topic_ids()


def test_a_broken_configuration_file_is_a_sentence(run: Run, environment: dict[str, str | None]) -> None:
    Path(str(environment["AWS_CONFIG_FILE"])).write_text("[profile x\nnonsense")
    result = run("list")
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_options_are_understood_before_and_after(run: Run) -> None:
    assert run("--region", "eu-west-1", "list", "--json").exit_code == 0
    assert run("list", "--json", "--region", "eu-west-1", AWS_REGION=None).exit_code == 0


def test_the_organisations_nodes_stand_below_ones_own(run: Run) -> None:
    nodes = {node["id"]: node for node in listed(run("list", "--json", "--organisation"))["nodes"]}
    [azure] = [node for node in nodes.values() if node["name"] == "azure-web-1"]
    assert (azure["badge"], azure["account"]) == ("Unknown", "777788889999")
    assert nodes["i-0a1b2c3d4e5f60718"]["badge"] == "Ready"
