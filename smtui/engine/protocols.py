"""Declares what the engine and the tunnels need from AWS, files and the front end, so that tests can pass in others.

Each Protocol is implemented once: those of AWS in `aws`, those of files in `store`. Plugins have no Protocol here: the
engine uses `smtui.plugin` itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from smtui.diagnosis.evidence.record import EvidenceAws
    from smtui.diagnosis.runbook import AutomationExecution
    from smtui.domain.document import DocumentSide, DocumentSummary, DocumentText
    from smtui.domain.document_history import DocumentHistory
    from smtui.domain.node import ConnectionFact, Ec2Facts, SsmFacts, StopFacts
    from smtui.domain.orphaned_session import ActiveSession, OrphanedSession, Remains, UnansweredStart
    from smtui.domain.place import Caller, PendingCall, Place
    from smtui.domain.places.organisation_facts import OrganisationFacts
    from smtui.domain.preset import Preset, PresetList
    from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
    from smtui.domain.roster import Snapshot
    from smtui.domain.stored_list import ListHead, Part
    from smtui.domain.work.command_invocation import CommandInvocation, CommandToSend
    from smtui.ssh.endpoint_choice import ConnectEndpoint, ConnectTarget, EndpointWay
    from smtui.ssh.endpoint_tunnels import TunnelAddress
    from smtui.ssh.ssh_login import SshLogin


# The front end -----------------------------------------------------------------------------------


class TerminalRefused(Exception):
    """The session cannot have the terminal, because smtui is ending or cannot release it."""


LendTerminal = Callable[[], AbstractContextManager[None]]
"""Gives the terminal up for the length of a `with` block: Textual's suspend, or nothing on the command line.

Entering raises `TerminalRefused` if a session can no longer have it.
"""

Pause = Callable[[str, Callable[[], bool]], None]
"""Shows a sentence and waits until the user has read it, or the function returns True; never raises."""


# AWS ----------------------------------------------------------------------------------------------


class SessionAws(Protocol):
    """What one session needs of its place. Every method blocks and raises `AwsCallFailed`."""

    def caller(self) -> Caller:
        """sts:GetCallerIdentity; raises for no credentials, no Region, an unknown profile."""

    def known_caller(self) -> Caller:
        """The last answer of `caller`; before it, or after a new sign-in, the Region alone. Calls nothing."""

    def start_session(self, request: SessionRequest) -> StartedSession:
        """ssm:StartSession, paced below 3 a second for the account and Region."""

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession; a session that has already ended is success."""

    def plugin_credentials(self) -> PluginCredentials:
        """What to give the plugin; see `PluginCredentials`."""

    def endpoint_url(self) -> str:
        """The ssm endpoint in use."""

    def endpoint_is_aws(self) -> bool:
        """Whether the ssm endpoint in use is AWS's own (its host ends in the partition's suffix)."""


class Aws(SessionAws, Protocol):
    """One place of AWS. Every method blocks and raises `AwsCallFailed`; all are safe to call from several threads."""

    def region(self) -> str:
        """The Region by the configuration alone; empty where none is named. Calls nothing and raises nothing."""

    def pending(self) -> Sequence[PendingCall]:
        """The calls under way right now, the oldest first. Calls nothing, never blocks."""

    def managed_nodes(self) -> Iterator[Sequence[SsmFacts]]:
        """ssm:DescribeInstanceInformation, all pages, one item a page."""

    def managed_node(self, node_id: str) -> SsmFacts | None:
        """ssm:DescribeInstanceInformation for one node; None when Systems Manager does not list it."""

    def instances(self) -> Iterator[Sequence[Ec2Facts]]:
        """ec2:DescribeInstances, all pages, terminated instances left out."""

    def instances_with(self, name: str, value: str) -> Sequence[Ec2Facts]:
        """ec2:DescribeInstances with one filter, wildcards without effect; terminated instances left out."""

    def hybrid_nodes(self) -> Sequence[SsmFacts]:
        """ssm:DescribeInstanceInformation of all nodes that are not EC2 instances."""

    def organisation_nodes(self) -> Iterator[Sequence[OrganisationFacts]]:
        """ssm:ListNodes, all pages: the organisation's nodes, as a resource data sync collected them."""

    def connection_status(self, node_id: str) -> ConnectionFact:
        """ssm:GetConnectionStatus."""

    def session_documents(self, side: DocumentSide) -> Iterator[Sequence[DocumentSummary]]:
        """ssm:ListDocuments for one owner, all pages, session documents only."""

    def document(self, name: str) -> DocumentText:
        """ssm:GetDocument."""

    def active_sessions(self, *, owner: str = "", target: str = "", session_id: str = "") -> Sequence[ActiveSession]:
        """ssm:DescribeSessions, all pages: the active sessions that match everything given. Gives up within 20 s."""


