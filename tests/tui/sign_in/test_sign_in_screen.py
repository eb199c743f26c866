"""Signing in from the list, driven by keys, with sign-ins that the test moves on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.fault import FaultKind
from smtui.domain.outcome import PluginRun
from smtui.domain.places.sign_in_progress import Stage
from smtui.tui.documents.document_screen import DocumentScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.palette.topic_screen import TopicScreen
from smtui.tui.sign_in.sign_in_screen import SignInScreen
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import fault
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.sign_in.place_world import DONE, FAILED, PAGE, FakeBook, FakeSignIns, PlaceWorld, signed_out
from tests.tui.tunnels.views import view
from tests.tui.world import nodes_screen, story_aws
from tests.waiting import until


async def opened(pilot: Pilot[Any]) -> None:
    await until(lambda: "signed out" in screen_text(pilot.app))
    await pilot.press("L")
    await at(pilot, SignInScreen)


def footer(pilot: Pilot[Any]) -> str:
    return next(line for line in screen_text(pilot.app).splitlines() if "esc" in line)


async def test_signed_in_by_the_browser_the_list_goes_on_by_itself() -> None:
    world = PlaceWorld()
    async with running(world) as pilot:
        await opened(pilot)
        assert "Listening on 127.0.0.1:41873" in sheet_text(pilot.app)
        await pilot.press("c")
        await until(lambda: world.copied == [PAGE])
        await pilot.press("o")
        await until(lambda: "open" in world.book.sign_ins.last.calls)
        world.aws.failing.clear()
        world.book.sign_ins.last.become(DONE)
        await at(pilot, NodesScreen)
        await until(lambda: "● Ready" in screen_text(pilot.app))
        assert "signed out" not in screen_text(pilot.app)


async def test_a_profile_without_access_is_shown_until_the_user_goes_on() -> None:
    world = PlaceWorld()
    world.aws.failing["sts:GetCallerIdentity"] = replace(
        fault("sso:GetRoleCredentials", FaultKind.CREDENTIAL_SOURCE, "ForbiddenException"), sign_in=("aws",)
    )
    async with running(world) as pilot:
        await opened(pilot)
        world.book.sign_ins.last.become(DONE)
        await until(lambda: "✕ audit No access: sso:GetRoleCredentials for SecurityAudit" in sheet_text(pilot.app))
        assert "esc Go on" in footer(pilot)
        await pilot.press("escape")
        await at(pilot, NodesScreen)


async def test_leaving_it_stops_the_sign_in() -> None:
    world = PlaceWorld()
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert world.book.sign_ins.last.calls == ["cancel"]
        assert not world.book.sign_ins.last.listeners


async def test_a_code_by_choice_is_copied_and_over_ssh_it_comes_first() -> None:
    world = PlaceWorld(FakeBook(sign_ins=FakeSignIns(why_with_a_code="You are here over SSH.")))
    async with running(world) as pilot:
        await opened(pilot)
        assert "WDJB-MJHT" in sheet_text(pilot.app)
        assert "Use a code" not in footer(pilot)
        await pilot.press("y")
        await until(lambda: world.copied == ["WDJB-MJHT"])


async def test_a_failure_has_a_text_and_can_be_tried_again() -> None:
    world = PlaceWorld()
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("d")
        await until(lambda: "WDJB-MJHT" in sheet_text(pilot.app))
        world.book.sign_ins.last.become(FAILED)
        await until(lambda: "✕ Nobody approved within 10 minutes." in sheet_text(pilot.app))
        await pilot.press("h")
        await at(pilot, TopicScreen)
        await pilot.press("escape", "r")
        await until(lambda: len(world.book.sign_ins.begun) == 2)
        await until(lambda: "Listening on" in sheet_text(pilot.app))


async def test_the_aws_cli_by_choice(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\n")
    (tmp_path / "aws").chmod(0o755)
    world = PlaceWorld(environ={"PATH": str(tmp_path), "COLORTERM": "truecolor"})
    world.plugins.running.run = PluginRun(exit_status=0)
    async with running(world) as pilot:
        await opened(pilot)
        assert "a AWS CLI" in footer(pilot)
        world.aws.failing.clear()
        await pilot.press("a")
        await at(pilot, NodesScreen)
        assert world.plugins.programs == [("aws", "sso", "login", "--profile", "stage")]
        assert world.book.sign_ins.last.progress.stage is Stage.CANCELLED
        await until(lambda: "● Ready" in screen_text(pilot.app))


async def test_the_aws_cli_is_among_the_keys_at_every_stage(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\n")
    (tmp_path / "aws").chmod(0o755)
    world = PlaceWorld(environ={"PATH": str(tmp_path), "COLORTERM": "truecolor"})
    async with running(world) as pilot:
        await opened(pilot)
        await until(lambda: "c Copy address │ o Open │ d Use a code │ a AWS CLI │ esc Stop" in footer(pilot))
        await pilot.press("d")
        await until(lambda: "y Copy code │ c Copy address │ o Open │ a AWS CLI │ esc Stop" in footer(pilot))
        world.book.sign_ins.last.become(FAILED)
        await until(lambda: "a AWS CLI" in footer(pilot) and "esc Back" in footer(pilot))


async def test_where_the_aws_cli_did_not_sign_in_only_what_helps_is_offered(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\n")
    (tmp_path / "aws").chmod(0o755)
    world = PlaceWorld(environ={"PATH": str(tmp_path), "COLORTERM": "truecolor"})
    world.plugins.running.run = PluginRun(exit_status=2)
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("d", "a")
        await until(lambda: "✕ Stopped for the AWS CLI" in sheet_text(pilot.app))
        await until(lambda: "r Try again" in footer(pilot))
        assert "Copy" not in footer(pilot)
        assert "esc Back" in footer(pilot)


@pytest.mark.parametrize(
    ("profile", "said"), [("old", "There is nothing to sign in to: old uses program."), ("none", "no profile none")]
)
async def test_what_cannot_be_signed_in_to_says_what_to_do(profile: str, said: str) -> None:
    world = PlaceWorld(profile=profile)
    async with running(world) as pilot:
        await until(lambda: "signed out" in screen_text(pilot.app))
        await pilot.press("L")
        await until(lambda: any(said in sentence for sentence in told(pilot.app)))


async def test_aws_login_is_the_clis() -> None:
    world = PlaceWorld(profile="sandbox")
    world.plugins.running.run = PluginRun(exit_status=0)
    async with running(world) as pilot:
        await until(lambda: "signed out" in screen_text(pilot.app))
        world.aws.failing.clear()
        await pilot.press("L")
        await until(lambda: world.plugins.programs == [("aws", "login", "--profile", "sandbox")])
        await until(lambda: "● Ready" in screen_text(pilot.app))


@pytest.mark.parametrize("key", ["2", "3", "4"])
async def test_from_every_screen_and_tunnels_that_ended_for_it_start_again(key: str) -> None:
    world = PlaceWorld()
    for number, topic in enumerate(("sso-sign-in", "target-not-connected"), 1):
        local = 5431 + number
        failed = view(f"t{number}", f"db:{local}", "bastion-1", local, TunnelState.FAILED, world.now, topic=topic)
        world.tunnels.put(failed)
    async with running(world) as pilot:
        await until(lambda: "signed out" in screen_text(pilot.app))
        await pilot.press(key)
        await until(lambda: "L Sign in" in screen_text(pilot.app))
        await pilot.press("L")
        await at(pilot, SignInScreen)
        world.aws.failing.clear()
        world.book.sign_ins.last.become(DONE)
        await until(lambda: world.tunnels.calls == ["restart t1"])
        await until(lambda: "L Sign in" not in screen_text(pilot.app))


async def test_from_a_form_which_keeps_what_was_typed() -> None:
    world = PlaceWorld(aws=story_aws())
    async with running(world) as pilot:
        await pilot.press("d")
        await at(pilot, DocumentScreen)
        await pilot.press(*"tail", "enter", *"/etc/passwd")
        signed_out(world.aws)
        nodes_screen(pilot.app).action_refresh_nodes()
        await until(nodes_screen(pilot.app)._fleet.problems)
        await pilot.press("ctrl+l")
        await at(pilot, SignInScreen)
        world.aws.failing.clear()
        world.book.sign_ins.last.become(DONE)
        await at(pilot, DocumentScreen)
        assert "/etc/passwd" in screen_text(pilot.app)
