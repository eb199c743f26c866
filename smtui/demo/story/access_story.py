"""Lists the nodes that need just-in-time access, and the requests that are there from the start.

The nodes are healthy; only StartSession on them is denied to the caller. Each stands for one way that a request goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from smtui.demo.story.account_facts import ACCOUNT, CALLER_ARN
from smtui.demo.story.demo_node import Approval, DemoNode, in_main_vpc

ANA = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops-leads/ana"
BOB = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/bob"
MANUAL_POLICY = "prod-approval"
AUTOMATIC_POLICY = "staging-automatic"


@dataclass(frozen=True, slots=True)
class EarlierRequest:
    """A request that was made before the Region started."""

    node: str
    requester: str
    reason: str
    age: float
    """Seconds."""
    approvers: tuple[str, ...]
    decision: str = ""


EARLIER: tuple[EarlierRequest, ...] = (
    EarlierRequest("jit-approved-1", BOB, "CHG-88: rotate the signing key", 4 * 60, (CALLER_ARN, ANA)),
    EarlierRequest("jit-rejected-1", ANA, "INC-4790 disk is full", 38 * 60, (CALLER_ARN,)),
    EarlierRequest("jit-approved-1", CALLER_ARN, "INC-4655 checkout was slow", 26 * 3600, (ANA,), "Approved"),
    EarlierRequest("jit-rejected-1", CALLER_ARN, "just looking", 50 * 3600, (ANA,), "Rejected"),
)


def access_nodes() -> list[DemoNode]:
    """The nodes whose shells are for those who asked."""
    return [
        in_main_vpc("jit-approved-1", 131, approval=Approval.BY_ANA, tags={"env": "prod", "team": "payments"}),
        in_main_vpc("jit-rejected-1", 132, approval=Approval.REJECTED, tags={"env": "prod", "team": "payments"}),
        in_main_vpc("jit-auto-1", 133, approval=Approval.AUTOMATIC, tags={"env": "staging", "team": "payments"}),
        in_main_vpc("jit-unassigned-1", 134, approval=Approval.NO_POLICY, tags={"env": "dev", "team": "payments"}),
    ]
