"""The question before a start, in words: what is known, what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.node import StopFacts
from smtui.tui.wait.wait_page import permission_words, start_page, stop_words
from tests.engine.fakes import NOW, fault

BY_USER = "Client.UserInitiatedShutdown"
AGO = NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (StopFacts("stopped", "", AGO, BY_USER), "It was stopped 3 d ago by a user."),
        (StopFacts("stopped", "", AGO), "It was stopped 3 d ago, it is not known by whom."),
        (StopFacts("stopped", "", None, "Server.SpotInstanceShutdown"), "It was stopped by AWS, it is not known when."),
        (StopFacts("stopped"), "Since when it is stopped, and by whom, is not known."),
        (StopFacts("stopping", "", AGO, BY_USER), "It is stopping now, and is started once it has stopped."),
    ],
)
def test_since_when_and_by_whom(facts: StopFacts, words: str) -> None:
    assert stop_words(facts, NOW) == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Whether you may: …"),
        (True, "You may: ec2:StartInstances is allowed (dry run)."),
        (fault("ec2:StartInstances"), "You may not: ec2:StartInstances is denied (dry run)."),
        (fault("ec2:StartInstances", FaultKind.TIMED_OUT), "Whether you may is not known: "),
    ],
)
def test_whether_it_is_allowed(answer: Fault | Literal[True] | None, words: str) -> None:
    assert permission_words(answer)[0].startswith(words)


def test_the_page_names_costs_and_addresses() -> None:
    facts = StopFacts("stopped", "m6i.large", AGO, BY_USER)
    page = " ".join(start_page(60, "i-07c5 · ops/eu-west-1", facts, True, "", NOW).text().split())
    assert "i-07c5 · m6i.large · ops/eu-west-1" in page
    assert "It costs money as soon as it runs. Its private address stays; a public one would be new." in page
    fixed = StopFacts("stopped", has_fixed_public_address=True)
    assert "Its addresses stay." in " ".join(start_page(60, "i-07c5", fixed, None, "", NOW).text().split())
    unknown = start_page(60, "i-07c5", None, None, "ec2:DescribeInstances was denied.", NOW).text()
    assert "not known: ec2:DescribeInstances was denied." in " ".join(unknown.split())
