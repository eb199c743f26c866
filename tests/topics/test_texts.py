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
from smtui.topics.library import topic
from smtui.topics.machines import Machines, System
from smtui.topics.topic import (
    PLACE_WORD,
    PLACEHOLDERS,
    ReadyCommand,
    RunsOn,
    Topic,
    TopicCommand,
    offered,
    placeholders,
    ready,
    terraform_ready,
)
from smtui.topics.topic_text import step_texts, topic_lines
from tests.topics.values import VALUES, topics

ALL = [pytest.param(each, id=each.id) for each in topics()]
COMMANDS = [(each, command) for each in topics() for command in each.commands]
NASTY = {name: f"a b'\"$(touch x);`id`\\{number}" for number, name in enumerate(PLACEHOLDERS)}


def words(each: Topic) -> list[str]:
    """Of all commands."""
    return [word for command in each.commands for argv in command.argvs for word in argv]


def strings(each: Topic) -> list[str]:
    return [
        each.title,
        *each.symptoms,
        *each.causes,
        *(step.text for step in each.steps),
        *(text for command in each.commands for text in (command.does, command.changes, command.risk) if text),
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
    named = {name for word in words(each) for name in placeholders(word)}
    named |= set(placeholders(each.terraform)) | {name for command in each.commands for name in command.when}
    assert named - {"place"} <= set(PLACEHOLDERS)
    assert not [word for word in words(each) if PLACE_WORD in word and word != PLACE_WORD]


@pytest.mark.parametrize("each", ALL)
def test_no_value_is_put_where_it_would_be_read_as_syntax(each: Topic) -> None:
    """JSON of an argv and Terraform outside of quotes take no values."""
    for word in words(each):
        assert not (placeholders(word) and word != PLACE_WORD and '"' in word)
    for line in each.terraform.splitlines():
        bare = re.sub(r'"[^"]*"', "", line)
        assert line.startswith("#") or not placeholders(bare)


def is_one_word(line: str) -> bool:
    """A URL after the marks of its line, or a word of a command for PowerShell, which would not stay one if cut."""
    word = re.sub(r"^\s*(# |- |\d+\. )?", "", line).removesuffix(" `").strip()
    return " " not in word or re.fullmatch("'[^']*(?:''[^']*)*'", word) is not None


@pytest.mark.parametrize("system", list(System))
@pytest.mark.parametrize("width", [80, 40])
@pytest.mark.parametrize("values", [VALUES, {}, NASTY], ids=["all known", "nothing known", "nasty"])
def test_every_topic_renders_in_its_width(width: int, values: dict[str, str], system: System) -> None:
    for each in topics():
        shell = Shell.POWERSHELL if system is System.WINDOWS else Shell.POSIX
        lines = topic_lines(each, values, Machines(shell, system, "arm64", system), width)
        assert [line for line in lines if cell_width(line) > width and not is_one_word(line)] == []
        assert all(line.isprintable() for line in lines)
        if values is VALUES:
            text = "\n".join(lines)
            assert not set(placeholders(text)) & {*PLACEHOLDERS, "place"}
            assert "Not known" not in text


def bare_words(each: Topic) -> list[str]:
    """Of all commands, but for those that hold a value."""
    return [word for word in words(each) if not placeholders(word)]


URL = re.compile(r"https?://[^\s'\"`]+")


@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_broken_inside_a_url(width: int) -> None:
    for each in topics():
        text = "\n".join(topic_lines(each, VALUES, Machines(), width))
        for url in [link.url for link in each.links] + URL.findall("\n".join([*strings(each), *bare_words(each)])):
            assert url in text, f"{each.id}: {url}"


SENTENCE = re.compile(r"(?<=[.:?!])\s+(?=[A-Z])")


@pytest.mark.parametrize("machines", [Machines(), *(Machines(here=one, node=one) for one in System)], ids=str)
def test_no_sentence_comes_twice_on_a_page(machines: Machines) -> None:
    for each in topics():
        told = [each.title, *each.symptoms, *each.causes, *step_texts(each, machines)]
        sentences = [sentence for text in told for sentence in SENTENCE.split(text)]
        assert [one for one in sentences if sentences.count(one) > 1 and one.endswith(".")] == [], each.id


@pytest.mark.parametrize("shell", list(Shell))
def test_with_all_values_every_command_is_ready_and_complete(shell: Shell) -> None:
    for _, command in COMMANDS:
        filled = ready(command, VALUES, shell)
        assert filled is not None
        assert filled.text
        assert not set(placeholders(filled.text)) & {*PLACEHOLDERS, "place"}


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
        assert tuple(tuple(shlex.split(line)) for line in plain.lines) == plain.argvs
        assert tuple(tuple(shlex.split(line)) for line in nasty.lines) == nasty.argvs
        assert [len(argv) for argv in nasty.argvs] == [len(argv) for argv in plain.argvs]


def test_control_characters_are_refused() -> None:
    values = dict.fromkeys(PLACEHOLDERS, "a\nb")
    for each, command in COMMANDS:
        if any(placeholders(word) for argv in command.argvs for word in argv):
            assert not isinstance(offered(command, values, Shell.POSIX), ReadyCommand), each.id
    for each in topics():
        lines = topic_lines(each, values, Machines(), 80)
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
    """Each command of the AWS CLI, and whether what it belongs to changes anything."""
    found = [(each.id, argv, command.fixes) for each, command in COMMANDS for argv in command.argvs if argv[0] == "aws"]
    return [pytest.param(argv, fixes, id=f"{name}: {' '.join(argv[1:3])}") for name, argv, fixes in found]


@pytest.mark.parametrize(("argv", "fixes"), aws_commands())
def test_a_command_that_only_looks_says_so(argv: tuple[str, ...], fixes: bool) -> None:
    if argv[1].startswith("-"):
        assert not fixes
        return
    looks = LOOKING.match(argv[2]) or f"{argv[1]} {argv[2]}" in LOOKING_LOCALLY
    assert fixes or looks


@pytest.mark.parametrize(("each", "command"), [pytest.param(*one, id=one[0].id) for one in COMMANDS if one[1].fixes])
def test_a_fix_fixes_and_says_what_it_changes_and_what_could_go_wrong(each: Topic, command: TopicCommand) -> None:
    names = [argv[2] for argv in command.argvs if argv[0] == "aws" and len(argv) > 2]
    does_something = [name for name in names if not LOOKING.match(name) or name == "wait"]
    assert does_something or not names, "a fix that only looks"
    assert command.changes.endswith(".")
    assert command.risk.endswith("."), f"{each.id}: what could go wrong with {command.does!r}?"


def test_a_reboot_is_never_the_first_command_and_comes_after_every_other_fix() -> None:
    for each in topics():
        fixes = [command for command in each.commands if command.fixes and command.system in (System.ANY, System.LINUX)]
        reboots = [fix for fix in fixes if any(argv[1:3] == ("ec2", "reboot-instances") for argv in fix.argvs)]
        for fix in reboots:
            assert fix.argvs[0][1:3] != ("ec2", "reboot-instances") or fix is not fixes[0], each.id
            assert fix.when or fix is fixes[-1], each.id


@cache
def service(name: str) -> Any:
    return botocore.session.get_session().get_service_model({"s3api": "s3"}.get(name, name))


SIMPLIFIED = {"--protocol", "--port", "--cidr", "--source-group", "--query", "--output", "--max-items", "--egress"}
"""Options that the AWS CLI adds to the API's own."""
FULL_NAMES = {"--notification-endpoint": "--endpoint"}
"""Options that the AWS CLI calls otherwise, because one of its own has the API's name."""
OF_THE_CLI = {"sso", "configure", "s3"}
"""Commands that are the AWS CLI's own."""


@pytest.mark.parametrize(("argv", "fixes"), aws_commands())
def test_the_aws_cli_knows_the_command_and_its_options(argv: tuple[str, ...], fixes: bool) -> None:
    argv = tuple(word for word in argv[1:] if word != PLACE_WORD)
    if argv[0] in OF_THE_CLI or argv[0].startswith("-") or argv[1] == "wait":
        return
    operations = {xform_name(name, "-"): name for name in service(argv[0]).operation_names}
    assert argv[1] in operations
    shape = service(argv[0]).operation_model(operations[argv[1]]).input_shape
    members = {} if shape is None else shape.members
    known = {f"--{xform_name(name, '-')}" for name in members}
    known |= {f"--no-{xform_name(name, '-')}" for name, member in members.items() if member.type_name == "boolean"}
    given = {FULL_NAMES.get(word, word) for word in argv if word.startswith("--")}
    assert given - known - SIMPLIFIED - {"--ingress"} == set()
    required = {f"--{xform_name(name, '-')}" for name in (shape.required_members if shape else [])}
    assert {each for each in required if each.replace("--", "--no-") not in given} <= given | {"--egress"}
