"""Questions for MFA codes on whatever screen is up, from threads as AWS's calls ask them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.places.mfa_question import MfaQuestion, NoMfaCode
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.sign_in.mfa_screen import MfaScreen, above_code, below_code
from tests.engine.fakes import NOW
from tests.tui.driving import at, running
from tests.tui.looking import sheet_text
from tests.tui.sign_in.place_world import PlaceWorld
from tests.tui.world import nodes_screen, story_aws
from tests.waiting import until

QUESTION = MfaQuestion(
    "audit", "arn:aws:iam::111122223333:mfa/maria", "arn:aws:iam::777788889999:role/SecurityAudit", 3600
)


async def asked(pilot: Pilot[Any], world: PlaceWorld, *, refused: bool = False) -> asyncio.Future[str]:
    app: Any = pilot.app
    await until(lambda: app._features._watch is not None)
    return asyncio.ensure_future(
        nodes_screen(app)._launcher.off_loop.call(lambda: world.book.codes.code_for(QUESTION, refused=refused))
    )


async def test_a_code_is_typed_and_a_refused_one_asks_again() -> None:
    world = PlaceWorld(aws=story_aws())
    async with running(world) as pilot:
        answer = await asked(pilot, world)
        await at(pilot, MfaScreen)
        assert "It lasts 1 h and is kept where the AWS CLI keeps its own." in sheet_text(pilot.app)
        await pilot.press(*"12a3q", "enter")
        await until(lambda: "An MFA code has six digits." in sheet_text(pilot.app))
        await pilot.press(*" 456", "enter")
        assert await answer == "123456"
        await at(pilot, NodesScreen)
        again = await asked(pilot, world, refused=True)
        await at(pilot, MfaScreen)
        assert "✕ The last code was refused" in sheet_text(pilot.app)
        await pilot.press("escape")
        with pytest.raises(NoMfaCode):
            await again
        await at(pilot, NodesScreen)


async def test_while_a_session_has_the_terminal_the_question_waits() -> None:
    world = PlaceWorld(aws=story_aws())
    async with running(world) as pilot:
        world.handover.lent = True
        answer = await asked(pilot, world)
        await until(world.book.codes._turn.locked)
        assert isinstance(pilot.app.screen, NodesScreen)
        world.now += timedelta(minutes=3)
        world.handover.lent = False
        pilot.app.app_resume_signal.publish(pilot.app)
        await at(pilot, MfaScreen)
        assert "It was asked 3 min ago, while a session had the terminal." in sheet_text(pilot.app)
        await pilot.press(*"654321", "enter")
        assert await answer == "654321"


def test_the_page_says_when_the_next_code_comes() -> None:
    used = MfaQuestion("audit", "GAHT12345678", trouble="That code was already used.", next_code_at=NOW)
    assert "Next in 14 s." in below_code(66, used, NOW - timedelta(seconds=14)).text()
    assert "Next in" not in below_code(66, used, NOW).text()
    assert above_code(66, used, NOW, NOW).text() == "GAHT12345678"
