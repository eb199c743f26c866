"""The account's sessions, driven by keys over an AWS in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.engine.launcher_parts import Setup
from smtui.sessions.log_place import ACCOUNTS_OWN
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts import working
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.sessions.sessions_screen import SessionsScreen
from tests.sessions.record_fakes import FakeLogs
from tests.sessions.session_fakes import denied, session
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, told
from tests.tui.sessions.account import ACTIVE, ANA, HISTORY, PREFERENCES, Account, active_story, ago
from tests.tui.world import is_at_rest, is_listed, node_id
from tests.waiting import PATIENCE, until


@pytest.fixture(autouse=True)
def _utc() -> Iterator[None]:
    """The screen shows local time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def screen(pilot: Pilot[Any]) -> SessionsScreen:
    shown = pilot.app.screen
    assert isinstance(shown, SessionsScreen)
    return shown


async def read(pilot: Pilot[Any]) -> None:
    """Wait until everything is read, in its row and drawn."""
    await pilot.pause()
    await until(lambda: is_read(pilot, screen(pilot)))
    await pilot.pause()


def is_read(pilot: Pilot[Any], shown: SessionsScreen) -> bool:
    working = any(
        worker.group in ("sessions", "terminating", "logs") and worker.is_running for worker in pilot.app.workers
    )
    return not working and is_listed(shown) and is_at_rest(shown)


async def opened(pilot: Pilot[Any], *keys: str) -> None:
    """Go to the sessions, wait until they are read, and press keys."""
    await pilot.press("3")
    await at(pilot, SessionsScreen)
    await read(pilot)
    for key in keys:
        await pilot.press(key)
    if isinstance(pilot.app.screen, SessionsScreen):
        await read(pilot)


def rows(pilot: Pilot[Any]) -> list[str]:
    """Who and node of the rows, from the top."""
    return [f"{row.listed.session.session_id.partition('-')[0]} {row.listed.node}" for row in screen(pilot)._rows.view]


def current(pilot: Pilot[Any]) -> str:
    row = screen(pilot)._rows.current
    return row.session.session_id if row is not None else ""


def words(pilot: Pilot[Any]) -> str:
    return " ".join(screen_text(pilot.app).replace("│", " ").split())


def footer(pilot: Pilot[Any]) -> str:
    return screen_text(pilot.app).splitlines()[-1]


# What is shown -----------------------------------------------------------------------------------


async def test_yours_come_first_then_the_newest() -> None:
    async with running(Account()) as pilot:
        await opened(pilot)
        assert rows(pilot) == [
            "ops win-10",
            "ops web-2",
            "ops web-1",
            "ana web-1",
            "ben@example.com factory-gateway",
        ]
        shown = screen_text(pilot.app)
        assert "Sessions · 5 active, 3 yours · past 30 days with h" in shown.splitlines()[0]
        assert "5 active · 0 s ago" in shown.splitlines()[1]
        line = next(line for line in shown.splitlines() if "ana (ops)" in line)
        facts = "● active|ana (ops)|web-1|shell, JIT|11:24|35 min|CHG-88 disk full|CloudWatch, live"
        assert line.split() == facts.replace("|", " ").split()


async def test_nothing_is_asked_for_before_the_screen_is_opened() -> None:
    world = Account()
    async with running(world) as pilot:
        assert world.sessions.listed == []
        assert "3 Sessions  4" in screen_text(pilot.app).splitlines()[0]
        await opened(pilot)
        assert world.sessions.listed == [ACTIVE]


async def test_the_tab_and_the_details_of_a_node_mention_what_was_read_lately() -> None:
    world = Account(initial_filter="web-1")
    async with running(world) as pilot:
        await opened(pilot, "escape")
        await at(pilot, NodesScreen)
        await pilot.press("i")
        await until(lambda: "3 Sessions ●3" in screen_text(pilot.app).splitlines()[0])
        await until(lambda: "2 active: you 42 min, ana (ops)" in screen_text(pilot.app))
        world.now += timedelta(minutes=3)
        shown = pilot.app.screen
        assert isinstance(shown, NodesScreen)
        shown.show_surroundings()
        await until(lambda: "3 Sessions  4" in screen_text(pilot.app).splitlines()[0])
        assert "2 active" not in screen_text(pilot.app)


async def test_the_past_comes_and_goes_with_a_key() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "h")
        assert world.sessions.listed == [ACTIVE, ACTIVE, HISTORY]
        assert len(rows(pilot)) == 7
        assert "5 active, 3 yours · 2 of the past 30 days" in screen_text(pilot.app)
        assert "7 sessions · " in screen_text(pilot.app)
        assert "○ ended" in screen_text(pilot.app)
        assert "✕ failed" in screen_text(pilot.app)
        await pilot.press("h")
        await until(lambda: len(rows(pilot)) == 5)


