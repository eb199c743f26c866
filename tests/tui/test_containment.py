"""A fault costs a sentence: not the program, not the widget, not the terminal. Faults without end end it in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from smtui.tui.app import SmtuiApp
from smtui.tui.containment import FaultBudget, fault_sentence
from smtui.tui.nodes.nodes_screen import NodesScreen
from tests.tui.looking import told
from tests.tui.world import World, gathering, nodes_screen, settled
from tests.waiting import until

SIZE = (120, 40)


class Broken(Exception):
    """Raised on purpose; its words are for the log only."""


def fail(*_: object) -> None:
    raise Broken("secret words")


def forgive(app: SmtuiApp) -> None:
    """The fault was meant: the pilot is not to raise it."""
    assert isinstance(app._exception, Broken), app._exception
    app._exception = None
    app._exception_event.clear()


def fault_told(app: SmtuiApp) -> bool:
    return any("A fault in smtui itself (Broken" in sentence for sentence in told(app))


def key(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NodesScreen, "action_refresh_nodes", fail)
    app.post_message(events.Key("r", "r"))


def app_key(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmtuiApp, "action_help", fail)
    app.post_message(events.Key("question_mark", "?"))


def widget_key(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(nodes_screen(app).table), "action_cursor_down", fail, raising=False)
    monkeypatch.setattr(type(nodes_screen(app).table), "on_key", fail, raising=False)
    app.post_message(events.Key("f12", None))


def mouse(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(nodes_screen(app).table), "on_mouse_move", fail, raising=False)
    region = nodes_screen(app).table.region
    app.post_message(events.MouseMove(None, region.x + 1, region.y + 1, 1, 0, 0, False, False, False))


def resize(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NodesScreen, "on_resize", fail, raising=False)
    nodes_screen(app).post_message(events.Resize(app.size, app.size))


def timer(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app.set_timer(0.01, fail)


def later(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes_screen(app).call_later(fail)


def next_one(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes_screen(app).call_next(fail)


def worker(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        fail()

    app.run_worker(work())


def drawing(app: SmtuiApp, monkeypatch: pytest.MonkeyPatch) -> None:
    table = nodes_screen(app).table
    draw = type(table).render_line
    faults = [Broken("secret words")]

    def once(self: object, y: int) -> object:
        if faults:
            raise faults.pop()
        return draw(table, y)

    monkeypatch.setattr(type(table), "render_line", once)
    table.refresh()


WAYS = [key, app_key, widget_key, mouse, resize, timer, later, next_one, worker, drawing]


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
async def test_a_fault_is_told_and_everything_goes_on(
    way: Callable[[SmtuiApp, pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = World().app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        with monkeypatch.context() as broken, caplog.at_level(logging.ERROR, "smtui"):
            way(app, broken)
            await until(lambda: fault_told(app))
        forgive(app)
        assert "secret words" not in " ".join(told(app))
        assert "secret words" in caplog.text
        before = nodes_screen(app).table.index
        await pilot.press("j")
        await until(lambda: nodes_screen(app).table.index != before)
        await pilot.press("question_mark")
        await until(lambda: app.screen is not nodes_screen(app))
        await pilot.press("escape")
        await until(lambda: app.screen is nodes_screen(app))
        assert app.fault is None
    assert app.return_code in (0, None)


class BrokenScreen(ModalScreen[bool]):
    """Breaks while it is set up, in one way or the other."""

    def __init__(self, *, in_compose: bool) -> None:
        super().__init__()
        self._in_compose = in_compose

    def compose(self) -> ComposeResult:
        if self._in_compose:
            fail()
        yield Static("over the list")

    def on_mount(self) -> None:
        if not self._in_compose:
            fail()


@pytest.mark.parametrize("in_compose", [True, False])
async def test_a_screen_that_cannot_be_set_up_covers_nothing_and_is_waited_for_by_nobody(in_compose: bool) -> None:
    app = World().app()
    answers: list[object] = []

    async def ask() -> None:
        answer: bool | None = await app.push_screen_wait(BrokenScreen(in_compose=in_compose))
        answers.append(answer)

    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        app.work(ask(), "asking")
        await until(lambda: answers)
        assert answers == [None]
        assert app.screen is nodes_screen(app)
        assert fault_told(app)
        forgive(app)


async def test_a_fault_at_the_start_ends_the_program_and_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NodesScreen, "compose", fail)
    app = World().app()
    await asyncio.wait_for(app.run_async(headless=True, size=SIZE), 60)
    assert isinstance(app.fault, Broken)
    assert app.return_code == 1
    assert app._exit_renderables == []


async def test_faults_without_end_leave_in_order(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = World().app()
    left: list[str] = []
    leave = app.leave

    async def leaving() -> None:
        left.append("left")
        await leave()

    monkeypatch.setattr(app, "leave", leaving)
    with caplog.at_level(logging.ERROR, "smtui"):
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)

            app.set_interval(0.005, fail)
            await until(lambda: not app.is_running)
            forgive(app)
    assert left == ["left"]
    assert isinstance(app.fault, Broken)
    assert app.return_code == 1
    assert sum("fault while" in record.message for record in caplog.records) < 50, "the log is no place for a storm"


async def test_a_key_that_fails_each_time_it_is_pressed_never_ends_the_program(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = World().app()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        monkeypatch.setattr(SmtuiApp, "action_help", fail)
        for _ in range(100):
            app.post_message(events.Key("question_mark", "?"))
        await until(lambda: fault_told(app))
        await until(app._message_queue.empty)
        await until(lambda: not (app._keys._waiting or app._keys._dealing))
        forgive(app)
        assert app.fault is None
        assert len([sentence for sentence in told(app) if "A fault" in sentence]) == 1, "one sentence, once"
        assert app.is_running


def test_the_budget_bears_a_few_and_recovers() -> None:
    budget = FaultBudget(now=0)
    assert all(budget.bears_another(0) for _ in range(20))
    assert not budget.bears_another(0)
    assert budget.bears_another(10)
    assert not all(budget.bears_another(11) for _ in range(10))


def test_a_person_may_cause_as_many_as_she_likes() -> None:
    budget = FaultBudget(now=0)
    for _ in range(500):
        budget.person_did_something()
        assert all(budget.bears_another(0) for _ in range(3))


def test_a_timer_that_fails_each_time_is_too_much_in_the_end() -> None:
    budget = FaultBudget(now=0)
    assert not all(budget.bears_another(tick / 4) for tick in range(200))


def test_the_sentence_names_the_kind_and_the_place_and_no_more() -> None:
    try:
        fail()
    except Broken as error:
        sentence = fault_sentence(error)
    assert sentence.startswith("A fault in smtui itself (Broken, test_containment.py:")
    assert "secret" not in sentence
    assert fault_sentence(KeyError(3)).startswith("A fault in smtui itself (KeyError).")


def test_the_sentence_says_where_the_details_are() -> None:
    logger = logging.getLogger("smtui")
    assert "--log-file FILE keeps the details." in fault_sentence(KeyError(3))
    handler = logging.NullHandler()
    logger.addHandler(handler)
    try:
        assert "The log has the details." in fault_sentence(KeyError(3))
    finally:
        logger.removeHandler(handler)


async def test_leaving_while_the_first_screen_is_made_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual mounts nothing any more then, and the screen does not find its own widgets."""
    app = World().app()
    compose = NodesScreen.compose

    def and_leave(screen: NodesScreen) -> ComposeResult:
        app.exit(return_code=130)
        return compose(screen)

    monkeypatch.setattr(NodesScreen, "compose", and_leave)
    async with asyncio.timeout(60):
        await app.run_async(headless=True)
    assert app.fault is None
    assert app.return_code == 130


