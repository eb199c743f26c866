"""Finds the topic that helps after a failure: by AWS's error, the plugin's words, its end and its timing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import BLANK_SECONDS, PluginRun, PluginWord, refused_answer
from smtui.domain.plugin_grade import PluginGrade
from smtui.topics import causes
from smtui.topics.causes import UNKNOWN, Likely
from smtui.topics.kms_failures import of_kms_words

if TYPE_CHECKING:
    from smtui.domain.request import SessionRequest


def of_fault(fault: Fault, request: SessionRequest | None = None) -> Likely:
    """A failed call of AWS; `request` is the session that it was to start, where it was one."""
    if fault.kind is FaultKind.TARGET_NOT_CONNECTED:
        return causes.HYBRID_NOT_CONNECTED if _is_hybrid(request) else causes.NOT_CONNECTED
    if fault.kind is FaultKind.DENIED:
        return _of_denied(fault, request)
    if fault.kind in _BY_KIND:
        return _BY_KIND[fault.kind]
    return _of_refused(fault, request)


def of_run(run: PluginRun) -> Likely:
    """A session that ended badly: what our side saw, then the plugin's last words, then silence and status."""
    if not run.started:
        return _of_no_start(run.error)
    if run.hung_up:
        return causes.CUT_OFF
    if _is_blank(run):
        return causes.BLANK
    if run.error:
        return causes.STALLED
    return _of_word(run)


def _is_blank(run: PluginRun) -> bool:
    """A plugin that is left has its farewell to say even where nothing had come before."""
    nothing_came = run.left or (not run.spoke and run.words.word in _SILENT)
    return nothing_came and run.duration >= BLANK_SECONDS


def of_grade(grade: PluginGrade) -> Likely:
    """A plugin that no session is given to."""
    return _BY_GRADE.get(grade, causes.OLD_PLUGIN)


def of_local_end() -> Likely:
    """A local port or socket that could not be had."""
    return causes.LOCAL_PORT


def of_old_agent() -> Likely:
    """A node whose agent cannot serve what is asked of it."""
    return causes.OLD_AGENT


def of_refused_destination() -> Likely:
    """A forward whose far end took no connection."""
    return causes.REMOTE_PORT


def of_words(text: str) -> Likely | None:
    """What the words of the plugin, the agent or the service point at; None for words that nobody knows."""
    of_a_key = of_kms_words(text)
    if of_a_key is not None:
        return of_a_key
    text = text.casefold()
    if text.strip() == "eof":
        return causes.NO_TERMINAL
    return next((likely for groups, likely in _WORDS if all(_has_one(text, group) for group in groups)), None)


def _has_one(text: str, group: tuple[str, ...]) -> bool:
    return any(words in text for words in group)


def _is_hybrid(request: SessionRequest | None) -> bool:
    return request is not None and request.target.startswith("mi-")


def _of_denied(fault: Fault, request: SessionRequest | None) -> Likely:
    action = fault.action
    if action == "ssm:StartSession":
        return _of_denied_start(fault, request)
    if action in _OWN_SESSION_ACTIONS:
        return causes.OWN_SESSIONS
    if action in _ACCESS_ACTIONS:
        return causes.ACCESS_DENIED
    if action in _PREFERENCE_ACTIONS:
        return causes.PREFERENCES_DENIED
    if action.startswith("ec2-instance-connect:") or action == "ec2:DescribeInstanceConnectEndpoints":
        return causes.INSTANCE_CONNECT_DENIED
    service = action.partition(":")[0]
    return {"sts": causes.ROLE_DENIED, "sso": causes.ROLE_DENIED}.get(service, causes.LOOK_DENIED)


def _of_denied_start(fault: Fault, request: SessionRequest | None) -> Likely:
    """A policy with SessionDocumentAccessCheck may demand a document by name, and AWS then names it as the resource."""
    if request is None or request.document_name:
        return causes.START_DENIED
    sentences = (causes.START_DENIED.causes[0], causes.NAME_A_DOCUMENT, *causes.START_DENIED.causes[1:])
    if ":document/" in fault.message:
        sentences = (causes.NAME_A_DOCUMENT, *causes.START_DENIED.causes)
    return replace(causes.START_DENIED, causes=sentences)


