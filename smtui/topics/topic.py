"""Defines a topic of the troubleshooting texts: a problem, its causes and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from smtui.domain.place import Place
from smtui.domain.request import place_argv
from smtui.domain.shellquote import Shell, Unquotable, command_line
from smtui.topics.machines import Package, System

NO_VALUES: Mapping[str, str] = MappingProxyType({})
"""No placeholder is known."""
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
        # What a check found: the fix that it says to be the right one needs these.
        "bare_instance": "an instance without a profile",
        "empty_profile": "an instance profile without a role",
        "association_id": "the association of a profile that is gone",
        "missing_host_role": "a role that Default Host Management names and that is gone",
        "imdsv1_instance": "an instance that answers without tokens",
        "trust_policy": "the role's trust policy with the service in it",
        "denying_policy": "the inline policy that denies",
        "denying_policy_arn": "the managed policy that denies",
        "policy_without_deny": "that policy without its Deny",
        "policy_of_denials": "an inline policy that only denies",
        "policy_arn_of_denials": "a managed policy that only denies",
        "boundary_arn": "the permissions boundary",
        "boundary_with_sessions": "the permissions boundary with what sessions need",
        "acl_direction": "the direction that the network ACL closes",
        "acl_rule": "a free rule number of the network ACL",
        "acl_ports": "the ports that the network ACL closes",
        "acl_cidr_option": "the family of the addresses that the network ACL shuts out",
        "acl_cidr": "the addresses that the network ACL shuts out",
        "working_nat": "a NAT gateway of the VPC that leads to the internet",
        "table_without_default": "a route table without a default route",
        "table_with_default": "a route table with a default route that leads nowhere",
        "subnet_without_dns64": "a subnet whose DNS64 is off",
        "new_endpoint_service": "the services that need an endpoint",
        "missing_endpoint": "a service without an endpoint",
        "stale_endpoint": "an endpoint that is not available",
        "endpoint_without_subnet": "an endpoint in no subnet",
        "endpoint_of_one_family": "an endpoint of the other address family",
        "endpoint_policy": "the endpoint's policy with the agent's actions in it",
        "egress_group": "the security group of an endpoint that the node may not call",
        "egress_cidr": "the IPv4 addresses that the node may not call",
        "egress_ipv6": "the IPv6 addresses that the node may not call",
        "impaired_instance": "an instance whose instance check fails",
        "impaired_system": "an instance whose system check fails",
        "starting_instance": "an instance that is starting",
        "stopping_instance": "an instance that is stopping",
        "stopped_instance": "a stopped instance",
        "run_command_node": "a node that Run Command reaches",
        "missing_bucket": "a bucket that is gone",
        "missing_log_group": "a log group that is gone",
        "unencrypted_bucket": "a bucket that is not encrypted",
        "unencrypted_log_group": "a log group that is not encrypted",
        "preferences_without_demand": "the preferences without the demand for encryption",
        "preferences_without_key": "the preferences without their key",
        "latest_preferences": "the newest version of the preferences, which is not the default one",
        "disabled_key": "a disabled key",
        "dying_key": "a key that waits for its deletion",
        "role_without_key": "a role that may not use the key",
        "missing_s3_endpoint": "a VPC without an s3 endpoint",
        "missing_logs_endpoint": "a VPC without a logs endpoint",
        "missing_kms_endpoint": "a VPC without a kms endpoint",
        "document_to_name": "a document that may be used when it is named",
        "start_policy": "a policy that lets you start sessions on the node",
        "principal_user": "the IAM user that you are",
        "principal_role": "the IAM role that you have",
    }
)
"""Every name that may stand in braces in a command or in Terraform, or say when a fix fits, and what it is."""


class RunsOn(StrEnum):
    """Where a step or a command is carried out."""

    HERE = "here"
    NODE = "node"
    """In a shell on the node, when there is another way to it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of what to do, in prose."""

    text: str
    system: System = System.ANY
    runs_on: RunsOn = RunsOn.NODE
    """The machine to do it on: the node, or this one."""
    package: Package = Package.ANY
    """Of this machine's distribution; steps and commands of another kind are left out."""


@dataclass(frozen=True, slots=True)
class TopicCommand:
    """A fix, or a command that only reads: one command, or several for one purpose.

    `argv` is for a program, a value in a word of its own; `line` (no placeholder) for what only a shell understands.
    """

    does: str
    """What it is for, as a sentence without a full stop: `Attach the managed policy`."""
    argv: tuple[str, ...] = ()
    then: tuple[tuple[str, ...], ...] = ()
    """The commands that follow `argv`, in this order."""
    line: str = ""
    runs_on: RunsOn = RunsOn.HERE
    system: System = System.ANY
    architecture: str = ""
    """`x86_64`, `x86` or `arm64`; empty for every one."""
    package: Package = Package.ANY
    changes: str = ""
    """What it changes, in a sentence; empty for a command that only reads."""
    risk: str = ""
    """What could go wrong with a change, in a sentence."""
    when: tuple[str, ...] = ()
    """Placeholders that say that this is the fix: without them it is left out, unless no other fix is left."""
    each: bool = False
    """Repeated for every resource that needs it; see `CheckResult.each`."""
    part: str = ""
    """The part of a procedure that it belongs to, such as `install`; the order in the file is that of the procedure."""

    @property
    def fixes(self) -> bool:
        """Whether it changes something, so that it is a fix and not a look."""
        return bool(self.changes)

    @property
    def argvs(self) -> tuple[tuple[str, ...], ...]:
        """All its commands in order; empty where it is a line for a shell."""
        return (self.argv, *self.then) if self.argv else ()


