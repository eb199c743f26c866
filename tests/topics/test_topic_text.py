"""A topic in lines: what is for this machine and this node, and nothing wider than it may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtui.topics.machines import Machines, Package, System
from smtui.topics.topic import Link, RunsOn, Step, Topic, TopicCommand
from smtui.topics.topic_text import step_texts, topic_lines

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
        TopicCommand(
            "Reboot it",
            ("aws", "ec2", "reboot-instances", "--instance-ids", "{instance_id}", "{place}"),
            changes="Restarts it.",
            risk="What is in memory is lost.",
        ),
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
    return list(topic_lines(TOPIC, VALUES, Machines(here=system, **given), width))  # type: ignore[arg-type]


def test_the_whole_of_it_where_nothing_is_known_of_the_systems() -> None:
    assert lines() == [
        "The agent has stopped",
        "",
        "Signs",
        "  - The ping is lost.",
        "",
        "Causes, most likely first",
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
        "# Changes: Restarts it.",
        "# Risk: What is in memory is lost.",
        "",
        "Commands that only read",
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
        "  https://docs.example/" + "a" * 80,
    ]


def test_what_is_for_others_is_left_out_and_what_is_known_is_not_repeated() -> None:
    told = lines(System.LINUX, architecture="arm64", node=System.WINDOWS)
    assert "  2. By the services." in told
    assert "  3. In your terminal." in told
    assert not [line for line in told if "Linux" in line or "systemctl" in line or "sudo" in line or "PowerSh" in line]
    assert "# Restart (on the node)" in told
    assert "install-arm" in told
    assert "install-intel" not in told
    assert told[told.index("install-arm") - 1] == "# Install"


def test_what_two_systems_have_in_common_is_said_once() -> None:
    steps = tuple(Step("Look there.", system) for system in (System.LINUX, System.MACOS))
    told = replace(TOPIC, steps=(*steps, Step("Look elsewhere.", System.WINDOWS)))
    assert step_texts(told, Machines()) == ("Linux and macOS: Look there.", "Windows: Look elsewhere.")
    assert step_texts(told, Machines(node=System.MACOS)) == ("Look there.",)


def test_a_machine_that_the_topic_has_nothing_for_sees_all_of_it() -> None:
    told = lines(System.MACOS)
    assert "  4. Linux: In your terminal." in told
    assert "  5. Windows: In PowerShell." in told


def test_a_node_that_the_topic_has_nothing_for_sees_what_is_for_every_node() -> None:
    told = lines(node=System.MACOS)
    assert "  1. Restart it." in told
    assert not [line for line in told if "systemctl" in line or "Restart-Service" in line]


def test_what_is_not_known_is_named() -> None:
    told = topic_lines(TOPIC, {}, Machines(), 80)
    assert told.count("# Not known: the node's id.") == 2
    assert not [line for line in told if "{instance_id}" in line]


@pytest.mark.parametrize("width", range(30, 130, 7))
def test_no_line_is_wider_than_it_may_be(width: int) -> None:
    told = lines(width=width)
    assert max(len(line) for line in told if "https://" not in line) <= width
    assert "  https://docs.example/" + "a" * 80 in told


@pytest.mark.parametrize(
    ("package", "shown"),
    [(Package.ANY, {"rpm", "deb"}), (Package.DEB, {"deb"}), (Package.RPM, {"rpm"})],
)
def test_only_what_the_distribution_installs(package: Package, shown: set[str]) -> None:
    packages = [Package.RPM, Package.DEB]
    told = replace(
        TOPIC,
        steps=tuple(Step(f"step {each}.", System.LINUX, RunsOn.HERE, each) for each in packages),
        commands=tuple(TopicCommand("x", (f"command-{each}",), system=System.LINUX, package=each) for each in packages),
    )
    text = "\n".join(topic_lines(told, {}, Machines(here=System.LINUX, package=package), 80))
    assert {each for each in packages if f"step {each}." in text} == shown
    assert {each for each in packages if f"command-{each}" in text} == shown


def test_a_guide_has_no_signs_and_no_causes() -> None:
    told = topic_lines(replace(TOPIC, guide=True), {}, Machines(), 80)
    assert list(told[2:7]) == ["When you need this", "  - The ping is lost.", "", "Good to know", "  - It crashed."]
