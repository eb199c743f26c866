"""A problem that users meet, with its way out: what the troubleshooting texts are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from smtui.domain.place import Place
from smtui.domain.request import place_argv
from smtui.domain.shellquote import Shell, Unquotable, join

PLACE_WORD = "{place}"
"""A word of an argv that stands for `--profile P --region R`, as far as they are known."""

_PLACEHOLDER = re.compile(r"(?<![$%])\{([a-z][a-z0-9_]*)\}")
"""`{vpc_id}`; all other braces, such as those of JSON and of Terraform's `${each.key}`, stay as they are."""

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "instance_id": "the node's id",
        "ec2_instance_id": "the EC2 instance",
        "node_arn": "the node, by ARN",
        "region": "the Region",
        "profile": "the profile",
        "ssm_host": "the host of the ssm endpoint",
        "ssmmessages_host": "the host of the ssmmessages endpoint",
        "account": "the account's number",
        "partition": "aws, aws-cn or aws-us-gov",
        "role": "the node's role, by name",
        "role_arn": "the node's role, by ARN",
        "instance_profile": "the instance profile, by name",
        "principal_arn": "who we are to IAM",
        "vpc_id": "the VPC",
        "subnet_id": "the node's subnet",
        "platform": "the node's operating system, in AWS's words",
        "subnet_cidr": "the addresses of the node's subnet",
        "security_group": "the node's security group",
        "endpoint_security_group": "the security group of the VPC endpoint",
        "endpoint_id": "the VPC endpoint",
        "endpoint_service": "the whole name of the endpoint's service",
        "route_table": "the route table of the node's subnet",
        "network_acl": "the network ACL of the node's subnet",
        "nat_gateway": "the NAT gateway",
        "activation_id": "the hybrid activation",
        "document": "the session document",
        "bucket": "the S3 bucket of the preferences",
        "log_group": "the log group of the preferences",
        "kms_key": "the key of the preferences",
        "local_port": "the local port of the forward",
        "remote_port": "the remote port of the forward",
        "remote_host": "the remote host of the forward",
        "session_id": "the session",
    }
)
"""Every name that may stand in braces in a command or in Terraform, and what it is."""


class System(StrEnum):
    """Where a step or a command belongs."""

    ANY = ""
    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"


def system_named(platform: str) -> System:
    """By what Systems Manager or EC2 call a node's platform: `Linux`, `Windows Server`, `macOS`; ANY for nothing."""
    word = platform.lower()
    if not word:
        return System.ANY
    if "windows" in word:
        return System.WINDOWS
    return System.MACOS if "mac" in word else System.LINUX


class RunsOn(StrEnum):
    HERE = "here"
    NODE = "node"
    """In a shell on the node, when there is another way to it."""


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    system: System = System.ANY
    runs_on: RunsOn = RunsOn.NODE
    """Whose system is meant: the node's, or this machine's."""


@dataclass(frozen=True, slots=True)
class TopicCommand:
    """`argv` for a program, a value in a word of its own; `line` (no placeholder) for what only a shell understands."""

    does: str
    """What it is good for, as a sentence without a stop: `Attach the managed policy`."""
    argv: tuple[str, ...] = ()
    line: str = ""
    runs_on: RunsOn = RunsOn.HERE
    system: System = System.ANY
    architecture: str = ""
    """`x86_64`, `x86` or `arm64`; empty for every one."""
    changes: bool = True
    """False for a command that only looks."""


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Topic:
    id: str
    title: str
    symptoms: tuple[str, ...]
    causes: tuple[str, ...]
    """The likeliest first."""
    steps: tuple[Step, ...]
    commands: tuple[TopicCommand, ...] = ()
    terraform: str = ""
    """Each placeholder within double quotes."""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadyCommand:
    """A command whose every value is known: it can be copied as it stands."""

    does: str
    line: str
    runs_on: RunsOn
    system: System
    argv: tuple[str, ...] = ()
    """The same in words; empty for what only a shell understands."""
    shell: Shell = Shell.POSIX
    """Whose quotes `line` has."""


