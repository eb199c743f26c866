"""The texts of all topics: they render, their placeholders exist, their commands can be run."""

from __future__ import annotations

import re
import shlex
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from smtui.domain.shellquote import Shell
from smtui.domain.text import cell_width
from smtui.domain.topic import (
    PLACE_WORD,
    PLACEHOLDERS,
    ReadyCommand,
    RunsOn,
    System,
    Topic,
    TopicCommand,
    offered,
    placeholders,
    ready,
    terraform_ready,
)
from smtui.domain.topic_text import topic_lines
from smtui.topics.library import topic
from tests.topics.values import VALUES, topics

ALL = [pytest.param(each, id=each.id) for each in topics()]
COMMANDS = [(each, command) for each in topics() for command in each.commands]
NASTY = {name: f"a b'\"$(touch x);`id`\\{number}" for number, name in enumerate(PLACEHOLDERS)}


def strings(each: Topic) -> list[str]:
    return [
        each.title,
        *each.symptoms,
        *each.causes,
        *(step.text for step in each.steps),
        *(command.does for command in each.commands),
        *(link.title for link in each.links),
    ]


@pytest.mark.parametrize("each", ALL)
def test_a_topic_is_whole(each: Topic) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", each.id)
    assert each.symptoms
    assert each.causes
    assert each.steps
    assert each.links
    assert all(text and text == text.strip() and text.isprintable() for text in strings(each))
    assert all(text.endswith((".", "?", "!")) for text in (*each.symptoms, *each.causes))
    assert not each.title.endswith(".")
    assert all(link.url.startswith("https://") for link in each.links)


@pytest.mark.parametrize("each", ALL)
def test_only_commands_and_terraform_have_placeholders_and_all_of_them_are_known(each: Topic) -> None:
    assert not [text for text in strings(each) if placeholders(text)]
    assert not [command.line for command in each.commands if placeholders(command.line)]
    named = {name for command in each.commands for word in command.argv for name in placeholders(word)}
    named |= set(placeholders(each.terraform))
    assert named - {"place"} <= set(PLACEHOLDERS)
    assert not [word for command in each.commands for word in command.argv if PLACE_WORD in word and word != PLACE_WORD]


@pytest.mark.parametrize("each", ALL)
def test_no_value_is_put_where_it_would_be_read_as_syntax(each: Topic) -> None:
    """JSON of an argv and Terraform outside of quotes take no values."""
    for command in each.commands:
        for word in command.argv:
            assert not (placeholders(word) and word != PLACE_WORD and '"' in word)
    for line in each.terraform.splitlines():
        bare = re.sub(r'"[^"]*"', "", line)
        assert line.startswith("#") or not placeholders(bare)


@pytest.mark.parametrize("system", list(System))
@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("values", [VALUES, {}, NASTY], ids=["all known", "nothing known", "nasty"])
def test_every_topic_renders_in_its_width(width: int, values: dict[str, str], system: System) -> None:
    for each in topics():
        shell = Shell.POWERSHELL if system is System.WINDOWS else Shell.POSIX
        lines = topic_lines(each, values, shell, width, system, architecture="arm64", node_system=system)
        assert [line for line in lines if cell_width(line) > width] == []
        assert all(line.isprintable() for line in lines)
        if values is VALUES:
            text = "\n".join(lines)
            assert not set(placeholders(text)) & {*PLACEHOLDERS, "place"}
            assert "None known" not in text


@pytest.mark.parametrize("shell", list(Shell))
def test_with_all_values_every_command_is_ready_and_complete(shell: Shell) -> None:
    for _, command in COMMANDS:
        filled = ready(command, VALUES, shell)
        assert filled is not None
        assert filled.line
        assert not set(placeholders(filled.line)) & {*PLACEHOLDERS, "place"}


def test_a_command_has_words_or_a_line_and_lines_only_where_a_shell_is_needed() -> None:
    for each, command in COMMANDS:
        assert bool(command.argv) != bool(command.line), each.id
        if command.line:
            assert any(sign in command.line for sign in "|$;<>"), command.line
        assert "|" not in command.argv