class AwsPlaces(Protocol):
    """AWS in every place; making one calls nothing and reads no file."""

    def at(self, place: Place) -> Aws:
        """The same `Aws` for the same place, each time."""


class EvidencePlaces(Protocol):
    """Evidence from every place; making one calls nothing."""

    def evidence_at(self, place: Place) -> EvidenceAws:
        """The evidence of one place."""


class AutomationAws(Protocol):
    """One place of AWS. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def start_automation(self, node_id: str) -> str:
        """ssm:StartAutomationExecution of the troubleshooting runbook, never twice; returns the execution's id."""

    def automation(self, execution_id: str) -> AutomationExecution:
        """ssm:GetAutomationExecution."""

    def stop_automation(self, execution_id: str) -> None:
        """ssm:StopAutomationExecution; one that is already over is success."""

    def automation_console_url(self, execution_id: str) -> str:
        """The execution's page in the AWS console; empty where there is none. Calls nothing."""


class AutomationPlaces(Protocol):
    """Automations in every place; making one calls nothing."""

    def automation_at(self, place: Place) -> AutomationAws:
        """The automations of one place."""


class PowerAws(Protocol):
    """The machines of one place of AWS. Every method blocks and raises `AwsCallFailed`."""

    def stop_facts(self, node_id: str) -> StopFacts | None:
        """ec2:DescribeInstances: what is known of the stop; None for an instance that EC2 does not list."""

    def may_start(self, node_id: str) -> None:
        """ec2:StartInstances as a dry run; returns if the start would be allowed."""

    def start_instance(self, node_id: str) -> None:
        """ec2:StartInstances; nothing happens to an instance that runs already."""


class PowerPlaces(Protocol):
    """Machines in every place; making one calls nothing."""

    def power_at(self, place: Place) -> PowerAws:
        """The machines of one place."""


class CommandAws(Protocol):
    """One place of AWS. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def send_command(self, wanted: CommandToSend) -> str:
        """ssm:SendCommand, never twice; returns the command's id."""

    def invocations(self, command_id: str) -> Sequence[CommandInvocation]:
        """ssm:ListCommandInvocations, all pages: the states, without output. Nodes may be missing for a while."""

    def invocation(self, command_id: str, node_id: str) -> CommandInvocation | None:
        """ssm:GetCommandInvocation, with its output; None while AWS does not know it yet."""

    def cancel_command(self, command_id: str) -> None:
        """ssm:CancelCommand; one that is already over is success."""

    def stored_output(self, url: str) -> bytes:
        """s3:GetObject of the output that an invocation's URL names."""


class CommandPlaces(Protocol):
    """Run Command in every place; making one calls nothing."""

    def commands_at(self, place: Place) -> CommandAws:
        """Run Command of one place."""


class InstanceConnectAws(Protocol):
    """EC2 Instance Connect in one place. Every method blocks and raises `AwsCallFailed`."""

    def push_key(self, node_id: str, user: str, public_key: str) -> None:
        """ec2-instance-connect:SendSSHPublicKey: the user may log in with the key for a minute."""

    def connect_target(self, node_id: str) -> ConnectTarget | None:
        """ec2:DescribeInstances by filter; None for an id that is unknown here."""

    def connect_endpoints(self, vpc_id: str) -> Sequence[ConnectEndpoint]:
        """ec2:DescribeInstanceConnectEndpoints of a VPC, whatever their state."""

    def tunnel_address(self, way: EndpointWay, port: int, seconds: int) -> TunnelAddress:
        """The signed URL that opens one tunnel, and how to reach it. Calls nothing; also raises `NoWay`."""


