"""The topics that failures point at, with their likeliest causes, and the words that give them away.

Sources: the Systems Manager API reference; the words of session-manager-plugin 1.2.677.0 and of the SSM Agent, which
come as the service's last words of a session.
"""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.fault import FaultKind
from smtui.domain.outcome import PluginWord
from smtui.domain.plugin import PluginGrade

UNKNOWN_FAILURE = "unknown-failure"


@dataclass(frozen=True, slots=True)
class Likely:
    """The topic that helps, the causes behind it as sentences, and the checks that can prove them; likeliest first."""

    topic: str
    causes: tuple[str, ...]
    look_at: tuple[str, ...] = ()


NAME_A_DOCUMENT = (
    "The policy asks for a document by name (ssm:SessionDocumentAccessCheck): "
    "try --document-name SSM-SessionManagerRunShell."
)

UNKNOWN = Likely(
    UNKNOWN_FAILURE,
    ("smtui does not know these words; everything that is known stands above.",),
    ("local.credentials", "local.endpoints", "node.connection"),
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
CHANNEL_DENIED = Likely(
    "no-permission-to-start",
    (
        "Your policy lacks ssmmessages:OpenDataChannel on your own sessions, which newer plugins need.",
        "The plugin signed with other credentials than those that started the session.",
    ),
    ("local.permission", "local.credentials", "local.clock"),
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
    ("The profile's role does not trust you, or you may not assume it.", "The role's name or account is misspelt."),
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
        "The Region's name is misspelt, so its endpoint does not exist.",
        "A proxy replaces AWS's certificate by one that is not trusted here.",
    ),
    ("local.endpoints", "local.region"),
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
        "The id is misspelt.",
    ),
    ("local.credentials", "local.region", "node.registered", "node.state"),
)
DOCUMENT = Likely(
    "invalid-document",
    (
        "The document is not a session document of this account and Region, or its name is misspelt.",
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
KMS = Likely(
    "kms-key",
    (
        "The preferences name a KMS key, and you or the node's role may not use it.",
        "The key was disabled or deleted, or is in another Region.",
        "From a private subnet the agent has no way to KMS.",
    ),
    ("preferences.kms_key", "preferences.endpoints", "local.permission"),
)
HANDSHAKE = Likely(
    "kms-key",
    (
        "The preferences demand encryption with a KMS key that you or the node's role may not use.",
        "The plugin got a profile that has no credentials for KMS.",
        "The plugin is too old for what the node's agent asks of it.",
    ),
    ("preferences.kms_key", "preferences.endpoints", "local.plugin_version", "local.permission"),
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
CUT_OFF = Likely(
    "connection-lost",
    ("The terminal, or the program that read the output, went away.",),
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
NO_TERMINAL = Likely("no-terminal", ("The plugin's input ended: a shell session needs a terminal to read from.",))

BY_KIND: dict[FaultKind, Likely] = {
    FaultKind.EXPIRED_CREDENTIALS: EXPIRED,
    FaultKind.INVALID_CREDENTIALS: INVALID_CREDENTIALS,
    FaultKind.NO_CREDENTIALS: NO_CREDENTIALS,
    FaultKind.CREDENTIAL_SOURCE: NO_CREDENTIALS,
    FaultKind.MFA_NEEDED: MFA,
    FaultKind.SSO_SIGN_IN: SSO,
    FaultKind.NO_REGION: CONFIGURATION,
    FaultKind.UNKNOWN_PROFILE: CONFIGURATION,
    FaultKind.BROKEN_CONFIG: CONFIGURATION,
    FaultKind.CLOCK_SKEW: CLOCK,
    FaultKind.UNREACHABLE: UNREACHABLE,
    FaultKind.TIMED_OUT: UNREACHABLE,
    FaultKind.THROTTLED: THROTTLED,
    FaultKind.INVALID_TARGET: ELSEWHERE,
    FaultKind.INVALID_DOCUMENT: DOCUMENT,
    FaultKind.ALREADY_ENDED: TIMED_OUT,
}

BY_GRADE: dict[PluginGrade, Likely] = {
    PluginGrade.MISSING: NO_PLUGIN,
    PluginGrade.UNREADABLE: UNUSABLE_PLUGIN,
    PluginGrade.KNOWN_BAD: FAULTY_PLUGIN,
}

BY_WORD: dict[PluginWord, Likely] = {
    PluginWord.CLOSED: CLOSED,
    PluginWord.TIMED_OUT: TIMED_OUT,
    PluginWord.MISUSED: OLD_PLUGIN,
    PluginWord.PANIC: FAULTY_PLUGIN,
    PluginWord.UNEXPECTED_SEQUENCE: FAULTY_PLUGIN,
}

WORDS: tuple[tuple[tuple[tuple[str, ...], ...], Likely], ...] = (
    ((("advanced-instance", "advanced instance"),), TIER),
    ((("no space left", "disk is full", "not enough space on the disk"),), DISK),
    ((("encrypt",), ("s3", "bucket", "log group", "cloudwatch")), ENCRYPTION),
    ((("handshake timed out",),), HANDSHAKE),
    ((("kms", "data key"),), KMS),
    ((("nosuchbucket",),), DELETED),
    ((("bucket", "log group"), ("not exist", "not found", "deleted")), DELETED),
    ((("inactiv", "idle time", "idle session", "been idle"),), IDLE),
    ((("maximum session duration", "max session duration", "maximum duration"),), LIMIT),
    ((("too many", "maximum number", "limit exceeded", "limitexceeded", "concurrent"), ("session",)), LIMIT),
    ((("expiredtoken", "token has expired", "token is expired", "credentials have expired"),), EXPIRED),
    ((("sso",), ("login", "sign in", "expired", "refresh", "invalid")), SSO),
    ((("nocredentialproviders", "no ec2 imds role found", "failed to refresh cached credentials"),), NO_CREDENTIALS),
    ((("unable to locate credentials", "failed to retrieve credentials", "no valid credential"),), NO_CREDENTIALS),
    ((("already in use", "only one usage of each socket", "forbidden by its access permissions"),), LOCAL_PORT),
    ((("bind:", "listen tcp", "listen unix"),), LOCAL_PORT),
    ((("connection to destination port failed", "unable to connect to specified port"),), REMOTE_PORT),
    (
        (("failed to connect to port", "unable to connect to port", "unable to dial connection to server"),),
        REMOTE_PORT,
    ),
    ((("resumesession",), ("accessdenied", "access denied", "not authorized")), OWN_SESSIONS),
    ((("accessdenied", "access denied", "not authorized", "forbidden", "status code: 403"),), CHANNEL_DENIED),
    ((("runas", "run as", "unknown user"),), RUN_AS),
    ((("plugin with name",), ("not found", "not supported")), OLD_AGENT),
    ((("unable to determine sessiontype", "session type"),), OLD_AGENT),
    ((("agent",), ("too old", "upgrade", "update the", "newer version")), OLD_AGENT),
    ((("plugin",), ("too old", "upgrade", "update the", "latest version", "newer version")), OLD_PLUGIN),
    ((("unexpected end of json", "unknown operation", "invalid operation"),), OLD_PLUGIN),
    ((("unexpected sequence",),), FAULTY_PLUGIN),
    ((("x509", "certificate", "no such host", "dial tcp", "i/o timeout", "proxyconnect"),), CHANNEL_LOST),
    ((("network is unreachable", "no route to host", "connection refused", "bad handshake"),), CHANNEL_LOST),
    ((("connection reset", "broken pipe", "use of closed network connection"),), TIMED_OUT),
    ((("throttl", "rate exceeded", "too many requests"),), THROTTLED),
)
"""Words, in the order of their weight: one of every group must be there."""
