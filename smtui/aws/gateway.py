"""The AWS of one place: each method is one API operation, in the domain's values. Implements `engine.ports.Aws`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smtui.aws.connection import Connection
from smtui.aws.credentials import for_plugin
from smtui.aws.endpoints import is_of_aws
from smtui.aws.facts import document_summaries, ec2_facts, ssm_facts
from smtui.aws.pace import Pace, Paces
from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.ports import PluginCredentials

_STARTS_TRIED = 4


@dataclass(frozen=True, slots=True)
class _Listing:
    """A paged operation, and the key its pages hold the list under."""

    action: str
    service: str
    operation: str
    page_size: int
    holds: str


_MANAGED_NODES = _Listing(
    "ssm:DescribeInstanceInformation", "ssm", "describe_instance_information", 50, "InstanceInformationList"
)
_INSTANCES = _Listing("ec2:DescribeInstances", "ec2", "describe_instances", 1000, "Reservations")
_DOCUMENTS = _Listing("ssm:ListDocuments", "ssm", "list_documents", 50, "DocumentIdentifiers")


class BotoAws:
    """One place of AWS through botocore."""

    def __init__(self, place: Place, connection: Connection, paces: Paces, now: Callable[[], datetime]) -> None:
        self._place = place
        self._connection = connection
        self._paces = paces
        self._now = now
        self._account = ""

    def caller(self) -> Caller:
        """sts:GetCallerIdentity, at the Region's own endpoint."""
        said = self._connection.call("sts:GetCallerIdentity", "sts", "get_caller_identity")
        self._account = str(said.get("Account", ""))
        return Caller(
            account=self._account,
            arn=str(said.get("Arn", "")),
            user_id=str(said.get("UserId", "")),
            region=self._connection.opened().region,
        )

    def managed_nodes(self) -> Iterator[Sequence[SsmFacts]]:
        """ssm:DescribeInstanceInformation, one item a page."""
        for page in self._pages(_MANAGED_NODES):
            yield ssm_facts(page, self._now())

    def managed_node(self, node_id: str) -> SsmFacts | None:
        """ssm:DescribeInstanceInformation, filtered by id."""
        filters = [{"Key": "InstanceIds", "Values": [node_id]}]
        found = (
            facts for page in self._pages(_MANAGED_NODES, Filters=filters) for facts in ssm_facts(page, self._now())
        )
        return next(found, None)

    def instances(self) -> Iterator[Sequence[Ec2Facts]]:
        """ec2:DescribeInstances, one item a page, terminated instances left out."""
        for page in self._pages(_INSTANCES):
            yield ec2_facts(page, self._now())

    def connection_status(self, node_id: str) -> ConnectionFact:
        """ssm:GetConnectionStatus; a status that is neither of the two is a fault, never a guess."""
        action = "ssm:GetConnectionStatus"
        said = self._connection.call(action, "ssm", "get_connection_status", Target=node_id)
        status = str(said.get("Status", "")).lower()
        try:
            return ConnectionFact(ConnectionStatus(status), self._now())
        except ValueError:
            raise self._odd(action, f"The connection status was {status!r}.") from None

    def session_documents(self, side: DocumentSide) -> Iterator[Sequence[DocumentSummary]]:
        """ssm:ListDocuments for one owner, one item a page."""
        filters = [{"Key": "DocumentType", "Values": ["Session"]}, {"Key": "Owner", "Values": [side.value]}]
        for page in self._pages(_DOCUMENTS, Filters=filters):
            yield document_summaries(page, side)

    def document(self, name: str) -> str:
        """ssm:GetDocument: the content, which the service turns into JSON where it was written as YAML."""
        action = "ssm:GetDocument"
        said = self._connection.call(action, "ssm", "get_document", Name=name, DocumentFormat="JSON")
        content = said.get("Content")
        if not isinstance(content, str):
            raise self._odd(action, f"The answer for {name} holds no content.")
        return content

    def start_session(self, request: SessionRequest) -> StartedSession:
        """ssm:StartSession, paced, and repeated only when AWS said that it was too fast.

        After any other failure nobody knows whether a session began; a second call could leave one behind.
        """
        pace = self._pace()
        for tried in range(1, _STARTS_TRIED + 1):
            pace.wait()
            try:
                return self._start_once(request)
            except AwsCallFailed as failed:
                if failed.fault.kind is not FaultKind.THROTTLED or tried == _STARTS_TRIED:
                    raise
                pace.hold_back(2.0 ** (tried - 1))
        raise AssertionError("unreachable")

    def terminate_session(self, session_id: str) -> None:
        """ssm:TerminateSession; a session that has already ended is success."""
        try:
            self._connection.call("ssm:TerminateSession", "ssm", "terminate_session", SessionId=session_id)
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.ALREADY_ENDED:
                raise

    def plugin_credentials(self) -> PluginCredentials:
        """The profile's name where a plugin resolves it alone, the keys where MFA is in the way, else nothing.

        Nothing also where the plugin inherits the credentials: keys in the environment, the machine's own role.
        """
        opened = self._connection.opened()
        try:
            return for_plugin(opened.session, opened.credentials)
        except Exception as error:
            raise self._connection.failure(error, "", opened) from error

    def endpoint_url(self) -> str:
        """The ssm endpoint in use."""
        return self._connection.endpoint_url("ssm")

    def endpoint_is_aws(self) -> bool:
        """Whether the host of the ssm endpoint lies in the domain of one of AWS's partitions."""
        return is_of_aws(self._connection.opened().session, self.endpoint_url())

    def region_names(self) -> list[str]:
        """ec2:DescribeRegions: the Regions that are enabled for the account, sorted."""
        said = self._connection.call("ec2:DescribeRegions", "ec2", "describe_regions")
        return sorted(str(entry.get("RegionName", "")) for entry in said.get("Regions", []))

    def _pages(self, listing: _Listing, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """Every page to the end.

        A page without its list, and a token that comes twice, are faults: a list cut short would pass for whole, and
        nodes would be called unmanaged that are not.
        """
        token, seen = "", set[str]()
        while True:
            asked = parameters | {"MaxResults": listing.page_size} | ({"NextToken": token} if token else {})
            page = self._connection.call(listing.action, listing.service, listing.operation, **asked)
            if listing.holds not in page:
                raise self._odd(listing.action, "The answer holds no list.")
            yield page
            token = str(page.get("NextToken") or "")
            if not token:
                return
            if token in seen:
                raise self._odd(listing.action, "The same page was announced twice.")
            seen.add(token)

    def _start_once(self, request: SessionRequest) -> StartedSession:
        action = "ssm:StartSession"
        said = self._connection.call_once(action, "ssm", "start_session", **request.api_parameters())
        session_id, stream_url, token = (str(said.get(name) or "") for name in ("SessionId", "StreamUrl", "TokenValue"))
        if not (session_id and stream_url and token):
            raise self._odd(action, f"The answer for session {session_id!r} lacks its address or token.")
        return StartedSession(
            session_id=session_id,
            stream_url=stream_url,
            token=token,
            region=self._connection.opened().region,
            endpoint_url=self._connection.endpoint_url("ssm"),
        )

    def _pace(self) -> Pace:
        opened = self._connection.opened("ssm:StartSession")
        return self._paces.of(self._account or self._place.profile, opened.region)

    def _odd(self, action: str, message: str) -> AwsCallFailed:
        return AwsCallFailed(Fault(FaultKind.SERVICE, action, "", message, self._now()))
