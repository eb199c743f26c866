"""The pages beside the chain: nothing wider than its line, nothing lost, nothing obeyed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.domain.check import CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.domain.failure import Failure
from smtui.domain.report import Machines
from smtui.domain.text import harmless
from smtui.domain.topic import PLACEHOLDERS, Step, System, Topic
from smtui.domain.tunnel import TunnelState
from smtui.tui.check_rows import chain_order, check_rows, tally
from smtui.tui.diagnosis_lines import Page, break_exactly, check_page, overview_page
from smtui.tui.troubleshooting import tunnel_failure
from tests.engine.fakes import NOW
from tests.topics.values import topics
from tests.tui.troubleshooting import ACL, CONNECTION, POLICY
from tests.tui.tunnels import view

VALUES = {name: f"{name}-0a1b2c3d4e5f60718" for name in PLACEHOLDERS}
TOPICS = {topic.id: topic for topic in topics()}


def widest(page: Page) -> int:
    return max(cell_len("".join(piece.text for piece in line)) for line in page.lines)


@given(st.text(max_size=200), st.integers(2, 40))
def test_breaking_exactly_loses_nothing(text: str, width: int) -> None:
    shown = harmless(text)
    lines = break_exactly(shown, width)
    assert "".join(lines) == shown
    assert all(cell_len(line.rstrip()) <= width for line in lines)


@pytest.mark.parametrize("width", [36, 78, 90])
@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS.keys())
def test_every_topic_fits_and_its_commands_have_no_placeholder_left(topic: Topic, width: int) -> None:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", ("ec2:X: y",), topic.id)
    page = check_page("path.route", Diagnosis("i-1", (result,), values=VALUES), topic, Machines(), 0, width)
    assert widest(page) <= width
    assert not any("{" + name + "}" in command.line for command in page.commands for name in PLACEHOLDERS)
    assert topic.title.split()[0] in page.text()


def test_an_overview_tells_of_everything() -> None:
    failure = Failure("It failed", "Words: no", "ctx", "means", "next", ("last  words",), "blank-screen", ("Because.",))
    diagnosis = Diagnosis("i-1", (POLICY, CONNECTION, ACL), verdict=Verdict("The verdict."))
    page = overview_page(failure, diagnosis, TOPICS["blank-screen"], Machines(), 0, 78)
    text = page.text()
    for words in (
        "Words: no", "(ctx)", "means", "next", "last  words", "1  Because.", TOPICS["blank-screen"].title,
        "The verdict.", "✕ identity.policy", "! node.connection", "? path.network_acl",
    ):  # fmt: skip
        assert words in text
    assert text.index("Words: no") < text.index("last  words") < text.index("The verdict.")


def test_what_can_be_marked_is_what_can_be_copied() -> None:
    diagnosis = Diagnosis("i-1", (POLICY,), values=VALUES)
    page = check_page(POLICY.code, diagnosis, TOPICS["role-without-permissions"], Machines(), 1, 78)
    assert len(page.commands) == len(page.command_lines) > 1
    marked = [number for number, line in enumerate(page.lines) if line and line[0].text.startswith("▌")]
    assert marked[0] == page.command_lines[1]


def test_the_chain_has_its_own_order() -> None:
    order = chain_order(["path.route", "local.clock", "node.ping", "local.region"])
    assert order == ("local.clock", "local.region", "node.ping", "path.route")
    diagnosis = Diagnosis("i-1", (ACL,), ("path.route",))
    assert [row.mark for row in check_rows(diagnosis, ("path.network_acl", "path.route"))[1:]] == ["?", "·"]
    assert tally(diagnosis) == "0 of 2 checks, 1 not seen"


def test_what_the_failed_session_knows_fills_the_commands() -> None:
    failure = Failure("It failed", "w", "", "", "", topic="invalid-document", values={"document": "Acme-Logs"})
    page = overview_page(failure, Diagnosis("i-1", ()), TOPICS["invalid-document"], Machines(), 0, 78)
    assert "aws ssm get-document --name Acme-Logs" in [command.line for command in page.commands]


def test_a_forward_that_fails_knows_both_its_ends() -> None:
    failure = tunnel_failure(view("t1", "db.internal:5432", "web-1", 15432, TunnelState.FAILED, NOW), ("a line",))
    page = overview_page(failure, Diagnosis("i-1", ()), TOPICS["remote-port-refused"], Machines(), 0, 78)
    assert not page.withheld
    assert failure.values["local_port"] == "15432"


@pytest.mark.parametrize(("node", "lead"), [(System.ANY, "macOS: "), (System.MACOS, "")])
def test_a_step_names_its_system_unless_that_is_known(node: System, lead: str) -> None:
    topic = Topic("t", "T", (), (), (Step("Look.", System.MACOS),))
    assert f"1  {lead}Look." in check_page_of(topic, Machines(node=node)).text()


def check_page_of(topic: Topic, machines: Machines) -> Page:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", (), topic.id)
    return check_page("path.route", Diagnosis("i-1", (result,)), topic, machines, 0, 78)
