"""A node with several network interfaces: its system decides which one packets take, so what shuts one is a doubt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from smtui.diagnosis.checking import Judgement
from smtui.domain.check import CheckStatus
from smtui.domain.evidence.instance import Instance, NetworkInterface
from smtui.domain.evidence.reading import Seen, value
from smtui.domain.evidence.record import Evidence

Judge = Callable[[Evidence], Judgement]


def by_any_interface(judge: Judge) -> Judge:
    """The judgement of the primary interface; where that is a FAIL, and another interface has none, a warning."""

    def judged(evidence: Evidence) -> Judgement:
        first = judge(evidence)
        if first.status is not CheckStatus.FAIL:
            return first
        instance = value(evidence.instance)
        faces = _others(instance) if instance is not None else ()
        other = next((face for face in faces if _serves(judge, evidence, face)), None)
        if other is None:
            return first
        line = f"ec2:DescribeInstances: {evidence.subject.node_id} has {other.interface_id} in {other.subnet_id}, too"
        finding = (
            f"{first.finding.removesuffix('.')}; this is of the primary network interface, and the node may use"
            f" {other.interface_id} instead."
        )
        return replace(first, status=CheckStatus.WARN, finding=finding, evidence=(*first.evidence, line))

    return judged


def _others(instance: Instance) -> Iterator[NetworkInterface]:
    """Those whose packets meet other rules."""
    for face in instance.other_interfaces:
        if (face.subnet_id, set(face.group_ids)) != (instance.subnet_id, set(instance.group_ids)) or face.public_ip:
            yield face


def _serves(judge: Judge, evidence: Evidence, face: NetworkInterface) -> bool:
    """An interface in another VPC is out of our sight."""
    instance = value(evidence.instance)
    if instance is None or face.vpc_id not in (instance.vpc_id, ""):
        return True
    seen_from = replace(
        instance,
        subnet_id=face.subnet_id,
        private_ip=face.private_ip,
        public_ip=face.public_ip,
        ipv6_addresses=face.ipv6_addresses,
        group_ids=face.group_ids,
    )
    return judge(replace(evidence, instance=Seen(seen_from))).status is not CheckStatus.FAIL
