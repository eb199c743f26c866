"""Words what stands around the list of sessions: title, status line, question, commands to copy, why it is empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.records.account_session import SessionKind
from smtui.domain.records.session_limits import SessionLimits
from smtui.domain.request import place_argv
from smtui.domain.text import cell_width, fit, harmless
from smtui.sessions.resuming import why_not_resumed
from smtui.sessions.session_end import words
from smtui.sessions.session_list import OWN_ONLY
from smtui.sessions.session_words import named, shared_words, status_mark, status_word
from smtui.tui.parts.empty_state import Emptiness, Way
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.sessions.session_columns import ListedSession, lasted, moment

if TYPE_CHECKING:
    from smtui.domain.query.misses import Miss
    from smtui.domain.records.account_session import AccountSession

PAST_DAYS = 30
"""How long Systems Manager keeps the history of sessions."""
_MOST_NAMED = 12
"""Sessions that a question names at most."""
_LONGEST_FACT = 56
"""Cells of what names a session, and of its reason, where a question names several."""
_ENDS_WITH_IT = "What runs in it ends with it."
_END_WITH_THEM = "What runs in them ends with them."


def title_of(listed: ListedSession) -> str:
    """Return `ana's shell on web-1`."""
    return named(listed.session, listed.node, mine=listed.mine)


# The header --------------------------------------------------------------------------------------


def counts(active: Sequence[bool | None], past: int | None) -> tuple[tuple[str, ...], ...]:
    """Return how many sessions are active and how many of these are yours, and how to see the past ones.

    `active` says of each whether it is yours; `past` is None while past sessions are not shown.
    """
    yours = sum(each is True for each in active)
    said = f"{len(active):,} active, {yours:,} yours" if any(each is not None for each in active) else ""
    said = said or f"{len(active):,} active"
    days = f"past {PAST_DAYS} days"
    older = f"{days} with {key_of('sessions.past')}" if past is None else f"{past:,} of the {days}"
    return (said, older), (said,)


# The status line ---------------------------------------------------------------------------------


def about_session(listed: ListedSession, now: datetime) -> tuple[str, ...]:
    """Return one sentence about a session, and then shorter forms of it."""
    session = listed.session
    title = title_of(listed)
    title = title[0].upper() + title[1:] if title.startswith(("your ", "the ")) else title  # a name keeps its case
    what = f"{title}: {_state(session, now)}"
    reason = f"reason {session.reason}" if session.reason else "no reason given"
    document = f"document {session.document_name}" if session.document_name else ""
    details = session.details.rstrip(".")
    parts = (reason, document, f"session {session.session_id}", details)
    fuller = [[part for part in parts[:number] if part] for number in range(len(parts), -1, -1)]
    said = [f"{', '.join([what, *each])}." for each in fuller]
    if soon := _ends_soon(listed, now):
        return tuple(dict.fromkeys([*(f"{soon} {each}" for each in said), soon]))
    why = "" if session.is_over else why_not_resumed(session, mine=listed.mine)
    return tuple(dict.fromkeys([*(f"{each} {why}" for each in said if why), *said]))


def _ends_soon(listed: ListedSession, now: datetime) -> str:
    """Say that a session of one's own reaches its maximum duration; its last input is known to its own terminal."""
    session = listed.session
    if session.is_over or not listed.mine or session.started_at is None or session.kind is not SessionKind.SHELL:
        return ""
    limits = SessionLimits(idle_minutes=None, max_minutes=session.max_minutes)
    return words(listed.node, limits, (now - session.started_at).total_seconds(), 0.0)


def _state(session: AccountSession, now: datetime) -> str:
    word, long = status_word(session), lasted(session, now)
    since = moment(session.started_at, now)
    if session.is_over:
        ended = moment(session.ended_at, now)
        said = f"{word} {ended}".rstrip()
        return f"{said}, started {since}, took {long}" if long else f"{said}, started {since}" if since else said
    return f"{word} since {since}, for {long}" if since else word


# What can be done with it ------------------------------------------------------------------------


def terminate_argv(session: AccountSession) -> list[str]:
    """Return the AWS CLI command that ends it."""
    return ["aws", "ssm", "terminate-session", "--session-id", session.session_id, *place_argv(session.place)]


