"""Reads what is wrong with an encrypted session's KMS key from the words of KMS that end the session.

Two calls need the key: the plugin has a data key made (kms:GenerateDataKey, as the user), and the node's agent has it
decrypted (kms:Decrypt, as the node's role). The agent repeats the words of both. Sources: the KMS API reference,
"Troubleshoot access denied error messages" in the IAM user guide, the handshake of the SSM Agent.
"""

from __future__ import annotations

import re
from enum import Enum

from smtui.topics.causes import EXPIRED, INVALID_CREDENTIALS, NO_CREDENTIALS, SERVICE, SSO, Likely

_STATE_CHECKS = ("preferences.kms_key",)
_YOUR_CHECKS = ("preferences.kms_key", "local.credentials")
_ROLE_CHECKS = ("preferences.kms_key", "identity.policy")
_CHALLENGE_CHECKS = ("local.plugin_version", "node.agent_version")


class Caller(Enum):
    """The caller of KMS that failed: `who` as a subject, and the action."""

    USER = ("Your identity", "kms:GenerateDataKey")
    NODE = ("The node's role", "kms:Decrypt")

    def __init__(self, who: str, action: str) -> None:
        self.who = who
        self.action = action


DISABLED = Likely("kms-key", ("The key is disabled.",), _STATE_CHECKS)
PENDING_DELETION = Likely("kms-key", ("The key is scheduled for deletion.",), _STATE_CHECKS)
PENDING_IMPORT = Likely("kms-key", ("The key has no key material: it was not imported, or it expired.",), _STATE_CHECKS)
OTHER_STATE = Likely("kms-key", ("The key is in a state in which it cannot be used.",), _STATE_CHECKS)
NOT_FOUND = Likely(
    "kms-key",
    (
        "The key or alias does not exist in the Region that was asked: it was deleted, or its name is misspelled.",
        "The key is in another account or Region, and the preferences do not name it by its whole ARN.",
    ),
    _STATE_CHECKS,
)
NO_KEY = Likely("kms-key", ("What the preferences name is no key of KMS.",), _STATE_CHECKS)
OTHER_KIND = Likely(
    "kms-key",
    ("The key is of a kind that makes no data keys: it must be symmetric and for encryption.",),
    _STATE_CHECKS,
)
UNAVAILABLE = Likely(
    "kms-key",
    ("KMS cannot reach the key at the moment; a custom or external key store may be disconnected.",),
    _STATE_CHECKS,
)
CHANGED_KEY = Likely(
    "kms-key",
    ("The preferences, or the alias in them, were changed to another key while the session started.",),
    _STATE_CHECKS,
)
OTHER_CONTEXT = Likely(
    "kms-challenge",
    (
        "The plugin and the node's agent bound the data key to different things; no permission is missing.",
        "The plugin takes the agent's KMS challenge without acknowledging it (agents since 3.3.808 send one).",
        "The session was started for another name of the node than the agent knows itself by.",
    ),
    _CHALLENGE_CHECKS,
)
CHALLENGE_REQUIRED = Likely(
    "kms-challenge",
    ("The node's agent is set up to require the KMS challenge, and the plugin does not know it.",),
    _CHALLENGE_CHECKS,
)
NOT_PROVEN = Likely(
    "kms-challenge",
    (
        "The connection was lost before the plugin had proven that it holds the data key.",
        "The plugin encrypted with another data key than the agent got from KMS.",
    ),
    _CHALLENGE_CHECKS,
)
THROTTLED = Likely(
    "throttled",
    ("KMS takes no more requests a second from this account and Region at the moment.",),
    ("local.endpoints",),
)
USER_CUT_OFF = Likely(
    "aws-unreachable",
    (
        "This machine cannot reach KMS, which is an endpoint of its own: network, VPN, proxy or firewall.",
        "KMS answered too slowly: the node's agent waits for 15 seconds.",
    ),
    ("local.endpoints", "local.region"),
)
NODE_CUT_OFF = Likely(
    "missing-log-endpoints",
    (
        "The node cannot reach KMS: no NAT and no kms VPC endpoint, or a closed security group.",
        "The node's proxy lets Systems Manager pass, but not KMS.",
    ),
    ("preferences.endpoints", "path.security_group"),
)
NODE_WITHOUT_CREDENTIALS = Likely(
    "kms-role",
    ("The node's agent has no valid credentials: its instance profile is gone, or its metadata cannot be read.",),
    ("identity.instance_profile", "handshake.metadata", "preferences.kms_key"),
)
UNKNOWN_WORDS = Likely(
    "kms-key",
    ("KMS, or what stands between, refused the session's key; the words say why.",),
    ("preferences.kms_key", "preferences.endpoints", "local.credentials"),
)

_BY_CODE: tuple[tuple[str, Likely], ...] = (
    ("Disabled", DISABLED),
    ("NotFound", NOT_FOUND),
    ("InvalidKeyUsage", OTHER_KIND),
    ("UnsupportedOperation", OTHER_KIND),
    ("KeyUnavailable", UNAVAILABLE),
    ("IncorrectKey", CHANGED_KEY),
    ("InvalidCiphertext", OTHER_CONTEXT),
    ("InvalidArn", NO_KEY),
    ("Validation", NO_KEY),
    ("Throttling", THROTTLED),
    ("TooManyRequests", THROTTLED),
    ("RequestLimitExceeded", THROTTLED),
    ("DependencyTimeout", SERVICE),
    ("KMSInternal", SERVICE),
    ("InternalFailure", SERVICE),
    ("InternalServer", SERVICE),
    ("ServiceUnavailable", SERVICE),
)
"""By how an error's code begins, for either caller."""

