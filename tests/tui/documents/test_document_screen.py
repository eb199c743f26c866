"""`d`: any document, its form, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.document import DocumentSide, DocumentSummary
from smtui.domain.fault import FaultKind
from smtui.domain.forward import Destination
from smtui.domain.request import SessionRequest
from smtui.engine.launcher_parts import Setup
from smtui.tui.documents.document_screen import DocumentScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.field import Field
from tests.engine.fakes import fault
from tests.tui.documents.story import content
from tests.tui.looking import sheet_text, told
from tests.tui.troubleshoot.fake_examinations import Script
from tests.tui.world import World, settled
from tests.waiting import until


@asynccontextmanager
async def form(world: World, *keys: str, size: tuple[int, int] = (140, 45)) -> AsyncIterator[Pilot[Any]]:
    """The form of the document that these keys lead to."""
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("d")
        await until(lambda: isinstance(app.screen, DocumentScreen) and app.screen._read)
        await pilot.press(*keys)
        await read(pilot)
        yield pilot


def shown(pilot: Pilot[Any]) -> DocumentScreen:
    assert isinstance(pilot.app.screen, DocumentScreen)
    return pilot.app.screen


async def read(pilot: Pilot[Any]) -> None:
    """Wait until the form is that of the document under the cursor."""
    screen = shown(pilot)

    def is_there() -> bool:
        busy = any(worker.is_running and worker.group == "document" for worker in pilot.app.workers)
        return not busy and (not screen.table.current or bool(screen.about.render()))

    await pilot.pause()
    await until(is_there)
    await pilot.pause()


def asked_for(world: World, monkeypatch: pytest.MonkeyPatch) -> list[SessionRequest]:
    """Every session that is started from now on."""
    requests: list[SessionRequest] = []
    start = world.aws.start_session

    def note(request: SessionRequest) -> Any:
        requests.append(request)
        return start(request)

    monkeypatch.setattr(world.aws, "start_session", note)
    return requests


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_a_document_is_filled_in_and_started(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    requests = asked_for(world, monkeypatch)
    async with form(world, *"tail", "enter", size=size) as pilot:
        await pilot.press(*"/var/log/syslog", "enter", *"100", "enter", *"INC-1")
        assert "--document-name Acme-TailLog --parameters" in sheet_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: requests)
        await until(lambda: isinstance(pilot.app.screen, NodesScreen) and not world.handover.lent)
        (request,) = requests
        assert request.document_name == "Acme-TailLog"
        assert request.parameters == {"logpath": ("/var/log/syslog",), "lines": ("100",)}
        assert request.reason == "INC-1"
        assert world.handover.paused == []


async def test_the_accounts_own_shell_takes_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    requests = asked_for(world, monkeypatch)
    async with form(world, *"runshell", "enter") as pilot:
        await pilot.press(*"INC-7", "enter")
        await until(lambda: requests)
        await until(lambda: isinstance(pilot.app.screen, NodesScreen) and not world.handover.lent)
    (request,) = requests
    assert (request.document_name, request.reason) == ("SSM-SessionManagerRunShell", "INC-7")


async def test_a_command_pauses_at_its_end_with_what_is_known_of_its_status(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    asked_for(world, monkeypatch)
    async with form(world, *"restart", "enter") as pilot:
        await pilot.press(*"nginx", "ctrl+s")
        await until(lambda: world.handover.paused)
        assert world.handover.paused[0].startswith("The command on db-1 ended")
        await until(lambda: any("does not report the command's exit status" in note for note in told(pilot.app)))


async def test_the_document_of_the_form_is_the_one_that_is_examined_when_it_fails() -> None:
    script = Script()
    world = World(script=script)
    world.aws.failing["ssm:StartSession"] = fault("ssm:StartSession")
    async with form(world, *"restart", "enter") as pilot:
        await pilot.press(*"nginx", "ctrl+s")
        await until(lambda: script.examined)
        assert script.examined[-1].document == "Acme-Restart"


@pytest.mark.parametrize(
    ("document", "typed", "words"),
    [
        ("tail", "/etc/passwd", "✕ must match ^/var/log/"),
        ("restart", "cron", "✕ must be one of nginx, sshd"),
        ("portforwardingsession", "0x", "✕ must match"),
    ],
)
async def test_a_forbidden_value_is_complained_about_as_it_is_typed(document: str, typed: str, words: str) -> None:
    async with form(World(), *document, "enter") as pilot:
        await pilot.press(*typed)
        await pilot.pause()
        assert words in sheet_text(pilot.app)


async def test_what_is_missing_is_named_at_the_start_and_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    requests = asked_for(world, monkeypatch)
    async with form(world, *"restart", "enter") as pilot:
        assert "is required" not in sheet_text(pilot.app)
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "✕ is required." in sheet_text(pilot.app)
        assert not requests


async def test_a_port_document_becomes_a_tunnel() -> None:
    world = World()
    async with form(world, *"toremote", "enter") as pilot:
        await pilot.press(*"db.internal", "enter", *"5432", "ctrl+s")
        await until(lambda: isinstance(pilot.app.screen, NodesScreen))
        assert world.tunnels.views()[0].forward.destination == Destination(5432, "db.internal")
        assert world.handover.times == 0


async def test_the_document_for_ssh_says_how_it_is_used() -> None:
    world = World()
    async with form(world, *"ssh", "enter") as pilot:
        await pilot.press("ctrl+s")
        await until(lambda: "ssh-proxy" in sheet_text(pilot.app))
        assert not world.tunnels.views()


async def test_what_was_entered_is_offered_again_and_the_document_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    asked_for(world, monkeypatch)
    async with form(world, *"restart", "enter") as pilot:
        await pilot.press(*"nginx", "down", *"hush", "ctrl+s")
        await until(lambda: world.handover.paused)
        await until(lambda: isinstance(pilot.app.screen, NodesScreen))
        await pilot.press("d")
        await until(lambda: isinstance(pilot.app.screen, DocumentScreen) and pilot.app.screen._read)
        await read(pilot)
        assert shown(pilot).table.current == "Acme-Restart"
        assert shown(pilot).texts()["service"] == "nginx"
        assert shown(pilot).texts()["apiToken"] == ""


async def test_the_title_line_says_what_was_read_of_the_document_and_of_the_preferences() -> None:
    world = World()
    shell = next(summary for summary in world.aws.documents if summary.name == "SSM-SessionManagerRunShell")
    text = content("Standard_Stream", "")
    world.aws.documents[shell] = text.replace('"parameters"', '"inputs": {"s3BucketName": "b"}, "x"')
    async with form(world, *"tail", "enter") as pilot:
        text = sheet_text(pilot.app)
        assert "Acme-TailLog · version 3 · owner 111122223333 · logged to S3" in text
        assert "user – the account's preferences decide (run-as is off)" in text


async def test_broken_documents_are_listed_with_their_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    requests = asked_for(world, monkeypatch)
    async with form(world, *"broken") as pilot:
        assert "Its content is not JSON." in sheet_text(pilot.app)
        await pilot.press("enter", "ctrl+s")
        await pilot.pause()
        assert not requests
        assert isinstance(pilot.app.screen, DocumentScreen)


async def test_a_broken_document_is_not_chosen_for_the_user() -> None:
    async with form(World()) as pilot:
        assert shown(pilot).table.rows[0].key == "Acme-Broken", "else this test tells nothing"
        assert shown(pilot).table.current == "Acme-Restart"
        await pilot.press(*"acme")
        await read(pilot)
        assert shown(pilot).table.current == "Acme-Restart"
        await pilot.press("up")
        await read(pilot)
        assert shown(pilot).table.current == "Acme-Broken", "who wants to see why it is broken can"


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_where_there_is_little_room_the_list_comes_first_and_enter_goes_to_the_form(
    size: tuple[int, int],
) -> None:
    async with form(World(), *"tail", size=size) as pilot:
        box = pilot.app.screen.query_one("#sheet").region
        assert "Acme-TailLog" in sheet_text(pilot.app)
        assert "logpath" not in sheet_text(pilot.app)
        await pilot.press("enter")
        await pilot.pause()
        assert shown(pilot).focused_field == 0
        assert "logpath" in sheet_text(pilot.app)
        assert "aws ssm start-session --target" in sheet_text(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert shown(pilot).filter.has_focus
        assert "logpath" not in sheet_text(pilot.app)
        assert pilot.app.screen.query_one("#sheet").region == box


async def test_a_denied_list_is_told_of() -> None:
    world = World()
    world.aws.failing["ssm:ListDocuments"] = fault("ssm:ListDocuments", FaultKind.DENIED)
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("d")
        await until(lambda: isinstance(app.screen, DocumentScreen) and "was denied" in sheet_text(app))


async def test_escape_goes_from_form_to_filter_to_list() -> None:
    async with form(World(), *"tail", "enter") as pilot:
        await pilot.press(*"q", "escape")
        assert shown(pilot).filter.has_focus
        await pilot.press("escape")
        assert shown(pilot).filter.value == ""
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, NodesScreen))


async def test_read_only_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(launcher_arguments={"setup": Setup(read_only=True)})
    requests = asked_for(world, monkeypatch)
    async with form(world, *"interactivecommand", "enter") as pilot:
        await pilot.press(*"top", "ctrl+s")
        await until(lambda: "read-only" in sheet_text(pilot.app))
        assert not requests


async def test_hostile_documents_are_harmless() -> None:
    world = World()
    name = "[red]x[/] \x1b[31m"
    world.aws.documents = {
        DocumentSummary(name, "[/]", DocumentSide.SELF): (
            '{"schemaVersion": "1.0", "sessionType": "InteractiveCommands", "description": "[/b] \\u001b[2J",'
            ' "parameters": {"[/]": {"type": "String", "description": "[/]", "default": "[/]\\n"}}}'
        )
    }
    async with form(world, "enter") as pilot:
        text = sheet_text(pilot.app)
        assert "[red]x[/] ␛[31m" in text
        assert "\x1b" not in text


async def test_a_key_may_come_before_a_new_field_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with form(World()) as pilot:
        screen = shown(pilot)
        new = [Field("portNumber", text="80")]
        monkeypatch.setattr(type(screen), "fields", property(lambda _: new))
        assert screen.focused_field is None
        assert screen.texts() == {"portNumber": "80"}
        screen.complain({"portNumber": "no"})


# A shell of one's own choice -----------------------------------------------------------------------

INTERACTIVE = "AWS-StartInteractiveCommand"


async def test_user_shell_and_folder_become_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    requests = asked_for(world, monkeypatch)
    async with form(world, *"startinteractive", "enter") as pilot:
        assert "or a shell as this user of the node" in sheet_text(pilot.app)
        await pilot.press("enter", *"ana", "enter", *"zsh", "enter", *"srv")
        await until(lambda: "'srv' is not absolute" in sheet_text(pilot.app))
        await pilot.press(*["backspace"] * 3, *"/srv", "ctrl+s")
        await until(lambda: requests)
    [request] = requests
    command = "exec sudo -u ana -H -- sh -c 'cd -- /srv && exec zsh -l'"
    assert (request.document_name, request.parameters) == (INTERACTIVE, {"command": (command,)})


async def test_a_command_and_a_choice_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    requests = asked_for(world, monkeypatch)
    async with form(world, *"startinteractive", "enter", *"top", "enter", *"ana", "ctrl+s") as pilot:
        await until(lambda: "leave one of them empty" in sheet_text(pilot.app))
    assert requests == []


async def test_other_documents_have_no_such_fields() -> None:
    async with form(World(), *"noninteractive", "enter") as pilot:
        assert "or a shell as this user" not in sheet_text(pilot.app)