async def test_the_status_line_says_it_in_one_sentence() -> None:
    async with running(Account()) as pilot:
        await opened(pilot, "G", "k")
        assert (
            "ana's shell on web-1: active since 11:24, for 35 min. "
            "It is someone else's, and policies usually let you resume only your own sessions."
        ) in screen_text(pilot.app)
        await pilot.press("g", "j")
        await pilot.pause()
        assert "Your port forward on web-2: active since 11:26" in screen_text(pilot.app)


async def test_where_logs_are_is_asked_once_for_all_rows() -> None:
    logs = FakeLogs({ACCOUNTS_OWN: [PREFERENCES]})
    async with running(Account(logs=logs)) as pilot:
        await opened(pilot, "h")
        shown = screen_text(pilot.app)
        assert shown.count("CloudWatch, live") == 3
        assert shown.count("never logged") == 1
        assert len(logs.calls) == len(set(logs.calls))


async def test_where_the_preferences_cannot_be_seen_the_log_is_not_known() -> None:
    logs = FakeLogs(denies={"ssm:ListDocumentVersions", "ssm:GetDocument"})
    async with running(Account(logs=logs)) as pilot:
        await opened(pilot)
        line = next(line for line in screen_text(pilot.app).splitlines() if "win-10" in line)
        assert "not known" in line


# Reading again -----------------------------------------------------------------------------------


async def test_it_is_read_again_after_half_a_minute_and_the_cursor_stays_on_its_session() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "j", "j", "j")
        assert current(pilot).startswith("ana")
        newer = [session(f"ops-0d{one}", target=node_id(2), started_at=ago(1)) for one in range(2)]
        world.sessions.change(ACTIVE, *newer, *[each for each in active_story() if "0c77" not in each.session_id])
        world.now += timedelta(seconds=29)
        screen(pilot)._tick()
        await read(pilot)
        assert world.sessions.listed == [ACTIVE]
        world.now += timedelta(seconds=2)
        screen(pilot)._tick()
        await read(pilot)
        assert world.sessions.listed == [ACTIVE, ACTIVE]
        assert rows(pilot)[:2] == ["ops web-2", "ops web-2"]
        assert "ops win-10" not in rows(pilot)
        assert current(pilot).startswith("ana")


async def test_a_session_that_ends_while_the_past_is_shown_becomes_past() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "h", "j", "j", "j")
        before = current(pilot)
        (anas,) = (each for each in active_story() if each.session_id == before)
        world.sessions.change(ACTIVE, *[each for each in active_story() if each is not anas and each != anas])
        world.sessions.change(HISTORY, replace(anas, status="Terminated", ended_at=ago(0)))
        world.now += timedelta(seconds=31)
        screen(pilot)._tick()
        await read(pilot)
        world.now += timedelta(seconds=31)
        screen(pilot)._tick()
        await read(pilot)
        row = screen(pilot)._rows.current
        assert row is not None
        assert row.session.is_over or current(pilot) != before
        assert [each.session.session_id for each in screen(pilot)._rows.view if each.session.is_over] == [before]


async def test_r_reads_now() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "r")
        assert world.sessions.listed == [ACTIVE, ACTIVE]


# Filter, order, marks ----------------------------------------------------------------------------


