"""The form and the progress of a transfer, with a shell of this machine at the far end."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtui.engine.jobs import JobState
from smtui.transfers.copy_job import CopyJob
from smtui.tui.transfer.transfer_form import TransferTexts
from smtui.tui.transfer.transfer_form_screen import TransferFormScreen
from smtui.tui.transfer.transfer_screen import TransferScreen
from tests.tui.driving import running
from tests.tui.looking import screen_text
from tests.tui.transfer.transfer_worlds import ShellWorld, copy_failed, copying
from tests.tui.world import World, looked_at, nodes_screen, settled, used
from tests.waiting import until


@pytest.fixture(autouse=True)
def _no_slow_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.transfers.far_shell.QUIET_SECONDS", 0.1)


@pytest.fixture
def world(tmp_path: Path) -> ShellWorld:
    (tmp_path / "far").mkdir()
    (tmp_path / "near").write_bytes(b"content")
    return ShellWorld(far=tmp_path / "far")


async def test_an_upload_from_the_list(world: ShellWorld, tmp_path: Path) -> None:
    async with running(world, (100, 30)) as pilot:
        await pilot.press("u")
        await settled(pilot)
        assert isinstance(pilot.app.screen, TransferFormScreen)
        assert "Transfer files · db-1" in screen_text(pilot.app)
        pilot.app.screen.fields[0].text = str(tmp_path / "near")
        pilot.app.screen.fields[1].text = "copy"
        await settled(pilot)
        assert "7 B · hashes are compared at the end" in screen_text(pilot.app)
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(pilot.app.screen, TransferScreen))
        [job] = nodes_screen(pilot.app)._launcher.jobs.all
        assert len(used(pilot.app)) == 1
        await until(lambda: job.view(world.now).state.over)
        assert isinstance(job, CopyJob)
        assert job.state is JobState.DONE, job.words()
        await until(lambda: "same SHA-256 on both sides" in screen_text(pilot.app), lambda: screen_text(pilot.app))
        await pilot.press("escape")
    assert (world.far / "copy").read_bytes() == b"content"


async def test_a_download_keeps_what_was_typed_for_the_next_time(world: ShellWorld, tmp_path: Path) -> None:
    (world.far / "log").write_text("lines")
    async with running(world, (100, 30)) as pilot:
        await pilot.press("u", "up", "space", "tab", *"log", "enter")
        form = pilot.app.screen
        assert isinstance(form, TransferFormScreen)
        form.fields[1].text = str(tmp_path / "fetched")
        await pilot.press("ctrl+s")
        await until((tmp_path / "fetched").exists)
        await until(lambda: "✓" in screen_text(pilot.app))
        await pilot.press("escape", "u")
        await settled(pilot)
        again = pilot.app.screen
        assert isinstance(again, TransferFormScreen)
        assert again.typed == TransferTexts(False, "log", str(tmp_path / "fetched"))
    assert (tmp_path / "fetched").read_text() == "lines"


async def test_escape_leaves_it_running_and_x_stops_it() -> None:
    world = copying()
    async with running(world, (100, 30)) as pilot:
        await looked_at(pilot, world)
        launcher = nodes_screen(pilot.app)._launcher
        await pilot.press("2", "enter")
        await until(lambda: isinstance(pilot.app.screen, TransferScreen))
        await until(lambda: "124 of 200 MB" in screen_text(pilot.app))
        assert "went on at 80 MB after a cut" in screen_text(pilot.app)
        await pilot.press("escape")
        await settled(pilot)
        assert len(launcher.active_jobs) == 1
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, TransferScreen))
        await pilot.press("x")
        await until(lambda: not launcher.active_jobs)
        await until(lambda: "stopped at 124 of 200 MB" in screen_text(pilot.app))


async def test_a_failure_says_what_to_do() -> None:
    world = copy_failed()
    async with running(world, (100, 30)) as pilot:
        await looked_at(pilot, world)
        await pilot.press("2", "enter")
        await until(lambda: "No room on web-1" in screen_text(pilot.app))
        assert "r goes on where it stopped" in screen_text(pilot.app)


@pytest.mark.parametrize("key", ["ctrl+s", "ctrl+y"])
async def test_what_is_missing_or_wrong_is_marked(world: ShellWorld, key: str) -> None:
    async with running(world, (80, 24)) as pilot:
        await pilot.press("u", key)
        await settled(pilot)
        assert "Name the file or folder to copy." in screen_text(pilot.app)
        await pilot.press("tab", *"~ana/x")
        await settled(pilot)
        assert "Only ~/ is understood on the node" in screen_text(pilot.app)
        await pilot.press(key)
        assert isinstance(pilot.app.screen, TransferFormScreen)
        assert pilot.app.clipboard == ""


def test_the_equal_command() -> None:
    place = ["--profile", "ops"]
    assert TransferTexts(True, "a:b", "/tmp", True).command("i-0", place) == (
        "smtui cp -r -p --profile ops -- ./a:b i-0:/tmp"
    )
    assert TransferTexts(False, "my log", "").command("i-0", []) == "smtui cp -r -- 'i-0:my log' ."


async def test_read_only_copies_nothing() -> None:
    from smtui.engine.launcher_parts import Setup

    world = World(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world, (100, 30)) as pilot:
        await pilot.press("u")
        await settled(pilot)
        assert "read-only" in screen_text(pilot.app)
