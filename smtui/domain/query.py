"""Filters nodes by blank-separated terms, each of which must occur in some column or tag."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.node import Node
from smtui.domain.readiness import Readiness
from smtui.domain.text import folded

_SEPARATOR = "\n"
"""Between columns, so that no term matches across two of them."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; an empty one matches everything."""

    terms: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Split a filter into terms."""
        return cls(tuple(folded(text).split()))

    def matches(self, haystack: str) -> bool:
        """Tell whether every term occurs in `haystack`."""
        return all(term in haystack for term in self.terms)


def haystack(node: Node, judged: Readiness) -> str:
    """Return the text that terms are searched in: columns, related ids, tags as `tag:KEY=VALUE`; case-folded.

    Names that many nodes share, such as the instance profile's, are left out.
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
    return folded(_SEPARATOR.join(column for column in columns if column))
