"""Summaries, sentences and exit statuses of runs."""

from __future__ import annotations

from smtui.domain.place import Place
from smtui.runs.node_run import MOST_KEPT, Line, NodeRun, NodeState, Stream
from smtui.runs.run_request import OutputBucket, RunRequest, RunTarget, Way, targets_of
from smtui.runs.run_words import duration, sentence, summary, way_sentence
from tests.domain.build import ec2_facts, node, ssm_facts


def ended(state: NodeState, status: int | None = None, **given: object) -> NodeRun:
    made = NodeRun(RunTarget("i-1", Place(), "web-1"), state, status)
    for name, value in given.items():
        setattr(made, name, value)
    return made


def test_the_summary_counts_exactly() -> None:
    nodes = [
        *(ended(NodeState.REFUSED) for _ in range(5)),
        *(ended(NodeState.EXITED, 3) for _ in range(5)),
        *(ended(NodeState.EXITED, 0) for _ in range(190)),
        *(ended(NodeState.TIMED_OUT) for _ in range(5)),
        ended(NodeState.EXITED, -1),
    ]
    assert summary(nodes) == "190 exit 0, 5 exit 3, 1 ended by a signal, 5 refused, 5 timed out"


def test_a_sentence_says_how_long_and_why() -> None:
    assert sentence(ended(NodeState.EXITED, 3, began=1.0, ended=2.2), 9.0) == "web-1: exit 3 after 1.2 s."
    assert sentence(ended(NodeState.REFUSED, reason="AccessDenied: no."), 9.0) == "web-1: refused: AccessDenied: no."


def test_durations() -> None:
    assert [duration(seconds) for seconds in (0.44, 12.4, 185.0)] == ["0.4 s", "12 s", "3 min 5 s"]


def test_the_way_and_its_reason_are_said() -> None:
    targets = (RunTarget("i-1", Place(), "a"), RunTarget("i-2", Place(), "b"))
    assert way_sentence(RunRequest(("x",), targets)).startswith("by sessions, 2 at a time, 60 s each: ")
    assert "24,000" in way_sentence(RunRequest(("x",), targets, Way.RUN_COMMAND))


def test_too_much_output_is_counted_and_not_kept() -> None:
    one = ended(NodeState.RUNNING)
    for _ in range(3):
        one.keep(Line(Stream.STDOUT, b"x" * (MOST_KEPT // 2)))
    assert (len(one.lines), one.dropped) == (1, 2 * (MOST_KEPT // 2 + 1))


def test_nodes_of_one_name_are_told_apart_and_windows_is_known() -> None:
    windows = ssm_facts(platform_type="Windows")
    nodes = [
        node(node_id="i-01", ec2=ec2_facts(name="web"), ssm=windows),
        node(node_id="i-02", ec2=ec2_facts(name="web")),
        node(node_id="i-03", ec2=ec2_facts(name="db", platform_details="Windows"), ssm=None),
    ]
    assert [(target.label, target.is_windows) for target in targets_of(nodes)] == [
        ("web i-01", True),
        ("web i-02", False),
        ("db", True),
    ]


def test_a_bucket_with_and_without_prefix() -> None:
    assert OutputBucket.parse("s3://b/a/c/") == OutputBucket("b", "a/c")
    assert OutputBucket.parse("b") == OutputBucket("b")