class InstanceConnectPlaces(Protocol):
    """EC2 Instance Connect in every place; making one calls nothing."""

    def instance_connect_at(self, place: Place) -> InstanceConnectAws:
        """EC2 Instance Connect in one place."""


# Files --------------------------------------------------------------------------------------------


class StoredList(Protocol):
    """The last known list of a place, of which the head was read."""

    @property
    def head(self) -> ListHead:
        """What is shown at once."""

    def rest(self) -> Iterator[Part]:
        """Yield the other nodes, part by part; call it once. Blocks; raises `BrokenList`."""

    def close(self) -> None:
        """Read no more of it."""


class ListCache(Protocol):
    """Keeps the last known list between runs. Both calls block and never raise."""

    def load(self, place: Place) -> StoredList | None:
        """The place's last list; None if there is none that can be used."""

    def save(self, place: Place, snapshot: Snapshot) -> bool:
        """Keep the place's list; False if it could not be written."""


class DocumentMemory(Protocol):
    """Keeps between runs how documents were used. Both calls block and never raise."""

    def load(self) -> DocumentHistory:
        """What is remembered; empty if nothing can be read."""

    def add(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> bool:
        """Remember a use, with what was typed by parameter; False if it could not be written."""

    def keep_names(self, names: Sequence[str]) -> None:
        """Keep the names of all documents that were listed, for completion."""


class SshLogins(Protocol):
    """Keeps between runs who logs in on which node with ssh. Both calls block and never raise."""

    def login(self, node_id: str) -> SshLogin:
        """What was kept for the node; an empty login if nothing was."""

    def remember(self, node_id: str, login: SshLogin) -> None:
        """Keep it for the node."""


class Journal(Protocol):
    """Records sessions on disk, so that the next smtui can end what this one leaves open. Blocks, never raises."""

    def asked(self, request: SessionRequest, label: str, caller: Caller, endpoint: str) -> str:
        """StartSession is about to be called; returns the start's id. `caller` may lack all but its Region."""

    def identified(self, start_id: str, owner: str) -> None:
        """Adds who asked for the start (a full ARN) once it is known."""

    def refused(self, start_id: str) -> None:
        """The start certainly made no session."""

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int, start_id: str = "") -> None:
        """A session began: it answers the start. `plugin_pid` is its plugin's process, 0 while there is none."""

    def closed(self, session_id: str) -> None:
        """The session and its plugin have ended."""

    def remains(self) -> Remains:
        """What earlier runs of smtui left open, and what other running ones use."""

    def end_plugin(self, orphan: OrphanedSession) -> None:
        """Kills the session's plugin, if that very process still runs."""

    def settle(self, orphan: OrphanedSession) -> None:
        """Nothing is left of the session, nor of the start that made it."""

    def forget(self, start: UnansweredStart) -> None:
        """The start can no longer become a session."""


class PresetStore(Protocol):
    """Keeps the user's own presets. Every method blocks."""

    def load(self) -> PresetList:
        """All presets, in the file's order. Never raises: the list says what could not be read."""

    def save(self, preset: Preset, replacing: str) -> None:
        """Add the preset, or put it in place of the one named `replacing`; raises `PresetsUnusable`."""

    def remove(self, name: str) -> None:
        """Remove the preset of that name; raises `PresetsUnusable`."""


class IncludedPresets(Protocol):
    """Reads presets that others keep. Blocks."""

    def load(self) -> PresetList:
        """All presets of included files, each with its origin. Never raises."""


class AgreedPresets(Protocol):
    """Keeps which included presets the user has agreed to start. Both methods block and never raise."""

    def fingerprint(self, key: str) -> str:
        """The fingerprint that was agreed to; empty if there is none."""

    def agree(self, key: str, fingerprint: str) -> None:
        """Keep it."""


class ReportStore(Protocol):
    """Keeps reports where only the user can read them. Blocks."""

    def save(self, name: str, parts: Iterable[str]) -> str:
        """Write a new file from the parts of its text; returns its path. Raises `ReportNotSaved`."""
