"""Lists the likely causes of failed calls of AWS, with the topic that helps against each.

Source: the Systems Manager API reference.
"""

from __future__ import annotations

from smtui.topics.likely import Likely

NAME_A_DOCUMENT = (
    "The policy asks for a document by name (ssm:SessionDocumentAccessCheck): "
    "try --document-name SSM-SessionManagerRunShell."
)

NOT_CONNECTED = Likely(
    "target-not-connected",
    (
        "The instance is stopped, was just started, or its SSM Agent does not run.",
        "Its role does not let the agent in: no instance profile, or no AmazonSSMManagedInstanceCore.",
        "The agent has no way to ssmmessages on port 443: no NAT and no VPC endpoint, or a closed security group.",
        "The node belongs to another account or Region than the one that was asked.",
    ),
    (
        "node.state",
        "identity.instance_profile",
        "identity.policy",
        "path.route",
        "path.security_group",
        "path.endpoint_ssmmessages",
        "handshake.metadata",
        "node.connection",
    ),
)
HYBRID_NOT_CONNECTED = Likely(
    "target-not-connected",
    (
        "The machine is off, or its SSM Agent does not run.",
        "It cannot reach ssmmessages on port 443: a firewall or a proxy is in the way.",
        "Its activation was deleted, or the service role of the activation lacks permissions.",
        "The node belongs to another account or Region than the one that was asked.",
    ),
    ("node.ping", "node.connection", "node.activation", "node.tier", "identity.policy"),
)
START_DENIED = Likely(
    "no-permission-to-start",
    (
        "Your policy does not allow ssm:StartSession on this node and its document.",
        "The policy allows only nodes with certain tags, and this one does not have them.",
        "A permission boundary or an organisation's policy denies it.",
    ),
    ("local.permission", "local.credentials"),
)
OWN_SESSIONS = Likely(
    "no-permission-to-start",
    (
        "Your policy does not allow this on your own sessions (session/${aws:userid}-*).",
        "The session is somebody else's: most policies allow only one's own.",
    ),
    ("local.permission", "local.credentials"),
)
PREFERENCES_DENIED = Likely(
    "no-permission-for-preferences",
    ("Your policy does not allow to change the document SSM-SessionManagerRunShell.",),
    ("local.permission", "local.credentials"),
)
LOOK_DENIED = Likely(
    "no-permission-to-look",
    ("Your policy does not allow this call.", "This profile is another role than you think."),
    ("local.credentials", "local.permission"),
)
ROLE_DENIED = Likely(
    "no-credentials",
    ("The profile's role does not trust you, or you may not assume it.", "The role's name or account is misspelled."),
    ("local.credentials",),
)
EXPIRED = Likely(
    "expired-credentials",
    ("The temporary credentials have reached the end of their time.", "This machine's clock is wrong."),
    ("local.credentials", "local.clock"),
)
SSO = Likely(
    "sso-sign-in", ("The sign-in at IAM Identity Center has expired or was never made.",), ("local.credentials",)
)
NO_CREDENTIALS = Likely(
    "no-credentials",
    (
        "No profile is chosen and there is no default one.",
        "The source of the profile's credentials gives none: a process, a role or half a key.",
    ),
    ("local.credentials",),
)
INVALID_CREDENTIALS = Likely(
    "invalid-credentials",
    (
        "The access key was deactivated or deleted, or its secret is wrong.",
        "The Region is not enabled in this account, or belongs to another partition.",
    ),
    ("local.credentials", "local.region"),
)
MFA = Likely("mfa-needed", ("The profile's role demands an MFA code.",), ("local.credentials",))
CONFIGURATION = Likely(
    "aws-configuration",
    ("A profile or its Region is not what the AWS configuration files have.",),
    ("local.credentials", "local.region"),
)
CLOCK = Likely("clock-skew", ("This machine's clock is off by more than AWS allows.",), ("local.clock",))
UNREACHABLE = Likely(
    "aws-unreachable",
    (
        "This machine cannot reach the endpoint: network, VPN, proxy or firewall.",
        "The Region's name is misspelled, so its endpoint does not exist.",
    ),
    ("local.endpoints", "local.region"),
)
CERTIFICATE = Likely(
    "untrusted-certificate",
    (
        "A proxy or firewall opens TLS with a certificate of its own, whose authority is not trusted here.",
        "AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE or the profile's ca_bundle names a file without the authority that signs.",
        "This machine's clock is wrong, so that a good certificate seems to have expired.",
    ),
    ("local.endpoints", "local.clock"),
)
THROTTLED = Likely(
    "throttled",
    ("More calls than AWS allows a second in this account and Region (StartSession: 3).",),
    ("local.endpoints",),
)
ELSEWHERE = Likely(
    "target-elsewhere",
    (
        "The node is in another account or Region than this profile looks at.",
        "The instance was terminated, or its registration was removed.",
        "The id is misspelled.",
    ),
    ("local.credentials", "local.region", "node.registered", "node.state"),
)
DOCUMENT = Likely(
    "invalid-document",
    (
        "The document is not a session document of this account and Region, or its name is misspelled.",
        "A parameter is missing, unknown, or does not match the document's pattern.",
    ),
    ("local.region", "node.agent_version"),
)
WRONG_ENDPOINT = Likely(
    "endpoint-region-mismatch",
    ("The endpoint or the Region that is set does not fit the call.",),
    ("local.region", "local.endpoints"),
)
SERVICE = Likely(
    "aws-service-error",
    ("AWS had a fault of its own; most pass within seconds.",),
    ("local.endpoints", "node.connection"),
)
TIER = Likely(
    "advanced-tier",
    ("Sessions on mi- nodes need the advanced-instances tier in this account and Region.",),
    ("node.tier", "node.activation"),
)
