"""`smtui sessions` against a Region with sessions of others: the list, its filter, what may not be seen, the end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import Result

from smtui.cli.sessions import terminate_sessions
from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.cli.conftest import Run
from tests.demo.support import client

LIST = "ssm:DescribeSessions"


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(), past_sessions=250) as running:
        yield running


def listed(result: Result) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(result.stdout)["sessions"]
    return found


def start(region: SimulatedRegion, **more: str) -> str:
    session_id: str = client(region, "ssm").start_session(Target="i-0a1b2c3d4e5f60718", **more)["SessionId"]
    return session_id


def test_who_is_on_which_node_mine_first(run: Run, region: SimulatedRegion) -> None:
    mine = start(region, Reason="INC-1")
    result = run("sessions", "--json")
    assert result.exit_code == 0
    sessions = listed(result)
    assert [each["mine"] for each in sessions] == [True, False, False, False, False]
    first = sessions[0]
    promised = (
        "id node name owner who mine kind document reason status access_type started ended seconds max_minutes account "
        "region profile"
    )
    assert set(first) == set(promised.split())
    assert (first["id"], first["node"], first["name"]) == (mine, "i-0a1b2c3d4e5f60718", "web-1")
    assert (first["who"], first["kind"], first["reason"]) == ("demo-operator", "shell", "INC-1")
    assert (first["account"], first["region"], first["ended"]) == ("111122223333", "eu-west-1", None)
    assert [each["who"] for each in sessions[1:]] == ["deploy-bot", "ana", "ben@acme.example", "carla"]
    assert [each["started"] for each in sessions[1:]] == sorted((s["started"] for s in sessions[1:]), reverse=True)
    client(region, "ssm").terminate_session(SessionId=mine)


def test_the_table_is_aligned_and_names_everything(run: Run) -> None:
    heading, *rows = run("sessions").stdout.splitlines()
    assert heading.split() == ["STATUS", "WHO", "NODE", "KIND", "STARTED", "(UTC)", "FOR", "SESSION", "REASON"]
    column = heading.index("KIND")
    assert [row[column:].split("  ")[0] for row in rows] == ["ssh", "shell, JIT", "remote port", "shell"]
    assert all(row[column - 1] == " " for row in rows)
    assert rows[1].endswith("CHG-88")
    assert rows[3].startswith("◐ disconnected  carla (ops)")


def test_the_past(run: Run) -> None:
    result = run("sessions", "--history", "--json")
    assert result.exit_code == 0
    sessions = listed(result)
    assert len([each for each in sessions if not each["id"].startswith("demo-operator")]) > 150
    assert all(each["ended"] and each["seconds"] >= 0 for each in sessions)
    mine = [each["mine"] for each in sessions]
    assert mine == sorted(mine, reverse=True)
    assert 0 < mine.count(True) < len(mine)


@pytest.mark.parametrize(
    ("words", "who"),
    [
        ("who:ana", ["ana"]),
        ("web-1 -ssh", ["ana"]),
        ("status:disconnected", ["carla"]),
        ("kind:port", ["ben@acme.example"]),
        ("-ops", ["deploy-bot", "ben@acme.example"]),
    ],
)
def test_a_filter(run: Run, words: str, who: list[str]) -> None:
    assert [each["who"] for each in listed(run("sessions", "--json", "--filter", words))] == who


def test_nothing_matches(run: Run) -> None:
    result = run("sessions", "--filter", "no such thing")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no session matches" in result.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [("web-1 stauts:active", "None has stauts:active."), ("who:anna", "None has who:anna; who:ana does match.")],
)
def test_a_mistake_in_a_filter_is_named(run: Run, words: str, why: str) -> None:
    result = run("sessions", "--filter", words)
    assert (result.exit_code, result.stdout) == (0, "")
    assert f"no session matches. {why}" in result.stderr


def test_a_denied_list_is_named(run: Run, region: SimulatedRegion) -> None:
    region.faults.apply({"deny": [LIST]})
    result = run("sessions", "--json")
    assert (result.exit_code, listed(result)) == (1, [])
    assert f"{LIST} was denied" in result.stderr
    assert "is not authorized to perform" in json.loads(result.stdout)["problems"][0], "AWS's own words"


@pytest.mark.parametrize("action", ["ec2:DescribeInstances", "sts:GetCallerIdentity"])
def test_what_else_may_not_be_seen_leaves_the_list(run: Run, region: SimulatedRegion, action: str) -> None:
    region.faults.apply({"deny": [action]})
    result = run("sessions", "--json")
    assert result.exit_code == 3
    assert len(listed(result)) == 4
    assert f"{action} was denied" in result.stderr
    if action.startswith("sts"):
        assert {each["mine"] for each in listed(result)} == {None}
    else:
        assert {each["name"] for each in listed(result)} == {""}


def test_one_of_two_places_is_denied(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "--json", "--region", "eu-west-1", "--region", "us-east-1")
    assert (result.exit_code, len(listed(result))) == (0, 4)
    result = run("sessions", "--json", "--region", "eu-west-1", "--region", "moon-1")
    assert (result.exit_code, len(listed(result))) == (3, 4)
    assert "moon-1" in json.loads(result.stdout)["problems"][0]


@pytest.mark.parametrize("words", [("--history", "terminate", "x"), ("--json", "terminate", "x")])
def test_the_lists_options_are_not_for_subcommands(run: Run, words: tuple[str, ...]) -> None:
    assert run("sessions", *words).exit_code == 2


def test_my_sessions_are_terminated(run: Run, region: SimulatedRegion) -> None:
    first, second = start(region), start(region, DocumentName="AWS-StartSSHSession")
    result = run("sessions", "terminate", "--yes", first, second, first)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"Your shell on web-1 is terminated. ({first})",
        f"Your ssh session on web-1 is terminated. ({second})",
    ]
    assert region.sessions.session(first) is None
    again = run("sessions", "terminate", "--yes", first)
    assert (again.exit_code, again.stdout) == (0, f"Your shell on web-1 had already ended. ({first})\n")


def test_anothers_session_goes_on(run: Run, region: SimulatedRegion) -> None:
    mine = start(region)
    [anas] = [each["id"] for each in listed(run("sessions", "--json", "--filter", "who:ana"))]
    result = run("sessions", "terminate", "--yes", anas, mine)
    assert result.exit_code == 1
    assert "Your shell on web-1 is terminated." in result.stdout
    assert "ana's shell on web-1 was not terminated: ssm:TerminateSession was denied." in result.stderr
    assert "Policies usually let you terminate only your own sessions." in result.stderr
    assert region.sessions.session(anas) is not None


def test_an_unknown_session_is_not_terminated(run: Run, region: SimulatedRegion) -> None:
    mine = start(region)
    result = run("sessions", "terminate", "--yes", "demo-operator-00000000000000000", mine)
    assert result.exit_code == 1
    assert "no session of these places has the id demo-operator-00000000000000000" in result.stderr
    assert region.sessions.session(mine) is None, "the other one is"


def test_a_session_is_terminated_where_the_list_is_denied(run: Run, region: SimulatedRegion) -> None:
    mine = start(region)
    region.faults.apply({"deny": [LIST]})
    result = run("sessions", "terminate", "--yes", mine)
    assert (result.exit_code, result.stdout) == (0, f"Session {mine} is terminated. ({mine})\n")
    assert f"{LIST} was denied" in result.stderr


@pytest.mark.parametrize("session_id", ["demo-operator-00000000000000000", ""])
def test_a_wrong_id_is_not_taken_for_a_session_where_only_names_are_denied(
    run: Run, region: SimulatedRegion, session_id: str
) -> None:
    region.faults.apply({"deny": ["ec2:DescribeInstances"]})
    result = run("sessions", "terminate", "--yes", session_id)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "AWS lists none, active or past." in result.stderr
    assert "was not terminated" not in result.stderr, "nothing was tried"


def test_a_wrong_id_is_not_called_unlisted_where_a_place_may_not_be_seen(run: Run, region: SimulatedRegion) -> None:
    result = run("sessions", "terminate", "--yes", "nosuch", "--region", "eu-west-1", "--region", "moon-1")
    assert result.exit_code == 1
    assert "AWS lists none" not in result.stderr
    assert "not all sessions of these places are known" in result.stderr


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [(("--read-only", "--yes"), 1, "read-only"), ((), 2, "--yes")],
)
def test_nothing_is_terminated_without_leave(
    run: Run, region: SimulatedRegion, words: tuple[str, ...], status: int, told: str
) -> None:
    mine = start(region)
    result = run("sessions", "terminate", *words, mine)
    assert (result.exit_code, result.stdout) == (status, "")
    assert told in result.stderr
    assert region.sessions.session(mine) is not None
    region.sessions.terminate(mine)


@pytest.mark.parametrize("agrees", [True, False])
def test_the_question_names_the_sessions(
    run: Run, region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch, agrees: bool
) -> None:
    asked: list[str] = []

    async def answer(_: object, title: str) -> bool:
        asked.append(title)
        return agrees

    monkeypatch.setattr(terminate_sessions, "can_ask", lambda: True)
    monkeypatch.setattr(terminate_sessions, "is_yes", answer)
    mine = start(region, Reason="INC-2")
    [anas] = [each["id"] for each in listed(run("sessions", "--json", "--filter", "who:ana"))]
    result = run("sessions", "terminate", mine, anas)
    assert result.exit_code == 1
    assert asked == ["Terminate these 2 sessions? What runs in them ends, too."]
    assert re.search(rf"your shell on web-1 · \d+ s · INC-2 · {mine}", result.stderr)
    assert "ana's shell on web-1 · " in result.stderr
    assert "Policies usually let you" in result.stderr
    assert (region.sessions.session(mine) is None) is agrees
    assert ("nothing was terminated" in result.stderr) is not agrees
    region.sessions.terminate(mine)
