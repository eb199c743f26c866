"""A problem that users meet, with its way out: what the troubleshooting texts are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from smtui.domain.place import Place
from smtui.domain.request import place_argv
from smtui.domain.shellquote import Shell, join

PLACE_WORD = "{place}"
"""A word of an argv that stands for `--profile P --region R`, as far as they are known."""

PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "instance_id": "the node's id",
        "region": "the Region",
        "profile": "the profile",
        "account": "the account's number",
        "partition": "aws, aws-cn or aws-us-gov",
        "role": "the node's role, by name",
        "role_arn": "the node's role, by ARN",
        "instance_profile": "the instance profile, by name",
        "policy_arn": "the policy at fault",
        "principal_arn": "who we are to IAM",
        "vpc_id": "the VPC",
        "subnet_id": "the node's subnet",
        "private_ip": "the node's address",
        "subnet_cidr": "the addresses of the node's subnet",
        "security_group": "the node's security group",
        "endpoint_security_group": "the security group of the VPC endpoint",
        "endpoint_id": "the VPC endpoint",
        "endpoint_service": "the whole name of the endpoint's service",
        "route_table": "the route table of the node's subnet",
        "network_acl": "the network ACL of the node's subnet",
        "nat_gateway": "the NAT gateway",
        "activation_id": "the hybrid activation",
        "agent_version": "the agent's version",
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
    """Where a step or a command belongs; a topic of one system is shown to everybody, its own system first."""

    ANY = ""
    LINUX = "linux"
    WINDOWS = "windows"
    MACOS = "macos"


class RunsOn(StrEnum):
    HERE = "here"
    NODE = "node"
    """In a shell on the node, when there is another way to it."""


@dataclass(frozen=True, slots=True)
class Step:
    text: str
    system: System = System.ANY


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
    """Placeholders as `${{name}}`-free text: `{vpc_id}` and the like; other braces are doubled."""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadyCommand:
    """A command whose every value is known: it can be copied as it stands."""

    does: str
    line: str
    runs_on: RunsOn
    system: System
    changes: bool


def missing(command: TopicCommand, values: Mapping[str, str]) -> tuple[str, ...]:
    """The placeholders of the command that have no value."""
    named = (name for word in command.argv if word != PLACE_WORD for name in _names(word))
    return tuple(name for name in dict.fromkeys(named) if not values.get(name))


def ready(command: TopicCommand, values: Mapping[str, str], shell: Shell) -> ReadyCommand | None:
    """The command with its values, quoted; None while one is missing. Raises `Unquotable` on control characters."""
    if missing(command, values):
        return None
    words = [filled for word in command.argv for filled in _fill(word, values)]
    line = command.line or join(words, shell)
    return ReadyCommand(command.does, line, command.runs_on, command.system, command.changes)


def _fill(word: str, values: Mapping[str, str]) -> list[str]:
    if word == PLACE_WORD:
        return place_argv(Place(values.get("profile", ""), values.get("region", "")))
    return [word.format_map(values)]


def _names(word: str) -> list[str]:
    from string import Formatter

    return [name for _, name, _, _ in Formatter().parse(word) if name]
