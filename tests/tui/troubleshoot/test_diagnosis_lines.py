"""The pages beside the chain: nothing wider than its line, nothing lost, nothing obeyed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.domain.text import harmless
from smtui.topics import causes, library
from smtui.topics.causes import Likely
from smtui.topics.failure import Failure
from smtui.topics.machines import Machines, System
from smtui.topics.topic import PLACEHOLDERS, Step, Topic
from smtui.tui.troubleshoot.check_rows import chain_order, check_rows, tally
from smtui.tui.troubleshoot.diagnosis_lines import Page, break_exactly, check_page, overview_page
from smtui.tui.troubleshoot.troubleshooting import tunnel_failure
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.topics.values import topics
from tests.tui.troubleshoot.opening import ACL, CONNECTION, POLICY
from tests.tui.tunnels.views import view

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
    assert not any("{" + name + "}" in command.text for command in page.commands for name in PLACEHOLDERS)
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
    assert "aws ssm get-document --name Acme-Logs" in [command.text for command in page.commands]


def test_a_forward_that_fails_knows_both_its_ends() -> None:
    failure = tunnel_failure(view("t1", "db.internal:5432", "web-1", 15432, TunnelState.FAILED, NOW), ("a line",))
    page = overview_page(failure, Diagnosis("i-1", ()), TOPICS["remote-port-refused"], Machines(), 0, 78)
    assert not page.withheld
    assert failure.values["local_port"] == "15432"


@pytest.mark.parametrize(("node", "lead"), [(System.ANY, "macOS: "), (System.MACOS, "")])
def test_a_step_names_its_system_unless_that_is_known(node: System, lead: str) -> None:
    topic = Topic("t", "T", (), (), (Step("Look.", System.MACOS),))
    assert f"1  {lead}Look." in check_page_of(topic, Machines(node=node)).text()


def check_page_of(topic: Topic, machines: Machines, width: int = 78) -> Page:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", (), topic.id)
    return check_page("path.route", Diagnosis("i-1", (result,)), topic, machines, 0, width)


URL = "https://docs.example/" + "a" * 40


@pytest.mark.parametrize(("width", "indent"), [(100, 2), (63, 2), (62, 1), (61, 0)])
def test_a_url_is_one_line_wherever_one_can_hold_it(width: int, indent: int) -> None:
    page = Page(width)
    page.link(URL)
    assert page.text() == " " * indent + URL


def test_a_url_that_no_line_can_hold_leads_there_from_every_piece() -> None:
    page = Page(30)
    page.link(URL)
    assert page.text().split("\n") == [URL[:30], URL[30:60], URL[60:]]
    assert [piece.url for line in page.lines for piece in line if piece.text] == [URL] * 3


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("topic", [pytest.param(each, id=each.id) for each in topics()])
def test_no_line_of_a_page_is_broken_inside_a_url(topic: Topic, width: int) -> None:
    page = check_page_of(topic, Machines(), width)
    text = page.text()
    for link in topic.links:
        leads = any(piece.url == link.url for line in page.lines for piece in line)
        assert leads
        assert link.url in text or len(link.url) > width


LIKELY = [
    pytest.param(each, id=name)
    for module in (causes,)
    for name, each in vars(module).items()
    if isinstance(each, Likely)
]


@pytest.mark.parametrize("likely", LIKELY)
def test_no_sentence_comes_twice_on_the_page_of_a_failure(likely: Likely) -> None:
    failure = Failure("T", "W", "", "", "", topic=likely.topic, causes=likely.causes)
    page = overview_page(
        failure, Diagnosis("i-1", ()), library.topic(likely.topic), Machines(here=System.LINUX), 0, 4000
    )
    lines = [re.sub(r"^\d+  ", "", "".join(piece.text for piece in line).strip()) for line in page.lines]
    prose = [line for line in lines if not line.startswith(("Changes: ", "Risk: ", "None known: "))]
    sentences = [one for line in prose for one in re.split(r"(?<=[.:?!])\s+(?=[A-Z])", line) if one.endswith(".")]
    assert [one for one in sentences if sentences.count(one) > 1] == []


@pytest.mark.parametrize("topic", [pytest.param(each, id=each.id) for each in topics()])
def test_a_page_names_its_topic_by_id(topic: Topic) -> None:
    assert f"{topic.title} ({topic.id})" in check_page_of(topic, Machines(), 4000).text()