@dataclass(frozen=True, slots=True)
class WithheldCommand:
    """A command that would be of use if a value were known."""

    does: str
    why: str
    """One sentence that names what is missing, or what cannot be quoted."""
    runs_on: RunsOn
    system: System


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def missing(command: TopicCommand, values: Mapping[str, str]) -> tuple[str, ...]:
    """The placeholders of the command that have no value."""
    named = (name for word in command.argv if word != PLACE_WORD for name in placeholders(word))
    return tuple(name for name in dict.fromkeys(named) if not _value(name, values))


def ready(command: TopicCommand, values: Mapping[str, str], shell: Shell) -> ReadyCommand | None:
    """The command with its values, quoted; None while one is missing. Raises `Unquotable` on control characters.

    `shell` is this machine's; a command for another machine is quoted for that one's.
    """
    if missing(command, values):
        return None
    argv = tuple(filled for word in command.argv for filled in _fill(word, values))
    shell = shell_of(command, shell)
    line = command.line or join(argv, shell)
    return ReadyCommand(command.does, line, command.runs_on, command.system, argv, shell)


def offered(command: TopicCommand, values: Mapping[str, str], shell: Shell) -> ReadyCommand | WithheldCommand:
    """The command ready to be copied, or why it is not."""
    try:
        command_ready = ready(command, values, shell)
    except Unquotable as unquotable:
        return WithheldCommand(command.does, f"Not shown: {unquotable}.", command.runs_on, command.system)
    return command_ready or WithheldCommand(
        command.does, not_known(missing(command, values)), command.runs_on, command.system
    )


def terraform_ready(topic: Topic, values: Mapping[str, str]) -> str:
    """The topic's Terraform with its values; empty while one is missing or none is given. Raises `Unquotable`."""
    names = placeholders(topic.terraform)
    if any(not _value(name, values) for name in names):
        return ""
    return _PLACEHOLDER.sub(lambda found: _in_terraform(_value(found[1], values)), topic.terraform)


def terraform_offered(topic: Topic, values: Mapping[str, str]) -> tuple[str, str]:
    """The topic's Terraform with its values, or why it is not shown, in a sentence; neither where none is given."""
    try:
        text = terraform_ready(topic, values)
    except Unquotable as unquotable:
        return "", f"Not shown: {unquotable}."
    lacking = tuple(name for name in placeholders(topic.terraform) if not _value(name, values))
    return text, not_known(lacking) if lacking else ""


def not_known(names: tuple[str, ...]) -> str:
    """The sentence for values that are missing: `None known: the VPC, the node's subnet.`"""
    return f"None known: {', '.join(PLACEHOLDERS.get(name, name) for name in names)}."


def shell_of(command: TopicCommand, here: Shell) -> Shell:
    """The shell that the command is pasted into."""
    if command.system is System.WINDOWS:
        return Shell.POWERSHELL if command.runs_on is RunsOn.NODE or here is Shell.POSIX else here
    foreign = command.runs_on is RunsOn.NODE or command.system is not System.ANY
    return Shell.POSIX if foreign else here


def _fill(word: str, values: Mapping[str, str]) -> list[str]:
    if word == PLACE_WORD:
        return place_argv(Place(values.get("profile", ""), values.get("region", "")))
    return [_PLACEHOLDER.sub(lambda found: _value(found[1], values), word)]


def _value(name: str, values: Mapping[str, str]) -> str:
    """Empty for none. EC2 and its runbooks do not know hybrid nodes, so these are no EC2 instance."""
    given = values.get(name, "")
    if name == "ec2_instance_id" and not given:
        node_id = values.get("instance_id", "")
        return "" if node_id.startswith("mi-") else node_id
    return given


def _in_terraform(value: str) -> str:
    """What stands within double quotes of HCL."""
    if not value.isprintable():
        raise Unquotable("a value holds a control character, so it is not made into Terraform")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return escaped.replace("${", "$${").replace("%{", "%%{")
