"""Holds the state of one Region of one account, which the handlers of its operations work with."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from smtui.demo.account.access_book import AccessBook, Grant
from smtui.demo.account.account import Account
from smtui.demo.account.automation_executions import AutomationBook
from smtui.demo.account.call_trail import CallTrail
from smtui.demo.account.command_book import CommandBook, Script, StartScript
from smtui.demo.account.identity_book import IdentityBook
from smtui.demo.account.log_book import LogBook
from smtui.demo.account.notification_book import NotificationBook
from smtui.demo.account.pushed_keys import PushedKeys
from smtui.demo.account.session_registry import SessionBook
from smtui.demo.story.callers import USER, DemoCaller

if TYPE_CHECKING:
    from smtui.channel.transport import ByteStream
    from smtui.demo.story.account_facts import DemoPlace
    from smtui.demo.story.demo_node import DemoNode
    from smtui.demo.story.simulated_fleet import Fleet
    from smtui.demo.story.vpc import Vpc

DialSsh: TypeAlias = "Callable[[str, str], Awaitable[ByteStream]]"
_SEAL = 12


class PageTokens:
    """Makes and reads the NextTokens of one Region.

    A token holds the index of the next result. It is sealed: it works only in its Region and for its operation.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)

    def make(self, operation: str, start: int) -> str:
        """A token for the page that starts at index `start` of the operation's results."""
        place = start.to_bytes(8, "big")
        return base64.urlsafe_b64encode(place + self._seal(operation, place)).decode()

    def read(self, operation: str, token: str | None) -> int | None:
        """The index where the page starts: 0 without a token, None for an invalid one."""
        if not token:
            return 0
        try:
            raw = base64.urlsafe_b64decode(token.encode())
        except (binascii.Error, ValueError):
            return None
        place, seal = raw[:8], raw[8:]
        if not hmac.compare_digest(seal, self._seal(operation, place)):
            return None
        return int.from_bytes(place, "big")

    def _seal(self, operation: str, place: bytes) -> bytes:
        return hmac.digest(self._key, operation.encode() + place, "sha256")[:_SEAL]


def no_scripts(node: DemoNode, lines: list[str]) -> Script:
    """Run nothing: for Regions whose nodes have no far end."""
    raise OSError("The nodes of this Region run no scripts.")


@dataclass(frozen=True, slots=True)
class RegionState:
    """One Region of one simulated account, and who calls it."""

    place: DemoPlace
    fleet: Fleet
    stream_url: Callable[[str], str]
    """The data channel's address for a session id."""
    sessions: SessionBook = field(default_factory=SessionBook)
    tokens: PageTokens = field(default_factory=PageTokens)
    automations: AutomationBook = field(default_factory=AutomationBook)
    commands: CommandBook = field(default_factory=CommandBook)
    start_script: StartScript = no_scripts
    """Starts what Run Command runs on a node."""
    account: Account = field(default_factory=Account)
    pushed_keys: PushedKeys = field(default_factory=PushedKeys)
    logs: LogBook = field(default_factory=LogBook)
    trail: CallTrail = field(default_factory=CallTrail)
    notifications: NotificationBook = field(default_factory=NotificationBook)
    tunnel_host: Callable[[], str] = lambda: ""
    """Host and port of the EC2 Instance Connect Endpoints, all on this machine."""
    switches: Callable[[], frozenset[str]] = frozenset
    """The switches of `story.account_switches` that are on; they may change between two calls."""
    denies: Callable[[str], bool] = lambda _: False
    """Whether a fault denies the caller `ssm:StartSession`, or `ssm:StartSession@document/NAME`."""

    access: AccessBook = field(default_factory=AccessBook)
    speed: Callable[[str], float] = lambda _: 0.0
    """Seconds that a fault gives for `decision` or `grant`; 0 for the usual."""
    granted: Grant | None = None
    """The grant whose keys signed this call; None for the caller's own."""

    caller: DemoCaller = USER
    """Who signed this call."""
    identities: IdentityBook = field(default_factory=IdentityBook)
    boot_seconds: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
    """From StartInstances to the first ping, and from there to the control channel."""
    dial_ssh: DialSsh | None = None
    """Connects to the SSH server of a node, by id and Name; raises ConnectionRefusedError. None: no node has one."""

    def vpcs(self) -> Iterable[Vpc]:
        """The VPCs with switches and changes applied; an empty Region has none."""
        return self.account.vpcs(self.switches(), self.name) if self.place.is_home or len(self.fleet) else ()

    @property
    def name(self) -> str:
        """The Region's name."""
        return self.place.region

    @property
    def caller_arn(self) -> str:
        """Who calls: the caller, or whoever holds the granted keys."""
        return self.granted.arn if self.granted is not None else self.caller.arn


Params = Mapping[str, Any]
Handler = Callable[[RegionState, Params], Mapping[str, Any]]
"""Answers one operation; raises `AwsError` for the operation's own errors."""
