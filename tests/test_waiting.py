"""What tests wait with returns the first answer that is true, and says what it saw when none comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.waiting import until, wait_until


def answers(*given: object) -> Callable[[], object]:
    coming: Iterator[object] = iter(given)
    return lambda: next(coming)


def test_the_first_true_answer_comes_back() -> None:
    assert wait_until(answers(0, "", "yes", "later")) == "yes"


async def test_also_while_the_loop_runs_on() -> None:
    assert await until(answers(None, [], ["yes"])) == ["yes"]


def test_what_is_true_at_once_needs_no_patience() -> None:
    assert wait_until(lambda: 1, patience=0) == 1


@pytest.mark.parametrize(
    ("shows", "words"), [(None, "it answers False, sent is [7]"), (lambda: "the screen", "the screen")]
)
async def test_in_vain_it_says_what_it_saw(shows: Callable[[], object] | None, words: str) -> None:
    sent = [7]
    with pytest.raises(AssertionError) as sync:
        wait_until(lambda: len(sent) > 1, shows, patience=0)
    with pytest.raises(AssertionError) as concurrent:
        await until(lambda: len(sent) > 1, shows, patience=0)
    assert str(sync.value) == str(concurrent.value) == f"Waited 0 s in vain: {words}"


def test_a_condition_without_names_of_its_own_will_do() -> None:
    with pytest.raises(AssertionError, match=r"Waited 0 s in vain: it answers \[\]"):
        wait_until([].copy, patience=0)
