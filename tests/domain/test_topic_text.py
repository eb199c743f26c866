"""A topic in lines: what is for this machine and this node, and nothing wider than it may be."""

from __future__ import annotations

import pytest

from smtui.domain.shellquote import Shell
from smtui.domain.topic import Link, RunsOn, Step, System, Topic, TopicCommand
from smtui.domain.topic_text import topic_lines

HERE_LINUX = TopicCommand("here, linux", ("a",), system=System.LINUX)
TOPIC = Topic(
    "agent-stopped",
    "The agent has stopped",
    ("The ping is lost.",),
    ("It crashed.", "It was stopped."),
    (
        Step("Restart it."),
        Step("By systemctl.", System.LINUX),
        Step("By the services.", System.WINDOWS),
        Step("In your terminal.", System.LINUX, RunsOn.HERE),
        Step("In PowerShell.", System.WINDOWS, RunsOn.HERE),
    ),
    (
        TopicCommand("Reboot it", ("aws", "ec2", "reboot-instances", "--instance-ids", "{instance_id}", "{place}")),
        TopicCommand("Restart", ("sudo", "x"), runs_on=RunsOn.NODE, system=System.LINUX),
        TopicCommand("Restart", ("Restart-Service", "x"), runs_on=RunsOn.NODE, system=System.WINDOWS),
        TopicCommand("Install", ("install-arm",), system=System.LINUX, architecture="arm64"),
        TopicCommand("Install", ("install-intel",), system=System.LINUX, architecture="x86_64"),
    ),
    'resource "x" "y" {\n  id = "{instance_id}"\n}\n',
    (Link("Docs", "https://docs.example/" + "a" * 80),),
)
VALUES = {"instance_id": "i-0a1b2c3d4e5f60718", "profile": "ops"}


def lines(system: System = System.ANY, *, width: int = 80, **given: object) -> list[str]:
    return list(topic_lines(TOPIC, VALUES, Shell.POSIX, width, system, **given))  # type: ignore[arg-type]


def test_the_whole_of_it_where_nothing_is_known_of_the_systems() -> None:
    assert lines() == [
        "The agent has stopped",
        "",
        "Signs",
        "  - The ping is lost.",
        "",
        "Causes, the likeliest first",
        "  1. It crashed.",
        "  2. It was stopped.",
        "",
        "What to do",
        "  1. Restart it.",
        "  2. Linux: By systemctl.",
        "  3. Windows: By the services.",
        "  4. Linux: In your terminal.",
        "  5. Windows: In PowerShell.",
        "",
        "Commands",
        "# Reboot it",
        "aws ec2 reboot-instances --instance-ids i-0a1b2c3d4e5f60718 --profile ops",
        "# Restart (on the node, Linux)",
        "sudo x",
        "# Restart (on the node, Windows)",
        "Restart-Service x",
        "# Install (Linux, arm64)",
        "install-arm",
        "# Install (Linux, x86_64)",
        "install-intel",
        "",
        "Terraform",
        'resource "x" "y" {',
        '  id = "i-0a1b2c3d4e5f60718"',
        "}",
        "",
        "Read more",
        "  Docs",
        "  https://docs.example/" + "a" * 57,
        "  " + "a" * 23,
    ]


def test_what_is_for_others_is_left_out_and_what_is_known_is_not_repeated() -> None:
    told = lines(System.LINUX, architecture="arm64", node_system=System.WINDOWS)
    assert "  2. By the services." in told
    assert "  3. In your terminal." in told
    assert not [line for line in told if "Linux" in line or "systemctl" in line or "sudo" in line or "PowerSh" in line]
    assert "# Restart (on the node)" in told
    assert "install-arm" in told
    assert "install-intel" not in told


def test_a_machine_that_the_topic_has_nothing_for_sees_all_of_it() -> None:
    told = lines(System.MACOS)
    assert "  4. Linux: In your terminal." in told
    assert "  5. Windows: In PowerShell." in told


def test_a_node_that_the_topic_has_nothing_for_sees_what_is_for_every_node() -> None:
    told = lines(node_system=System.MACOS)
    assert "  1. Restart it." in told
    assert not [line for line in told if "systemctl" in line or "Restart-Service" in line]


def test_what_is_not_known_is_named() -> None:
    told = topic_lines(TOPIC, {}, Shell.POSIX, 80)
    assert told.count("# None known: the node's id.") == 2
    assert not [line for line in told if "{instance_id}" in line]


@pytest.mark.parametrize("width", range(30, 130, 7))
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    assert max(len(line) for line in lines(width=width)) <= width
