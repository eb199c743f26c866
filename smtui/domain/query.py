"""The filter language: blank-separated terms, all of which must occur in some column or tag."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.node import Node
from smtui.domain.readiness import Readiness

_SEPARATOR = "\n"
"""Between columns, so that no term matches across two of them."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; an empty one matches everything."""

    terms: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Query:
        return cls(tuple(text.casefold().split()))

    def matches(self, haystack: str) -> bool:
        return all(term in haystack for term in self.terms)


def haystack(node: Node, judged: Readiness) -> str:
    """What terms are looked up in: every column, the ids around the node, tags as `tag:KEY=VALUE`; case-folded.

    Names that many nodes share without being told apart by them (the instance profile's) are left out.
    """
    ec2, ssm = node.ec2, node.ssm
    columns = [
        judged.badge.word,
        node.name,
        node.node_id,
        node.platform,
        node.agent_version,
        node.address,
        node.state,
        node.account,
        node.region,
        node.place.profile,
    ]
    if ssm is not None:
        columns += [ssm.ping_status.value, ssm.computer_name, ssm.platform_type]
    if ec2 is not None:
        columns += [ec2.instance_type, ec2.vpc_id, ec2.subnet_id, ec2.zone, ec2.public_ip]
    columns += [f"tag:{key}={value}" for key, value in node.tags.items()]
    return _SEPARATOR.join(column for column in columns if column).casefold()