_BY_STATE: tuple[tuple[str, Likely], ...] = (
    ("pending deletion", PENDING_DELETION),
    ("pendingdeletion", PENDING_DELETION),
    ("pending import", PENDING_IMPORT),
    ("pendingimport", PENDING_IMPORT),
    ("unavailable", UNAVAILABLE),
)

_DENIALS: tuple[tuple[str, str, str], ...] = (
    ("service control policy", "kms-denied", "A policy of the organisation (SCP) does not let {who} use the key."),
    ("resource control policy", "kms-denied", "A policy of the organisation (RCP) does not let {who} use the key."),
    ("endpoint policy", "kms-denied", "The policy of the kms VPC endpoint does not let {who} use the key."),
    ("permissions boundary", "kms-denied", "{Who} has a permissions boundary without {action}."),
    ("session policy", "kms-denied", "{Who} has a session policy without {action}."),
    ("explicit deny in an identity-based policy", "kms-denied", "A policy of {who} denies {action}."),
    ("explicit deny in a resource-based policy", "kms-denied", "The key's own policy denies {who} {action}."),
    (
        "does not exist in this region",
        "",
        "The key's own policy does not let {who} in, or there is no such key in this Region.",
    ),
    ("no resource-based policy", "", "The key's own policy does not let {who} call {action}."),
    ("no identity-based policy", "", "No policy of {who} allows {action} on the key, nor does the key's own."),
    ("explicit deny", "kms-denied", "A policy denies {who} {action}."),
)
"""AWS's words for the kind of policy, the topic, and the cause; an empty topic is the one of a missing permission."""
_UNNAMED_DENIAL = "{Who} may not call {action} with the key: its policies, or the key's own, do not allow it."

_CODE = re.compile(
    r"(?:^|[\s,:])"
    r"([A-Z][A-Za-z]*Exception|AccessDenied|ExpiredToken|InvalidClientTokenId|UnrecognizedClient|Throttling"
    r"|RequestLimitExceeded|InternalFailure|ServiceUnavailable)"
    r"(?=[:\s]|$)"
)
"""Of an error, as AWS's libraries for Go and for Python write it before the message."""
_OF_THE_NODE = ("fetching data key failed", "when decrypting data key", "kms: decrypt", "kms:decrypt")
_OF_THE_USER = ("kmsencryption failed on client", "kms:generatedatakey", "kms generatedatakey", "kms: generatedatakey")
_UNREACHED = (
    "requesterror",
    "requestcanceled",
    "dial tcp",
    "no such host",
    "i/o timeout",
    "deadline exceeded",
    "could not connect",
    "connect timeout",
    "read timeout",
    "connection was closed",
    "gave no answer",
    "proxyconnect",
    "failed to connect to proxy",
    "x509",
    "certificate",
    "ssl validation",
)
_EXPIRED = ("expiredtoken", "token has expired", "token is expired", "credentials have expired")
_UNKNOWN_IDENTITY = ("unrecognizedclient", "invalidclienttokenid", "invalidsignature", "signaturedoesnotmatch")
_NOBODY = ("nocredentialproviders", "unable to locate credentials", "no ec2 imds role", "failed to refresh cached")


def of_kms_words(text: str) -> Likely | None:
    """What the last words of the agent or plugin say about a session's key; None if they are about something else."""
    lowered = text.casefold()
    if "required encryption context random challenge" in lowered:
        return CHALLENGE_REQUIRED
    if "waiting for encryption challenge" in lowered or "encryption challenge does not match" in lowered:
        return NOT_PROVEN
    caller = _caller(lowered)
    if caller is None:
        return None
    code = next((found[1] for found in _CODE.finditer(text)), "")
    if "AccessDenied" in code or "not authorized to perform" in lowered:
        return _of_denial(lowered, caller)
    if code.startswith("KMSInvalidState"):
        return next((likely for words, likely in _BY_STATE if words in lowered), OTHER_STATE)
    named = next((likely for start, likely in _BY_CODE if code.startswith(start)), None)
    return named or _of_credentials(lowered, caller) or _of_network(lowered, caller) or UNKNOWN_WORDS


def _caller(lowered: str) -> Caller | None:
    if any(words in lowered for words in _OF_THE_NODE):
        return Caller.NODE
    return Caller.USER if any(words in lowered for words in _OF_THE_USER) else None


def _of_denial(lowered: str, caller: Caller) -> Likely:
    missing = "kms-permission" if caller is Caller.USER else "kms-role"
    checks = _YOUR_CHECKS if caller is Caller.USER else _ROLE_CHECKS
    topic, cause = next(
        ((topic or missing, cause) for words, topic, cause in _DENIALS if words in lowered), (missing, _UNNAMED_DENIAL)
    )
    who = caller.who[0].lower() + caller.who[1:]
    return Likely(topic, (cause.format(Who=caller.who, who=who, action=caller.action),), checks)


def _of_credentials(lowered: str, caller: Caller) -> Likely | None:
    for words, likely in ((_EXPIRED, EXPIRED), (_UNKNOWN_IDENTITY, INVALID_CREDENTIALS), (_NOBODY, NO_CREDENTIALS)):
        if any(word in lowered for word in words):
            return likely if caller is Caller.USER else NODE_WITHOUT_CREDENTIALS
    if caller is Caller.USER and re.search(r"\bsso\b", lowered):
        return SSO
    return None


def _of_network(lowered: str, caller: Caller) -> Likely | None:
    if not any(words in lowered for words in _UNREACHED):
        return None
    return USER_CUT_OFF if caller is Caller.USER else NODE_CUT_OFF