async def test_a_filter_shows_what_matches_and_escape_clears_it_before_it_leaves() -> None:
    async with running(Account()) as pilot:
        await opened(pilot, "slash", *"who:ana", "enter")
        assert rows(pilot) == ["ana web-1"]
        assert "1 of 5 active · 0 s ago" in screen_text(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert len(rows(pilot)) == 5
        await pilot.press("escape")
        await at(pilot, NodesScreen)


async def test_a_filter_that_matches_nothing_says_what_is_near() -> None:
    async with running(Account()) as pilot:
        await opened(pilot, "slash", *"CHG-89", "enter")
        assert "No session matches  CHG-89" in screen_text(pilot.app)
        assert "chg-89 matches none of 5; chg-88 does." in screen_text(pilot.app)
        assert "Clear the filter" in screen_text(pilot.app)


async def test_o_sorts_by_the_next_column_and_then_as_before() -> None:
    async with running(Account(), (100, 30)) as pilot:
        await opened(pilot, "o", "o")
        assert "WHO ▲" in screen_text(pilot.app)
        assert [row.split()[0] for row in rows(pilot)] == ["ana", "ben@example.com", "ops", "ops", "ops"]
        await pilot.press("O")
        await pilot.pause()
        assert "WHO ▼" in screen_text(pilot.app)
        assert rows(pilot)[-1] == "ana web-1"
        for _ in range(5):
            await pilot.press("o")
        await pilot.pause()
        assert "▲" not in screen_text(pilot.app)
        assert rows(pilot)[0] == "ops win-10"


async def test_marked_sessions_are_counted_also_those_that_a_filter_hides() -> None:
    async with running(Account()) as pilot:
        await opened(pilot, "space", "space")
        assert "5 active · 2 marked · 0 s ago" in screen_text(pilot.app)
        await pilot.press("slash", *"who:ana", "enter", "asterisk")
        await pilot.pause()
        assert "1 of 5 active · 3 marked · 0 s ago" in screen_text(pilot.app)


# Terminating -------------------------------------------------------------------------------------


async def test_terminating_asks_and_names_the_session() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "G", "k", "x")
        await at(pilot, ConfirmScreen)
        shown = words(pilot)
        assert "Terminate ana's shell on web-1?" in shown
        assert "ana-0b77f01b2a9e4d531 · 35 min · CHG-88 disk full. What runs in it ends with it." in shown
        assert "Policies usually let you terminate only your own sessions." in shown
        await pilot.press("escape")
        await at(pilot, SessionsScreen)
        assert world.sessions.terminated == []
        await pilot.press("x")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await until(lambda: world.sessions.terminated == ["ana-0b77f01b2a9e4d531"])
        await until(lambda: "ana's shell on web-1 is terminated." in told(pilot.app))
        await until(lambda: len(world.sessions.listed) == 2)


async def test_what_became_of_a_session_is_told_to_who_left_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "SLOW_SECONDS", 0.05)
    world, go = Account(failing={"ana-0b77f01b2a9e4d531": denied("ssm:TerminateSession")}), threading.Event()
    terminate = world.sessions.terminate
    world.sessions.terminate = lambda session_id: go.wait(PATIENCE) and terminate(session_id)  # type: ignore[method-assign]
    async with running(world) as pilot:
        await opened(pilot, "G", "k", "x")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await at(pilot, SessionsScreen)
        await until(lambda: "Terminating the session …" in told(pilot.app))
        await pilot.press("1")
        await at(pilot, NodesScreen)
        await pilot.pause()
        go.set()
        await until(lambda: any("ana's shell on web-1 was not terminated" in each for each in told(pilot.app)))


async def test_the_question_about_ones_own_has_no_warning() -> None:
    async with running(Account()) as pilot:
        await opened(pilot, "x")
        await at(pilot, ConfirmScreen)
        assert "Terminate your shell on win-10?" in words(pilot)
        assert "Policies" not in words(pilot)


async def test_the_marked_ones_are_terminated_together_and_lose_their_marks() -> None:
    world = Account(failing={"ana-0b77f01b2a9e4d531": denied("ssm:TerminateSession")})
    async with running(world) as pilot:
        await opened(pilot, "space", "space", "j", "space", "x")
        await at(pilot, ConfirmScreen)
        shown = words(pilot)
        assert "Terminate 3 sessions?" in shown
        assert "◐ your shell on win-10 · 22 min" in shown
        assert "● ana's shell on web-1 · 35 min · CHG-88 disk full" in shown
        assert "What runs in them ends with them. Policies usually let you terminate only your own sessions." in shown
        await pilot.press("enter")
        await until(lambda: len(world.sessions.terminated) == 2)
        await until(lambda: "2 sessions are terminated." in told(pilot.app))
        said = next(sentence for sentence in told(pilot.app) if "was not terminated" in sentence)
        assert "ssm:TerminateSession" in said
        assert "Policies usually let you terminate only your own sessions." in said
        await read(pilot)
        assert [each.session.session_id[:4] for each in screen(pilot)._rows.marked] == ["ana-"]


async def test_a_shell_of_yours_is_resumed_in_this_terminal() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "s")
        await until(lambda: world.handover.times == 1, lambda: told(pilot.app))
        await until(
            lambda: any("The session on win-10 ended" in sentence for sentence in told(pilot.app)),
            lambda: told(pilot.app),
        )
        await until(lambda: len(world.sessions.listed) == 2)
        assert world.aws.calls.count("ssm:StartSession") == 0


async def test_one_that_a_program_uses_is_resumed_only_after_a_question() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot, "j", "j", "s")
        await at(pilot, ConfirmScreen)
        assert "Resume your shell on web-1?" in words(pilot)
        assert "the two take the session from each other" in words(pilot)
        await pilot.press("escape")
        await at(pilot, SessionsScreen)
        assert world.handover.times == 0


