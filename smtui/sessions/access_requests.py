"""Just-in-time access to nodes: asks for it, decides on requests of others, and starts shells with what was granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from smtui.domain.fault import CREDENTIAL_KINDS, AwsCallFailed, Fault, FaultKind
from smtui.domain.records.access_request import (
    READ_ONLY_ACCESS,
    AccessRequest,
    AccessStatus,
    ApprovalPolicies,
    asking_complaint,
    not_for_granted,
    until_words,
)
from smtui.sessions.access_wait import AccessOrder, AccessWait
from smtui.sessions.access_words import goes_round

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import EvidenceAws
    from smtui.domain.place import Caller, Place
    from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, SessionAws
    from smtui.sessions.access_aws import AccessRequestAws
    from smtui.sessions.records_protocols import RecordPlaces

T = TypeVar("T")


class AccessRefused(Exception):
    """Nothing was asked or decided; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class RequestLists:
    """The requests of one place, and what could not be read, each with the call that failed."""

    mine: tuple[AccessRequest, ...] = ()
    to_decide: tuple[AccessRequest, ...] = ()
    faults: tuple[Fault, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of nodes by id, as far as they are known."""


class AccessRequests:
    """The requests of every place. Call the methods on the event loop; none blocks it."""

    def __init__(
        self,
        aws: Callable[[Place], Aws],
        records: RecordPlaces,
        off_loop: OffLoop,
        clock: Callable[[], datetime],
        evidence: Callable[[Place], EvidenceAws] | None = None,
        *,
        read_only: bool,
    ) -> None:
        self._aws = aws
        self._records = records
        self._off_loop = off_loop
        self._clock = clock
        self._evidence = evidence
        self._read_only = read_only
        self._waits: dict[tuple[Place, str], AccessWait] = {}

    # One's own ---------------------------------------------------------------------------------

    def ask(self, order: AccessOrder) -> AccessWait:
        """Return the job that asks and waits; start it among the jobs. Raises `AccessRefused`."""
        if self._read_only:
            raise AccessRefused(READ_ONLY_ACCESS)
        if complaint := asking_complaint(order.reason):
            raise AccessRefused(complaint)
        known = self.wait_for(order.place, order.node_id)
        if known is not None and (not known.state.over or known.is_open(self._clock())):
            raise AccessRefused(f"Access to {order.label} was asked for already. {known.sentence(self._clock())}")
        wait = AccessWait(lambda: self._access(order.place), self._off_loop, order, self._clock)
        self._waits[order.place, order.node_id] = wait
        return wait

    def follow(self, request: AccessRequest, label: str) -> AccessWait:
        """Return the job that waits for a request of one's own that was made earlier, and fetches what it grants.

        Raises `AccessRefused`.
        """
        known = self.wait_for(request.place, request.node_id)
        if known is not None and known.request is not None and known.request.request_id == request.request_id:
            return known
        if self._read_only:
            raise AccessRefused(READ_ONLY_ACCESS)
        order = AccessOrder(request.node_id, request.place, label, request.reason)
        wait = AccessWait(
            lambda: self._access(order.place), self._off_loop, order, self._clock, request=request
        )  # fmt: skip
        self._waits[request.place, request.node_id] = wait
        return wait

    async def standing(self, place: Place, node_id: str) -> AccessRequest | None:
        """The latest request of one's own for the node that waits or was approved; None where none is seen."""
        try:
            caller = await self._off_loop.call(self._aws(place).caller)
            mine = await self._off_loop.call(lambda: self._access(place).mine(caller))
        except AwsCallFailed:
            return None
        wanted = (AccessStatus.PENDING, AccessStatus.APPROVED)
        found = next((each for each in mine if each.node_id == node_id), None)
        return found if found is not None and found.status in wanted else None

    async def find(self, place: Place, request_id: str) -> AccessRequest:
        """What is known of a request. Raises `AwsCallFailed`."""
        return await self._off_loop.call(lambda: self._access(place).request(request_id))

    def wait_for(self, place: Place, node_id: str) -> AccessWait | None:
        """The last request of this smtui for the node."""
        return self._waits.get((place, node_id))

    def granted(self, request: SessionRequest) -> SessionAws | None:
        """The calls of a shell with the credentials that were granted for its node; None where none fit.

        Calls nothing.
        """
        place, wait = request.place, self.wait_for(request.place, request.target)
        if wait is None or wait.credentials is None or not wait.is_open(self._clock()) or not_for_granted(request):
            return None
        granted, own = wait.credentials, self._aws(place)
        return GrantedStart(lambda: self._access(place).with_credentials(granted), own)

    def granted_until(self, request: SessionRequest) -> str:
        """How long the credentials last that this session would start with; empty where none fit."""
        wait = self.wait_for(request.place, request.target)
        if wait is None or wait.credentials is None or self.granted(request) is None:
            return ""
        return until_words(wait.credentials.ends_at, self._clock())

    def objection(self, request: SessionRequest) -> str:
        """Why what was granted for the node cannot start this, where one's own start was denied; empty if it can."""
        wait = self.wait_for(request.place, request.target)
        is_only_way = wait is not None and wait.order.is_start_denied and wait.is_open(self._clock())
        return not_for_granted(request) if is_only_way else ""

    # What helps to decide whether to ask ---------------------------------------------------------

    async def policies(self, place: Place) -> ApprovalPolicies | None:
        """The approval policies there; None where they cannot be seen. Never raises."""
        try:
            return await self._off_loop.call(lambda: self._access(place).policies())
        except AwsCallFailed:
            return None

    async def way_round(self, place: Place, node_id: str) -> str:
        """That a policy allows StartSession without an approval, in a sentence; empty where none is seen to."""
        if self._evidence is None:
            return ""
        evidence = self._evidence(place)
        try:
            found = await self._off_loop.call(lambda: evidence.permissions(evidence.caller(), node_id, "", None))
        except AwsCallFailed:
            return ""
        return goes_round(found)

    # All of them ---------------------------------------------------------------------------------

    async def lists(self, place: Place) -> RequestLists:
        """One's own requests and those that wait for one's decision. Never raises: a fault stands in the result."""
        faults = list[Fault]()

        async def read(call: Callable[[], Sequence[AccessRequest]]) -> tuple[AccessRequest, ...]:
            try:
                return tuple(await self._off_loop.call(call))
            except AwsCallFailed as failed:
                if failed.fault not in faults:
                    faults.append(failed.fault)
                return ()

        try:
            caller = await self._off_loop.call(self._aws(place).caller)
        except AwsCallFailed as failed:
            return RequestLists(faults=(failed.fault,))
        access = self._access(place)
        mine = await read(lambda: access.mine(caller))
        to_decide = await read(lambda: access.for_decision(caller)) if not faults else ()
        return RequestLists(mine, to_decide, tuple(faults), await self._names(place, (*mine, *to_decide)))

    async def _names(self, place: Place, requests: Sequence[AccessRequest]) -> Mapping[str, str]:
        """The nodes' names; none where they cannot be seen."""
        ids = tuple(dict.fromkeys(each.node_id for each in requests if each.node_id))
        sessions = self._records.records_at(place).sessions
        try:
            return await self._off_loop.call(lambda: sessions.node_names(ids)) if ids else {}
        except AwsCallFailed:
            return {}

    async def decide(self, request: AccessRequest, *, approve: bool, comment: str) -> None:
        """Approve or reject a request. Raises `AccessRefused` and `AwsCallFailed`."""
        access, execution_id = await self._to_change(request)
        await self._off_loop.change(
            lambda: access.decide(execution_id, approve=approve, comment=comment.strip()),
            f"{'approving' if approve else 'rejecting'} request {request.request_id}",
        )

    async def withdraw(self, request: AccessRequest) -> None:
        """Take back a request of one's own. Raises `AccessRefused` and `AwsCallFailed`."""
        access, execution_id = await self._to_change(request)
        await self._off_loop.change(lambda: access.withdraw(execution_id), f"withdrawing request {request.request_id}")

    async def _to_change(self, request: AccessRequest) -> tuple[AccessRequestAws, str]:
        """What changes it: the id of the automation that waits for the decision, read anew where it is not known."""
        if self._read_only:
            raise AccessRefused(READ_ONLY_ACCESS)
        access, execution_id = self._access(request.place), request.execution_id
        if not execution_id:
            found = await self._off_loop.call(lambda: access.request(request.request_id))
            execution_id = found.execution_id
        if not execution_id:
            raise AccessRefused(f"AWS names no automation for {request.request_id}: decide it in the AWS console.")
        return access, execution_id

    def _access(self, place: Place) -> AccessRequestAws:
        return self._records.records_at(place).access


class GrantedStart:
    """Starts one session with granted credentials; implements `engine.protocols.SessionAws`.

    They usually may not end the session: then the caller's own credentials end it.
    """

    def __init__(self, granted: Callable[[], SessionAws], own: Aws) -> None:
        """`granted` may block; it is called in a thread, once."""
        self._make = granted
        self._made: SessionAws | None = None
        self._own = own

    @property
    def _granted(self) -> SessionAws:
        if self._made is None:
            self._made = self._make()
        return self._made

    def caller(self) -> Caller:
        """Who starts the session: the role behind the granted credentials."""
        return self._granted.caller()

    def known_caller(self) -> Caller:
        """The last answer of `caller`, else the Region alone."""
        return self._granted.known_caller()

    def start_session(self, request: SessionRequest) -> StartedSession:
        """ssm:StartSession with the granted credentials."""
        return self._granted.start_session(request)

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession, by whichever credentials may."""
        try:
            self._granted.terminate_session(session_id)
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.DENIED and failed.fault.kind not in CREDENTIAL_KINDS:
                raise
            self._own.terminate_session(session_id)

    def plugin_credentials(self) -> PluginCredentials:
        """The granted keys."""
        return self._granted.plugin_credentials()

    def endpoint_url(self) -> str:
        """The ssm endpoint in use."""
        return self._granted.endpoint_url()

    def endpoint_is_aws(self) -> bool:
        """Whether it is AWS's own."""
        return self._granted.endpoint_is_aws()
