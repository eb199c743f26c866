"""The organisation's nodes in the list: shown when asked for, said in the header, not entered without a way in."""

from __future__ import annotations

from smtui.domain.places.organisation_facts import OrganisationFacts
from tests.engine.fakes import NOW
from tests.tui.driving import running
from tests.tui.looking import screen_text, told
from tests.tui.world import World, nodes_screen, settled
from tests.waiting import until

FAR = OrganisationFacts("mi-0000000000000000f", "999900001111", "eu-west-1", NOW, name="azure-web-1")


async def test_they_come_and_go_by_one_command_and_without_a_way_in_nothing_starts() -> None:
    world = World()
    world.aws.organisation = [[FAR]]
    async with running(world) as pilot:
        screen = nodes_screen(pilot.app)
        before = len(screen._rows)
        screen.action_organisation()
        await until(lambda: len(screen._rows) == before + 1)
        await until(lambda: "1 node in 1 account" in " ".join(told(pilot.app)))
        assert "and the organisation" in screen_text(pilot.app).splitlines()[0]
        await pilot.press("/", *"azure", "enter")
        await settled(pilot)
        await pilot.press("enter")
        await until(
            lambda: any("No profile of yours leads to account 999900001111" in each for each in told(pilot.app))
        )
        assert world.handover.times == 0
        screen.action_organisation()
        await until(lambda: len(screen._rows) == before)
        assert "and the organisation" not in screen_text(pilot.app).splitlines()[0]