async def test_nor_is_being_cancelled_at_any_step_of_the_start() -> None:
    """As Ctrl-C does it, before smtui has taken the signal over."""
    for steps in range(5):
        app = World().app()
        running = asyncio.create_task(app.run_async(headless=True))
        for _ in range(steps):
            await asyncio.sleep(0)
        running.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait([running])
        assert app.fault is None, f"after {steps} steps"


PALETTE: list[tuple[Any, ...]] = [(120, 40), (20, 6), (4, 2), (1, 1)]


@pytest.mark.parametrize("size", PALETTE)
@pytest.mark.parametrize("bunch", [("colon", "pagedown"), ("colon", "pageup"), ("colon", "pagedown", "pageup", "end")])
async def test_the_palette_and_page_keys_in_one_bunch(size: tuple[int, int], bunch: tuple[str, ...]) -> None:
    app = World().app()
    async with app.run_test(size=size) as pilot:
        await until(lambda: not app._keys._waiting)
        for _ in range(3):
            for name in bunch:
                app.post_message(events.Key(name, ":" if name == "colon" else None))
            await pilot.pause()
        await until(lambda: not app._keys._waiting and app._keys._dealing is None)
        await until(lambda: not gathering(app))
        assert app.is_running
        assert app._exception is None, "the palette's list is asked for a page before it is laid out"
