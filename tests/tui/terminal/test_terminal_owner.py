"""Every order of events: the terminal has one owner, and whoever leaves does not come back."""

from __future__ import annotations

from itertools import product

import pytest

from smtui.tui.terminal.terminal_owner import Holding, TerminalEvent, TerminalOwner, TerminalStep

E, S = TerminalEvent, TerminalStep
EVERY_ORDER = list(product(TerminalEvent, repeat=6))


def run(events: tuple[TerminalEvent, ...]) -> list[tuple[TerminalEvent, TerminalStep]]:
    owner = TerminalOwner()
    return [(event, owner.after(event)) for event in events]


def test_no_session_gets_the_terminal_twice_or_once_the_program_is_ending() -> None:
    for events in EVERY_ORDER:
        lent = ending = False
        for event, step in run(events):
            assert (step is S.HAND_OVER) == (event is E.PLUGIN_STARTED and not lent and not ending), events
            ending = ending or event in (E.LEAVE, E.SCREEN_OVER)
            lent = (lent or step is S.HAND_OVER) and event is not E.SESSION_OVER


def test_every_plugin_is_told_whether_it_has_the_terminal() -> None:
    for events in EVERY_ORDER:
        steps = [step for event, step in run(events) if event is E.PLUGIN_STARTED]
        assert set(steps) <= {S.HAND_OVER, S.REFUSE}, events


def test_the_screen_comes_back_only_from_a_session_and_only_if_nobody_has_left() -> None:
    for events in EVERY_ORDER:
        lent = ending = False
        for event, step in run(events):
            back = event is E.SESSION_OVER and lent and not ending
            assert (step is S.TAKE_BACK) == back, events
            ending = ending or event in (E.LEAVE, E.SCREEN_OVER)
            lent = (lent or step is S.HAND_OVER) and event is not E.SESSION_OVER


def test_leaving_settles_once_and_closes_the_screen_only_after_that() -> None:
    for events in EVERY_ORDER:
        steps = [step for _, step in run(events)]
        assert steps.count(S.SETTLE) <= 1, events
        if S.CLOSE_SCREEN in steps:
            assert S.SETTLE in steps[: steps.index(S.CLOSE_SCREEN)], events


def test_nothing_happens_to_a_screen_that_is_over() -> None:
    for events in EVERY_ORDER:
        told = run(events)
        over = next((place for place, (event, _) in enumerate(told) if event is E.SCREEN_OVER), len(told))
        assert {step for _, step in told[over:]} <= {S.NOTHING, S.REFUSE, S.LET_GO}, events


@pytest.mark.parametrize(
    ("events", "lent", "ending"),
    [
        ((), False, False),
        ((E.PLUGIN_STARTED,), True, False),
        ((E.PLUGIN_STARTED, E.SESSION_OVER), False, False),
        ((E.PLUGIN_STARTED, E.LEAVE), True, True),
        ((E.PLUGIN_STARTED, E.LEAVE, E.SESSION_OVER), False, True),
        ((E.LEAVE,), False, True),
        ((E.PLUGIN_STARTED, E.SCREEN_OVER), False, True),
    ],
)
def test_who_may_draw_and_begin_something(events: tuple[TerminalEvent, ...], lent: bool, ending: bool) -> None:
    owner = TerminalOwner()
    for event in events:
        owner.after(event)
    assert (owner.lent, owner.ending) == (lent, ending)


def test_it_begins_with_the_screen() -> None:
    assert TerminalOwner().holding is Holding.SCREEN
