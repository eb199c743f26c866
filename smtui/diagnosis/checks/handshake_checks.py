"""Checks the handshake layer: whether the agent gets its credentials from the instance metadata service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.diagnosis.check import Check, Judgement, passed, proven, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.checks.identity_checks import gone
from smtui.diagnosis.evidence.reading import Unseen, seen, value
from smtui.diagnosis.evidence.record import Evidence
from smtui.domain.node import ConnectionStatus

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.node_facts import Instance, MetadataOptions

_NOT_REPORTED = "EC2 does not report how the instance metadata service is set up."


def _metadata(evidence: Evidence) -> Judgement:
    instance = value(evidence.instance)
    if instance is None or gone(evidence):
        return skipped(gone(evidence))
    if instance.metadata is None:
        return unknown(_NOT_REPORTED)
    line = _line(instance, instance.metadata)
    if not instance.metadata.enabled:
        # The role of Default Host Management comes through the metadata service too.
        finding = "The instance metadata service is off, so the agent gets no credentials."
        return proven(finding, line, by=(evidence.instance,))
    return passed("The instance metadata service is on.", line)


def _hop_limit(evidence: Evidence) -> Judgement:
    instance = value(evidence.instance)
    if instance is None or gone(evidence):
        return skipped(gone(evidence))
    options = instance.metadata
    if options is None:
        return unknown(_NOT_REPORTED)
    line = _line(instance, options)
    if not options.enabled:
        return skipped("The instance metadata service is off.")
    if not options.tokens_required:
        return passed("The hop limit does not matter: metadata can be read without tokens too.", line)
    if options.hop_limit > 1:
        return passed(f"The hop limit of {options.hop_limit} is enough for a container or a proxy.", line)
    return _short_limit(evidence, instance, line)


def _short_limit(evidence: Evidence, instance: Instance, line: str) -> Judgement:
    """Judges a limit of 1: right for an agent on the host itself, so suspect only on a node that is not connected."""
    if instance.state != "running":
        return skipped(f"The instance is {instance.state}; whether a hop limit of 1 is too low will show once it runs.")
    if isinstance(evidence.connection, Unseen):
        return unseen_judgement(evidence.connection)
    connection = seen(evidence.connection)
    if connection is not None and connection.status is ConnectionStatus.CONNECTED:
        return passed("The hop limit is 1, but the node is connected.", line)
    return warned(
        "The metadata hop limit is 1 with tokens required: an agent in a container or behind a proxy on the node"
        " gets no credentials.",
        line,
        "ssm:GetConnectionStatus: notconnected",
    )


def _line(instance: Instance, options: MetadataOptions) -> str:
    tokens = "required" if options.tokens_required else "optional"
    state = "enabled" if options.enabled else "disabled"
    return (
        f"ec2:DescribeInstances: {instance.node_id} has metadata {state}, tokens {tokens},"
        f" hop limit {options.hop_limit}"
    )


CHECKS: tuple[Check, ...] = (
    Check("handshake.metadata", "metadata-off", (Evidence.instance,), _metadata),
    Check("handshake.hop_limit", "hop-limit", (Evidence.instance,), _hop_limit, (Evidence.connection,)),
)
