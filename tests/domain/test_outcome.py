from __future__ import annotations

import pytest

from smtui.domain.outcome import PluginRun, PluginWord, PluginWords, SessionEnding, judge


def run_with(word: PluginWord, text: str = "", **how: object) -> PluginRun:
    return PluginRun(**{"exit_status": 0, "spoke": True, "words": PluginWords(word, text), **how})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "ending", "by_itself"),
    [
        (run_with(PluginWord.EXITED), SessionEnding.ENDED, True),
        (run_with(PluginWord.EXITED, exit_status=7), SessionEnding.ENDED, True),
        (run_with(PluginWord.TERMINATED), SessionEnding.ENDED, False),
        (run_with(PluginWord.CLOSED, "idle"), SessionEnding.SERVICE_CLOSED, True),
        (run_with(PluginWord.TIMED_OUT), SessionEnding.TIMED_OUT, False),
        (run_with(PluginWord.CANNOT_START, "EOF"), SessionEnding.PLUGIN_FAILED, False),
        (run_with(PluginWord.MISUSED), SessionEnding.PLUGIN_FAILED, False),
        (run_with(PluginWord.PANIC, "panic: x", exit_status=2), SessionEnding.PLUGIN_FAILED, False),
        (run_with(PluginWord.UNEXPECTED_SEQUENCE, "x"), SessionEnding.PLUGIN_FAILED, False),
        (run_with(PluginWord.OTHER), SessionEnding.ENDED, False),
        (run_with(PluginWord.OTHER, exit_status=1), SessionEnding.PLUGIN_FAILED, False),
        (run_with(PluginWord.BANNER, spoke=False), SessionEnding.PLUGIN_FAILED, False),
        (run_with(PluginWord.OTHER, exit_status=None, signal=9), SessionEnding.PLUGIN_KILLED, False),
        (run_with(PluginWord.BANNER, exit_status=None, signal=2, left=True), SessionEnding.LEFT, False),
        (run_with(PluginWord.EXITED, stopped=True), SessionEnding.STOPPED, False),
        (run_with(PluginWord.OTHER, stopped=True, hung_up=True), SessionEnding.TERMINAL_LOST, False),
        (run_with(PluginWord.OTHER, error="It broke."), SessionEnding.PLUGIN_FAILED, False),
        (PluginRun.never("No such file."), SessionEnding.NOT_STARTED, False),
    ],
)
def test_an_ending_is_judged(run: PluginRun, ending: SessionEnding, by_itself: bool) -> None:
    outcome = judge(run)
    assert (outcome.ending, outcome.ended_by_itself) == (ending, by_itself)
    assert outcome.sentence


def test_the_services_own_words_are_told() -> None:
    sentence = judge(run_with(PluginWord.CLOSED, "Your session timed out due to inactivity.")).sentence
    assert sentence.endswith("Your session timed out due to inactivity.")


def test_the_agents_heading_and_line_ends_are_left_out() -> None:
    words = "----------ERROR-------\nEncountered error while\ninitiating handshake."
    sentence = judge(run_with(PluginWord.CLOSED, words)).sentence
    assert sentence == "Session Manager closed the session: Encountered error while initiating handshake."


def test_a_failure_tells_the_plugins_last_line() -> None:
    run = run_with(PluginWord.OTHER, exit_status=255, tail="one\ncannot connect: refused\n\n")
    assert judge(run).sentence == "The plugin ended with status 255: cannot connect: refused"
    assert judge(run).next_step


def test_a_silent_failure_says_so() -> None:
    assert judge(PluginRun(exit_status=1)).sentence == "The plugin ended with status 1 and no explanation."


@pytest.mark.parametrize("ending", [PluginRun(exit_status=1), PluginRun.never("x"), run_with(PluginWord.TIMED_OUT)])
def test_what_did_not_go_well_has_a_next_step(ending: PluginRun) -> None:
    outcome = judge(ending)
    assert not outcome.well
    assert outcome.next_step
