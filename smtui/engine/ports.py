"""What the engine needs of the world: AWS as blocking calls, so that a test can hand in another AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.node import ConnectionFact, Ec2Facts, SsmFacts
from smtui.domain.outcome import PluginRun
from smtui.domain.place import Caller, Place
from smtui.domain.plugin import PluginPick
from smtui.domain.remembered import RememberedDocuments
from smtui.domain.request import SessionRequest, StartedSession
from smtui.domain.roster import Snapshot


@dataclass(frozen=True, slots=True)
class PluginCredentials:
    """How the plugin gets credentials: a profile it resolves by itself, or keys for its environment; never both.

    Both are empty where there are no credentials at all: the plugin then connects unsigned.
    """

    profile: str = ""
    environment: dict[str, str] = field(default_factory=dict, repr=False)


class Aws(Protocol):
    """One place of AWS. Every method blocks and raises `AwsCallFailed`; all are safe to call from several threads."""

    def caller(self) -> Caller:
        """sts:GetCallerIdentity; raises for no credentials, no Region, an unknown profile."""

    def managed_nodes(self) -> Iterator[Sequence[SsmFacts]]:
        """ssm:DescribeInstanceInformation, all pages, one item a page."""

    def managed_node(self, node_id: str) -> SsmFacts | None:
        """ssm:DescribeInstanceInformation for one node; None when Systems Manager does not list it."""

    def instances(self) -> Iterator[Sequence[Ec2Facts]]:
        """ec2:DescribeInstances, all pages, terminated instances left out."""

    def connection_status(self, node_id: str) -> ConnectionFact:
        """ssm:GetConnectionStatus."""

    def session_documents(self, side: DocumentSide) -> Iterator[Sequence[DocumentSummary]]:
        """ssm:ListDocuments for one owner, all pages, session documents only."""

    def document(self, name: str) -> str:
        """ssm:GetDocument: the content, as JSON."""

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


class AwsPlaces(Protocol):
    """AWS seen from every place; making one does no call and reads no file."""

    def at(self, place: Place) -> Aws:
        """The same `Aws` for the same place, each time."""


class ListCache(Protocol):
    """Where the last known list is kept between runs; both calls block and never raise."""

    def load(self, place: Place) -> Snapshot | None: ...

    def save(self, place: Place, snapshot: Snapshot) -> bool: ...


class DocumentMemory(Protocol):
    """How documents were used, between runs; both calls block and never raise."""

    def load(self) -> RememberedDocuments: ...

    def add(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> bool: ...


class Caught(Protocol):
    """What a guard met while it was in force."""

    ending_signal: int
    """The signal that asked smtui to end; 0 when none did."""


class RunningPlugin(Protocol):
    """A plugin that has been started and waits for its terminal, or has it."""

    pid: int

    def attach(self) -> PluginRun:
        """Give it the user's terminal until it ends; blocks. The terminal comes back as it was, whatever happens."""

    def stop(self) -> None:
        """End it soon; `attach` then returns. From any thread, any number of times."""

    def abandon(self) -> PluginRun:
        """Instead of `attach`: end it; blocks up to two seconds."""

    def guard(self) -> AbstractContextManager[Caught]:
        """Entered on the main thread around `attach`: passes window changes on, keeps the user's signals off us."""


class Plugins(Protocol):
    """Session Manager plugins on this machine. Every method blocks."""

    def pick(self, *, endpoint_is_aws: bool, on_pipes: bool = False) -> PluginPick:
        """Which one a session started now would get; `on_pipes` is a command whose outputs must stay apart."""

    def start(
        self,
        pick: PluginPick,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        label: str,
        *,
        on_pipes: bool = False,
    ) -> RunningPlugin:
        """Start it, and do not wait for it; raises OSError. The response goes to that one child only.

        On pipes it gets no input, and its two outputs reach ours unchanged, whatever ours are.
        """
