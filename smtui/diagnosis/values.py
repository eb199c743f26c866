"""The topics' placeholders, as far as the evidence tells them."""

from __future__ import annotations

from collections.abc import Mapping

from smtui.domain.evidence.record import Evidence


def known_values(evidence: Evidence) -> Mapping[str, str]:
    """Only names of `topic.PLACEHOLDERS`; what is not known is left out."""
    subject = evidence.subject
    told = {"instance_id": subject.node_id, "profile": subject.place.profile, "region": subject.place.region}
    return {name: text for name, text in told.items() if text}
