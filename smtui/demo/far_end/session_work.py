"""Chooses what a session's agent runs: from its document, the preferences and the Region's switches.

A data key is decrypted as the agent of a node does: with the node's role and over its network. Error messages are then
those of the AWS SDK for Go, with which the agent is built.

Sources: "Blank screen displays after starting a session" in the AWS documentation; the agent's messages for logs that
are not encrypted. The key of the preferences applies to every session except port forwards.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from smtui.channel.encryption import AgentEncryption, KeyNotDecrypted
from smtui.channel.handshake import SessionType
from smtui.channel.ports import PortProperties
from smtui.demo.account.session_documents import setup_of
from smtui.demo.far_end.agent import CannotRun, RemoteProgram, StartProgram
from smtui.demo.far_end.channel_service import HostedSession, SessionWork
from smtui.demo.far_end.logged_program import SessionLogging, logged
from smtui.demo.far_end.node_services import dial
from smtui.demo.far_end.port_agent import NODE_ITSELF, port_program
from smtui.demo.far_end.session_enforcer import Limits
from smtui.demo.operations import kms_calls as operations_kms
from smtui.demo.operations.document_calls import preferences
from smtui.demo.operations.iam_calls import run_as_tag
from smtui.demo.operations.log_store_calls import bucket_encrypted, bucket_exists, log_group_encrypted, log_group_exists
from smtui.demo.story.account_facts import HOST_MANAGEMENT_ROLE, KEY_ARN
from smtui.demo.story.identities import ALLOWED, EXPLICIT_DENY, HYBRID_ROLE, Role, role_decision
from smtui.demo.story.vpc import Way
from smtui.demo.wire.service_errors import AwsError
from smtui.demo.wire.service_models import service_model

if TYPE_CHECKING:
    from smtui.channel.transport import ByteStream
    from smtui.demo.account.region_state import DialSsh, RegionState
    from smtui.demo.story.demo_node import DemoNode

_ACTION = "kms:Decrypt"
_SSH_PORT = 22
_MINUTE = 60.0
_USUAL_IDLE_MINUTES = 20
_USERS = frozenset({"ssm-user", "ec2-user", "ubuntu"})


def work_of(session: HostedSession) -> SessionWork:
    """The work of the session's document; an unknown or deleted document is an error of the agent."""
    try:
        setup = setup_of(session.document_name, session.parameters)
    except AwsError as error:
        return _failing(str(error))
    name, properties = session.node_name, setup.properties
    match setup.session_type:
        case SessionType.STANDARD_STREAM:
            return SessionWork(partial(_shell, name))
        case SessionType.INTERACTIVE_COMMANDS:
            return SessionWork(partial(_interactive, name, properties), SessionType.INTERACTIVE_COMMANDS)
        case SessionType.NON_INTERACTIVE_COMMANDS:
            return SessionWork(partial(_command, name, properties), SessionType.NON_INTERACTIVE_COMMANDS)
        case SessionType.PORT:
            return SessionWork(partial(_port, session, properties), SessionType.PORT, properties)
    return _failing(f"Plugin with name {setup.session_type} not found")


def _failing(why: str) -> SessionWork:
    async def start(_: str) -> RemoteProgram:
        raise CannotRun(why)

    return SessionWork(start)


async def _shell(node_name: str, _: str, *, user: str = "", profile: str = "") -> RemoteProgram:
    shell = _on_terminal(node_name, None, user)
    if profile:
        await shell.write(f"{profile}\n".encode())
    return shell


async def _interactive(node_name: str, properties: Mapping[str, Any], _: str) -> RemoteProgram:
    from smtui.demo.far_end.node_command import CommandProperties

    return _on_terminal(node_name, CommandProperties.of(properties).command)


def _on_terminal(node_name: str, command: str | None, user: str = "") -> RemoteProgram:
    try:
        from smtui.demo.far_end.node_shell import LocalShell

        return LocalShell.start(node_name, command, user=user)
    except (ImportError, OSError) as failed:
        raise CannotRun(f"Unable to start shell: {failed}") from None


async def _command(node_name: str, properties: Mapping[str, Any], _: str) -> RemoteProgram:
    try:
        from smtui.demo.far_end.node_command import CommandProperties, LocalCommand

        return LocalCommand(node_name, CommandProperties.of(properties))
    except (ImportError, OSError) as failed:
        raise CannotRun(f"Unable to start command: {failed}") from None