@dataclass(frozen=True, slots=True)
class Link:
    """A page to read more on."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as its file has it, placeholders unfilled."""

    id: str
    title: str
    symptoms: tuple[str, ...]
    causes: tuple[str, ...]
    """Most likely first."""
    steps: tuple[Step, ...]
    commands: tuple[TopicCommand, ...] = ()
    terraform: str = ""
    """Each placeholder within double quotes."""
    links: tuple[Link, ...] = ()
    guide: bool = False
    """Not a problem but something to look up: `symptoms` say when, `causes` are good to know."""

    @property
    def causes_heading(self) -> str:
        """The heading above `causes`."""
        return "Good to know" if self.guide else "Causes, most likely first"

    @property
    def symptoms_heading(self) -> str:
        """The heading above `symptoms`."""
        return "When you need this" if self.guide else "Signs"


@dataclass(frozen=True, slots=True)
class ReadyCommand:
    """A command whose every value is known, so that it can be copied as it is."""

    does: str
    lines: tuple[str, ...]
    """One command each, to be run in this order."""
    runs_on: RunsOn
    system: System
    argvs: tuple[tuple[str, ...], ...] = ()
    """The same in words; empty for what only a shell understands."""
    shell: Shell = Shell.POSIX
    """The shell that `lines` are quoted for."""
    changes: str = ""
    risk: str = ""
    architecture: str = ""

    @property
    def text(self) -> str:
        """What is copied."""
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class WithheldCommand:
    """A command that would help if a value were known."""

    does: str
    why: str
    """One sentence that names what is missing, or what cannot be quoted."""
    runs_on: RunsOn
    system: System
    architecture: str = ""


def placeholders(text: str) -> tuple[str, ...]:
    """The names in braces, each once."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def missing(command: TopicCommand, values: Mapping[str, str]) -> tuple[str, ...]:
    """The placeholders of the command that have no value."""
    words = (word for argv in command.argvs for word in argv if word != PLACE_WORD)
    named = (*command.when, *(name for word in words for name in placeholders(word)))
    return tuple(name for name in dict.fromkeys(named) if not _value(name, values))


def ready(
    command: TopicCommand, values: Mapping[str, str], shell: Shell, each: Sequence[Mapping[str, str]] = ()
) -> ReadyCommand | None:
    """The command with its values, quoted; None while one is missing. Raises `Unquotable` on control characters.

    `shell` is this machine's; a command for another machine is quoted for that one's. `each` are the values of each
    resource that needs a fix of its own.
    """
    candidates: list[Mapping[str, str]] = [{**values, **one} for one in each] if command.each and each else [values]
    complete = [known for known in candidates if not missing(command, known)]
    if not complete:
        return None
    filled = (_filled(argv, known) for known in complete for argv in command.argvs)
    argvs = tuple(dict.fromkeys(filled))
    shell = shell_of(command, shell)
    lines = (command.line,) if command.line else tuple(command_line(argv, shell) for argv in argvs)
    return ReadyCommand(
        command.does, lines, command.runs_on, command.system, argvs, shell, command.changes, command.risk,
        command.architecture,
    )  # fmt: skip


def offered(
    command: TopicCommand, values: Mapping[str, str], shell: Shell, each: Sequence[Mapping[str, str]] = ()
) -> ReadyCommand | WithheldCommand:
    """The command ready to be copied, or why it is not."""
    try:
        command_ready = ready(command, values, shell, each)
        why = "" if command_ready else not_known(missing(command, values))
    except Unquotable as unquotable:
        command_ready, why = None, f"Not shown: {unquotable}."
    withheld = WithheldCommand(command.does, why, command.runs_on, command.system, command.architecture)
    return command_ready or withheld


def fitting_fixes(
    commands: Sequence[TopicCommand], values: Mapping[str, str], each: Sequence[Mapping[str, str]] = ()
) -> tuple[TopicCommand, ...]:
    """The commands that change something and fit what was found; all of them where nothing tells which fit."""
    fixes = tuple(command for command in commands if command.fixes)
    return tuple(fix for fix in fixes if _fits(fix, values, each)) or fixes


def fitting_looks(
    commands: Sequence[TopicCommand], values: Mapping[str, str], each: Sequence[Mapping[str, str]] = ()
) -> tuple[TopicCommand, ...]:
    """The commands that only read, without those that do not fit what was found."""
    return tuple(command for command in commands if not command.fixes and _fits(command, values, each))


def _fits(command: TopicCommand, values: Mapping[str, str], each: Sequence[Mapping[str, str]]) -> bool:
    known: list[Mapping[str, str]] = [values, *({**values, **one} for one in each)]
    return any(all(_value(name, one) for name in command.when) for one in known)


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
    """The sentence for missing values, such as `Not known: the VPC, the node's subnet.`; `names` are placeholders."""
    return f"Not known: {', '.join(PLACEHOLDERS.get(name, name) for name in names)}."


def shell_of(command: TopicCommand, here: Shell) -> Shell:
    """The shell that the command is pasted into."""
    if command.system is System.WINDOWS:
        return Shell.POWERSHELL if command.runs_on is RunsOn.NODE or here is Shell.POSIX else here
    foreign = command.runs_on is RunsOn.NODE or command.system is not System.ANY
    return Shell.POSIX if foreign else here


def _filled(argv: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(filled for word in argv for filled in _fill(word, values))


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
