"""What to do next, in one sentence: said after everything that goes wrong, and by topics/ alone."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import smtui
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords, SessionEnding, judge
from smtui.domain.plugin_grade import PluginGrade
from smtui.topics.next_step import after_fault, after_grade, after_run

AT = datetime(2026, 11, 22, tzinfo=UTC)
RUNS = {
    SessionEnding.ENDED: PluginRun(exit_status=0, words=PluginWords(PluginWord.EXITED)),
    SessionEnding.SERVICE_CLOSED: PluginRun(exit_status=0, words=PluginWords(PluginWord.CLOSED, "idle")),
    SessionEnding.TIMED_OUT: PluginRun(exit_status=0, words=PluginWords(PluginWord.TIMED_OUT)),
    SessionEnding.PLUGIN_FAILED: PluginRun(exit_status=1),
    SessionEnding.PLUGIN_KILLED: PluginRun(signal=9),
    SessionEnding.LEFT: PluginRun(exit_status=0, left=True, duration=1.0),
    SessionEnding.BLANK: PluginRun(exit_status=0, left=True, duration=60.0),
    SessionEnding.STOPPED: PluginRun(exit_status=0, stopped=True),
    SessionEnding.TERMINAL_LOST: PluginRun(exit_status=0, hung_up=True),
    SessionEnding.NOT_STARTED: PluginRun.never("no such file"),
}
NOTHING_TO_DO = {SessionEnding.ENDED, SessionEnding.STOPPED, SessionEnding.TERMINAL_LOST}


def is_a_sentence(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][^\n]*[.]", text))


@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("action", ["ssm:StartSession", ""])
def test_every_kind_of_fault_has_a_next_step(kind: FaultKind, action: str) -> None:
    assert is_a_sentence(after_fault(Fault(kind, action, "Code", "message", AT)))
    signing_in = Fault(kind, action, "Code", "message", AT, sign_in=("aws", "sso", "login"))
    assert "smtui login" in after_fault(signing_in)
    assert "aws login" in after_fault(replace(signing_in, sign_in=("aws", "login")))


def test_a_faults_own_advice_comes_first() -> None:
    fault = Fault(FaultKind.DENIED, "sts:AssumeRole", "", "", AT, advice="Check the role.", sign_in=("aws", "login"))
    assert after_fault(fault) == "Check the role."


@pytest.mark.parametrize("grade", PluginGrade)
def test_a_plugin_with_something_wrong_has_a_next_step_and_no_other(grade: PluginGrade) -> None:
    assert is_a_sentence(after_grade(grade)) == bool(grade.wrong)
    assert bool(after_grade(grade)) == bool(grade.wrong)


@pytest.mark.parametrize("ending", SessionEnding)
def test_every_ending_has_a_next_step_where_something_is_to_be_done(ending: SessionEnding) -> None:
    run = RUNS[ending]
    outcome = judge(run)
    assert outcome.ending is ending
    said = after_run(run, outcome)
    assert is_a_sentence(said) == (ending not in NOTHING_TO_DO)
    assert bool(said) == (ending not in NOTHING_TO_DO)


@pytest.mark.parametrize(
    "word", [word for word in PluginWord if word not in (PluginWord.EXITED, PluginWord.TERMINATED)]
)
def test_a_plugin_that_failed_with_any_last_words_has_a_next_step(word: PluginWord) -> None:
    run = PluginRun(exit_status=1, words=PluginWords(word, "text"))
    assert is_a_sentence(after_run(run, judge(run)))


_ADVICE = re.compile(
    r"^(?:Check|Run|Try|Install|Reinstall|Wait|Sign in|Set|Choose|Ask for|Correct|Start) .*[a-z].*[.]$"
)
"""How a sentence begins that says what to do."""


@pytest.mark.parametrize("module", ["fault", "plugin_grade", "outcome"])
def test_the_domain_says_what_is_wrong_and_not_what_to_do(module: str) -> None:
    [root] = smtui.__path__
    tree = ast.parse((Path(root) / "domain" / f"{module}.py").read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    docs = {
        node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    assert not [text for text in texts - docs if _ADVICE.match(text)]
