"""`enter` starts the shell that the settings want; what cannot start says so and starts nothing else."""

from __future__ import annotations

import pytest

from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.shell_choice import INTERACTIVE
from tests.tui.documents.story import ACCOUNT, content, story_documents
from tests.tui.looking import screen_text
from tests.tui.settings.settings_world import settings_world
from tests.tui.world import World, settled
from tests.waiting import until


def noted(world: World) -> list[SessionRequest]:
    """The requests of StartSession from now on."""
    requests: list[SessionRequest] = []
    start = world.aws.start_session

    def noting(request: SessionRequest) -> StartedSession:
        requests.append(request)
        return start(request)

    world.aws.start_session = noting  # type: ignore[method-assign]
    return requests


async def test_a_shell_of_ones_own() -> None:
    world = settings_world('shell = "/bin/zsh"')
    requests = noted(world)
    async with world.app().run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await until(lambda: bool(world.copied))
        assert "exec /bin/zsh -l" in world.copied[0], "the copied command does the same"
        await pilot.press("enter")
        await until(lambda: world.handover.times == 1 and not world.handover.lent)
        assert [(each.document_name, each.parameters) for each in requests] == [
            (INTERACTIVE, {"command": ("exec /bin/zsh -l",)})
        ]


async def test_a_document_of_ones_own_with_its_defaults() -> None:
    world = settings_world('default_document = "Acme-Shell"')
    own = DocumentSummary("Acme-Shell", ACCOUNT, DocumentSide.SELF)
    world.aws.documents = {**story_documents(), own: content("Standard_Stream", "A shell with rules of its own.")}
    requests = noted(world)
    async with world.app().run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: world.handover.times == 1 and not world.handover.lent)
        assert [each.document_name for each in requests] == ["Acme-Shell"]


@pytest.mark.parametrize(("name", "why"), [("Acme-Gone", ""), ("Acme-TailLog", "lines is required.")])
async def test_a_document_that_cannot_start_by_itself_starts_nothing(name: str, why: str) -> None:
    world = settings_world(f'default_document = "{name}"')
    async with world.app().run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: f"No shell was started by {name}" in screen_text(pilot.app))
        assert why in screen_text(pilot.app)
        assert "ssm:StartSession" not in world.aws.calls
