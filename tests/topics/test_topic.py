"""A topic's commands and Terraform with their values filled in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smtui.domain.shellquote import Shell, Unquotable
from smtui.topics.machines import System, system_named
from smtui.topics.topic import (
    ReadyCommand,
    RunsOn,
    Topic,
    TopicCommand,
    WithheldCommand,
    fitting_fixes,
    missing,
    offered,
    placeholders,
    ready,
    terraform_ready,
)

ATTACH = TopicCommand("Attach it", ("aws", "iam", "attach-role-policy", "--role-name", "{role}", "{place}"))


def terraform(text: str) -> Topic:
    return Topic("a", "A", ("s",), ("c",), (), terraform=text)


def test_values_are_filled_in_and_quoted() -> None:
    command = ready(ATTACH, {"role": "a b", "profile": "o'ps", "region": "eu-west-1"}, Shell.POSIX)
    assert command is not None
    assert command.text == ("aws iam attach-role-policy --role-name 'a b' --profile 'o'\\''ps' --region eu-west-1")
    assert command.argvs[0][4:] == ("a b", "--profile", "o'ps", "--region", "eu-west-1")


def test_a_place_that_is_not_known_takes_no_words() -> None:
    command = ready(ATTACH, {"role": "web"}, Shell.POSIX)
    assert command is not None
    assert command.text == "aws iam attach-role-policy --role-name web"


def test_a_command_without_a_value_is_withheld_and_says_which() -> None:
    assert missing(ATTACH, {"role": ""}) == ("role",)
    assert ready(ATTACH, {}, Shell.POSIX) is None
    withheld = offered(ATTACH, {}, Shell.POSIX)
    assert isinstance(withheld, WithheldCommand)
    assert withheld.why == "Not known: the node's role, by name."


def test_what_only_ec2_knows_is_not_offered_for_a_hybrid_node() -> None:
    reboot = TopicCommand("Reboot it", ("aws", "ec2", "reboot-instances", "--instance-ids", "{ec2_instance_id}"))
    on_ec2 = ready(reboot, {"instance_id": "i-1"}, Shell.POSIX)
    assert on_ec2 is not None
    assert on_ec2.argvs[0][-1] == "i-1"
    withheld = offered(reboot, {"instance_id": "mi-1"}, Shell.POSIX)
    assert isinstance(withheld, WithheldCommand)
    assert withheld.why == "Not known: the EC2 instance."


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\x00", "\x7f"])
def test_control_characters_are_refused(character: str) -> None:
    values = {"role": f"a{character}b"}
    with pytest.raises(Unquotable):
        ready(ATTACH, values, Shell.POSIX)
    withheld = offered(ATTACH, values, Shell.POSIX)
    assert isinstance(withheld, WithheldCommand)
    assert "control character" in withheld.why
    with pytest.raises(Unquotable):
        terraform_ready(terraform('role = "{role}"'), values)


@pytest.mark.parametrize(
    ("runs_on", "system", "here", "shell"),
    [
        (RunsOn.HERE, System.ANY, Shell.CMD, Shell.CMD),
        (RunsOn.HERE, System.WINDOWS, Shell.CMD, Shell.CMD),
        (RunsOn.HERE, System.WINDOWS, Shell.POSIX, Shell.POWERSHELL),
        (RunsOn.HERE, System.LINUX, Shell.POWERSHELL, Shell.POSIX),
        (RunsOn.NODE, System.WINDOWS, Shell.POSIX, Shell.POWERSHELL),
        (RunsOn.NODE, System.LINUX, Shell.POWERSHELL, Shell.POSIX),
    ],
)
def test_it_is_quoted_for_the_shell_that_it_is_pasted_into(
    runs_on: RunsOn, system: System, here: Shell, shell: Shell
) -> None:
    command = offered(TopicCommand("x", ("echo", "it's {role}"), runs_on=runs_on, system=system), {"role": "r"}, here)
    assert isinstance(command, ReadyCommand)
    assert command.shell is shell


@pytest.mark.parametrize(
    ("platform", "system"),
    [
        ("Linux", System.LINUX),
        ("Windows", System.WINDOWS),
        ("Windows with SQL Server Web", System.WINDOWS),
        ("MacOS", System.MACOS),
        ("Red Hat Enterprise Linux", System.LINUX),
        ("", System.ANY),
    ],
)
def test_a_system_is_known_by_awss_words(platform: str, system: System) -> None:
    assert system_named(platform) is system


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{vpc_id} {vpc_id} {role}", ("vpc_id", "role")),
        ('{"Version":"2012"} {CidrIp=0.0.0.0/0} ${each} %{http_code} {}', ()),
        ("com.amazonaws.{region}.${each.key}", ("region",)),
    ],
)
def test_only_names_in_braces_are_placeholders(text: str, names: tuple[str, ...]) -> None:
    assert placeholders(text) == names


def test_terraform_takes_values_that_cannot_break_out_of_their_quotes() -> None:
    text = terraform_ready(terraform('role = "{role}" # ${each.key}'), {"role": 'a"b\\c${x}%{y}'})
    assert text == 'role = "a\\"b\\\\c$${x}%%{y}" # ${each.key}'


def test_terraform_waits_for_all_of_its_values() -> None:
    assert terraform_ready(terraform('a = "{role}"\nb = "{vpc_id}"'), {"role": "r"}) == ""
    assert terraform_ready(terraform(""), {}) == ""


RULES = TopicCommand(
    "Let it in",
    ("aws", "authorize", "{security_group}"),
    then=(("aws", "describe", "{endpoint_id}"),),
    each=True,
    changes="Adds a rule.",
    risk="More get in.",
)


def test_a_fix_is_repeated_for_every_resource_that_needs_it_and_no_command_twice() -> None:
    each = ({"endpoint_id": "vpce-1"}, {"endpoint_id": "vpce-2"}, {"endpoint_id": ""})
    command = ready(RULES, {"security_group": "sg-1"}, Shell.POSIX, each)
    assert command is not None
    assert command.lines == ("aws authorize sg-1", "aws describe vpce-1", "aws describe vpce-2")
    assert command.text == "aws authorize sg-1\naws describe vpce-1\naws describe vpce-2"
    assert (command.changes, command.risk) == ("Adds a rule.", "More get in.")


def test_a_fix_that_is_not_repeated_takes_no_values_of_single_resources() -> None:
    once = replace(RULES, each=False)
    assert ready(once, {"security_group": "sg-1"}, Shell.POSIX, ({"endpoint_id": "vpce-1"},)) is None


def test_only_the_fixes_that_what_was_found_speaks_for_are_offered() -> None:
    start = TopicCommand("Start it", ("start",), when=("stopped_instance",), changes="It starts.", risk="r")
    wait = TopicCommand("Wait", ("wait",), when=("starting_instance",), changes="Nothing.", risk="r")
    look = TopicCommand("Look", ("look",))
    assert fitting_fixes((start, wait, look), {"starting_instance": "i-1"}) == (wait,)
    assert fitting_fixes((start, wait, look), {}, ({"stopped_instance": "i-1"},)) == (start,)
    assert fitting_fixes((start, wait, look), {}) == (start, wait)
