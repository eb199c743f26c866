"""From a session to a role, driven by keys: browse, use it, or write a profile for it."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.domain.places.choice import Choice
from smtui.domain.places.profile import ProfileList
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.engine.launcher_parts import Setup
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.sign_in.browse_screen import BrowseScreen
from smtui.tui.sign_in.profile_screens import ProfileLinesScreen, SessionForm
from smtui.tui.sign_in.sign_in_screen import SignInScreen
from tests.tui.driving import at, running, table_of
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.sign_in.place_world import ACME, DONE, FakeBook, FakeCatalog, FakeConfig, PlaceWorld, signed_out
from tests.tui.world import nodes_screen, story_aws
from tests.waiting import until

SIGNED_IN = {"stage": SignInState(SignedIn.YES)}


def signed_in(**given: Any) -> PlaceWorld:
    return PlaceWorld(FakeBook(catalog=FakeCatalog(states=SIGNED_IN)), aws=story_aws(), **given)


async def browsing(pilot: Pilot[Any]) -> None:
    screen = nodes_screen(pilot.app)
    screen.work(screen._desk.browse_accounts(ACME), "sign-in")
    await at(pilot, BrowseScreen)
    await until(lambda: len(table_of(pilot).rows) == 3)
    await pilot.pause()


async def on_a_role(pilot: Pilot[Any]) -> None:
    await browsing(pilot)
    await pilot.press("G", "enter")
    await until(lambda: len(table_of(pilot).rows) == 5)
    await pilot.press("G")


async def test_roles_are_read_when_an_account_is_opened_and_a_denial_is_shown() -> None:
    world = signed_in()
    async with running(world) as pilot:
        await browsing(pilot)
        assert world.book.browser.asked == ["forget"]
        await pilot.press("enter")
        await until(lambda: "not seen: sso:ListAccountRoles was denied" in screen_text(pilot.app))
        await pilot.press("/", *"prod", "enter")
        await until(lambda: "1 of 3 accounts" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(lambda: "ReadOnly" in screen_text(pilot.app))
        assert world.book.browser.asked == ["forget", "777788889999", "111122223333"]


async def test_a_role_is_used_without_a_profile() -> None:
    world = signed_in()
    async with running(world) as pilot:
        await on_a_role(pilot)
        assert "enter Use it" in screen_text(pilot.app)
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        name = "acme/444455556666/OpsEngineer"
        await until(lambda: nodes_screen(pilot.app)._fleet.places == (Place(name, "eu-west-1"),))
        await until(lambda: world.book.catalog.remembered == [Choice((name,), ("eu-west-1",))])


async def test_the_lines_are_shown_before_they_are_written() -> None:
    world = signed_in()
    async with running(world) as pilot:
        await on_a_role(pilot)
        await pilot.press("k", "w")
        await at(pilot, ProfileLinesScreen)
        await until(lambda: "[profile stage-AdministratorAccess]" in sheet_text(pilot.app))
        await pilot.press("ctrl+u", *"stage", "ctrl+s")
        await until(lambda: "There is a profile stage already" in sheet_text(pilot.app))
        assert not world.book.config.written
        await pilot.press(*"-2")
        await until(lambda: "[profile stage-2]" in sheet_text(pilot.app))
        await pilot.press("ctrl+s")
        await at(pilot, NodesScreen)
        (lines,) = world.book.config.written
        assert lines.wanted.name == "stage-2"
        assert "sso_role_name = AdministratorAccess" in lines.lines
        assert any("config.before-smtui" in sentence for sentence in told(pilot.app))


async def test_what_cannot_be_written_says_so_and_the_form_stays() -> None:
    world = signed_in()
    world.book.config = FakeConfig(refused="Nothing was written: the file has changed.")
    async with running(world) as pilot:
        await on_a_role(pilot)
        await pilot.press("w")
        await at(pilot, ProfileLinesScreen)
        await until(lambda: "[profile stage-OpsEngineer]" in sheet_text(pilot.app))
        await pilot.press("ctrl+s")
        await until(lambda: "✕ Nothing was written" in sheet_text(pilot.app))
        await pilot.press("escape")
        await at(pilot, BrowseScreen)
        assert table_of(pilot).current == "444455556666/OpsEngineer", "it is as it was left"


async def test_read_only_offers_no_writing() -> None:
    world = signed_in()
    world.launcher_arguments["setup"] = Setup(read_only=True)
    async with running(world) as pilot:
        await on_a_role(pilot)
        assert "Write a profile" not in screen_text(pilot.app)
        await pilot.press("w")
        await pilot.pause()
        assert isinstance(pilot.app.screen, BrowseScreen)


async def test_without_any_configuration_a_profile_comes_of_the_sign_in() -> None:
    catalog = FakeCatalog(ProfileList(()))
    world = PlaceWorld(FakeBook(catalog=catalog), profile="", aws=signed_out(story_aws(), FaultKind.NO_CREDENTIALS))
    async with running(world) as pilot:
        await until(lambda: "signed out" in screen_text(pilot.app))
        await pilot.press("L")
        await at(pilot, SessionForm)
        await pilot.press(*"acme", "ctrl+s")
        await until(lambda: "begins with https" in sheet_text(pilot.app))
        await pilot.press("ctrl+u", *ACME.start_url, "enter", "enter", *"acme", "enter")
        await at(pilot, SignInScreen)
        world.aws.failing.clear()
        world.book.sign_ins.last.become(DONE)
        await at(pilot, BrowseScreen)
        await until(lambda: len(table_of(pilot).rows) == 3)
        await pilot.press("G", "enter")
        await until(lambda: len(table_of(pilot).rows) == 5)
        await pilot.press("G")
        assert "enter Write a profile" in screen_text(pilot.app), "its session is in no file: it needs a profile"
        await pilot.press("enter")
        await at(pilot, ProfileLinesScreen)
        await until(lambda: "[profile stage-OpsEngineer]" in sheet_text(pilot.app))
        await pilot.press("ctrl+s")
        await at(pilot, NodesScreen)
        await until(lambda: nodes_screen(pilot.app)._fleet.places == (Place("stage-OpsEngineer", "eu-west-1"),))
