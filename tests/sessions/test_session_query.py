"""A filter of sessions: words in any column, fields, what is left out, and a near word where nothing matches."""

from __future__ import annotations

import pytest

from smtui.domain.query.misses import Miss
from smtui.sessions.session_query import SessionQuery, find_session_miss, searchable
from tests.sessions.session_fakes import ANA, ME, session

SESSIONS = {
    "mine": (session("ops-1", reason="INC-4711"), "web-1", True),
    "ana": (
        session("ana-2", owner=ANA, access_type="JustInTime", reason="CHG-88 Käfer", target="i-0000000000000000b"),
        "web-2",
        False,
    ),
    "port": (
        session("ben-3", owner=f"{ANA[:-3]}ben", document_name="AWS-StartPortForwardingSession", status="Disconnected"),
        "bastion-1",
        False,
    ),
    "remote": (
        session("eve-4", owner=f"{ME}2", document_name="AWS-StartPortForwardingSessionToRemoteHost"),
        "bastion-1",
        None,
    ),
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "mine ana port remote"),
        ("web", "mine ana"),
        ("WEB inc", "mine"),
        ("status:active", "mine ana remote"),
        ("status:connected", "mine ana remote"),
        ("status:dis", "port"),
        ("who:ana", "ana"),
        ("who:you", "mine"),
        ("who:assumed-role/ops", "ana port"),
        ("node:web", "mine ana"),
        ("node:i-0000000000000000b", "ana"),
        ("kind:port", "port remote"),
        ("kind:jit", "ana"),
        ("kind:shell", "mine ana"),
        ("reason:chg", "ana"),
        ("reason:KÄFER", "ana"),
        ("document:remotehost", "remote"),
        ("id:ben", "port"),
        ("place:eu-west", "mine ana port remote"),
        ("-web", "port remote"),
        ("-who:ana web", "mine"),
        ("-status:active", "port"),
        ("-", "mine ana port remote"),
        ("who:", "mine ana port remote"),
        ("-kind:", "mine ana port remote"),
        ("nobody:x", ""),
        ("-nobody:x", "mine ana port remote"),
        ("web-1", "mine"),
    ],
)
def test_what_a_filter_finds(text: str, found: str) -> None:
    query = SessionQuery.parse(text)
    matching = [name for name, (one, node, mine) in SESSIONS.items() if query.matches(searchable(one, node, mine=mine))]
    assert matching == found.split()


@pytest.mark.parametrize(
    ("text", "miss"),
    [
        ("web who:ana", None),
        ("-nowhere", None),
        ("web bastoin", Miss("bastoin", "bastion")),
        ("who:anna", Miss("who:anna", "who:ana")),
        ("status:zzzzzz", Miss("status:zzzzzz", "")),
    ],
)
def test_the_term_that_nothing_matches(text: str, miss: Miss | None) -> None:
    everything = [searchable(one, node, mine=mine) for one, node, mine in SESSIONS.values()]
    assert find_session_miss(SessionQuery.parse(text), everything) == miss
