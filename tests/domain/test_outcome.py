from __future__ import annotations

import pytest

from smtui.domain.outcome import PluginRun, PluginWord, PluginWords, SessionEnding, judge
from smtui.plugin.builtin.allowed_hosts import refusal
from smtui.plugin.builtin.official_words import not_asked_for
from smtui.topics.failure_topics import of_run
from smtui.topics.next_step import after_run


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


def test_the_services_own_words_are_reported() -> None:
    sentence = judge(run_with(PluginWord.CLOSED, "Your session timed out due to inactivity.")).sentence
    assert sentence.endswith("Your session timed out due to inactivity.")


def test_the_agents_heading_and_line_ends_are_left_out() -> None:
    words = "----------ERROR-------\nEncountered error while\ninitiating handshake."
    sentence = judge(run_with(PluginWord.CLOSED, words)).sentence
    assert sentence == "Session Manager closed the session: Encountered error while initiating handshake."


def test_a_failure_tells_the_plugins_last_line() -> None:
    run = run_with(PluginWord.OTHER, exit_status=255, tail="one\ncannot connect: refused\n\n")
    assert judge(run).sentence == "The plugin ended with status 255: cannot connect: refused"


def test_a_silent_failure_says_so() -> None:
    assert judge(PluginRun(exit_status=1)).sentence == "The plugin ended with status 1 and no explanation."


@pytest.mark.parametrize("ending", [PluginRun(exit_status=1), PluginRun.never("x"), run_with(PluginWord.TIMED_OUT)])
def test_what_did_not_go_well_has_a_next_step(ending: PluginRun) -> None:
    outcome = judge(ending)
    assert not outcome.well
    assert after_run(ending, outcome)


@pytest.mark.parametrize(
    "text",
    [
        not_asked_for("a shell was asked for, and the service answered with a session of type Port"),
        refusal("wss://example.com/x", {}),
        refusal("ws://ssmmessages.eu-west-1.amazonaws.com/x", {}),
        refusal("https://example.com", {}),
        refusal("wss://[", {}),
    ],
)
def test_an_answer_that_was_refused_is_not_blamed_on_the_network(text: str) -> None:
    run = run_with(PluginWord.CANNOT_START, text)
    outcome = judge(run)
    assert outcome.sentence == f"The plugin refused the answer of the service: {text}"
    assert "network" not in after_run(run, outcome)
    assert of_run(run).causes[0].startswith("The endpoint in use is not AWS's own")


def test_other_words_are_no_refusal() -> None:
    run = run_with(PluginWord.CANNOT_START, "dial tcp: i/o timeout")
    assert "network path" in after_run(run, judge(run))
