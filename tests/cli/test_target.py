"""A TARGET that names no node, or several: nothing is started, and what may have been meant is listed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result

from smtui.demo.region import SimulatedRegion
from tests.cli.conftest import Run

WEB = "i-0a1b2c3d4e5f60718"


def test_a_part_of_a_name_lists_the_nodes_that_have_it(run: Run, region: SimulatedRegion) -> None:
    result = run("connect", "WEB")
    assert result.exit_code == 1
    told, *candidates = result.stderr.splitlines()
    assert told.endswith("computer name 'WEB'. These have it in their Name or a tag:")
    assert [line.split()[2] for line in candidates] == ["web-1", "web-2", "web-3"]
    assert region.faults.calls("ssm:StartSession") == 0


def test_what_is_in_no_name_lists_nothing(run: Run) -> None:
    for target in ("nowhere", "", "tag:env=nowhere"):
        result = run("connect", target)
        assert result.exit_code == 1
        assert result.stderr.splitlines() == [
            f"smtui: no listed node has the id, Name, address or computer name {target!r}.",
            "smtui: To see the nodes: smtui list",
        ]


def test_a_part_of_a_tag_lists_the_nodes_that_have_it_and_starts_nothing(run: Run, region: SimulatedRegion) -> None:
    for target in ("tag:team=mob", "TAG:team=mobile"):
        result = run("connect", target)
        assert result.exit_code == 1
        assert any(line.split()[2] == "mac-1" for line in result.stderr.splitlines()[1:])
    assert region.faults.calls("ssm:StartSession") == 0


class TestSeveralPlaces:
    """The same Region seen through two profiles: every node is there twice."""

    @pytest.fixture
    def both(self, run: Run, environment: dict[str, str | None], region: SimulatedRegion) -> Run:
        keys = f"aws_access_key_id = {region.access_key_id}\naws_secret_access_key = {region.secret_access_key}\n"
        Path(str(environment["AWS_SHARED_CREDENTIALS_FILE"])).write_text(f"[ops]\n{keys}[dev]\n{keys}")

        def invoke(*words: str) -> Result:
            keyless = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": None}
            return run("--profile", "ops", "--profile", "dev", "--region", region.region, *words, **keyless)

        return invoke

    def test_the_list_says_where(self, both: Run, region: SimulatedRegion) -> None:
        result = both("list", "--filter", "web-1")
        heading, *rows = result.stdout.splitlines()
        assert heading.split()[-3:] == ["PROFILE", "ACCOUNT", "REGION"]
        assert {(row.split()[-3], row.split()[-1]) for row in rows} == {("ops", region.region), ("dev", region.region)}

    def test_an_ambiguous_target_lists_what_can_be_given_instead(self, both: Run, region: SimulatedRegion) -> None:
        result = both("doctor", "web-1")
        assert result.exit_code == 1
        [told, *candidates] = result.stderr.splitlines()
        assert "names 2 nodes" in told
        given = [line.split()[0] for line in candidates]
        assert given == [f"{profile}/{region.region}/{WEB}" for profile in ("ops", "dev")]

    @pytest.mark.parametrize("target", ["ops/eu-west-1/web-1", "ops/web-1", f"ops/eu-west-1/{WEB}", f"dev/{WEB}"])
    def test_a_target_may_carry_its_place(self, both: Run, target: str) -> None:
        result = both("doctor", target, "--json")
        assert json.loads(result.stdout)["target"] == WEB

    def test_a_region_alone_does_not_tell_two_profiles_apart(self, both: Run) -> None:
        assert "names 2 nodes" in both("doctor", "eu-west-1/web-1").stderr


def test_one_place_is_not_named(run: Run) -> None:
    assert "REGION" not in run("list").stdout.splitlines()[0]
