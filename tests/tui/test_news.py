"""What smtui says: for how long, where, and that nothing covers the status line."""

from __future__ import annotations

from contextvars import Context
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widgets._toast import Toast, ToastRack

from smtui.tui.messages_screen import MessagesScreen
from smtui.tui.news import Message, News
from smtui.tui.parts.page import PageText
from smtui.tui.parts.problem_lines import problem_lines
from smtui.tui.parts.status_line import StatusLine, news_lines, status_lines
from tests.engine.fakes import NOW
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.test_snapshots import SCENES, leading_to
from tests.tui.world import World, nodes_screen, settled
from tests.waiting import until

# How long ----------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def news(clock: Clock) -> News:
    return News(clock, lambda: NOW)


def texts(news: News) -> list[str]:
    return [message.text for message in news.current()]


def test_news_is_shown_for_six_seconds_the_newest_first(news: News, clock: Clock) -> None:
    news.add("one")
    clock.now = 2
    news.add("two")
    assert texts(news) == ["two", "one"]
    assert news.seconds_left() == 4
    clock.now = 6
    assert texts(news) == ["two"]
    clock.now = 8
    assert texts(news) == []
    assert news.seconds_left() is None
    assert [message.text for message in news.messages] == ["two", "one"]


@pytest.mark.parametrize("severity", ["warning", "error"])
def test_a_failure_stays_until_a_key_and_six_seconds_at_least(
    news: News, clock: Clock, severity: SeverityLevel
) -> None:
    news.add("failed", severity)
    clock.now = 600
    assert texts(news) == ["failed"]
    news.key_pressed()
    assert texts(news) == []
    news.add("failed again", severity)
    news.key_pressed()
    clock.now = 605
    assert texts(news) == ["failed again"]
    clock.now = 606
    assert texts(news) == []


def test_what_stays_until_it_is_cleared_comes_back_after_newer_news(news: News, clock: Clock) -> None:
    news.add("starting", seconds=3600)
    news.add("copied")
    clock.now = 100
    assert texts(news) == ["starting"]
    news.clear()
    assert texts(news) == []
    assert len(news.messages) == 2


def test_the_same_news_is_shown_once(news: News, clock: Clock) -> None:
    news.add("no node")
    clock.now = 5
    news.add("no node")
    assert texts(news) == ["no node"]
    clock.now = 10
    assert texts(news) == ["no node"]
    assert len(news.messages) == 2


# In which lines ----------------------------------------------------------------------------------


def message(text: str, severity: SeverityLevel = "information") -> Message:
    return Message(text, severity, NOW, 0, awaits_key=False)


SAID = st.builds(
    message,
    st.text(st.characters(codec="utf-8"), max_size=300),
    st.sampled_from(["information", "warning", "error"]),
)


@given(st.lists(SAID, min_size=1, max_size=4), st.integers(20, 300), st.integers(1, 3), st.sampled_from(["m", ""]))
def test_news_fits_and_counts_what_else_there_is(said: list[Message], width: int, most: int, key: str) -> None:
    lines = news_lines(said, width, most=most, key=key)
    assert 1 <= len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)
    assert (f"+{len(said) - 1}" in lines[-1]) or len(said) == 1


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ([message("Copied  i-0a")], ["Copied i-0a"]),
        ([message("Copied  i-0a"), message("x"), message("y")], ["Copied i-0a  +2: m"]),
        ([message("Copied  aws ssm start-session --target i-0a")], ["Copied aws ssm start-session --tar… m"]),
        ([message("Copied  aws ssm start-session --target"), message("x")], ["Copied aws ssm start-session …  +1: m"]),
        ([message("StartSession was denied.", "error")], ["✕ StartSession was denied."]),
        ([message("a tunnel is closed.", "warning")], ["! a tunnel is closed."]),
    ],
)
def test_how_news_is_worded(said: list[Message], lines: list[str]) -> None:
    assert news_lines(said, 37, most=1, key="m") == lines


def test_a_failure_wraps_and_hangs() -> None:
    said = message("StartSession on web-1: ThrottlingException, tried 3 times", "error")
    assert news_lines([said], 40, most=2, key="m") == [
        "✕ StartSession on web-1:",
        "  ThrottlingException, tried 3 times",
    ]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=200), max_size=3), st.integers(1, 300))
def test_a_status_fits(variants: list[str], width: int) -> None:
    lines = status_lines(variants, width, most=2)
    assert 1 <= len(lines) <= 2
    assert all(cell_len(line) <= width for line in lines)


def test_the_longest_form_of_a_status_that_fits_is_shown() -> None:
    forms = ("web-1: ping Online", "web-1: Online", "web-1")
    assert [status_lines(forms, width, most=1) for width in (18, 17, 13, 12, 3)] == [
        ["web-1: ping Online"],
        ["web-1: Online"],
        ["web-1: Online"],
        ["web-1"],
        ["we…"],
    ]


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=200), max_size=6), st.integers(24, 300))
def test_problems_take_two_lines_at_most_and_say_how_many_more(problems: list[str], width: int) -> None:
    lines = problem_lines(problems, width)
    assert len(lines) <= 2
    assert all(cell_len(line) <= width for line in lines)
    if len(problems) > 2:
        assert lines[-1].endswith(f"and {len(problems) - 2} more: m")


