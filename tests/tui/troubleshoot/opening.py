"""What the pane is shown with: one broken link, and what else a diagnosis can say."""

from __future__ import annotations

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Verdict
from tests.tui.troubleshoot.fake_examinations import Script

POLICY = CheckResult(
    "identity.policy",
    CheckStatus.FAIL,
    "The role web-role allows none of ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel, "
    "ssmmessages:OpenControlChannel, ssmmessages:OpenDataChannel.",
    ("iam:ListAttachedRolePolicies: AmazonS3ReadOnlyAccess", "iam:ListRolePolicies: none"),
    "role-without-permissions",
    {"role": "web-role", "partition": "aws"},
)
CONNECTION = CheckResult(
    "node.connection",
    CheckStatus.WARN,
    "The agent holds no control channel to Session Manager.",
    ("ssm:GetConnectionStatus: notconnected",),
    "target-not-connected",
)
ACL = CheckResult("path.network_acl", CheckStatus.UNKNOWN, "ec2:DescribeNetworkAcls was denied.", ("AccessDenied: no",))
VERDICT = Verdict(
    "web-lost cannot be reached (likely): its role web-role lacks ssmmessages permissions.",
    "identity.policy",
    can_start=False,
    headline="Cannot be reached · likely",
)


def broken(**given: object) -> Script:
    return Script((POLICY, CONNECTION, ACL), VERDICT, **given)  # type: ignore[arg-type]
