"""Compares what the page of permissions says that a feature needs with the calls that it really makes."""

from __future__ import annotations

import subprocess

from smtui.demo.story.account_facts import CALLER_ARN
from smtui.demo.story.story_nodes import story
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.test_iam_page import NO_PERMISSION_NEEDED, rows
from tests.waiting import PATIENCE

WEB_1 = next(node for node in story() if node.name == "web-1")


def calls_of(world: World, *commands: str) -> set[str]:
    """The IAM actions of the calls that these commands make."""
    before = world.region.faults.state()["calls"]
    for command in commands:
        argv = [SMTUI, "sessions", *command.split()]
        done = subprocess.run(
            argv, env=world.environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
        assert b"Usage:" not in done.stderr
    after = world.region.faults.state()["calls"]
    return {action for action, count in after.items() if count > before.get(action, 0)} - NO_PERMISSION_NEEDED


def shell(world: World) -> str:
    """A session of the caller's."""
    return world.region.sessions.start(WEB_1, owner_arn=CALLER_ARN)[0].session_id


def test_the_list_and_the_end_of_a_session(world: World) -> None:
    made = calls_of(world, "", "--history", f"terminate --yes {shell(world)}")
    assert rows()["`smtui sessions`"] - made == {"ssm:ResumeSession", "ssm:GetDocument"}  # resuming needs a terminal
    assert made <= rows()["`smtui sessions`"]


def test_a_log_in_both_stores(world: World) -> None:
    world.region.faults.apply({"switch": ["preferences"]})
    assert calls_of(world, f"log {shell(world)}") == rows()["logs of sessions"]


def test_the_audit_where_somebody_is_notified(world: World) -> None:
    session = shell(world)
    bare = calls_of(world, f"audit {session}")
    assert rows()["audit"] - bare == {"events:ListTargetsByRule", "sns:ListSubscriptionsByTopic"}, (
        "there is no rule yet"
    )
    assert bare <= rows()["audit"]


def test_the_rules_read_changed_and_taken_back(world: World) -> None:
    world.region.faults.apply({"switch": ["preferences"]})
    made = calls_of(
        world, "rules", "rules set --yes runAsEnabled=true runAsDefaultUser=ops", "rules", "rules undo --yes"
    )
    row = rows()["the account's preferences in words"]
    assert row - made <= {"ssm:CreateDocument", "iam:GetRole"}  # the demo has preferences, and its caller is a user
    assert made <= row


def test_access_asked_for_and_decided(world: World) -> None:
    world.region.faults.apply({"decision": 0.1})
    made = calls_of(world, "access ask jit-approved-1 --reason INC-1 --wait", "access list")
    row = rows()["just-in-time access"]
    assert row - made == {"ssm:SendAutomationSignal", "ssm:StopAutomationExecution", "ssm:ListDocuments"}
    assert made <= row | rows()["the list"]
