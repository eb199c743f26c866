from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtui.demo.account import session_registry
from smtui.demo.account.session_registry import DemoSession, SessionBook
from smtui.demo.story.story_nodes import story

NODE = story()[0]


def started(book: SessionBook) -> tuple[DemoSession, str]:
    return book.start(NODE, owner_arn="arn:aws:iam::111122223333:user/demo-operator")


def test_a_started_session_knows_its_node_and_waits_for_its_client() -> None:
    session, token = SessionBook().start(
        NODE, owner_arn="arn", document_name="AWS-StartSSHSession", parameters={"portNumber": ["22"]}, reason="why"
    )
    assert re.fullmatch(r"demo-operator-[0-9a-f]{17}", session.session_id)
    assert (session.node_id, session.node_name, session.agent_version) == (NODE.node_id, "web-1", "3.3.987.0")
    assert session.parameters == {"portNumber": ("22",)}
    assert (session.status, session.reason, session.ended_at) == ("Connecting", "why", None)
    assert 100 < len(token) <= 300


def test_a_token_opens_its_own_living_session_and_nothing_else() -> None:
    book = SessionBook()
    (first, first_token), (second, second_token) = started(book), started(book)
    assert book.check_token(first.session_id, first_token)
    assert not book.check_token(first.session_id, second_token)
    assert not book.check_token("demo-operator-00000000000000000", first_token)
    for nothing in ("", "é\ud800"):
        assert not book.check_token(first.session_id, nothing)
        assert not book.check_token("", nothing)
    book.ended(second.session_id)
    assert not book.check_token(second.session_id, second_token)
    assert not book.check_token(second.session_id, "")


def test_resuming_makes_the_old_token_void() -> None:
    book = SessionBook()
    session, old = started(book)
    new = book.resume(session.session_id)
    assert new is not None
    assert new != old
    assert book.check_token(session.session_id, new)
    assert not book.check_token(session.session_id, old)


def test_an_ended_session_cannot_be_resumed() -> None:
    book = SessionBook()
    session, _ = started(book)
    book.ended(session.session_id)
    assert book.resume(session.session_id) is None
    assert book.resume("unheard-of") is None


def test_a_life_as_describe_sessions_tells_it() -> None:
    book = SessionBook()
    session, _ = started(book)
    other, _ = started(book)
    for step, status in ((book.connected, "Connected"), (book.disconnected, "Disconnected")):
        step(session.session_id)
        assert [(s.session_id, s.status) for s in book.active()] == [
            (other.session_id, "Connecting"),
            (session.session_id, status),
        ]
    book.ended(session.session_id, "exit")
    book.connected(session.session_id)
    assert [s.session_id for s in book.active()] == [other.session_id]
    (past,) = book.history()
    assert (past.session_id, past.status, past.details) == (session.session_id, "Terminated", "exit")
    assert past.ended_at is not None
    assert book.session(session.session_id) is None
    assert book.knows(session.session_id)


def test_only_a_living_session_can_be_terminated_and_the_listeners_hear_of_it() -> None:
    book = SessionBook()
    heard: list[str] = []
    book.on_terminated(heard.append)
    (by_user, _), (by_itself, _) = started(book), started(book)
    book.ended(by_itself.session_id)
    assert book.terminate(by_user.session_id)
    assert not book.terminate(by_user.session_id)
    assert not book.terminate(by_itself.session_id)
    assert not book.terminate("unheard-of")
    assert heard == [by_user.session_id]


def test_the_history_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_registry, "MOST_ENDED", 200)
    book = SessionBook()
    for _ in range(210):
        book.ended(started(book)[0].session_id)
    assert len(book.history()) == 200


def test_many_threads_agree() -> None:
    book = SessionBook()

    def life(_: int) -> bool:
        session, token = started(book)
        good = book.check_token(session.session_id, token)
        return good and book.terminate(session.session_id)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(life, range(400)))
    assert book.active() == []
    assert len(book.history()) == 400


@pytest.mark.parametrize("made", ["book", "session"])
def test_no_repr_tells_a_token(made: str) -> None:
    book = SessionBook()
    session, token = started(book)
    assert token not in repr(book if made == "book" else session)
    assert token not in repr(vars(book))
