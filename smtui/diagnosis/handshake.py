"""The checks of the handshake layer: whether the agent gets its credentials from the instance metadata service."""

from __future__ import annotations

from smtui.diagnosis.checking import Check, Judgement, failed, passed, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.identity import gone
from smtui.domain.evidence.instance import Instance, MetadataOptions
from smtui.domain.evidence.reading import Unseen, seen, value
from smtui.domain.evidence.record import Evidence
from smtui.domain.node import ConnectionStatus

_UNTOLD = "EC2 does not tell how the instance metadata service is set up."


def _metadata(evidence: Evidence) -> Judgement:
    instance = value(evidence.instance)
    if instance is None or gone(evidence):
        return skipped(gone(evidence))
    if instance.metadata is None:
        return unknown(_UNTOLD)
    line = _line(instance, instance.metadata)
    if not instance.metadata.enabled:
        # A role of Default Host Management comes by way of the metadata service as well.
        return failed("The instance metadata service is off, so the agent gets no credentials.", line)
    return passed("The instance metadata service is on.", line)


def _hop_limit(evidence: Evidence) -> Judgement:
    instance = value(evidence.instance)
    if instance is None or gone(evidence):
        return skipped(gone(evidence))
    options = instance.metadata
    if options is None:
        return unknown(_UNTOLD)
    line = _line(instance, options)
    if not options.enabled:
        return skipped("The instance metadata service is off.")
    if not options.tokens_required:
        return passed("The hop limit stops nobody: metadata is answered without tokens too.", line)
    if options.hop_limit > 1:
        return passed(f"The hop limit of {options.hop_limit} leaves room for a container or a proxy.", line)
    return _short_limit(evidence, instance, line)


def _short_limit(evidence: Evidence, instance: Instance, line: str) -> Judgement:
    """A limit of 1 is right for an agent on the host itself: only a node that is not connected makes it suspect."""
    if instance.state != "running":
        return skipped(f"The instance is {instance.state}: whether a hop limit of 1 is too low shows once it runs.")
    if isinstance(evidence.connection, Unseen):
        return unseen_judgement(evidence.connection)
    connection = seen(evidence.connection)
    if connection is not None and connection.status is ConnectionStatus.CONNECTED:
        return passed("The hop limit is 1, and the node is connected all the same.", line)
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
    Check("handshake.metadata", "metadata-off", ("instance",), _metadata),
    Check("handshake.hop_limit", "hop-limit", ("instance",), _hop_limit, ("connection",)),
)
