"""Joins the adapters of each place: the user's own configuration, or one fixed endpoint."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.aws.access_adapter import AccessAdapter
from smtui.aws.api_calls import ApiCalls
from smtui.aws.boto_session import FixedAccess, SessionMaker
from smtui.aws.connection import Connection, Patience
from smtui.aws.document_adapter import DocumentAdapter
from smtui.aws.node_adapter import NodeAdapter
from smtui.aws.session_adapter import Paces, SessionAdapter

if TYPE_CHECKING:
    from smtui.aws.actions.command_adapter import CommandAdapter
    from smtui.aws.actions.instance_connect_adapter import InstanceConnectAdapter
    from smtui.aws.actions.power_adapter import PowerAdapter
    from smtui.aws.automation_adapter import AutomationAdapter
    from smtui.aws.identities.mfa_sessions import RoleSessions
    from smtui.aws.records.records_places import BotoRecords
    from smtui.aws.trimmed_models import KeptModels
    from smtui.domain.place import PendingCall, Place
    from smtui.domain.places.organisation_facts import OrganisationFacts


def _utc_now() -> datetime:
    return datetime.now(UTC)


class BotoAws:
    """One place of AWS. Implements `engine.protocols.Aws`; each adapter documents its own methods."""

    def __init__(self, connection: Connection, paces: Paces, now: Callable[[], datetime]) -> None:
        calls, brief_calls = ApiCalls(connection, now), ApiCalls(connection, now, Patience.BRIEF)
        access, nodes, documents = AccessAdapter(calls), NodeAdapter(calls), DocumentAdapter(calls)
        sessions = SessionAdapter(calls, brief_calls, paces)
        self._connection = connection
        self.caller = access.caller
        self.known_caller = access.known_caller
        self.plugin_credentials = access.plugin_credentials
        self.endpoint_url = access.endpoint_url
        self.endpoint_is_aws = access.endpoint_is_aws
        self.managed_nodes = nodes.managed_nodes
        self.managed_node = nodes.managed_node
        self.instances = nodes.instances
        self.instances_with = nodes.instances_with
        self.hybrid_nodes = nodes.hybrid_nodes
        self.connection_status = nodes.connection_status
        self._calls = calls
        self.session_documents = documents.session_documents
        self.document = documents.document
        self.start_session = sessions.start_session
        self.terminate_session = sessions.terminate_session
        self.active_sessions = sessions.active_sessions

    def organisation_nodes(self) -> Iterator[Sequence[OrganisationFacts]]:
        """See `OrganisationAdapter`, which few use."""
        from smtui.aws.identities.organisation_adapter import OrganisationAdapter

        return OrganisationAdapter(self._calls).organisation_nodes()

    def region(self) -> str:
        """The Region by the configuration alone; empty where none is named. Calls nothing and raises nothing."""
        return self._connection.region()

    def pending(self) -> Sequence[PendingCall]:
        """The calls that wait for an answer right now, the oldest first. Never blocks."""
        return self._connection.pending()


class BotoEvidence:
    """One place of AWS as the doctor reads it, by brief calls. Implements `diagnosis.evidence.record.EvidenceAws`.

    Each adapter documents its own methods; those that only troubleshooting needs are imported when one is made.
    """

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        from smtui.aws.identity_adapter import IdentityAdapter
        from smtui.aws.instance_adapter import InstanceAdapter
        from smtui.aws.local_adapter import LocalAdapter
        from smtui.aws.network_adapter import NetworkAdapter
        from smtui.aws.permission_adapter import PermissionAdapter
        from smtui.aws.preferences_adapter import PreferencesAdapter

        calls = ApiCalls(connection, now, Patience.BRIEF)
        local, nodes, instances = LocalAdapter(calls), NodeAdapter(calls), InstanceAdapter(calls)
        identity, network, preferences = IdentityAdapter(calls), NetworkAdapter(calls), PreferencesAdapter(calls)
        self._connection = connection
        self.caller = AccessAdapter(calls).caller
        self.credentials = local.credentials
        self.clock = local.clock
        self.endpoints = local.endpoints
        self.reach = local.reach
        self.permissions = PermissionAdapter(calls).permissions
        self.managed_node = nodes.managed_node
        self.connection_status = nodes.connection_status
        self.instance = instances.instance
        self.status_checks = instances.status_checks
        self.sessions = instances.sessions
        self.activation = instances.activation
        self.tier = instances.tier
        self.association = identity.association
        self.instance_profile = identity.instance_profile
        self.host_management = instances.host_management
        self.role = identity.role
        self.policies = identity.policies
        self.security_groups = network.security_groups
        self.prefix_lists = network.prefix_lists
        self.network_acls = network.network_acls
        self.route_tables = network.route_tables
        self.nat_gateways = network.nat_gateways
        self.subnets = network.subnets
        self.vpc_endpoints = network.vpc_endpoints
        self.interface_addresses = network.interface_addresses
        self.vpc_dns = network.vpc_dns
        self.preferences = preferences.preferences
        self.bucket = preferences.bucket
        self.bucket_encryption = preferences.bucket_encryption
        self.log_group = preferences.log_group
        self.kms_key = preferences.kms_key


class BotoPlaces:
    """Every place. Implements `engine.protocols.AwsPlaces`; making one imports no botocore, reads and calls nothing."""

    def __init__(
        self,
        fixed: FixedAccess | None = None,
        paces: Paces | None = None,
        now: Callable[[], datetime] = _utc_now,
        kept: KeptModels | None = None,
        roles: RoleSessions | Callable[[], RoleSessions] | None = None,
    ) -> None:
        """`kept` keeps between runs what smtui needs of botocore's service models.

        `roles` keeps the sessions of roles and asks for MFA codes; without it, nobody is asked.
        """
        self._maker = SessionMaker(fixed, kept, roles=roles)
        self._paces = paces or Paces()
        self._now = now
        self._lock = threading.Lock()
        self._connections: dict[Place, Connection] = {}
        self._known: dict[Place, BotoAws] = {}

    @classmethod
    def fixed(cls, endpoint_url: str, access_key_id: str, secret_access_key: str, region: str) -> BotoPlaces:
        """Every service at one endpoint with these keys; the user's profiles, files and proxies are not used."""
        return cls(FixedAccess(endpoint_url, access_key_id, secret_access_key, region))

    def at(self, place: Place) -> BotoAws:
        """The same `Aws` for the same place, each time."""
        with self._lock:
            if place not in self._known:
                self._known[place] = BotoAws(self._connection(place), self._paces, self._now)
            return self._known[place]

    def automation_at(self, place: Place) -> AutomationAdapter:
        """Automations through the place's one session."""
        from smtui.aws.automation_adapter import AutomationAdapter

        with self._lock:
            return AutomationAdapter(ApiCalls(self._connection(place), self._now))

    def power_at(self, place: Place) -> PowerAdapter:
        """Machines through the place's one session."""
        from smtui.aws.actions.power_adapter import PowerAdapter

        with self._lock:
            return PowerAdapter(ApiCalls(self._connection(place), self._now))

    def commands_at(self, place: Place) -> CommandAdapter:
        """Run Command through the place's one session."""
        from smtui.aws.actions.command_adapter import CommandAdapter

        with self._lock:
            return CommandAdapter(ApiCalls(self._connection(place), self._now))

    def instance_connect_at(self, place: Place) -> InstanceConnectAdapter:
        """EC2 Instance Connect through the place's one session."""
        from smtui.aws.actions.instance_connect_adapter import InstanceConnectAdapter

        with self._lock:
            return InstanceConnectAdapter(ApiCalls(self._connection(place), self._now))

    def records_at(self, place: Place) -> BotoRecords:
        """What AWS records of sessions, through the place's one session."""
        from smtui.aws.records.records_places import BotoRecords

        with self._lock:
            return BotoRecords(ApiCalls(self._connection(place), self._now), self._paces)

    def evidence_at(self, place: Place) -> BotoEvidence:
        """Evidence for troubleshooting, through the place's one session."""
        with self._lock:
            return BotoEvidence(self._connection(place), self._now)

    def calls_at(self, place: Place) -> ApiCalls:
        """Calls through the place's one session, for adapters that are not of one place."""
        with self._lock:
            return ApiCalls(self._connection(place), self._now)

    def new_session(self, place: Place) -> Any:
        """A botocore session of its own for the place, which has resolved and called nothing yet."""
        return self._maker.make(place)

    def unsigned_client(self, service: str, place: Place) -> Any:
        """A client of the place's profile that signs nothing. Calls nothing; see `unsigned_client`."""
        from smtui.aws.identities.unsigned_client import unsigned_client

        return unsigned_client(self._maker, service, place)

    def _connection(self, place: Place) -> Connection:
        """One for each place; the lock is held."""
        if place not in self._connections:
            self._connections[place] = Connection(place, self._maker, self._now)
        return self._connections[place]
