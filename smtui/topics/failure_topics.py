"""Finds the topic that helps after a failure: by AWS's error, the plugin's words, its end and its timing."""

from __future__ import annotations

from dataclasses import replace

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import BLANK_SECONDS, PluginRun, PluginWord, refused_answer
from smtui.domain.plugin_grade import PluginGrade
from smtui.domain.request import SessionRequest
from smtui.topics import call_causes as calls
from smtui.topics import session_causes as sessions
from smtui.topics.kms_failures import of_kms_words
from smtui.topics.likely import UNKNOWN, Likely


def of_fault(fault: Fault, request: SessionRequest | None = None) -> Likely:
    """A failed call of AWS; `request` is the session that it was to start, where it was one."""
    if fault.kind is FaultKind.TARGET_NOT_CONNECTED:
        return calls.HYBRID_NOT_CONNECTED if _is_hybrid(request) else calls.NOT_CONNECTED
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
        return sessions.CUT_OFF
    if _is_blank(run):
        return sessions.BLANK
    if run.error:
        return sessions.STALLED
    return _of_word(run)


def _is_blank(run: PluginRun) -> bool:
    """A plugin that is left has its farewell to say even where nothing had come before."""
    nothing_came = run.left or (not run.spoke and run.words.word in _SILENT)
    return nothing_came and run.duration >= BLANK_SECONDS


def of_grade(grade: PluginGrade) -> Likely:
    """A plugin that no session is given to."""
    return _BY_GRADE.get(grade, sessions.OLD_PLUGIN)


def of_local_end() -> Likely:
    """A local port or socket that could not be had."""
    return sessions.LOCAL_PORT


def of_old_agent() -> Likely:
    """A node whose agent cannot serve what is asked of it."""
    return sessions.OLD_AGENT


def of_refused_destination() -> Likely:
    """A forward whose far end took no connection."""
    return sessions.REMOTE_PORT


def of_words(text: str) -> Likely | None:
    """What the words of the plugin, the agent or the service point at; None for words that nobody knows."""
    of_a_key = of_kms_words(text)
    if of_a_key is not None:
        return of_a_key
    text = text.casefold()
    if text.strip() == "eof":
        return sessions.NO_TERMINAL
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
        return calls.OWN_SESSIONS
    if action in _PREFERENCE_ACTIONS:
        return calls.PREFERENCES_DENIED
    service = action.partition(":")[0]
    return {"sts": calls.ROLE_DENIED, "sso": calls.ROLE_DENIED}.get(service, calls.LOOK_DENIED)


def _of_denied_start(fault: Fault, request: SessionRequest | None) -> Likely:
    """A policy with SessionDocumentAccessCheck may demand a document by name, and AWS then names it as the resource."""
    if request is None or request.document_name:
        return calls.START_DENIED
    causes = (calls.START_DENIED.causes[0], calls.NAME_A_DOCUMENT, *calls.START_DENIED.causes[1:])
    if ":document/" in fault.message:
        causes = (calls.NAME_A_DOCUMENT, *calls.START_DENIED.causes)
    return replace(calls.START_DENIED, causes=causes)


def _of_refused(fault: Fault, request: SessionRequest | None) -> Likely:
    told = of_words(f"{fault.code}: {fault.message}")
    if told is not None:
        return told
    if fault.code.startswith("BadRequest") and _is_hybrid(request):
        return calls.TIER
    if fault.kind is FaultKind.INVALID_REQUEST:
        return calls.DOCUMENT if fault.action == "ssm:StartSession" else calls.WRONG_ENDPOINT
    return calls.SERVICE if fault.kind is FaultKind.SERVICE else UNKNOWN


def _of_no_start(error: str) -> Likely:
    text = error.casefold()
    if "no such file" in text or "not found" in text or "cannot find" in text:
        return sessions.NO_PLUGIN
    return sessions.UNUSABLE_PLUGIN


def _of_word(run: PluginRun) -> Likely:
    if run.signal is not None and run.words.word in _NO_FAREWELL:
        return sessions.KILLED
    if run.words.word is PluginWord.CANNOT_START and refused_answer(run.words.text):
        return sessions.REFUSED_ANSWER
    told = of_words(_telling_text(run))
    if run.words.word is PluginWord.CLOSED and told is sessions.IDLE and not run.spoke:
        return sessions.BLANK
    return told or _BY_WORD.get(run.words.word, UNKNOWN)


def _telling_text(run: PluginRun) -> str:
    """What the plugin said of its end. Of what it did not say in its known forms only the last line is its own."""
    if run.words.word is PluginWord.OTHER:
        return next(reversed(run.tail.strip().splitlines()), "")
    return run.words.text if run.words.word in _TELLING else ""


_SILENT = frozenset({PluginWord.NOTHING, PluginWord.BANNER})
_TELLING = frozenset({PluginWord.CLOSED, PluginWord.CANNOT_START})
_NO_FAREWELL = frozenset({*_SILENT, PluginWord.OTHER})
_OWN_SESSION_ACTIONS = frozenset(
    {"ssm:TerminateSession", "ssm:ResumeSession", "ssmmessages:OpenDataChannel", "ssm:DescribeSessions"}
)
_PREFERENCE_ACTIONS = frozenset({"ssm:UpdateDocument", "ssm:CreateDocument", "ssm:UpdateDocumentDefaultVersion"})

