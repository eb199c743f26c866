"""Finds the sessions that ids on the command line name, in every place that is in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.cli.output import name_topics, problem
from smtui.domain.records.account_session import AccountSession, SessionState

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.sessions.session_list import SessionList


@dataclass(frozen=True, slots=True)
class Found:
    """The sessions, and whether every id has one."""

    sessions: tuple[AccountSession, ...]
    is_complete: bool


async def find(listed: SessionList, places: Sequence[Place], session_ids: Sequence[str]) -> Found:
    """Look among the active sessions, then among the past ones; prints why an id was not found.

    Where the sessions may not be listed and there is one place alone, the session is taken to be there.
    """
    wanted = tuple(dict.fromkeys(session_ids))
    await listed.refresh(SessionState.ACTIVE)
    if not all(listed.find(each) for each in wanted):
        await listed.refresh(SessionState.HISTORY)
    await listed.read_names(SessionState.ACTIVE)
    is_listed = listed.is_whole(SessionState.ACTIVE) and listed.is_whole(SessionState.HISTORY)
    sessions = []
    for session_id in wanted:
        entries = listed.find(session_id)
        if entries:
            # Two profiles may see the same account; the one that started it may end it.
            sessions.append(next((each for each in entries if listed.is_mine(each)), entries[0]))
        elif session_id and not is_listed and len(places) == 1:
            sessions.append(AccountSession(places[0], session_id))
        elif not is_listed:
            problem(f"no session with the id {session_id} was found, but not all sessions of these places are known.")
        else:
            problem(f"no session of these places has the id {session_id}: AWS lists none, active or past.")
    for sentence in dict.fromkeys(listed.problems(SessionState.ACTIVE) + listed.problems(SessionState.HISTORY)):
        problem(sentence)
    name_topics([*listed.faults(SessionState.ACTIVE), *listed.faults(SessionState.HISTORY)])
    return Found(tuple(sessions), len(sessions) == len(wanted))
