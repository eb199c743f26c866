"""The pages beside the chain: nothing wider than its line, nothing lost, nothing said twice, nothing obeyed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.domain.text import harmless
from smtui.topics import causes, library
from smtui.topics.causes import Likely
from smtui.topics.failure import Failure
from smtui.topics.machines import Machines, System
from smtui.topics.topic import PLACEHOLDERS, ReadyCommand, Step, Topic, TopicCommand
from smtui.tui.troubleshoot.diagnosis_lines import Reading, alternatives, check_page, failure_page, group_page
from smtui.tui.troubleshoot.page_lines import Page, break_exactly
from smtui.tui.troubleshoot.troubleshooting import tunnel_failure
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.topics.values import topics
from tests.tui.troubleshoot.opening import ACL, CONNECTION, POLICY
from tests.tui.tunnels.views import view

VALUES = {name: f"{name}-0a1b2c3d4e5f60718" for name in PLACEHOLDERS}
TOPICS = {topic.id: topic for topic in topics()}
WIDTHS = st.integers(40, 200)


def reading(width: int = 78, chosen: int | None = None, *, machines: Machines | None = None) -> Reading:
    return Reading(machines or Machines(), width, chosen)


def widest(page: Page) -> int:
    return max(cell_len("".join(piece.text for piece in line)) for line in page.lines)


def ready(page: Page) -> list[ReadyCommand]:
    return [choice for choice in page.choices if isinstance(choice, ReadyCommand)]


def squeezed(text: str) -> str:
    """The text without its blanks and without the mark of the chosen command."""
    return re.sub(r"[\s▌]", "", text)


@given(st.text(max_size=200), st.integers(2, 40))
def test_breaking_exactly_loses_nothing(text: str, width: int) -> None:
    shown = harmless(text)
    lines = break_exactly(shown, width)
    assert "".join(lines) == shown
    assert all(cell_len(line.rstrip()) <= width for line in lines)


@pytest.mark.parametrize("width", [36, 58, 78, 97])
@pytest.mark.parametrize("topic", TOPICS.values(), ids=TOPICS.keys())
def test_every_topic_fits_and_its_commands_have_no_placeholder_left(topic: Topic, width: int) -> None:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", ("ec2:X: y",), topic.id)
    page = check_page("path.route", Diagnosis("i-1", (result,), values=VALUES), topic, reading(width))
    assert widest(page) <= width
    assert not any("{" + name + "}" in command.text for command in ready(page) for name in PLACEHOLDERS)
    assert topic.title.split()[0] in page.text()


# In what order -----------------------------------------------------------------------------------


def test_the_finding_comes_first_then_fix_proof_reason_and_what_to_look_at() -> None:
    page = check_page(POLICY.code, Diagnosis("i-1", (POLICY,), values=VALUES), TOPICS[POLICY.topic], reading(97))
    text = page.text()
    assert text.startswith("The role web-role allows none of")
    places = [text.index(f"\n{label} ") for label in ("FIX", "EVIDENCE", "WHY", "STEPS", "LOOK", "MORE")]
    assert places == sorted(places)
    assert text.index("\n  changes  ") < text.index("\n  risk     ") < places[1]
    assert squeezed(text).count(squeezed(POLICY.finding)) == 1


def test_evidence_that_repeats_the_finding_is_left_out() -> None:
    result = CheckResult("path.route", CheckStatus.WARN, "It is so.", ("It is so.", "ec2:X: why"))
    text = check_page("path.route", Diagnosis("i-1", (result,)), None, reading()).text()
    assert (text.count("It is so."), "EVIDENCE     ec2:X  why" in text) == (1, True)


def test_what_is_awaited_is_a_mark() -> None:
    page = check_page("path.route", Diagnosis("i-1", (), ("path.route",)), None, reading())
    assert page.text() == "…\nEVIDENCE     …"


def test_a_failure_says_what_it_means_its_causes_and_the_help() -> None:
    failure = Failure("It failed", "Words: no", "ctx", "means", "next", ("last  words",), "blank-screen", ("Because.",))
    diagnosis = Diagnosis("i-1", (POLICY, CONNECTION, ACL), verdict=Verdict("The verdict."))
    text = failure_page(failure, diagnosis, TOPICS["blank-screen"], reading()).text()
    for words in ("means", "next", "  last  words", "CAUSES       1  Because.", TOPICS["blank-screen"].title):
        assert words in text
    for elsewhere in ("Words: no", "ctx", "The verdict.", "network_acl"):
        assert elsewhere not in text


def test_words_that_were_cut_above_stand_whole_on_the_page() -> None:
    failure = Failure("It failed", "Words: no", "", "means", "")
    page = failure_page(failure, Diagnosis("i-1", ()), None, reading(), words_cut=True)
    assert page.text().startswith("Words: no\nmeans")


@pytest.mark.parametrize("is_open", [False, True])
def test_the_general_causes_are_a_line_until_they_are_opened(is_open: bool) -> None:
    failure = Failure("It failed", "TargetNotConnected: no", "", "", "", causes=("One.", "Two."))
    diagnosis = Diagnosis("i-1", (POLICY,), values=VALUES)
    page = check_page(POLICY.code, diagnosis, None, replace(reading(), is_open=is_open), failure)
    mark = "▾" if is_open else "▸"
    assert f"{mark} 2 general causes of TargetNotConnected" in page.text()
    assert ("  1  One.\n  2  Two." in page.text()) is is_open
    assert page.folds


@pytest.mark.parametrize("width", [58, 97])
def test_a_group_lists_its_checks_with_what_they_found(width: int) -> None:
    diagnosis = Diagnosis("i-1", (ACL, POLICY), ("path.route",))
    text = group_page(("path.network_acl", "path.route"), diagnosis, width).text()
    assert text.splitlines()[0].startswith("? network_acl  ec2:DescribeNetworkAcls was denied.")
    assert text.splitlines()[-1] == "… route"


# Fixes -------------------------------------------------------------------------------------------


def several(*does: str) -> Topic:
    commands = (
        TopicCommand(each, ("aws", "x", f"--name-{at}", "{role}"), changes="It.") for at, each in enumerate(does)
    )
    return Topic("t", "T", (), (), (), tuple(commands))


def page_of(topic: Topic, chosen: int | None = None, width: int = 78, **values: str) -> Page:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", (), topic.id)
    return check_page("path.route", Diagnosis("i-1", (result,), values=values), topic, reading(width, chosen))


def test_one_fix_is_shown_and_the_others_are_named_on_a_line() -> None:
    topic = several("Do this", "Or do that", "And this")
    lines = page_of(topic, role="r").text().splitlines()
    assert "FIX 1 of 3   Do this" in lines
    assert "  or  2 Do that   3 And this   (← → shows them)" in lines
    shown = page_of(topic, 1, role="r")
    assert "FIX 2 of 3   Or do that" in shown.text()
    assert "  or  1 Do this   3 And this   (← → shows them)" in shown.text()
    assert "▌ aws x --name-1 r" in shown.text()


@given(st.lists(st.text("abc de", min_size=1, max_size=90).filter(str.strip), min_size=1, max_size=25), WIDTHS)
def test_the_other_fixes_are_one_line(does: list[str], width: int) -> None:
    line = alternatives(list(enumerate(does, 2)), width)
    assert cell_len(f"  or  {line}") <= width
    counted = re.search(r"and (\d+) more", line)
    shown = len(does) - (int(counted[1]) if counted else 0)
    assert all(f"{number} " in line for number in range(2, shown + 2))


def test_a_fix_that_can_be_copied_is_shown_before_one_that_cannot() -> None:
    first = TopicCommand("Need a VPC", ("aws", "{vpc_id}"), changes="It.")
    topic = Topic("t", "T", (), (), (), (first, *several("Do this").commands))
    assert "FIX 2 of 2   Do this" in page_of(topic, role="r").text()
    assert "FIX 1 of 2   Need a VPC\n  Not known: the VPC." in page_of(topic, 0, role="r").text()


def test_what_can_be_marked_is_what_can_be_copied() -> None:
    page = check_page(POLICY.code, Diagnosis("i-1", (POLICY,), values=VALUES), TOPICS[POLICY.topic], reading(78, 1))
    marked = [number for number, line in enumerate(page.lines) if line and "▌" in line[0].text]
    chosen = page.choices[page.chosen]
    assert isinstance(chosen, ReadyCommand)
    shown = "\n".join("".join(piece.text for piece in page.lines[number]) for number in marked)
    assert squeezed(shown) == squeezed(chosen.text)
    assert page.chosen_line < marked[0]


@settings(deadline=None, max_examples=60)
@given(topic=st.sampled_from(list(TOPICS.values())), width=WIDTHS)
def test_a_fix_is_never_cut(topic: Topic, width: int) -> None:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", (), topic.id)
    diagnosis = Diagnosis("i-1", (result,), values=VALUES)
    for chosen in range(len(check_page(result.code, diagnosis, topic, reading(width)).choices)):
        page = check_page(result.code, diagnosis, topic, reading(width, chosen))
        choice = page.choices[page.chosen]
        if isinstance(choice, ReadyCommand):
            marked = [line for line in page.lines if line and "▌" in line[0].text]
            assert squeezed("".join(piece.text for line in marked for piece in line)) == squeezed(choice.text)


def test_what_the_failed_session_knows_fills_the_commands() -> None:
    failure = Failure("It failed", "w", "", "", "", topic="invalid-document", values={"document": "Acme-Logs"})
    page = failure_page(failure, Diagnosis("i-1", ()), TOPICS["invalid-document"], reading())
    assert "aws ssm get-document --name Acme-Logs" in [command.text for command in ready(page)]


def test_a_forward_that_fails_knows_both_its_ends() -> None:
    failure = tunnel_failure(view("t1", "db.internal:5432", "web-1", 15432, TunnelState.FAILED, NOW), ("a line",))
    page = failure_page(failure, Diagnosis("i-1", ()), TOPICS["remote-port-refused"], reading())
    assert ready(page) == page.choices
    assert failure.values["local_port"] == "15432"


@pytest.mark.parametrize(("node", "lead"), [(System.ANY, "macOS: "), (System.MACOS, "")])
def test_a_step_names_its_system_unless_that_is_known(node: System, lead: str) -> None:
    topic = Topic("t", "T", (), (), (Step("Look.", System.MACOS),))
    assert f"1  {lead}Look." in check_page_of(topic, Machines(node=node)).text()


def check_page_of(topic: Topic, machines: Machines, width: int = 78) -> Page:
    result = CheckResult("path.route", CheckStatus.FAIL, "It is broken.", (), topic.id)
    return check_page("path.route", Diagnosis("i-1", (result,)), topic, reading(width, machines=machines))


# What is not broken ------------------------------------------------------------------------------

HEX = st.text("0123456789abcdef", min_size=17, max_size=17)
IDS = st.builds("{}-{}".format, st.sampled_from(["i", "rtb", "subnet", "vpce", "tgw-attach"]), HEX)
ARNS = st.builds("arn:aws:iam::111122223333:role/{}".format, st.text("abcXYZ-", min_size=1, max_size=150))
OPTIONS = st.sampled_from(["--destination-cidr-block", "--route-table-id", "--http-put-response-hop-limit"])
PROSE = st.text("abcdefgh,.", min_size=1, max_size=14)
SENTENCES = st.lists(st.one_of(PROSE, IDS, ARNS, OPTIONS), min_size=1, max_size=25)


@settings(deadline=None)
@given(finding=SENTENCES, evidence=SENTENCES, cause=SENTENCES, width=WIDTHS)
def test_no_id_no_arn_and_no_option_is_broken(
    finding: list[str], evidence: list[str], cause: list[str], width: int
) -> None:
    """At any width at which one line can hold it."""
    words = ("ec2:DescribeRouteTables: " + " ".join(evidence), "iam:ListRoles: x")
    argv = ("aws", "ec2", "do", *(word for word in finding if len(word) > 14 and not word.startswith("-")))
    topic = Topic("t", "T", (), (" ".join(cause),), (), (TopicCommand("Do it", argv, changes=" ".join(cause)),))
    result = CheckResult("path.route", CheckStatus.FAIL, " ".join(finding), words, "t")
    page = check_page(result.code, Diagnosis("i-1", (result,)), topic, reading(width))
    assert widest(page) <= width
    shown = {word for line in page.text().splitlines() for word in line.split()}
    whole = [word for word in (*finding, *evidence, *cause) if len(word) <= width]
    assert [word for word in whole if word not in shown] == []
    assert squeezed(" ".join(finding)) in squeezed(page.text()), "what had to be broken is there too"


URL = "https://docs.example/" + "a" * 40


@pytest.mark.parametrize(("width", "indent"), [(100, 13), (74, 13), (73, 12), (62, 1), (61, 0)])
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


# Nothing twice -----------------------------------------------------------------------------------

LIKELY = [
    pytest.param(each, id=name)
    for module in (causes,)
    for name, each in vars(module).items()
    if isinstance(each, Likely)
]


@pytest.mark.parametrize("likely", LIKELY)
def test_no_sentence_comes_twice_on_the_page_of_a_failure(likely: Likely) -> None:
    failure = Failure("T", "W", "", "", "", topic=likely.topic, causes=likely.causes)
    machines = Machines(here=System.LINUX)
    topic = library.topic(likely.topic)
    page = failure_page(failure, Diagnosis("i-1", ()), topic, reading(4000, machines=machines))
    lines = [re.sub(r"^(?:[A-Z0-9 ]+  )?\s*(?:\d+  )?", "", "".join(p.text for p in line)) for line in page.lines]
    prose = [line for line in lines if not line.startswith(("changes", "risk", "Not known: "))]
    sentences = [one for line in prose for one in re.split(r"(?<=[.:?!])\s+(?=[A-Z])", line) if one.endswith(".")]
    assert [one for one in sentences if sentences.count(one) > 1] == []


@pytest.mark.parametrize("topic", [pytest.param(each, id=each.id) for each in topics()])
def test_a_page_names_its_topic_by_id(topic: Topic) -> None:
    assert f"{topic.title} ({topic.id})" in check_page_of(topic, Machines(), 4000).text()