def test_every_value_is_quoted() -> None:
    for _, command in COMMANDS:
        plain, nasty = ready(command, VALUES, Shell.POSIX), ready(command, NASTY, Shell.POSIX)
        assert plain is not None
        assert nasty is not None
        if command.line or nasty.shell is not Shell.POSIX:
            continue
        assert tuple(shlex.split(plain.line)) == plain.argv
        assert tuple(shlex.split(nasty.line)) == nasty.argv
        assert len(nasty.argv) == len(plain.argv)


def test_control_characters_are_refused() -> None:
    values = dict.fromkeys(PLACEHOLDERS, "a\nb")
    for each, command in COMMANDS:
        if any(placeholders(word) for word in command.argv):
            assert not isinstance(offered(command, values, Shell.POSIX), ReadyCommand), each.id
    for each in topics():
        lines = topic_lines(each, values, Shell.POSIX, 80)
        assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("each", ALL)
def test_terraform_is_complete_and_balanced(each: Topic) -> None:
    text = terraform_ready(each, VALUES)
    assert bool(text) == bool(each.terraform)
    assert not set(placeholders(text)) & set(PLACEHOLDERS)
    for opens, closes in ("{}", "[]", "()"):
        assert text.count(opens) == text.count(closes)
    assert text.count('"') % 2 == 0


def test_each_node_side_fix_is_there_for_linux_and_windows_where_an_agent_is_restarted() -> None:
    for topic_id in ("agent-restart-needed", "agent-stopped", "log-retention", "agent-proxy", "disk-full"):
        systems = {command.system for command in topic(topic_id).commands if command.runs_on is RunsOn.NODE}
        assert {System.LINUX, System.WINDOWS} <= systems


LOOKING = re.compile(r"^(describe|get|list|head|lookup|simulate)-|^(wait)$")
LOOKING_LOCALLY = {"configure list", "configure list-profiles"}


def aws_commands() -> list[Any]:
    found = [(each.id, command) for each, command in COMMANDS if command.argv[:1] == ("aws",)]
    return [pytest.param(command, id=f"{name}: {' '.join(command.argv[1:3])}") for name, command in found]


@pytest.mark.parametrize("command", aws_commands())
def test_a_command_that_only_looks_says_so(command: TopicCommand) -> None:
    if command.argv[1].startswith("-"):
        assert not command.changes
        return
    name = command.argv[2]
    looks = LOOKING.match(name) or f"{command.argv[1]} {name}" in LOOKING_LOCALLY
    assert bool(looks) == (not command.changes) or name == "wait"


@cache
def service(name: str) -> Any:
    return botocore.session.get_session().get_service_model({"s3api": "s3"}.get(name, name))


SIMPLIFIED = {"--protocol", "--port", "--cidr", "--source-group", "--query", "--output", "--max-items", "--egress"}
"""Options that the AWS CLI adds to the API's own."""
OF_THE_CLI = {"sso", "configure", "s3"}
"""Commands that are the AWS CLI's own."""


@pytest.mark.parametrize("command", aws_commands())
def test_the_aws_cli_knows_the_command_and_its_options(command: TopicCommand) -> None:
    argv = [word for word in command.argv[1:] if word != PLACE_WORD]
    if argv[0] in OF_THE_CLI or argv[0].startswith("-") or argv[1] == "wait":
        return
    operations = {xform_name(name, "-"): name for name in service(argv[0]).operation_names}
    assert argv[1] in operations
    shape = service(argv[0]).operation_model(operations[argv[1]]).input_shape
    members = {} if shape is None else shape.members
    known = {f"--{xform_name(name, '-')}" for name in members}
    known |= {f"--no-{xform_name(name, '-')}" for name, member in members.items() if member.type_name == "boolean"}
    given = {word for word in argv if word.startswith("--")}
    assert given - known - SIMPLIFIED - {"--ingress"} == set()
    required = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else [])}
    assert {each for each in required if each.replace("--", "--no-") not in given} <= given | {"--egress"}
