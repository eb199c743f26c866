"""Whatever happens while the terminal is lent, the app takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from textual.app import App

from smtui.tui.handover import SuspendHandover


class StubApp:
    """Like Textual's app: `suspend` takes the terminal back only if nothing is raised inside it."""

    is_running = True
    is_web = is_headless = is_inline = False

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
        self.events.append("suspend")
        yield
        self.events.append("resume")


def handover(app: StubApp) -> SuspendHandover:
    return SuspendHandover(cast(App[Any], app))


def test_drawing_is_held_back_while_the_terminal_is_lent() -> None:
    app = StubApp()
    lender = handover(app)
    lent = [lender.lent]
    with lender.lend():
        lent.append(lender.lent)
    lent.append(lender.lent)
    assert lent == [False, True, False]
    assert app.events == ["clear", "hold", "suspend", "resume", "release"]


@pytest.mark.parametrize("error", [RuntimeError("relay broke"), KeyboardInterrupt()])
def test_the_terminal_comes_back_whatever_is_raised(error: BaseException) -> None:
    app = StubApp()
    lender = handover(app)
    with pytest.raises(type(error)), lender.lend():
        raise error
    assert app.events[-1] == "resume"
    assert not lender.lent


def test_an_app_that_has_ended_lends_nothing() -> None:
    app = StubApp()
    app.is_running = False
    with handover(app).lend():
        pass
    assert app.events == []


@pytest.mark.parametrize("kind", ["is_web", "is_headless", "is_inline"])
def test_where_no_terminal_can_be_lent_a_sentence_says_so(kind: str) -> None:
    app = StubApp()
    assert handover(app).refusal() == ""
    setattr(app, kind, True)
    assert handover(app).refusal().endswith("sessions.") or "cannot be lent" in handover(app).refusal()
