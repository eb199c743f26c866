"""Lists the likely causes of failed calls of AWS, and of sessions and plugins that failed, with the topic that helps.

Each names a topic, its likeliest causes, and the checks that can prove them.
Sources: the Systems Manager API reference; the words of session-manager-plugin 1.2.677.0 and of the SSM Agent, which
come as the last words of a session.
"""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN_FAILURE = "unknown-failure"

UNCHECKED = frozenset(
    {
        "idle-timeout",
        "instance-connect",
        "just-in-time-access",
        "local-port-in-use",
        "no-terminal",
        "remote-port-refused",
        "run-as-user",
        "session-limit",
        "sso-sign-in-failed",
        "sso-token-file",
    }
)
"""Topics of failures that no check can find: after one of these a diagnosis would say that all is well."""


@dataclass(frozen=True, slots=True)
class Likely:
    """The topic that helps, the causes behind it as sentences, and the checks that can prove them; likeliest first."""

    topic: str
    """Its id."""
    causes: tuple[str, ...]
    look_at: tuple[str, ...] = ()
    """Codes of checks."""


UNKNOWN = Likely(
    UNKNOWN_FAILURE,
    ("smtui does not know these words; everything that is known stands above.",),
    ("local.credentials", "local.endpoints", "node.connection"),
)


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
ACCESS_DENIED = Likely(
    "just-in-time-access",
    (
        "Your policy does not allow to ask for access, or to decide on requests.",
        "The account does not use just-in-time node access, or you are not one of the approvers.",
    ),
)
OWN_SESSIONS = Likely(
    "no-permission-to-start",
    (
        "Your policy does not allow this on your own sessions (session/${aws:userid}-*).",
        "The session is somebody else's: most policies allow only your own.",
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
INSTANCE_CONNECT_DENIED = Likely(
    "instance-connect",
    (
        "Your policy does not allow this call of EC2 Instance Connect.",
        "A condition of the policy limits the user (ec2:osuser), the port, the address or the duration.",
    ),
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
SIGN_IN_FAILED = Likely(
    "sso-sign-in-failed",
    (
        "AWS's page was refused, or nobody approved in time.",
        "The browser runs on another machine than smtui, or cannot reach 127.0.0.1.",
        "The start URL or the Region of the SSO session is wrong.",
    ),
)
TOKEN_NOT_KEPT = Likely("sso-token-file", ("The folder of SSO tokens cannot be written.",))
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
REGION_NOT_ENABLED = Likely(
    "region-not-enabled", ("The account has not enabled this Region.",), ("local.credentials", "local.region")
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
REFUSED_ANSWER = Likely(
    UNKNOWN_FAILURE,
    (
        "The endpoint in use is not AWS's own, or something on the way to it changed the answer.",
        "The session document was changed, or fixes a port, a socket or a type that was not asked for.",
    ),
    ("local.endpoints", "local.region"),
)
CHANNEL_DENIED = Likely(
    "no-permission-to-start",
    (
        "Your policy lacks ssmmessages:OpenDataChannel on your own sessions, which newer plugins need.",
        "The plugin signed with other credentials than those that started the session.",
    ),
    ("local.permission", "local.credentials", "local.clock"),
)
CHANNEL_LOST = Likely(
    "aws-unreachable",
    ("This machine cannot reach the ssmmessages endpoint: network, VPN, proxy or firewall.",),
    ("local.endpoints", "local.region"),
)
CLOSED = Likely(
    UNKNOWN_FAILURE,
    ("The node or the service objected to the session; its words say to what.",),
    ("node.agent_version", "preferences.kms_key", "preferences.log_group", "preferences.s3_bucket"),
)
TIMED_OUT = Likely(
    "connection-lost",
    (
        "The network was gone for longer than a session can be resumed.",
        "The credentials had expired when the plugin tried to resume.",
        "Something between here and AWS closes idle connections.",
    ),
    ("local.endpoints", "local.credentials"),
)
CUT_OFF = Likely(
    "connection-lost",
    ("The terminal, or the program that read the output, went away.",),
)
BLANK = Likely(
    "blank-screen",
    (
        "The node's root volume is full, so its agent has stopped working.",
        "From a private subnet the agent cannot reach the logs or s3 endpoint that the preferences need.",
        "The log group or bucket of the preferences was deleted, or is not encrypted although it must be.",
        "Endpoint and Region do not fit each other.",
    ),
    (
        "preferences.endpoints",
        "preferences.log_group",
        "preferences.s3_bucket",
        "preferences.log_encryption",
        "preferences.s3_encryption",
        "preferences.kms_key",
        "local.region",
        "node.ping",
    ),
)
HANDSHAKE = Likely(
    "handshake-timed-out",
    (
        "Sessions are encrypted, and the node cannot reach KMS: the agent gives up before its call of KMS does.",
        "Sessions are encrypted, and the plugin waited for KMS, or for credentials, for too long.",
        "The plugin is too old for what the node's agent asks of it.",
        "This machine, or its connection, was busy for more than 15 seconds.",
    ),
    ("preferences.endpoints", "preferences.kms_key", "local.plugin_version", "local.credentials"),
)
KMS = Likely(
    "kms-key",
    (
        "The preferences name a KMS key, and one of the two ends could not use it: the words say which and why.",
        "From a private subnet the agent has no way to KMS.",
    ),
    ("preferences.kms_key", "preferences.endpoints", "local.permission"),
)
ENCRYPTION = Likely(
    "encryption-mismatch",
    (
        "The preferences demand an encrypted bucket or log group, and it is not encrypted.",
        "The node's role may not see its encryption (s3:GetEncryptionConfiguration, logs:DescribeLogGroups).",
    ),
    ("preferences.log_encryption", "preferences.s3_encryption", "identity.policy"),
)
DELETED = Likely(
    "deleted-log-target",
    ("The bucket or the log group of the preferences does not exist any more.",),
    ("preferences.log_group", "preferences.s3_bucket"),
)
DISK = Likely("disk-full", ("The node's root volume is full, so the agent cannot work.",), ("node.ping",))
IDLE = Likely(
    "idle-timeout", ("Nothing passed for as long as the preferences allow (20 minutes where they say nothing).",)
)
LIMIT = Likely(
    "session-limit",
    ("The session reached the longest time, or you the number of sessions, that is allowed.",),
)
LOCAL_PORT = Likely(
    "local-port-in-use",
    (
        "Another program, perhaps an older forward, has the local port.",
        "The port is below 1024, or the address is none of this machine's.",
    ),
)
REMOTE_PORT = Likely(
    "remote-port-refused",
    (
        "Nothing listens on that port of the destination.",
        "A security group or firewall keeps the node from the destination.",
        "The node cannot resolve the destination's name.",
    ),
    ("node.agent_version",),
)
RUN_AS = Likely("run-as-user", ("The preferences run sessions as a user that the node does not have.",))
OLD_AGENT = Likely(
    "agent-too-old", ("The node's SSM Agent is too old for this kind of session.",), ("node.agent_version",)
)
NO_TERMINAL = Likely("no-terminal", ("The plugin's input ended: a shell session needs a terminal to read from.",))
NO_PLUGIN = Likely(
    "plugin-not-found",
    ("The plugin is not installed, or was removed.", "The path in SMTUI_PLUGIN is wrong."),
    ("local.plugin_found",),
)
UNUSABLE_PLUGIN = Likely(
    "plugin-unresponsive",
    (
        "Antivirus or endpoint protection keeps the plugin from running.",
        "The plugin was built for another kind of processor, or may not be executed.",
    ),
    ("local.plugin_found", "local.plugin_version"),
)
OLD_PLUGIN = Likely(
    "plugin-too-old",
    ("The plugin is older than what Session Manager and smtui need.",),
    ("local.plugin_version", "local.plugin_found"),
)
FAULTY_PLUGIN = Likely(
    "plugin-too-old",
    ("A known fault of the official plugin; newer ones, and smtui's own, do not have it.",),
    ("local.plugin_version",),
)
STALLED = Likely(
    "plugin-unresponsive",
    ("Antivirus or endpoint protection holds the plugin up.", "The plugin is a version with known faults."),
    ("local.plugin_version", "local.endpoints"),
)
KILLED = Likely(
    "plugin-unresponsive",
    ("Somebody, the system for lack of memory, or antivirus ended the plugin's process.",),
    ("local.plugin_version",),
)
