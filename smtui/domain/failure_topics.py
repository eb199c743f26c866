"""From what failed to the topic that helps: by AWS's error, the plugin's words, its end and its timing."""

from __future__ import annotations

from dataclasses import replace

from smtui.domain import failure_table as table
from smtui.domain.failure_table import Likely
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import BLANK_SECONDS, PluginRun, PluginWord
from smtui.domain.plugin import PluginGrade
from smtui.domain.request import SessionRequest


def of_fault(fault: Fault, request: SessionRequest | None = None) -> Likely:
    """A failed call of AWS; `request` is the session that it was to start, where it was one."""
    if fault.kind is FaultKind.TARGET_NOT_CONNECTED:
        return table.HYBRID_NOT_CONNECTED if _is_hybrid(request) else table.NOT_CONNECTED
    if fault.kind is FaultKind.DENIED:
        return _of_denied(fault, request)
    if fault.kind in table.BY_KIND:
        return table.BY_KIND[fault.kind]
    return _of_refused(fault, request)


def of_run(run: PluginRun) -> Likely:
    """A session that ended badly: what our side saw, then the plugin's last words, then silence and status."""
    if not run.started:
        return _of_no_start(run.error)
    if run.hung_up:
        return table.CUT_OFF
    if _is_blank(run):
        return table.BLANK
    if run.error:
        return table.STALLED
    return _of_word(run)


def _is_blank(run: PluginRun) -> bool:
    """A plugin that is left has its farewell to say even where nothing had come before."""
    nothing_came = run.left or (not run.spoke and run.words.word in _SILENT)
    return nothing_came and run.duration >= BLANK_SECONDS


def of_grade(grade: PluginGrade) -> Likely:
    """A plugin that no session is given to."""
    return table.BY_GRADE.get(grade, table.OLD_PLUGIN)


def of_local_end() -> Likely:
    """A local port or socket that could not be had."""
    return table.LOCAL_PORT


def of_old_agent() -> Likely:
    """A node whose agent cannot serve what is asked of it."""
    return table.OLD_AGENT


def of_refused_destination() -> Likely:
    """A forward whose far end took no connection."""
    return table.REMOTE_PORT


def of_words(text: str) -> Likely | None:
    """What the words of the plugin, the agent or the service point at; None for words that nobody knows."""
    text = text.casefold()
    if text.strip() == "eof":
        return table.NO_TERMINAL
    return next((likely for groups, likely in table.WORDS if all(_has_one(text, group) for group in groups)), None)


def _has_one(text: str, group: tuple[str, ...]) -> bool:
    return any(words in text for words in group)


def _is_hybrid(request: SessionRequest | None) -> bool:
    return request is not None and request.target.startswith("mi-")


def _of_denied(fault: Fault, request: SessionRequest | None) -> Likely:
    action = fault.action
    if action == "ssm:StartSession":
        return _of_denied_start(fault, request)
    if action in _OWN_SESSION_ACTIONS:
        return table.OWN_SESSIONS
    if action in _PREFERENCE_ACTIONS:
        return table.PREFERENCES_DENIED
    service = action.partition(":")[0]
    return {"kms": table.KMS, "sts": table.ROLE_DENIED, "sso": table.ROLE_DENIED}.get(service, table.LOOK_DENIED)


def _of_denied_start(fault: Fault, request: SessionRequest | None) -> Likely:
    """A policy with SessionDocumentAccessCheck may demand a document by name, and AWS then names it as the resource."""
    if request is None or request.document_name:
        return table.START_DENIED
    causes = (table.START_DENIED.causes[0], table.NAME_A_DOCUMENT, *table.START_DENIED.causes[1:])
    if ":document/" in fault.message:
        causes = (table.NAME_A_DOCUMENT, *table.START_DENIED.causes)
    return replace(table.START_DENIED, causes=causes)


def _of_refused(fault: Fault, request: SessionRequest | None) -> Likely:
    told = of_words(f"{fault.code}: {fault.message}")
    if told is not None:
        return told
    if fault.code.startswith("BadRequest") and _is_hybrid(request):
        return table.TIER
    if fault.kind is FaultKind.INVALID_REQUEST:
        return table.DOCUMENT if fault.action == "ssm:StartSession" else table.WRONG_ENDPOINT
    return table.SERVICE if fault.kind is FaultKind.SERVICE else table.UNKNOWN


def _of_no_start(error: str) -> Likely:
    text = error.casefold()
    if "no such file" in text or "not found" in text or "cannot find" in text:
        return table.NO_PLUGIN
    return table.UNUSABLE_PLUGIN


def _of_word(run: PluginRun) -> Likely:
    if run.signal is not None and run.words.word in _NO_FAREWELL:
        return table.KILLED
    told = of_words(_telling_text(run))
    if run.words.word is PluginWord.CLOSED and told is table.IDLE and not run.spoke:
        return table.BLANK
    return told or table.BY_WORD.get(run.words.word, table.UNKNOWN)


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