def _of_refused(fault: Fault, request: SessionRequest | None) -> Likely:
    by_words = of_words(f"{fault.code}: {fault.message}")
    if by_words is not None:
        return by_words
    if fault.code.startswith("BadRequest") and _is_hybrid(request):
        return causes.TIER
    if fault.kind is FaultKind.INVALID_REQUEST:
        return causes.DOCUMENT if fault.action in _WITH_A_DOCUMENT else causes.WRONG_ENDPOINT
    return causes.SERVICE if fault.kind is FaultKind.SERVICE else UNKNOWN


def _of_no_start(error: str) -> Likely:
    text = error.casefold()
    if "no such file" in text or "not found" in text or "cannot find" in text:
        return causes.NO_PLUGIN
    return causes.UNUSABLE_PLUGIN


def _of_word(run: PluginRun) -> Likely:
    if run.signal is not None and run.words.word in _NO_FAREWELL:
        return causes.KILLED
    if run.words.word is PluginWord.CANNOT_START and refused_answer(run.words.text):
        return causes.REFUSED_ANSWER
    by_words = of_words(_telling_text(run))
    if run.words.word is PluginWord.CLOSED and by_words is causes.IDLE and not run.spoke:
        return causes.BLANK
    return by_words or _BY_WORD.get(run.words.word, UNKNOWN)


def _telling_text(run: PluginRun) -> str:
    """What the plugin said of its end. Of what it did not say in its known forms only the last line is its own."""
    if run.words.word is PluginWord.OTHER:
        return next(reversed(run.tail.strip().splitlines()), "")
    return run.words.text if run.words.word in _TELLING else ""


_SILENT = frozenset({PluginWord.NOTHING, PluginWord.BANNER})
_TELLING = frozenset({PluginWord.CLOSED, PluginWord.CANNOT_START})
_NO_FAREWELL = frozenset({*_SILENT, PluginWord.OTHER})
_WITH_A_DOCUMENT = frozenset({"ssm:StartSession", "ssm:GetDocument"})
_OWN_SESSION_ACTIONS = frozenset({"ssm:TerminateSession", "ssm:ResumeSession", "ssmmessages:OpenDataChannel"})
_ACCESS_ACTIONS = frozenset({"ssm:StartAccessRequest", "ssm:GetAccessToken", "ssm:SendAutomationSignal"})
_PREFERENCE_ACTIONS = frozenset({"ssm:UpdateDocument", "ssm:CreateDocument", "ssm:UpdateDocumentDefaultVersion"})

_BY_KIND: dict[FaultKind, Likely] = {
    FaultKind.EXPIRED_CREDENTIALS: causes.EXPIRED,
    FaultKind.INVALID_CREDENTIALS: causes.INVALID_CREDENTIALS,
    FaultKind.NO_CREDENTIALS: causes.NO_CREDENTIALS,
    FaultKind.CREDENTIAL_SOURCE: causes.NO_CREDENTIALS,
    FaultKind.MFA_NEEDED: causes.MFA,
    FaultKind.SSO_SIGN_IN: causes.SSO,
    FaultKind.NO_REGION: causes.CONFIGURATION,
    FaultKind.REGION_NOT_ENABLED: causes.REGION_NOT_ENABLED,
    FaultKind.UNKNOWN_PROFILE: causes.CONFIGURATION,
    FaultKind.BROKEN_CONFIG: causes.CONFIGURATION,
    FaultKind.CLOCK_SKEW: causes.CLOCK,
    FaultKind.UNREACHABLE: causes.UNREACHABLE,
    FaultKind.TIMED_OUT: causes.UNREACHABLE,
    FaultKind.CERTIFICATE: causes.CERTIFICATE,
    FaultKind.THROTTLED: causes.THROTTLED,
    FaultKind.INVALID_TARGET: causes.ELSEWHERE,
    FaultKind.INVALID_DOCUMENT: causes.DOCUMENT,
    FaultKind.ALREADY_ENDED: causes.TIMED_OUT,
}