async def _port(
    session: HostedSession, properties: Mapping[str, Any], client_version: str, dial_ssh: DialSsh | None = None
) -> RemoteProgram:
    async def connect(host: str, port: int) -> ByteStream:
        if dial_ssh is not None and port == _SSH_PORT and host == NODE_ITSELF:
            return await dial_ssh(session.node_id, session.node_name)
        return await dial(session.node_name, host, port)

    return await port_program(PortProperties.of(properties), connect, session.agent_version, client_version)


_ON_TERMINAL = frozenset({SessionType.STANDARD_STREAM, SessionType.INTERACTIVE_COMMANDS})
_GROUP_REFUSED = (
    "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. "
    "Either encrypt the log group or choose an option to enable logging without encryption."
)
_BUCKET_REFUSED = (
    "We couldn't start the session because encryption is not set up on the selected Amazon S3 bucket. "
    "Either encrypt the bucket or choose an option to enable logging without encryption."
)


def work_under(region: RegionState, session: HostedSession) -> SessionWork:
    """The work of the session's document with the account's preferences applied: blank, refused or encrypted."""
    inputs = preferences(region)["inputs"]
    work = replace(work_of(session), limits=_limits(inputs, region.speed("minute") or _MINUTE))
    if work.session_type is SessionType.PORT:
        node = region.fleet.find(session.node_id)
        has_sshd = node is not None and node.platform.kind != "Windows"
        start = partial(_port, session, work.properties or {}, dial_ssh=region.dial_ssh if has_sshd else None)
        return replace(work, start=start)
    if inputs.get("kmsKeyId"):
        decrypt = partial(decrypt_as_node, region, session.node_id)
        work = replace(work, encryption=AgentEncryption(inputs["kmsKeyId"], session.node_id, decrypt))
    if work.session_type in _ON_TERMINAL and (trouble := _logging_trouble(region, session, inputs)) is not None:
        return replace(work, start=trouble)
    if work.session_type is SessionType.STANDARD_STREAM:
        work = _with_shell(region, session, work, inputs)
    logging = SessionLogging.by(inputs, session.session_id, session.node_id, _owner(region, session))
    return replace(work, start=logged(work.start, logging, region.logs))


def _limits(inputs: Mapping[str, Any], minute: float) -> Limits:
    """When the service ends a session of these preferences; `minute` is the seconds in one."""
    idle, longest = (str(inputs.get(name) or "") for name in ("idleSessionTimeout", "maxSessionDuration"))
    return Limits(
        idle=int(idle if idle.isdecimal() else _USUAL_IDLE_MINUTES) * minute,
        longest=int(longest) * minute if longest.isdecimal() else None,
    )


def _owner(region: RegionState, session: HostedSession) -> str:
    known = region.sessions.session(session.session_id)
    return known.owner if known is not None else ""


def _logging_trouble(region: RegionState, session: HostedSession, inputs: Mapping[str, Any]) -> StartProgram | None:
    """What takes the program's place where its output cannot be logged."""
    bucket, group = inputs.get("s3BucketName"), inputs.get("cloudWatchLogGroupName")
    if (bucket and not bucket_exists(region, bucket)) or (group and not log_group_exists(region, group)):
        return _blank
    if group and _is_on(inputs, "cloudWatchEncryptionEnabled") and not log_group_encrypted(region, group):
        return _refusing(_GROUP_REFUSED)
    if bucket and _is_on(inputs, "s3EncryptionEnabled") and not bucket_encrypted(region):
        return _refusing(_BUCKET_REFUSED)
    wanted = [service for service, target in (("s3", bucket), ("logs", group)) if target]
    return None if _reaches(region, session, wanted) else _blank


def _is_on(inputs: Mapping[str, Any], name: str) -> bool:
    return str(inputs.get(name, "")).lower() == "true"