async def test_what_cannot_be_resumed_is_dim() -> None:
    async with running(Account()) as pilot:
        await opened(pilot)
        assert screen(pilot).check_action("resume", ()) is True
        await pilot.press("j")
        await pilot.pause()
        assert screen(pilot).check_action("resume", ()) is None, "a port forward"
        await pilot.press("G", "k")
        await pilot.pause()
        assert screen(pilot).check_action("resume", ()) is None, "another's"


async def test_the_log_and_the_audit_share_a_pane_that_escape_closes() -> None:
    async with running(Account()) as pilot:
        await opened(pilot, "enter")
        await until(lambda: "[Log]  Audit " in screen_text(pilot.app))
        await pilot.press("a")
        await until(lambda: " Log  [Audit]" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(lambda: "[Audit]" not in screen_text(pilot.app))
        assert screen(pilot).table.has_focus


async def test_what_is_over_is_not_terminated() -> None:
    async with running(Account(), (140, 30)) as pilot:
        await opened(pilot, "h", "G", "x")
        await pilot.pause()
        assert isinstance(pilot.app.screen, SessionsScreen)
        assert screen(pilot).check_action("terminate", ()) is None


async def test_read_only_refuses_to_terminate_and_to_resume() -> None:
    world = Account(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world) as pilot:
        await opened(pilot)
        assert "Terminate" not in footer(pilot)
        assert "Resume" not in footer(pilot)
        await pilot.press("x")
        await until(lambda: any("terminates no sessions" in sentence for sentence in told(pilot.app)))
        assert isinstance(pilot.app.screen, SessionsScreen)


# Copying -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        (("y",), "ops-0c77f01b2a9e4d536"),
        (
            ("c",),
            "aws ssm terminate-session --session-id ops-0c77f01b2a9e4d536 --profile ops --region eu-west-1",
        ),
        (
            ("h", "G", "c"),
            "aws ssm describe-sessions --state History --filters key=SessionId,value=ana-0a00000000000000b "
            "--profile ops --region eu-west-1",
        ),
    ],
)
async def test_what_is_copied(keys: tuple[str, ...], copied: str) -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot)
        for key in keys:
            await pilot.press(key)
            await read(pilot)
        await until(lambda: world.copied == [copied])


# What cannot be seen -----------------------------------------------------------------------------


async def test_a_denied_list_names_the_action_and_is_not_called_empty() -> None:
    world = Account(failing={"ssm:DescribeSessions": denied("ssm:DescribeSessions")})
    async with running(world) as pilot:
        await opened(pilot)
        shown = words(pilot)
        assert "Not all active sessions" in shown
        assert "ssm:DescribeSessions" in shown
        assert "No session is active" not in shown
        assert "r Read again" in shown


async def test_what_is_missing_stands_below_what_is_seen() -> None:
    world = Account(active=[session("ana-1", owner=ANA, target="i-0fffffffffffffff1")])
    world.sessions.failing["ec2:DescribeInstances"] = denied("ec2:DescribeInstances")
    async with running(world) as pilot:
        await opened(pilot)
        assert "i-0fffffffffffffff1" in screen_text(pilot.app)
        assert "! Not all names of nodes" in screen_text(pilot.app)
        assert "ec2:DescribeInstances" in screen_text(pilot.app)


async def test_an_account_without_sessions_says_so_and_offers_the_past() -> None:
    async with running(Account(active=[], past=[])) as pilot:
        await opened(pilot)
        assert "No session is active." in screen_text(pilot.app)
        assert "h  Show those of the past 30 days" in screen_text(pilot.app)
        await pilot.press("h")
        await read(pilot)
        assert "none took place in the past 30 days" in words(pilot)


# Many --------------------------------------------------------------------------------------------


async def test_five_thousand_past_sessions_scroll_and_filter() -> None:
    past = [
        session(f"u{number}-{number:017x}", target=node_id(number % 9), status="Terminated", started_at=ago(number),
                ended_at=ago(number - 1), owner=ANA.replace("ana", f"u{number}"), reason=f"CHG-{number}")
        for number in range(5_000)
    ]  # fmt: skip
    async with running(Account(past=past), (80, 24)) as pilot:
        await opened(pilot, "h")
        # They come page by page, and the cursor stays on its row: G leads to the end once all are there.
        await until(lambda: "5,005 sessions" in screen_text(pilot.app))
        await pilot.press("G")
        await until(lambda: current(pilot) == past[-1].session_id)
        await until(lambda: "u4999 (ops)" in screen_text(pilot.app))
        await pilot.press("g", "pagedown", "slash", *"chg-4321")
        await until(lambda: [row.session.reason for row in screen(pilot)._rows.view] == ["CHG-4321"])
        await until(lambda: "1 of 5,005 sessions" in screen_text(pilot.app))
