"""What stands in a report, and what only on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.diagnosis.diagnosis_report import Report, report_lines
from smtui.topics.failure import Failure
from smtui.topics.topic import Topic, TopicCommand

AT = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
ROLE = {"role": "r1"}
DIAGNOSIS = Diagnosis(
    "i-0a1b",
    (
        CheckResult("local.clock", CheckStatus.PASS, "The clock is right.", ("sts: 0.2 s ahead",)),
        CheckResult("identity.policy", CheckStatus.FAIL, "The role lacks\x1b[31m it.", ("iam: x",), "t", ROLE),
        CheckResult("path.route", CheckStatus.UNKNOWN, "ec2:DescribeRouteTables was denied.", (), "t", ROLE),
    ),
    verdict=Verdict("It cannot be reached.", "identity.policy"),
)
FAILURE = Failure("The session did not start", "TargetNotConnected: no", "ctx", "means", "next", tail=("SECRET LINE",))


def topic(topic_id: str) -> Topic:
    commands = (TopicCommand("Attach it", ("aws", "iam", "attach-role-policy", "--role-name", "{role}")),)
    return Topic(topic_id, f"About {topic_id}", (), (), (), commands)


def report(**changes: object) -> Report:
    usual = Report("web-1", DIAGNOSIS, AT, "0.4", FAILURE)
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_everything_is_in_it() -> None:
    text = "\n".join(report_lines(report(), topic))
    for words in (
        "web-1 i-0a1b", "smtui 0.4 at 2026-11-22 12:00:00 UTC", "It cannot be reached.", "TargetNotConnected: no",
        "local.clock  PASS", "sts: 0.2 s ahead", "identity.policy  FAIL", "path.route  UNKNOWN",
        "aws iam attach-role-policy --role-name r1",
    ):  # fmt: skip
        assert words in text
    assert "\x1b" not in text


def test_the_plugins_output_only_when_asked_for() -> None:
    assert not any("SECRET LINE" in line for line in report_lines(report(), topic))
    assert any("SECRET LINE" in line for line in report_lines(report(), topic, plugin_output=True))


def test_a_fix_for_two_checks_stands_there_once() -> None:
    lines = list(report_lines(report(failure=None), topic))
    assert sum(line.startswith("About t (") for line in lines) == 1


def test_what_has_no_result_yet_is_named() -> None:
    unfinished = replace(DIAGNOSIS, pending=("node.ping",), verdict=None)
    lines = list(report_lines(report(diagnosis=unfinished), topic))
    assert "node.ping  no result yet" in lines
    assert "The checks did not finish." in lines


def test_the_file_is_named_for_the_node_whatever_it_is_called() -> None:
    assert report().file_name == "i-0a1b-20261122-120000.txt"
    odd = replace(DIAGNOSIS, target="../i-1\n")
    assert report(diagnosis=odd).file_name == "i-1-20261122-120000.txt"
    assert report(diagnosis=replace(DIAGNOSIS, target="")).file_name == "this-machine-20261122-120000.txt"


def test_a_node_without_a_name_is_named_once() -> None:
    assert next(report_lines(report(label="i-0a1b"), topic)) == "i-0a1b"
    assert next(report_lines(report(), topic)) == "web-1 i-0a1b"
