"""The log and the audit of a session below the list, driven by keys over an AWS in memory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.records.notification import EventRule, RuleTarget
from smtui.domain.records.session_log import StreamEvent
from smtui.sessions.log_place import ACCOUNTS_OWN
from smtui.sessions.log_reading import FOLLOW_SECONDS
from smtui.tui.sessions.log_pane import LogBody
from smtui.tui.sessions.sessions_screen import SessionsScreen
from tests.sessions.record_fakes import FakeLogs, FakeTrail, preferences
from tests.sessions.session_fakes import session
from tests.sessions.test_audit import START, event, written
from tests.tui.driving import running
from tests.tui.looking import screen_text, told
from tests.tui.sessions.account import ACTIVE, ANA, Account, ago
from tests.tui.sessions.test_sessions_screen import footer, opened
from tests.tui.world import READ_AT, node_id
from tests.waiting import until

RUNS, ENDED = "ana-0b77f", "ana-0a00b"
BOTH = preferences(s3BucketName="logs", cloudWatchLogGroupName="/ssm", cloudWatchStreamingEnabled=True)
WIDE = (140, 40)


def story(number: int = 400, **more: Any) -> tuple[FakeLogs, list[Any]]:
    """A shell of Ana's that runs, and what has been streamed of it."""
    events = [StreamEvent(f"line {index:03d}", ago(30) + timedelta(seconds=index)) for index in range(number)]
    logs = FakeLogs({ACCOUNTS_OWN: [BOTH]}, streams={("/ssm", RUNS): events}, page=100, **more)
    return logs, [session(RUNS, target=node_id(1), owner=ANA, started_at=ago(35))]


def body(pilot: Pilot[Any]) -> LogBody:
    shown = pilot.app.screen
    assert isinstance(shown, SessionsScreen)
    return shown.query_one(LogBody)


async def shown(pilot: Pilot[Any], *texts: str) -> None:
    await until(lambda: all(text in screen_text(pilot.app) for text in texts), lambda: screen_text(pilot.app))


async def test_the_end_of_a_running_log_with_its_times_and_what_comes_next() -> None:
    logs, active = story()
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "[Log]", f"/ssm · {RUNS} · following", "line 399")
        assert "line 001" not in screen_text(pilot.app)
        line = next(line for line in screen_text(pilot.app).splitlines() if "line 399" in line)
        assert line.split()[0] == f"{(ago(30) + timedelta(seconds=399)).astimezone():%H:%M:%S}"
        logs.streams["/ssm", RUNS].append(StreamEvent("the next line", READ_AT))
        body(pilot)._look_for_more()
        await shown(pilot, "the next line")
        assert FOLLOW_SECONDS == 2.0
        await pilot.press("f")
        await shown(pilot, f"/ssm · {RUNS} ─")


async def test_a_session_that_has_ended_is_followed_no_more() -> None:
    logs, active = story(5)
    world = Account(active, [], logs=logs)
    async with running(world, WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "following", "line 004")
        logs.streams["/ssm", RUNS].append(StreamEvent("exit", READ_AT))
        world.sessions.change(ACTIVE)
        pilot.app.screen.query_one("SessionTable").focus()
        await pilot.press("r")
        await until(lambda: not body(pilot)._goes_on())
        body(pilot)._look_for_more()
        await shown(pilot, "exit", f"/ssm · {RUNS} ─")
        assert not body(pilot)._follows


async def test_going_up_reads_earlier_parts_and_moves_nothing() -> None:
    logs, active = story()
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "line 399")
        await pilot.press("f")
        for _ in range(4):
            await pilot.press("g")
            await until(lambda: not body(pilot)._is_moving)
            await pilot.pause()
        await pilot.press("g")
        await shown(pilot, "line 000")
        assert len(body(pilot)._log.lines) == 400  # type: ignore[union-attr]


async def test_a_short_page_is_filled_from_before() -> None:
    logs, active = story(8)
    logs.page = 3
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "line 000", "line 007", "8 lines")


async def test_finding_forwards_and_backwards_in_the_whole_log() -> None:
    logs, active = story()
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "line 399")
        await pilot.press("/", *"LINE 330", "enter")
        await until(lambda: any("No line below has LINE 330." in each for each in told(pilot.app)))
        await pilot.press("N")
        await until(lambda: body(pilot).view.found == 30)
        await shown(pilot, "line 330")
        await pilot.press("/", *("backspace",) * 8, *"007", "enter", "N")
        await shown(pilot, "line 007")
        assert [line.text for line in body(pilot)._log.lines][7] == "line 007"  # type: ignore[union-attr]
        await pilot.press("/", "escape")
        assert body(pilot).view.found is None
        assert "Find" in footer(pilot)


async def test_hostile_lines_are_drawn_harmless() -> None:
    logs, active = story(1)
    logs.streams["/ssm", RUNS].append(StreamEvent("\x1b]52;c;eA==\x07\x1b[2Jdone\x9b31m \x1b]0;no end", READ_AT))
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "done 0;no end")
        assert "\x1b" not in screen_text(pilot.app)


async def test_a_wide_line_is_wrapped_and_not_cut() -> None:
    logs, active = story(1)
    logs.streams["/ssm", RUNS].append(StreamEvent("x" * 300 + "漢" * 40 + "end", READ_AT))
    async with running(Account(active, [], logs=logs), (80, 24)) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, "漢end")


