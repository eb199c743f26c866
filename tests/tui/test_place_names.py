"""No two nodes or places on the screen can be confused."""

from __future__ import annotations

from smtui.domain.node import known_by_id
from smtui.domain.place import Place
from smtui.runs.run_request import targets_of
from smtui.tui.place_names import called, place_detail
from smtui.tui.tunnels.tunnel_rows import about, places_named, running_line
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.tui.tunnels.views import view

OPS, DEV = Place("ops", "eu-west-1"), Place("dev", "eu-west-1")
NODE = "i-0a1b2c3d4e5f60711"


def test_a_node_is_called_by_its_place_too_where_several_are_listed() -> None:
    node = known_by_id(NODE, DEV)
    assert called(node, [DEV]) == NODE
    assert called(node, [OPS, DEV]) == f"dev/eu-west-1/{NODE}"


def test_a_dialog_names_the_place_where_another_one_could_be_meant() -> None:
    assert place_detail(DEV, [DEV]) == ()
    assert place_detail(DEV, [OPS, DEV]) == ("dev/eu-west-1",)
    assert place_detail(DEV, [OPS]) == ("dev/eu-west-1",), "of a place that was listed earlier"
    assert place_detail(Place(), [Place(), OPS]) == ()


def test_a_run_on_nodes_of_several_places_names_each_of_them() -> None:
    both = targets_of([known_by_id(NODE, OPS), known_by_id(NODE, DEV)])
    assert [target.label for target in both] == [f"ops/eu-west-1/{NODE}", f"dev/eu-west-1/{NODE}"]
    assert [target.label for target in targets_of([known_by_id(NODE, OPS)])] == [NODE]


def test_tunnels_name_their_places_once_there_are_several() -> None:
    one = view("t1", "80", "web-1", 8080, TunnelState.OPEN, NOW)
    assert places_named([one], [one.forward.place]) == {}
    places = places_named([one], [DEV])
    assert places == {"t1": one.forward.place.label}
    assert about(one, NOW, place="ops/eu-west-1")[-1].startswith("web-1:80 through web-1 in ops/eu-west-1")
    assert " → web-1:80 in ops/eu-west-1, " in running_line(one, "ops/eu-west-1")