_BY_GRADE: dict[PluginGrade, Likely] = {
    PluginGrade.MISSING: causes.NO_PLUGIN,
    PluginGrade.UNREADABLE: causes.UNUSABLE_PLUGIN,
    PluginGrade.KNOWN_BAD: causes.FAULTY_PLUGIN,
}

_BY_WORD: dict[PluginWord, Likely] = {
    PluginWord.CLOSED: causes.CLOSED,
    PluginWord.TIMED_OUT: causes.TIMED_OUT,
    PluginWord.MISUSED: causes.OLD_PLUGIN,
    PluginWord.PANIC: causes.FAULTY_PLUGIN,
    PluginWord.UNEXPECTED_SEQUENCE: causes.FAULTY_PLUGIN,
}

_WORDS: tuple[tuple[tuple[tuple[str, ...], ...], Likely], ...] = (
    ((("advanced-instance", "advanced instance"),), causes.TIER),
    ((("no space left", "disk is full", "not enough space on the disk"),), causes.DISK),
    ((("encrypt",), ("s3", "bucket", "log group", "cloudwatch")), causes.ENCRYPTION),
    ((("handshake timed out",),), causes.HANDSHAKE),
    ((("kms", "data key"),), causes.KMS),
    ((("nosuchbucket",),), causes.DELETED),
    ((("bucket", "log group"), ("not exist", "not found", "deleted")), causes.DELETED),
    ((("inactiv", "idle time", "idle session", "been idle"),), causes.IDLE),
    ((("maximum session duration", "max session duration", "maximum duration"),), causes.LIMIT),
    ((("too many", "maximum number", "limit exceeded", "limitexceeded", "concurrent"), ("session",)), causes.LIMIT),
    ((("expiredtoken", "token has expired", "token is expired", "credentials have expired"),), causes.EXPIRED),
    ((("sso",), ("login", "sign in", "expired", "refresh", "invalid")), causes.SSO),
    (
        (("nocredentialproviders", "no ec2 imds role found", "failed to refresh cached credentials"),),
        causes.NO_CREDENTIALS,
    ),
    (
        (("unable to locate credentials", "failed to retrieve credentials", "no valid credential"),),
        causes.NO_CREDENTIALS,
    ),
    (
        (("already in use", "only one usage of each socket", "forbidden by its access permissions"),),
        causes.LOCAL_PORT,
    ),
    ((("bind:", "listen tcp", "listen unix"),), causes.LOCAL_PORT),
    ((("connection to destination port failed", "unable to connect to specified port"),), causes.REMOTE_PORT),
    (
        (("failed to connect to port", "unable to connect to port", "unable to dial connection to server"),),
        causes.REMOTE_PORT,
    ),
    ((("resumesession",), ("accessdenied", "access denied", "not authorized")), causes.OWN_SESSIONS),
    ((("accessdenied", "access denied", "not authorized", "forbidden", "status code: 403"),), causes.CHANNEL_DENIED),
    ((("runas", "run as", "unknown user"),), causes.RUN_AS),
    ((("plugin with name",), ("not found", "not supported")), causes.OLD_AGENT),
    ((("unable to determine sessiontype", "session type"),), causes.OLD_AGENT),
    ((("agent",), ("too old", "upgrade", "update the", "newer version")), causes.OLD_AGENT),
    ((("plugin",), ("too old", "upgrade", "update the", "latest version", "newer version")), causes.OLD_PLUGIN),
    ((("unexpected end of json", "unknown operation", "invalid operation"),), causes.OLD_PLUGIN),
    ((("unexpected sequence",),), causes.FAULTY_PLUGIN),
    ((("x509", "certificate", "certificate_verify_failed"),), causes.CERTIFICATE),
    ((("no such host", "dial tcp", "i/o timeout", "proxyconnect"),), causes.CHANNEL_LOST),
    ((("network is unreachable", "no route to host", "connection refused", "bad handshake"),), causes.CHANNEL_LOST),
    ((("connection reset", "broken pipe", "use of closed network connection"),), causes.TIMED_OUT),
    ((("throttl", "rate exceeded", "too many requests"),), causes.THROTTLED),
)
"""Words, in the order of their weight: one of every group must be there."""