def _with_shell(
    region: RegionState, session: HostedSession, work: SessionWork, inputs: Mapping[str, Any]
) -> SessionWork:
    """The shell as the preferences have it: under their user, and with their profile typed into it."""
    node = region.fleet.find(session.node_id)
    on_windows = node is not None and node.platform.kind == "Windows"
    profile = str((inputs.get("shellProfile") or {}).get("windows" if on_windows else "linux", "")).strip()
    user = ""
    if _is_on(inputs, "runAsEnabled") and not on_windows:
        user = run_as_tag(region) or str(inputs.get("runAsDefaultUser", "")).strip()
        if not user:
            return replace(work, start=_refusing("Unable to start shell: please set the RunAs default user"))
        if not _has_user(user):
            words = f"Unable to start shell: failed to start pty since RunAs user {user} does not exist"
            return replace(work, start=_refusing(words))
    return replace(work, start=partial(_shell, session.node_name, user=user, profile=profile))


def _has_user(name: str) -> bool:
    """Whether the node has the user: those that nodes usually have, and this machine's, which plays the node."""
    if name in _USERS:
        return True
    try:
        import pwd

        pwd.getpwnam(name)
    except (ImportError, KeyError, ValueError):
        return False
    return name != "root"  # which the agent refuses


def _reaches(region: RegionState, session: HostedSession, services: list[str]) -> bool:
    """Whether the node reaches these services: without a way to the internet it needs an endpoint for each."""
    node = region.fleet.find(session.node_id)
    if node is None or node.network is None or node.plan is None or node.plan.way is not Way.NOWHERE:
        return True
    vpc = next(each for each in region.vpcs() if each.vpc_id == node.network.vpc_id)
    return {*services} <= {endpoint.service for endpoint in vpc.endpoints}


def _refusing(words: str) -> StartProgram:
    async def start(_: str) -> RemoteProgram:
        raise CannotRun(words)

    return start


async def _blank(_: str) -> RemoteProgram:
    return _Blank()


class _Blank:
    """A blank screen: sends nothing and drops all input until the session ends."""

    def __init__(self) -> None:
        self._closed = asyncio.Event()

    async def read(self) -> bytes:
        await self._closed.wait()
        return b""

    async def write(self, data: bytes) -> None:
        """Drops the input."""

    def resize(self, columns: int, rows: int) -> None:
        """Does nothing."""

    async def close(self) -> None:
        self._closed.set()


async def decrypt_as_node(region: RegionState, node_id: str, ciphertext: bytes, context: Mapping[str, str]) -> bytes:
    """The data key. Raises KeyNotDecrypted. Never returns if the node cannot reach KMS.

    In that case the agent's SDK retries for longer than a handshake may take.
    """
    node = region.fleet.find(node_id)
    role = _role(region, node) if node is not None else None
    if node is None or role is None:
        raise KeyNotDecrypted("NoCredentialProviders: no valid providers in chain")
    if not _reaches_kms(node):
        await asyncio.Event().wait()
    try:
        _check(region, role, node_id)
        given = {"CiphertextBlob": ciphertext, "EncryptionContext": context, "KeyId": KEY_ARN}
        plaintext: bytes = operations_kms.decrypt(region, given)["Plaintext"]
    except AwsError as error:
        raise KeyNotDecrypted(_in_words_of_the_sdk(error)) from None
    return plaintext


def _reaches_kms(node: DemoNode) -> bool:
    plan = node.plan
    return plan is None or plan.way is not Way.NOWHERE or "kms" in plan.endpoints


def _check(region: RegionState, role: Role, node_id: str) -> None:
    decision = role_decision(role, _ACTION, KEY_ARN, region.account.policies)
    if decision == ALLOWED:
        return
    why = f"because no identity-based policy allows the {_ACTION} action"
    if decision == EXPLICIT_DENY:
        why = "with an explicit deny in an identity-based policy"
    caller = f"arn:aws:sts::{region.place.account}:assumed-role/{role.name}/{node_id}"
    words = f"User: {caller} is not authorized to perform: {_ACTION} on resource: {KEY_ARN} {why}"
    raise AwsError("AccessDeniedException", words)


def _role(region: RegionState, node: DemoNode) -> Role | None:
    if node.profile:
        return region.account.role_of(node.profile)
    return region.account.role(HYBRID_ROLE if node.hybrid else HOST_MANAGEMENT_ROLE)


def _in_words_of_the_sdk(error: AwsError) -> str:
    """The SDK's message: errors of KMS's model stand alone, general ones have a status and request id."""
    modelled = {shape.name for shape in service_model("kms").operation_model("Decrypt").error_shapes}
    words = f"{error.code}: {error.message}"
    return words if error.code in modelled else f"{words}\n\tstatus code: {error.status}, request id: {uuid.uuid4()}"
