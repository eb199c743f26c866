"""A TARGET that names no node, or several: nothing is started, and what may have been meant is listed."""

from __future__ import annotations

from smtui.demo.region import SimulatedRegion
from tests.cli.conftest import Run


def test_a_part_of_a_name_lists_the_nodes_that_have_it(run: Run, region: SimulatedRegion) -> None:
    result = run("connect", "WEB")
    assert result.exit_code == 1
    told, *candidates = result.stderr.splitlines()
    assert told.endswith("address 'WEB'. These have it in their Name:")
    assert [line.split()[2] for line in candidates] == ["web-1", "web-2", "web-3"]
    assert region.faults.calls("ssm:StartSession") == 0


def test_what_is_in_no_name_lists_nothing(run: Run) -> None:
    for target in ("nowhere", "", "tag:env=nowhere"):
        result = run("connect", target)
        assert result.exit_code == 1
        assert result.stderr.splitlines() == [f"smtui: no node of the list has the id, Name or address {target!r}."]
