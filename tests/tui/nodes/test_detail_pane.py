"""The details at any width: the gist first, nothing wider than its line, nothing broken that one must copy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.domain.node import ConnectionFact, Node, Sighting
from smtui.domain.readiness import readiness
from smtui.domain.text import harmless
from smtui.tui.nodes.detail_pane import FIRST_LINES, details
from smtui.tui.nodes.node_sections import identity, sections
from smtui.tui.parts.page import Line, Paragraphs
from tests.domain.build import NOW, connected, ec2_facts, node, not_connected, ssm_facts

WIDTHS = st.integers(57, 300) | st.integers(40, 60)
"""Of the pane on screens of 60 to 300 columns."""
ARN = "arn:aws:iam::111122223333:instance-profile/acme/production/frontend-web-servers"
DENIED = f"User: {ARN} is not authorized to perform: ssm:DescribeInstanceInformation, see https://docs.aws.amazon.com/x"
WORDS = st.from_regex(r"[A-Za-z0-9_:/=+@.-]{1,60}", fullmatch=True)
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
TAGS = st.dictionaries(TEXTS, TEXTS | st.just(""), max_size=12)


def some_node(tags: dict[str, str], words: str, *, old: bool, hidden: bool, probe: ConnectionFact | None) -> Node:
    ec2 = ec2_facts(
        tags={"Name": words, **tags}, name=words,
        private_ip="2001:0db8:85a3:08d3:1319:8a2e:0370:7344", zone="eu-west-1a",
        vpc_id="vpc-0e8d1d9693b3c4134", subnet_id="subnet-0776ce2388baa1a57", image_id="ami-0dc9ff59f634b7b44",
        instance_type="m6i.large", instance_profile_arn=ARN,
    )  # fmt: skip
    ssm = ssm_facts(
        agent_version="2.3.701.0" if old else "3.3.987.0", computer_name=words, source_id=ARN,
        iam_role="service-role/AmazonEC2RunCommandRoleForManagedInstances", activation_id=ARN[:36],
    )  # fmt: skip
    shown = node(ssm=ssm, ec2=ec2, connection=probe)
    return replace(shown, ssm=None, ssm_side=Sighting.DENIED, ssm_trouble=DENIED) if hidden else shown


NODES = st.builds(
    some_node,
    TAGS,
    TEXTS,
    old=st.booleans(),
    hidden=st.booleans(),
    probe=st.sampled_from([connected(), not_connected(), None]),
)


def text_of(line: Line) -> str:
    return "".join(piece.text for piece in line)


def lines_of(page: Paragraphs) -> list[str]:
    return [text_of(line) for line in page.lines]


@given(NODES, WIDTHS)
def test_no_line_is_wider_and_no_word_is_broken_that_a_line_can_hold(shown: Node, width: int) -> None:
    lines = lines_of(details(shown, NOW, [DENIED], width))
    assert max(map(cell_len, lines)) <= width
    column = width if width < 88 else (width - 3) // 2
    facts = [word for section in sections(shown, NOW) for fact in section.facts for word in (fact.label, fact.value)]
    for text, room in [(identity(shown), width), (DENIED, width), *((harmless(text), column) for text in facts)]:
        for word in text.split():
            assert cell_len(word) > room or any(word in line for line in lines), (word, room)


@given(NODES, WIDTHS)
def test_status_abilities_tags_and_address_stand_in_the_first_lines(shown: Node, width: int) -> None:
    lines = lines_of(details(shown, NOW, [], width))[:FIRST_LINES]
    assert lines[0].endswith(f"{readiness(shown, NOW).badge.mark} {readiness(shown, NOW).badge.word}")
    wanted = ["address", *(["can"] if shown.ssm else []), *(["tags"] if set(shown.tags) - {"Name"} else [])]
    labels = [line[:11].strip() for line in lines]
    assert [label for label in wanted if label not in labels] == []
    address = labels.index("address")
    assert shown.address in " ".join(lines[address : address + 2])


def test_at_300_columns_the_sections_stand_side_by_side() -> None:
    lines = lines_of(details(node(connection=connected()), NOW, [], 93))
    assert any(line.startswith("Systems Manager · listed") or "   Systems Manager · listed" in line for line in lines)
    both = [line for line in lines if line[:45].strip() and line[48:].strip()]
    assert len(both) > 3


def test_tags_that_have_no_room_are_counted() -> None:
    tags = {f"key-{number}": "a-value-of-some-length" for number in range(50)}
    lines = lines_of(details(node(ec2=ec2_facts(tags=tags)), NOW, [], 49))
    shown = [line for line in lines[:FIRST_LINES] if "key-" in line]
    assert f"{50 - len(shown)} more below" in "\n".join(lines[:FIRST_LINES])
    assert "key-49" in "\n".join(lines)


@pytest.mark.parametrize("width", [49, 77])
def test_a_long_reason_is_whole_below(width: int) -> None:
    denied = node(ssm=None, ssm_side=Sighting.DENIED, ssm_trouble=f"{DENIED} {DENIED}.")
    lines = lines_of(details(denied, NOW, [], width))
    assert lines[3].endswith("…")
    assert f"{DENIED}{DENIED}.".replace(" ", "") in "".join("".join(lines[4:]).split())