_BY_KIND: dict[FaultKind, Likely] = {
    FaultKind.EXPIRED_CREDENTIALS: calls.EXPIRED,
    FaultKind.INVALID_CREDENTIALS: calls.INVALID_CREDENTIALS,
    FaultKind.NO_CREDENTIALS: calls.NO_CREDENTIALS,
    FaultKind.CREDENTIAL_SOURCE: calls.NO_CREDENTIALS,
    FaultKind.MFA_NEEDED: calls.MFA,
    FaultKind.SSO_SIGN_IN: calls.SSO,
    FaultKind.NO_REGION: calls.CONFIGURATION,
    FaultKind.UNKNOWN_PROFILE: calls.CONFIGURATION,
    FaultKind.BROKEN_CONFIG: calls.CONFIGURATION,
    FaultKind.CLOCK_SKEW: calls.CLOCK,
    FaultKind.UNREACHABLE: calls.UNREACHABLE,
    FaultKind.TIMED_OUT: calls.UNREACHABLE,
    FaultKind.CERTIFICATE: calls.CERTIFICATE,
    FaultKind.THROTTLED: calls.THROTTLED,
    FaultKind.INVALID_TARGET: calls.ELSEWHERE,
    FaultKind.INVALID_DOCUMENT: calls.DOCUMENT,
    FaultKind.ALREADY_ENDED: sessions.TIMED_OUT,
}

_BY_GRADE: dict[PluginGrade, Likely] = {
    PluginGrade.MISSING: sessions.NO_PLUGIN,
    PluginGrade.UNREADABLE: sessions.UNUSABLE_PLUGIN,
    PluginGrade.KNOWN_BAD: sessions.FAULTY_PLUGIN,
}

_BY_WORD: dict[PluginWord, Likely] = {
    PluginWord.CLOSED: sessions.CLOSED,
    PluginWord.TIMED_OUT: sessions.TIMED_OUT,
    PluginWord.MISUSED: sessions.OLD_PLUGIN,
    PluginWord.PANIC: sessions.FAULTY_PLUGIN,
    PluginWord.UNEXPECTED_SEQUENCE: sessions.FAULTY_PLUGIN,
}

_WORDS: tuple[tuple[tuple[tuple[str, ...], ...], Likely], ...] = (
    ((("advanced-instance", "advanced instance"),), calls.TIER),
    ((("no space left", "disk is full", "not enough space on the disk"),), sessions.DISK),
    ((("encrypt",), ("s3", "bucket", "log group", "cloudwatch")), sessions.ENCRYPTION),
    ((("handshake timed out",),), sessions.HANDSHAKE),
    ((("kms", "data key"),), sessions.KMS),
    ((("nosuchbucket",),), sessions.DELETED),
    ((("bucket", "log group"), ("not exist", "not found", "deleted")), sessions.DELETED),
    ((("inactiv", "idle time", "idle session", "been idle"),), sessions.IDLE),
    ((("maximum session duration", "max session duration", "maximum duration"),), sessions.LIMIT),
    ((("too many", "maximum number", "limit exceeded", "limitexceeded", "concurrent"), ("session",)), sessions.LIMIT),
    ((("expiredtoken", "token has expired", "token is expired", "credentials have expired"),), calls.EXPIRED),
    ((("sso",), ("login", "sign in", "expired", "refresh", "invalid")), calls.SSO),
    (
        (("nocredentialproviders", "no ec2 imds role found", "failed to refresh cached credentials"),),
        calls.NO_CREDENTIALS,
    ),
    (
        (("unable to locate credentials", "failed to retrieve credentials", "no valid credential"),),
        calls.NO_CREDENTIALS,
    ),
    (
        (("already in use", "only one usage of each socket", "forbidden by its access permissions"),),
        sessions.LOCAL_PORT,
    ),
    ((("bind:", "listen tcp", "listen unix"),), sessions.LOCAL_PORT),
    ((("connection to destination port failed", "unable to connect to specified port"),), sessions.REMOTE_PORT),
    (
        (("failed to connect to port", "unable to connect to port", "unable to dial connection to server"),),
        sessions.REMOTE_PORT,
    ),
    ((("resumesession",), ("accessdenied", "access denied", "not authorized")), calls.OWN_SESSIONS),
    ((("accessdenied", "access denied", "not authorized", "forbidden", "status code: 403"),), sessions.CHANNEL_DENIED),
    ((("runas", "run as", "unknown user"),), sessions.RUN_AS),
    ((("plugin with name",), ("not found", "not supported")), sessions.OLD_AGENT),
    ((("unable to determine sessiontype", "session type"),), sessions.OLD_AGENT),
    ((("agent",), ("too old", "upgrade", "update the", "newer version")), sessions.OLD_AGENT),
    ((("plugin",), ("too old", "upgrade", "update the", "latest version", "newer version")), sessions.OLD_PLUGIN),
    ((("unexpected end of json", "unknown operation", "invalid operation"),), sessions.OLD_PLUGIN),
    ((("unexpected sequence",),), sessions.FAULTY_PLUGIN),
    ((("x509", "certificate", "certificate_verify_failed"),), calls.CERTIFICATE),
    ((("no such host", "dial tcp", "i/o timeout", "proxyconnect"),), sessions.CHANNEL_LOST),
    ((("network is unreachable", "no route to host", "connection refused", "bad handshake"),), sessions.CHANNEL_LOST),
    ((("connection reset", "broken pipe", "use of closed network connection"),), sessions.TIMED_OUT),
    ((("throttl", "rate exceeded", "too many requests"),), calls.THROTTLED),
)
"""Words, in the order of their weight: one of every group must be there."""