@pytest.mark.parametrize(
    ("denied", "sentences"),
    [
        ("logs:GetLogEvents", ["logs:GetLogEvents was denied.", "There is no object yet"]),
        ("ssm:GetDocument", ["Not known.", "ssm:GetDocument was denied."]),
    ],
)
async def test_what_may_not_be_seen_is_named(denied: str, sentences: list[str]) -> None:
    logs, active = story(denies={denied})
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        await opened(pilot, "enter")
        await shown(pilot, *sentences)


async def test_an_ended_session_is_read_from_its_object_and_saved_as_a_whole() -> None:
    saved: dict[str, str] = {}

    class Reports:
        def save(self, name: str, parts: Iterable[str]) -> str:
            saved[name] = "".join(parts)
            return f"/state/{name}"

    data = b"".join(b"\x1b[32mrow %06d\x1b[0m\r\n" % index for index in range(40_000))
    logs = FakeLogs({ACCOUNTS_OWN: [BOTH]}, objects={("logs", f"{ENDED}.log"): data})
    past = [session(ENDED, owner=ANA, started_at=ago(90), ended_at=ago(30), status="Terminated")]
    async with running(Account([], past, logs=logs, reports=Reports()), WIDE) as pilot:
        await opened(pilot, "h", "enter")
        await shown(pilot, "row 039999", f"s3://logs/{ENDED}.log", "· / finds")
        await pilot.press("w")
        await until(lambda: saved)
        assert saved[f"session-{ENDED}.txt"].splitlines() == [f"row {index:06d}" for index in range(40_000)]
        await until(lambda: any("Saved the log" in each for each in told(pilot.app)))


async def test_the_link_is_copied_or_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    logs, active = story(3)
    async with running(Account(active, [], logs=logs), WIDE) as pilot:
        went: list[str] = []
        monkeypatch.setattr(pilot.app, "open_url", went.append)
        await opened(pilot, "enter")
        await shown(pilot, "line 002")
        await pilot.press("o", "y")
        await until(lambda: went and pilot.app.clipboard)
        assert went[0].endswith(f"log-group/$252Fssm/log-events/{RUNS}")
        assert pilot.app.clipboard == went[0]


async def test_a_forward_was_never_logged_and_its_keys_are_dim() -> None:
    active = [session(RUNS, document_name="AWS-StartSSHSession", owner=ANA, started_at=ago(5))]
    async with running(Account(active, [], logs=FakeLogs()), WIDE) as pilot:
        await opened(pilot, "l")
        await shown(pilot, "Never logged. SSH is never logged")
        await pilot.press("/", "w", "f", "o")
        assert body(pilot)._log is None


# The audit ---------------------------------------------------------------------------------------


def trail(**more: Any) -> FakeTrail:
    resumed = written("ResumeSession", requestParameters={"sessionId": RUNS})
    start = START.replace('"ana-0b77f"', f'"{RUNS}"')
    pages = {"StartSession": [[event("StartSession", start)]], "ResumeSession": [[event("ResumeSession", resumed, 5)]]}
    return FakeTrail(pages, **more)


async def test_the_audit_of_a_session_and_the_rule_to_copy() -> None:
    logs, active = story(1)
    async with running(Account(active, [], logs=logs, trail=trail()), WIDE) as pilot:
        await opened(pilot, "a")
        await shown(pilot, "[Audit]", "StartSession", "assumed-role/ops/ana", "from 203.0.113.7", "ResumeSession")
        await shown(pilot, "EventBridge notifies nobody of sessions here.")
        await pilot.press("c")
        await until(lambda: pilot.app.clipboard)
        commands = pilot.app.clipboard.splitlines()
        assert [" ".join(line.split()[1:3]) for line in commands] == [
            "sns create-topic",
            "sns set-topic-attributes",
            "events put-rule",
            "events put-targets",
            "sns subscribe",
        ]
        assert "arn:aws:sns:eu-west-1:111122223333:session-manager-sessions" in commands[3]


async def test_where_somebody_is_notified_there_is_no_rule_to_copy() -> None:
    logs, active = story(1)
    rules = [EventRule("note", '{"source":["aws.ssm"]}')]
    target = {"note": [RuleTarget("arn:aws:lambda:eu-west-1:111122223333:function:note")]}
    aws = trail(all_rules=rules, all_targets=target)
    async with running(Account(active, [], logs=logs, trail=aws), WIDE) as pilot:
        await opened(pilot, "a")
        await shown(pilot, "The rule note sends sessions to arn:aws:lambda")
        assert "notifies nobody" not in screen_text(pilot.app)


@pytest.mark.parametrize("denied", ["cloudtrail:LookupEvents", "events:ListRules"])
async def test_each_denial_of_the_audit_leaves_the_rest(denied: str) -> None:
    logs, active = story(1)
    async with running(Account(active, [], logs=logs, trail=trail(denies={denied})), WIDE) as pilot:
        await opened(pilot, "a")
        await shown(pilot, f"{denied} was denied.")
        rest = "assumed-role/ops/ana" if denied == "events:ListRules" else "EventBridge notifies nobody"
        await shown(pilot, rest)
