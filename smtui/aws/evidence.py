"""Proof from one place of AWS. Implements `engine.evidence_ports.EvidenceAws`."""

from __future__ import annotations

from smtui.aws.evidence_iam import IdentityEvidence
from smtui.aws.evidence_local import LocalEvidence
from smtui.aws.evidence_network import NetworkEvidence
from smtui.aws.evidence_node import NodeEvidence
from smtui.aws.evidence_permissions import PermissionEvidence
from smtui.aws.evidence_preferences import PreferencesEvidence


class BotoEvidence(
    LocalEvidence, PermissionEvidence, NodeEvidence, IdentityEvidence, NetworkEvidence, PreferencesEvidence
):
    """One place of AWS through botocore, asked for proof; one part for each layer of checks."""
