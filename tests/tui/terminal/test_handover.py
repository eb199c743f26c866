"""Whatever happens while the terminal is lent, the app takes it back, unless smtui is ending."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from textual.app import App

from smtui.engine.protocols import TerminalRefused
from smtui.tui.terminal.handover import SuspendHandover
from smtui.tui.terminal.terminal_owner import TerminalEvent, TerminalOwner


class StubApp:
    """Like Textual's app: `suspend` takes the terminal back only if nothing is raised inside it."""

    is_running = True
    is_web = is_headless = is_inline = False
    fails = False

    def __init__(self) -> None:
        self.events: list[str] = []

    def clear_notifications(self) -> None:
        self.events.append("clear")

    @contextmanager
    def batch_update(self) -> Iterator[None]:
        self.events.append("hold")
        yield
        self.events.append("release")

    @contextmanager
    def suspend(self) -> Iterator[None]:
        if self.fails:
            raise OSError(5, "terminal gone")
        self.events.append("suspend")
        try:
            yield
        finally:
            self.events.append("streams back")
        self.events.append("resume")


def handover(app: StubApp, owner: TerminalOwner | None = None) -> SuspendHandover:
    return SuspendHandover(cast(App[Any], app), owner or TerminalOwner())


def test_drawing_is_held_back_while_the_terminal_is_lent() -> None:
    app = StubApp()
    lender = handover(app)
    lent = [lender.lent]
    with lender.lend():
        lent.append(lender.lent)
    lent.append(lender.lent)
    assert lent == [False, True, False]
    assert app.events == ["clear", "hold", "suspend", "streams back", "resume", "release"]


@pytest.mark.parametrize("error", [RuntimeError("relay broke"), KeyboardInterrupt()])
def test_the_terminal_comes_back_whatever_is_raised(error: BaseException) -> None:
    app = StubApp()
    lender = handover(app)
    with pytest.raises(type(error)), lender.lend():
        raise error
    assert app.events[-1] == "resume"
    assert not lender.lent


@pytest.mark.parametrize("event", [TerminalEvent.LEAVE, TerminalEvent.SCREEN_OVER])
def test_once_smtui_is_ending_nothing_is_lent(event: TerminalEvent) -> None:
    app, owner = StubApp(), TerminalOwner()
    owner.after(event)
    with pytest.raises(TerminalRefused), handover(app, owner).lend():
        raise AssertionError("lent")
    assert app.events == []


@pytest.mark.parametrize("event", [TerminalEvent.LEAVE, TerminalEvent.SCREEN_OVER])
@pytest.mark.parametrize("error", [None, RuntimeError("relay broke")])
def test_an_app_that_is_ending_does_not_take_the_terminal_back(event: TerminalEvent, error: Exception | None) -> None:
    app, owner = StubApp(), TerminalOwner()

    def lent() -> None:
        with handover(app, owner).lend():
            owner.after(event)
            if error is not None:
                raise error

    if error is None:
        lent()
    else:
        with pytest.raises(RuntimeError):
            lent()
    assert "streams back" in app.events
    assert "resume" not in app.events
    assert not owner.lent


def test_an_app_whose_loop_has_just_ended_neither_lends_nor_comes_back() -> None:
    app = StubApp()
    lender = handover(app)
    with lender.lend():
        app.is_running = False
    assert "resume" not in app.events
    with pytest.raises(TerminalRefused), lender.lend():
        raise AssertionError("lent")
    assert app.events.count("suspend") == 1


def test_a_terminal_that_cannot_be_let_go_of_is_refused_and_may_be_asked_for_again() -> None:
    app = StubApp()
    lender = handover(app)
    app.fails = True
    with pytest.raises(TerminalRefused), lender.lend():
        raise AssertionError("lent")
    assert not lender.lent
    app.fails = False
    with lender.lend():
        assert lender.lent


NEEDS_WHOLE_TERMINAL = "A session needs the whole terminal: run smtui full-screen in a terminal."


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("is_web", "A session needs a terminal, which a browser does not have: run smtui in a terminal."),
        ("is_headless", NEEDS_WHOLE_TERMINAL),
        ("is_inline", NEEDS_WHOLE_TERMINAL),
    ],
)
def test_where_no_terminal_can_be_lent_a_sentence_says_so(kind: str, sentence: str) -> None:
    app = StubApp()
    assert handover(app).refusal() == ""
    setattr(app, kind, True)
    assert handover(app).refusal() == sentence