def resume_argv(session: AccountSession) -> list[str]:
    """Return the command that goes on with it: `aws ssm resume-session` prints a token, and does nothing more."""
    return ["smtui", "sessions", "resume", session.session_id, *place_argv(session.place)]


def describe_argv(session: AccountSession) -> list[str]:
    """Return the AWS CLI command that lists it alone."""
    state, chosen = "History" if session.is_over else "Active", f"key=SessionId,value={session.session_id}"
    return ["aws", "ssm", "describe-sessions", "--state", state, "--filters", chosen, *place_argv(session.place)]


@dataclass(frozen=True, slots=True)
class TerminateQuestion:
    """The question before sessions are terminated."""

    title: str
    lines: tuple[str, ...]


def terminate_question(
    wanted: Sequence[ListedSession], now: datetime, *, with_place: bool = False
) -> TerminateQuestion:
    """Return the question that names the sessions; a warning if some may not be yours.

    `with_place` names their places, too: several are listed.
    """
    own = [listed.session for listed in wanted if listed.mine]
    warning = (*shared_words(own), *(() if len(own) == len(wanted) else (OWN_ONLY,)))
    if len(wanted) == 1:
        session = wanted[0].session
        place = session.place.label if with_place else ""
        facts = " · ".join(filter(None, (session.session_id, place, lasted(session, now), session.reason)))
        return TerminateQuestion(f"Terminate {title_of(wanted[0])}?", (f"{facts}. {_ENDS_WITH_IT}", *warning))
    lines = [_line(listed, now, with_place=with_place) for listed in wanted[:_MOST_NAMED]]
    if more := len(wanted) - _MOST_NAMED:
        lines += [f"and {more:,} more"] if more > 0 else []
    return TerminateQuestion(f"Terminate {len(wanted):,} sessions?", (*lines, _END_WITH_THEM, *warning))


def _line(listed: ListedSession, now: datetime, *, with_place: bool) -> str:
    session = listed.session
    # Whoever starts a session writes the reason: it must not push the other sessions out of the question.
    place = session.place.label if with_place else ""
    facts = (_short(title_of(listed)), place, lasted(session, now), _short(session.reason))
    return f"{status_mark(session)}  {' · '.join(filter(None, facts))}"


def _short(text: str) -> str:
    shown = harmless(text)
    return shown if cell_width(shown) <= _LONGEST_FACT else fit(shown, _LONGEST_FACT)


# Why it is empty ---------------------------------------------------------------------------------

_CLEAR = Way("filter.leave", "Clear the filter")
_AGAIN = Way("sessions.refresh", "Read again")
_PAST = Way("sessions.past", f"Show those of the past {PAST_DAYS} days")
_START = Way("go-nodes", "Start one on a node")


@dataclass(frozen=True, slots=True)
class EmptyList:
    """What is known while no session is shown."""

    total: int
    """Sessions that are known, shown or not."""
    filter_text: str = ""
    miss: Miss | None = None
    """The term of the filter that no session has; None if each term has some."""
    problems: Sequence[str] = ()
    """What could not be seen, a sentence each."""
    is_read: bool = False
    """Whether the list was read to its end."""
    age: str = ""
    with_past: bool = False


def why_no_sessions(known: EmptyList) -> Emptiness:
    """Return why no session is listed, and the keys that help."""
    if known.total:
        return _none_matches(known)
    if known.problems:
        return Emptiness(tuple(known.problems), (_AGAIN,))
    if not known.is_read:
        return Emptiness(("Reading the sessions …",))
    asked = f"Systems Manager lists none (asked {known.age} ago)."
    if known.with_past:
        return Emptiness((f"No session is active, and none took place in the past {PAST_DAYS} days.", asked), (_AGAIN,))
    return Emptiness(("No session is active.", asked), (_PAST, _START, _AGAIN))


def _none_matches(known: EmptyList) -> Emptiness:
    said, miss = f"No session matches  {known.filter_text.strip()}", known.miss
    ways = (_CLEAR,) if known.with_past else (_CLEAR, _PAST)
    if miss is None:
        return Emptiness((said, "Each word matches some sessions, but no session has all of them."), ways)
    near = f"; {miss.near} does" if miss.near else ""
    return Emptiness((said, f"{miss.term} matches none of {known.total:,}{near}."), ways)
