"""Lists the likely causes of sessions and plugins that failed, with the topic that helps against each.

Sources: the words of session-manager-plugin 1.2.677.0 and of the SSM Agent, which come as the service's last words of a
session.
"""

from __future__ import annotations

from smtui.topics.likely import UNKNOWN_FAILURE, Likely

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
