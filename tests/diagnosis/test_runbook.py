from __future__ import annotations

import pytest

from smtui.diagnosis import runbook as automation
from smtui.diagnosis.runbook import (
    AutomationExecution,
    AutomationRun,
    AutomationStep,
    FinalLine,
    LineMark,
    Progress,
    console_url,
    final_lines,
    final_message,
    objection,
    progress_of,
    question,
)
from smtui.domain.place import Place
from smtui.topics.failure import Failure

EXECUTION = "4105a4fc-f944-11e6-9d32-0a1b2c3d4e5f"
NODE = "i-0a1b2c3d4e5f60718"


def test_the_final_list_keeps_its_order_and_its_marks() -> None:
    message = (
        "1. Checks for Amazon VPC Systems Manager VPC Endpoint:\r\n"
        "- [INFO] No VPC endpoint found.\n\n"
        "  - [OK] Outbound traffic allowed.\n"
        "- [ERROR] No profile.\n- [WARNING] No route.\n"
        "- For more information see https://example.com/\n[ERROR]no blank"
    )
    assert final_lines(message) == (
        FinalLine(LineMark.HEADING, "1. Checks for Amazon VPC Systems Manager VPC Endpoint:"),
        FinalLine(LineMark.INFO, "No VPC endpoint found."),
        FinalLine(LineMark.OK, "Outbound traffic allowed."),
        FinalLine(LineMark.ERROR, "No profile."),
        FinalLine(LineMark.WARNING, "No route."),
        FinalLine(LineMark.NOTE, "For more information see https://example.com/"),
        FinalLine(LineMark.ERROR, "no blank"),
    )


def test_one_sentence_is_a_list_too_and_an_unknown_mark_is_kept_as_text() -> None:
    assert final_lines("EC2 instance is managed by Systems Manager.") == (
        FinalLine(LineMark.NOTE, "EC2 instance is managed by Systems Manager."),
    )
    assert final_lines("- [ODD] thing") == (FinalLine(LineMark.NOTE, "[ODD] thing"),)
    assert final_lines(" \n\n") == ()


def test_what_a_terminal_obeys_is_not_in_a_line() -> None:
    (line,) = final_lines("- [OK] \x1b[2J\x07 all")
    assert line == FinalLine(LineMark.OK, "␛[2J␇ all")


def test_the_message_of_the_last_step_wins() -> None:
    assert final_message([("other.Message", "long" * 9), ("FinalOutput.Message", "this")]) == "this"
    assert final_message([("a.Message", "short"), ("b.Message", "longer one")]) == "longer one"
    assert final_message([]) == ""


@pytest.mark.parametrize(
    ("word", "progress"),
    [
        ("Pending", Progress.WAITING),
        ("InProgress", Progress.RUNNING),
        ("Waiting", Progress.RUNNING),
        ("Cancelling", Progress.RUNNING),
        ("Success", Progress.SUCCEEDED),
        ("CompletedWithFailure", Progress.FAILED),
        ("TimedOut", Progress.FAILED),
        ("Cancelled", Progress.STOPPED),
        ("SomethingNew", Progress.RUNNING),
    ],
)
def test_words_of_aws(word: str, progress: Progress) -> None:
    assert progress_of(word) is progress


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ("mi-0123456789abcdef0", "hybrid node"),
        ("i-xyz", "not the id of an EC2 instance"),
        ("i-0a1b2c3d4e5f60718 ", "not the id"),
        ("", "not the id"),
    ],
)
def test_nodes_that_the_runbook_cannot_examine(node: str, words: str) -> None:
    assert words in objection(node)


def test_read_only_comes_first_and_an_instance_is_welcome() -> None:
    assert objection(NODE) == objection("i-1a2b3c4d") == ""
    assert objection(NODE, read_only=True) == "smtui runs read-only: no automation is started."


def test_the_question_names_what_runs_its_permissions_and_that_it_may_cost() -> None:
    asked = question(NODE)
    assert automation.RUNBOOK in asked.title
    assert NODE in asked.runs
    assert len(asked.permissions) == len(set(asked.permissions)) == 16
    assert "ec2:DescribeVpcEndpoints" in asked.permissions
    assert "may cost" in asked.cost
    assert "IPv4" in asked.limits


@pytest.mark.parametrize(
    ("region", "start"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/systems-manager/automation/execution/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/systems-manager/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/systems-manager/"),
    ],
)
def test_the_page_in_the_console_is_of_the_partition(region: str, start: str) -> None:
    url = console_url(region, EXECUTION)
    assert url.startswith(start)
    assert url.endswith(f"{EXECUTION}?region={region}")


@pytest.mark.parametrize(
    ("region", "execution"),
    [("us-iso-east-1", EXECUTION), ("", EXECUTION), ("eu-west-1", "a/b"), ("eu-west-1", ""), ("evil.com/", EXECUTION)],
)
def test_no_page_rather_than_a_wrong_one(region: str, execution: str) -> None:
    assert console_url(region, execution) == ""


def run_of(status: str, *steps: AutomationStep, lines: tuple[FinalLine, ...] = (), trouble: str = "") -> AutomationRun:
    return AutomationRun(NODE, Place(), AutomationExecution(EXECUTION, status, steps, lines, trouble))


def test_how_far_it_is_in_one_sentence() -> None:
    done, pending = AutomationStep("a", "Success"), AutomationStep("b", "Pending")
    assert AutomationRun(NODE, Place()).sentence() == "The automation is being started."
    assert run_of("InProgress", done, pending).sentence() == "The automation runs: 1 of 2 steps are done."
    assert run_of("Cancelled", done, pending).sentence() == "The automation was stopped after 1 of 2 steps."
    error = FinalLine(LineMark.ERROR, "x")
    assert run_of("Success", done, lines=(error,)).sentence() == "The automation is done: 1 error, no warnings."
    assert run_of("Failed", trouble="Step two failed.").sentence() == "The automation failed (Failed): Step two failed."


def test_a_run_is_over_when_aws_says_so_or_nobody_can_look() -> None:
    assert not AutomationRun(NODE, Place()).over
    assert not run_of("InProgress").over
    assert run_of("Success").over
    failure = Failure("The automation did not start", "no", "", "", "")
    refused = AutomationRun(NODE, Place(), failure=failure)
    assert refused.over
    assert refused.sentence() == "The automation did not start: no"