def test_one_problem_has_both_lines() -> None:
    assert problem_lines(["ec2:X was denied. Ask for it."], 22) == ["! ec2:X was denied.", "  Ask for it."]
    assert problem_lines(["ec2:X was denied. Ask for it in your policy."], 22) == [
        "! ec2:X was denied.",
        "  Ask for it in you… m",
    ]


# On the screens ----------------------------------------------------------------------------------

PLACES = ("list", "details", "filter", "tunnels", "presets", "troubleshoot", "forward", "document", "preset-form")


def shown_line(screen: Screen[Any]) -> StatusLine:
    return screen.query_one(StatusLine)


@pytest.mark.parametrize("size", [(60, 20), pytest.param((140, 45), marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", [*PLACES, "help", "quit", "tunnel-log", "automation"])
async def test_nothing_covers_the_status_line(name: str, size: tuple[int, int]) -> None:
    """A failure is said: on every screen it stands whole, and it is on no other widget."""
    world = SCENES[name].world()
    app = world.app()
    async with app.run_test(size=size, notifications=True) as pilot:
        await leading_to(SCENES[name], world)(pilot)
        app.notify("Something failed.", severity="error")
        await settled(pilot)
        line = shown_line(app.screen)
        assert "✕ Something failed." in screen_text(app).splitlines()[line.region.y]
        assert app.screen.get_widget_at(*line.region.offset)[0] is line
        assert screen_text(app).count("Something failed.") == 1, "a sentence stands once on a screen"
        assert not app.screen.query(Toast)
        assert not app.screen.query(ToastRack)


async def test_news_takes_the_place_of_the_status_and_goes_again() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        line = shown_line(app.screen)
        before = line.region
        assert "db-1: ping Online" in str(line.render())
        app.notify("Saved.")
        await settled(pilot)
        assert str(line.render()) == "Saved."
        assert line.region == before, "nothing jumps"
        world.now += timedelta(seconds=6)
        app.show_news()
        await settled(pilot)
        assert "db-1: ping Online" in str(line.render())


async def test_news_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.tui.news.SHOWN_SECONDS", 0.05)
    world = World()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        Context().run(app.notify, "Saved.")  # as from a callback of the event loop, which knows no app
        await until(lambda: shown_line(app.screen).news)
        world.now += timedelta(seconds=1)
        await until(lambda: not shown_line(app.screen).news)


async def test_a_failure_goes_with_the_next_key() -> None:
    world = World()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        app.notify("Failed.", severity="error")
        world.now += timedelta(seconds=10)
        app.show_news()
        await settled(pilot)
        assert shown_line(app.screen).news
        await pilot.press("j")
        await until(lambda: not shown_line(app.screen).news)


async def test_news_of_a_dialog_is_shown_below_it_once_it_is_closed() -> None:
    app = World().app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("?")
        app.notify("Said over the help.", severity="error")
        await settled(pilot)
        assert "Said over the help." in sheet_text(app)
        assert not shown_line(nodes_screen(app)).news
        await pilot.press("escape")
        await settled(pilot)
        assert "Said over the help." in str(shown_line(nodes_screen(app)).render())


async def test_m_lists_all_messages_whole_the_newest_first() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.notify("first " + "word " * 30 + "end.")
        app.notify("second", severity="error")
        await pilot.press("m")
        await until(lambda: isinstance(app.screen, MessagesScreen))
        await settled(pilot)
        text = app.screen.query_one(PageText).render().plain
        assert text.index("✕ second") < text.index("first")
        assert "end." in sheet_text(app)
        await pilot.press("escape")
        assert told(app)[-1] == "second"


async def test_the_filter_and_the_status_are_there_before_they_are_used_and_move_nothing() -> None:
    app = World().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        before = nodes_screen(app).table.region
        await pilot.press("/")
        await settled(pilot)
        assert nodes_screen(app).table.region == before
        app.notify("Saved.")
        await settled(pilot)
        assert nodes_screen(app).table.region == before


@pytest.mark.parametrize(
    ("rows", "header", "others"), [(24, True, True), (20, True, True), (19, True, False), (11, False, False)]
)
async def test_few_rows_go_to_the_list(rows: int, header: bool, others: bool) -> None:
    app = World().app()
    async with app.run_test(size=(80, rows)) as pilot:
        await settled(pilot)
        screen = nodes_screen(app)
        assert screen.header.display is header
        assert [screen.filter_bar.display, screen.status.display] == [others, others]
        await pilot.press("/", "w")
        app.notify("Saved.")
        await settled(pilot)
        assert screen.filter_bar.display
        assert screen.status.display
        assert "Saved." in screen_text(app)
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert screen.filter_bar.display is others
