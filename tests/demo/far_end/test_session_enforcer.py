from __future__ import annotations

import asyncio

import pytest

from smtui.demo.far_end.session_enforcer import IDLE_WORDS, LONGEST_WORDS, Limits, enforce
from smtui.topics.failure_topics import of_words
from tests.waiting import jumping_clock


class Session:
    def __init__(self) -> None:
        self.last_input = asyncio.get_running_loop().time()
        self.said: list[tuple[float, str]] = []
        self.began = self.last_input

    def end_with(self, words: str) -> None:
        self.said.append((asyncio.get_running_loop().time() - self.began, words))

    def type_at(self, *dates: float) -> None:
        for date in dates:
            asyncio.get_running_loop().call_at(self.began + date, self._type)

    def _type(self) -> None:
        self.last_input = asyncio.get_running_loop().time()


@pytest.mark.parametrize(
    ("limits", "typing", "end"),
    [
        (Limits(idle=100), (), (100, IDLE_WORDS)),
        (Limits(idle=100), (90, 150), (250, IDLE_WORDS)),
        (Limits(longest=300), (), (300, LONGEST_WORDS)),
        (Limits(idle=100, longest=300), (90, 180, 270), (300, LONGEST_WORDS)),
        (Limits(idle=100, longest=300), (90,), (190, IDLE_WORDS)),
    ],
)
async def test_a_session_ends_at_its_first_limit(
    limits: Limits, typing: tuple[float, ...], end: tuple[float, str]
) -> None:
    with jumping_clock():
        session = Session()
        session.type_at(*typing)
        await enforce(session, limits)
    assert [(round(at), words) for at, words in session.said] == [end]


async def test_without_limits_nothing_ends() -> None:
    session = Session()
    await enforce(session, Limits())
    assert session.said == []


@pytest.mark.parametrize(("words", "topic"), [(IDLE_WORDS, "idle-timeout"), (LONGEST_WORDS, "session-limit")])
def test_the_words_lead_to_their_topics(words: str, topic: str) -> None:
    likely = of_words(words)
    assert likely is not None
    assert likely.topic == topic
