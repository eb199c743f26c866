"""AWS's own automation: what the question says, what a run shows while it goes on, and its result."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len

from smtui.diagnosis.runbook import AutomationExecution, AutomationRun, AutomationStep, FinalLine, LineMark, question
from smtui.domain.place import Place
from smtui.tui.troubleshoot.automation_lines import fine_sections, question_page, run_page
from smtui.tui.troubleshoot.page_lines import Page
from tests.engine.fakes import NOW

NODE = "i-0dc9ff59f634b7b44"
LINES = (
    FinalLine(LineMark.HEADING, "1. Checks for NACL rules of the instance subnet:"),
    FinalLine(LineMark.OK, "All traffic is allowed."),
    FinalLine(LineMark.HEADING, "2. Checks for the VPC route table:"),
    FinalLine(LineMark.WARNING, "No route found for 0.0.0.0/0. Internet access is required to connect to the point."),
    FinalLine(LineMark.HEADING, "3. Checks EC2 instance IAM profile:"),
    FinalLine(LineMark.OK, "The profile has the permissions."),
    FinalLine(LineMark.HEADING, "4. Additional Troubleshooting:"),
    FinalLine(LineMark.NOTE, "Use ssm-cli."),
)
DONE = AutomationExecution(
    "e-1", "Success", (AutomationStep("One", "Success"),) * 11, LINES, began=NOW - timedelta(seconds=48), ended=NOW
)


def run_of(execution: AutomationExecution | None) -> AutomationRun:
    return AutomationRun(NODE, Place(), execution, console_url="https://console.example/e-1")


def shown(page: Page) -> list[str]:
    assert all(cell_len("".join(piece.text for piece in line)) <= page.width for line in page.lines)
    return page.text().splitlines()


def test_the_question_says_what_it_does_costs_changes_and_needs() -> None:
    lines = shown(question_page(question(NODE), 66))
    assert lines[0].startswith(f"It examines {NODE}")
    labels = [line.split()[0] for line in lines if line[:1].islower() and line[:9].rstrip().isalpha()]
    assert [label for label in labels if label in ("cost", "changes", "needs", "limits", "then")] == [
        "cost", "changes", "needs", "limits", "then",
    ]  # fmt: skip
    assert "needs    16 permissions of yours: 8 of ssm, 5 of ec2, 3 of iam" in lines


def test_warnings_come_first_and_what_is_fine_is_one_line() -> None:
    assert shown(run_page(run_of(DONE), 66, is_open=False)) == [
        "! 1 warning, no errors · took 48 s",
        "! No route found for 0.0.0.0/0. Internet access is required to",
        "  connect to the point.",
        "✓ 2 fine: NACL rules of the instance subnet, EC2 instance IAM",
        "  profile; 11 steps",
    ]


def test_opened_it_shows_all_and_says_no_warning_twice() -> None:
    text = run_page(run_of(DONE), 66, is_open=True).text()
    for words in ("✓ All traffic is allowed.", "Use ssm-cli.", "✓ One  Success", "https://console.example/e-1"):
        assert words in text
    assert text.count("No route found") == 1


@pytest.mark.parametrize(
    ("marks", "head"),
    [
        ((LineMark.ERROR, LineMark.WARNING), "✕ 1 error, 1 warning"),
        ((LineMark.WARNING, LineMark.WARNING), "! 2 warnings, no errors"),
        ((LineMark.OK,), "✓ no warnings, no errors"),
    ],
)
def test_the_worst_is_counted_first(marks: tuple[LineMark, ...], head: str) -> None:
    execution = replace(DONE, lines=tuple(FinalLine(mark, "It is so.") for mark in marks), began=None)
    assert shown(run_page(run_of(execution), 66, is_open=False))[0] == head


def test_errors_stand_above_warnings() -> None:
    lines = (FinalLine(LineMark.WARNING, "Odd."), FinalLine(LineMark.ERROR, "Broken."))
    assert shown(run_page(run_of(replace(DONE, lines=lines)), 66, is_open=False))[1:3] == ["✕ Broken.", "! Odd."]


def test_while_it_runs_its_step_is_named() -> None:
    steps = (AutomationStep("One", "Success"), AutomationStep("Two", "InProgress"), AutomationStep("Three", "Pending"))
    lines = shown(run_page(run_of(AutomationExecution("e-1", "InProgress", steps)), 66, is_open=False))
    assert lines[:4] == ["… Step 2 of 3, Two", "  ✓ One    Success", "  … Two    InProgress", "  · Three  Pending"]
    timed = AutomationExecution("e-1", "InProgress", steps, began=NOW - timedelta(seconds=12))
    assert shown(run_page(run_of(timed), 66, is_open=False, now=NOW))[0] == "… Step 2 of 3, Two · 12 s"


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (None, "… The automation is being started."),
        (run_of(AutomationExecution("e-1", "Pending")), "… The automation waits for its turn."),
        (run_of(AutomationExecution("e-1", "Cancelled")), "– The automation was stopped after 0 of 0 steps."),
        (run_of(AutomationExecution("e-1", "Failed", trouble="No.")), "✕ The automation failed (Failed): No."),
    ],
)
def test_a_run_without_a_result_says_how_it_is(run: AutomationRun | None, words: str) -> None:
    assert shown(run_page(run, 66, is_open=False))[0] == words


def test_a_section_without_a_finding_is_not_called_fine() -> None:
    assert fine_sections(LINES) == ["NACL rules of the instance subnet", "EC2 instance IAM profile"]
