"""Asking for access from the list and from a denied start, and deciding on requests, driven by keys."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.records.access_request import AccessAnswer, AccessStatus, ApprovalPolicies
from smtui.domain.request import SessionRequest
from smtui.engine.jobs import JobState
from smtui.engine.launcher_parts import Setup
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.sessions.ask_access_screen import AskAccessScreen
from smtui.tui.sessions.decision_screen import DecisionScreen
from smtui.tui.sessions.requests_screen import RequestsScreen
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from tests.engine.fakes import fault
from tests.sessions.access_fakes import PENDING
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.sessions.access_world import GRANTED, WEB_1, AccessStory, AccessWorld
from tests.tui.world import nodes_screen
from tests.waiting import PATIENCE, until

TO_WEB_1 = ("slash", *"web-1", "enter")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.sessions.access_wait.FIRST_PAUSE", 0.05)
    monkeypatch.setattr("smtui.sessions.access_wait.LONGEST_PAUSE", 0.05)


def footer(pilot: Pilot[Any]) -> str:
    return screen_text(pilot.app).splitlines()[-1]


def said(pilot: Pilot[Any]) -> str:
    return " ".join(sheet_text(pilot.app).split())


async def test_asked_approved_and_the_shell_starts_with_the_granted_credentials() -> None:
    world = AccessWorld(AccessStory([PENDING]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await until(lambda: "prod-approval wants an approval" in said(pilot))
        await pilot.press("enter")
        await until(lambda: "A request needs a reason" in said(pilot))
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "Waiting for ana." in said(pilot))
        assert f"ask {WEB_1} INC-4711" in world.access.calls
        await pilot.press("enter")
        assert isinstance(pilot.app.screen, AskAccessScreen), "nothing to start yet"
        world.access.answers = [GRANTED]
        await until(lambda: "enter starts the shell" in said(pilot))
        await pilot.press("enter")
        await until(lambda: world.handover.times == 1)
        assert [each.target for each in world.granted.started] == [WEB_1]
        assert "ssm:StartSession" not in world.aws.calls
        await at(pilot, NodesScreen)


async def test_left_it_goes_on_and_the_status_line_tells() -> None:
    world = AccessWorld(AccessStory([PENDING]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "Waiting for ana." in said(pilot))
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        (job,) = nodes_screen(pilot.app)._launcher.known_jobs
        assert job.view(world.now).state is JobState.RUNNING
        world.access.answers = [GRANTED]
        await until(lambda: any("Access to web-1 is approved until" in each for each in told(pilot.app)))
        await pilot.press("enter")
        await until(lambda: [each.target for each in world.granted.started] == [WEB_1])


async def test_the_list_of_jobs_has_it_and_opens_it() -> None:
    world = AccessWorld(AccessStory([PENDING]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "Waiting for ana." in said(pilot))
        await pilot.press("escape", "2")
        await at(pilot, TunnelsScreen)
        await until(lambda: "access to web-1" in screen_text(pilot.app))
        await pilot.press("enter")
        await at(pilot, AskAccessScreen)
        assert "INC-4711" in said(pilot)


async def test_a_denied_start_offers_to_ask_and_the_shell_follows() -> None:
    world = AccessWorld(AccessStory([GRANTED]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "enter")
        await at(pilot, TroubleshootScreen)
        await until(lambda: "Ask for access" in footer(pilot))
        await pilot.press("A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "enter starts the shell" in said(pilot))
        await pilot.press("enter")
        await until(lambda: [each.target for each in world.granted.started] == [WEB_1])
        await at(pilot, NodesScreen)


@pytest.mark.parametrize("key", ["x", "d"])
async def test_after_it_ssh_and_documents_say_why_they_cannot_start(key: str) -> None:
    world = AccessWorld(AccessStory([GRANTED]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "enter")
        await at(pilot, TroubleshootScreen)
        await pilot.press("A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "enter starts the shell" in said(pilot))
        await pilot.press("escape", "escape")
        await at(pilot, NodesScreen)
        starter: Any = nodes_screen(pilot.app)._desk
        node = nodes_screen(pilot.app)._rows.current
        assert node is not None
        if key == "x":
            await pilot.press("x")
        else:
            wish = SessionRequest(WEB_1, node.node.place, "Acme-Restart")
            nodes_screen(pilot.app).work(starter._sessions.start(wish, node.node), "session")
        await until(lambda: any("starts the account's shell only" in each for each in told(pilot.app)))
        assert world.granted.started == []


async def test_it_is_not_offered_where_the_account_has_no_policies() -> None:
    world = AccessWorld()
    world.access.policies = ApprovalPolicies  # type: ignore[method-assign]
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "enter")
        await at(pilot, TroubleshootScreen)
        await until(lambda: "Ask for access" not in footer(pilot) and "Try again" in footer(pilot))


async def test_it_is_offered_where_the_policies_cannot_be_seen() -> None:
    world = AccessWorld()
    world.access.failing["policies"] = fault("ssm:ListDocuments")
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "enter")
        await at(pilot, TroubleshootScreen)
        await until(lambda: "policies" in world.access.calls)
        await until(lambda: "Ask for access" in footer(pilot))
        await pilot.press("A")
        await at(pilot, AskAccessScreen)
        await until(lambda: "Which policy decides is not known: ssm:ListDocuments gave none." in said(pilot))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (AccessAnswer(AccessStatus.REJECTED), "The request was rejected."),
        (AccessAnswer(AccessStatus.EXPIRED), "The request has expired"),
        (AccessAnswer(AccessStatus.REVOKED), "The approval was revoked"),
    ],
)
async def test_decided_otherwise_and_asked_again(answer: AccessAnswer, words: str) -> None:
    world = AccessWorld(AccessStory([answer]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: words in said(pilot))
        await pilot.press("ctrl+t")
        await until(lambda: "Just-in-time access to a node" in screen_text(pilot.app))
        await pilot.press("escape")
        await at(pilot, AskAccessScreen)
        world.access.answers = [GRANTED]
        await pilot.press("enter")
        await until(lambda: "enter starts the shell" in said(pilot))
        assert world.access.calls.count("ask") == 2


async def test_withdrawn_in_the_dialog() -> None:
    world = AccessWorld(AccessStory([PENDING]))
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "Waiting for ana." in said(pilot))
        await pilot.press("x")
        await until(lambda: "The request was withdrawn or closed." in said(pilot))
        assert f"withdraw {'e' * 36}" in world.access.calls


async def test_aws_takes_no_request() -> None:
    world = AccessWorld()
    world.access.failing["ask"] = fault("ssm:StartAccessRequest")
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "You may not ask for access here: ssm:StartAccessRequest was denied." in said(pilot))


async def test_a_way_round_is_told() -> None:
    world = AccessWorld()
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await until(lambda: "Your policies likely allow ssm:StartSession on this node outright" in said(pilot))


async def test_read_only_asks_for_nothing() -> None:
    world = AccessWorld(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world) as pilot:
        await pilot.press(*TO_WEB_1, "A")
        await at(pilot, AskAccessScreen)
        await pilot.press(*"INC-4711", "enter")
        await until(lambda: "read-only" in said(pilot))
        assert not any(call.startswith("ask") for call in world.access.calls)


# Requests ----------------------------------------------------------------------------------------


async def opened(pilot: Pilot[Any]) -> None:
    screen = nodes_screen(pilot.app)
    screen._desk.open_requests(screen._launcher.fleet.places[0])
    await at(pilot, RequestsScreen)
    await until(lambda: "oi-0000000000b1" in screen_text(pilot.app) or "No requests" in screen_text(pilot.app))
    await pilot.pause()


async def test_what_waits_for_me_comes_first() -> None:
    async with running(AccessWorld()) as pilot:
        await opened(pilot)
        text = screen_text(pilot.app)
        assert text.index("For your decision") < text.index("oi-0000000000b1") < text.index("Yours")
        assert "2 for your decision · 2 yours" in text
        assert "not known" in text, "a request that names no node"
        assert "approvers: ana" in text


@pytest.mark.parametrize(("key", "approve", "word"), [("enter", True, "approved"), ("x", False, "rejected")])
async def test_a_decision_asks_first_and_takes_a_comment(key: str, approve: bool, word: str) -> None:
    world = AccessWorld()
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press(key)
        await at(pilot, DecisionScreen)
        assert "rotate the signing key" in said(pilot)
        await pilot.press("escape")
        await at(pilot, RequestsScreen)
        assert world.access.decided == []
        await pilot.press(key)
        await at(pilot, DecisionScreen)
        await pilot.press(*"fine", "enter")
        await until(lambda: world.access.decided == [("e" * 36, approve, "fine")])
        await until(lambda: any(f"oi-0000000000b1 is {word}." in each for each in told(pilot.app)))


async def test_a_denied_decision_says_that_nothing_was_changed() -> None:
    world = AccessWorld()
    world.access.failing["decide"] = fault("ssm:SendAutomationSignal")
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await at(pilot, DecisionScreen)
        await pilot.press("enter")
        await until(
            lambda: any("Nothing was changed. ssm:SendAutomationSignal was denied." in each for each in told(pilot.app))
        )


async def test_what_became_of_a_decision_is_told_to_who_left_the_screen() -> None:
    world, go = AccessWorld(), threading.Event()
    decide = world.access.decide
    world.access.decide = lambda *given, **named: (go.wait(PATIENCE), decide(*given, **named))[1]  # type: ignore[method-assign]
    world.access.failing["decide"] = fault("ssm:SendAutomationSignal")
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("x")
        await at(pilot, DecisionScreen)
        await pilot.press("enter")
        await at(pilot, RequestsScreen)
        await pilot.press("escape")
        await until(lambda: not isinstance(pilot.app.screen, RequestsScreen))
        await pilot.pause()
        go.set()
        await until(lambda: any("Nothing was changed. ssm:SendAutomationSignal" in each for each in told(pilot.app)))


async def test_ones_own_is_withdrawn_after_a_question() -> None:
    world = AccessWorld()
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("j", "j", "x")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await until(lambda: f"withdraw {'e' * 36}" in world.access.calls)


async def test_ones_own_is_opened_and_followed_without_asking_again() -> None:
    world = AccessWorld(AccessStory([GRANTED]))
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("j", "j", "enter")
        await at(pilot, AskAccessScreen)
        await until(lambda: "enter starts the shell" in said(pilot))
        assert not any(call.startswith("ask") for call in world.access.calls)
        await pilot.press("enter")
        await until(lambda: [each.target for each in world.granted.started] == [WEB_1])


async def test_what_was_denied_is_named_and_the_rest_shown() -> None:
    world = AccessWorld()
    world.access.failing["for_decision"] = fault("ssm:DescribeOpsItems")
    async with running(world) as pilot:
        screen = nodes_screen(pilot.app)
        screen._desk.open_requests(screen._launcher.fleet.places[0])
        await at(pilot, RequestsScreen)
        await until(lambda: "ssm:DescribeOpsItems was denied." in screen_text(pilot.app))
        assert "oi-0000000000a1" in screen_text(pilot.app)


async def test_read_only_decides_nothing() -> None:
    world = AccessWorld(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("enter", "x")
        await until(lambda: any("decides on none" in each for each in told(pilot.app)))
        assert isinstance(pilot.app.screen, RequestsScreen)
        assert world.access.decided == []
