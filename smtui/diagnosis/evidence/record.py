"""Collects all that is looked up for one diagnosis."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from smtui.diagnosis.evidence.identity_facts import IdentityAws, IdentityEvidence
from smtui.diagnosis.evidence.local_facts import LocalAws, LocalEvidence, ThisMachine
from smtui.diagnosis.evidence.network_facts import NetworkAws, NetworkEvidence
from smtui.diagnosis.evidence.node_facts import NodeAws, NodeEvidence
from smtui.diagnosis.evidence.preference_facts import PreferencesAws, PreferencesEvidence
from smtui.diagnosis.evidence.reading import lookups_of
from smtui.domain.node import NodeKind
from smtui.domain.place import Place
from smtui.domain.version import AgentAbility


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined: a node seen from a place, or, with an empty `node_id`, this machine alone."""

    node_id: str = ""
    place: Place = field(default_factory=Place)
    needs: AgentAbility = AgentAbility.SESSIONS
    """What the agent must be able to do for the session that was wanted."""
    document: str = ""
    """The session document that was chosen, by name or ARN; empty for the account's shell."""
    name: str = field(default="", compare=False)
    """The node's Name, where it has one: sentences use it."""

    @property
    def called(self) -> str:
        """The node's Name, else its id."""
        return self.name or self.node_id

    @property
    def kind(self) -> NodeKind:
        """Hybrid for `mi-` ids, EC2 for all others."""
        return NodeKind.HYBRID if self.node_id.startswith("mi-") else NodeKind.EC2


class EvidenceAws(LocalAws, NodeAws, IdentityAws, NetworkAws, PreferencesAws, Protocol):
    """One place of AWS, asked for evidence. Every method may block, raises `AwsCallFailed`, changes nothing.

    A fault's action is the IAM permission that the call needs.
    """


class EvidenceSources(Protocol):
    """Where lookups get their answers."""

    @property
    def aws(self) -> EvidenceAws:
        """The place that is examined."""

    @property
    def machine(self) -> ThisMachine:
        """The programs of this machine."""


@dataclass(kw_only=True)
class Evidence(PreferencesEvidence, NetworkEvidence, IdentityEvidence, NodeEvidence, LocalEvidence):
    """Readings by the name of what was looked up: None until they have come. Each is set once; see `Lookup`."""

    subject: Subject
    now: datetime
    """When it is judged; aware, UTC."""


OF_THIS_MACHINE = lookups_of(LocalEvidence)
"""What is looked up without a node."""
LOOKUPS = lookups_of(Evidence)
"""All of them, nearest layer first."""
