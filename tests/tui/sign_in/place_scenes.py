"""The dialogs of signing in, each with what leads to its picture."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from textual.pilot import Pilot

from smtui.domain.fault import FaultKind
from smtui.domain.places.mfa_question import MfaQuestion
from smtui.domain.places.profile import ProfileList
from smtui.domain.places.sign_in_progress import SignInProgress
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.tui.sign_in.browse_screen import BrowseScreen
from smtui.tui.sign_in.key_checks import KeyCheck, Keys
from smtui.tui.sign_in.mfa_screen import MfaScreen
from smtui.tui.sign_in.profile_screens import ProfileLinesScreen, SessionForm
from smtui.tui.sign_in.sign_in_screen import SignInScreen
from tests.engine.fakes import NOW
from tests.tui.driving import at, table_of
from tests.tui.looking import screen_text, sheet_text
from tests.tui.sign_in.place_world import (
    ACME,
    BROWSER,
    DONE,
    FAILED,
    FakeBook,
    FakeCatalog,
    FakeSignIns,
    PlaceWorld,
    signed_out,
)
from tests.tui.world import nodes_screen, story_aws
from tests.waiting import until

Lead = Callable[[Pilot[Any], PlaceWorld], Awaitable[None]]


@dataclass(frozen=True)
class PlaceScene:
    """A world, and what leads to the picture."""

    world: Callable[[], PlaceWorld]
    lead: Lead


def beginning(first: SignInProgress = BROWSER, why: str = "") -> PlaceWorld:
    return PlaceWorld(FakeBook(sign_ins=FakeSignIns(first, why)))


def signed_in(**given: Any) -> PlaceWorld:
    states = {"stage": SignInState(SignedIn.YES, NOW + timedelta(minutes=20))}
    return PlaceWorld(FakeBook(catalog=FakeCatalog(states=states)), aws=story_aws(), **given)


def bare() -> PlaceWorld:
    aws = signed_out(story_aws(), FaultKind.NO_CREDENTIALS)
    return PlaceWorld(FakeBook(catalog=FakeCatalog(ProfileList(()))), profile="", aws=aws)


async def to_dialog(pilot: Pilot[Any], _: PlaceWorld) -> None:
    await until(lambda: "signed out" in screen_text(pilot.app))
    await pilot.press("L")
    await at(pilot, SignInScreen)


async def to_keys(pilot: Pilot[Any], world: PlaceWorld) -> None:
    await to_dialog(pilot, world)
    screen: Any = pilot.app.screen
    screen._fetch_keys = partial(keep_open, screen)
    world.book.sign_ins.last.become(DONE)
    await until(lambda: "audit" in sheet_text(pilot.app))


async def keep_open(screen: Any) -> None:
    """Show profiles at every step at once, as no moment has them."""
    lines = (
        KeyCheck("prod-ops", "111122223333 OpsEngineer", Keys.FETCHED),
        KeyCheck("stage", "444455556666 OpsEngineer", Keys.FETCHING),
        KeyCheck("audit", "", Keys.REFUSED, "No access: sso:GetRoleCredentials for SecurityAudit"),
    )
    screen._checks = type("Checks", (), {"lines": lines})()
    screen._changed()


async def to_question(pilot: Pilot[Any], world: PlaceWorld) -> None:
    question = MfaQuestion(
        "audit",
        "arn:aws:iam::111122223333:mfa/maria",
        "arn:aws:iam::777788889999:role/SecurityAudit",
        trouble="The last code was refused: each is good once.",
        next_code_at=NOW + timedelta(seconds=14),
    )
    pilot.app.push_screen(MfaScreen(question, world.now, lambda: world.now))
    await at(pilot, MfaScreen)
    await pilot.press(*"492")


async def to_accounts(pilot: Pilot[Any], _: PlaceWorld) -> None:
    screen = nodes_screen(pilot.app)
    screen.work(screen._desk.browse_accounts(ACME), "sign-in")
    await at(pilot, BrowseScreen)
    await until(lambda: len(table_of(pilot).rows) == 3)
    await pilot.press("enter", "G", "enter")
    await until(lambda: len(table_of(pilot).rows) == 6)
    await pilot.press("G")
    await pilot.pause()


async def to_profile(pilot: Pilot[Any], world: PlaceWorld) -> None:
    await to_accounts(pilot, world)
    await pilot.press("w")
    await at(pilot, ProfileLinesScreen)
    await until(lambda: "[profile stage-OpsEngineer]" in sheet_text(pilot.app))


async def to_session(pilot: Pilot[Any], _: PlaceWorld) -> None:
    await until(lambda: "signed out" in screen_text(pilot.app))
    await pilot.press("L")
    await at(pilot, SessionForm)
    await pilot.press(*"http://acme", "ctrl+s")
    await until(lambda: "begins with https" in sheet_text(pilot.app))


async def nowhere(pilot: Pilot[Any], _: PlaceWorld) -> None:
    await until(lambda: "until" in screen_text(pilot.app))


PLACE_SCENES = {
    "browser": PlaceScene(beginning, to_dialog),
    "code": PlaceScene(partial(beginning, why="You are here over ssh: a browser would open elsewhere."), to_dialog),
    "failed": PlaceScene(partial(beginning, FAILED), to_dialog),
    "keys": PlaceScene(beginning, to_keys),
    "no-browser": PlaceScene(
        partial(beginning, replace(BROWSER, note="No browser could be started here. Open the page yourself.")),
        to_dialog,
    ),
    "mfa": PlaceScene(signed_in, to_question),
    "accounts": PlaceScene(signed_in, to_accounts),
    "profile": PlaceScene(signed_in, to_profile),
    "session": PlaceScene(bare, to_session),
    "ends-soon": PlaceScene(signed_in, nowhere),
}
