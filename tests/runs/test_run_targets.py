"""The nodes of a run: each is called by a label of its own."""

from __future__ import annotations

from smtui.domain.place import Place
from smtui.runs.run_request import RunTarget, distinct


def test_nodes_of_one_name_in_two_places_are_told_apart() -> None:
    web = [RunTarget("i-1", Place("ops", "eu-west-1"), "web"), RunTarget("i-2", Place("ops", "us-east-1"), "web")]
    third = RunTarget("i-3", Place("ops", "us-east-1"), "web")
    alone = RunTarget("i-4", Place("ops", "us-east-1"), "db")
    first, second = Place("ops", "eu-west-1").label, Place("ops", "us-east-1").label
    assert [one.label for one in distinct([*web, alone])] == [f"{first}/web", f"{second}/web", "db"]
    assert [one.label for one in distinct([*web, third])] == [f"{first}/web", f"{second}/web i-2", f"{second}/web i-3"]
