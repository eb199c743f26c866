"""The AWS CLI's sign-in has the terminal: what the user is told of it, and that it ends with smtui."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext

import pytest

from smtui.domain.outcome import PluginRun
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.engine.protocols import TerminalRefused
from smtui.plugin.handoff import PluginNotStarted
from tests.engine.fakes import FakeAws, FakePlaces, FakePlugins, FakeRunning
from tests.engine.launcher_parts import launcher_over
from tests.waiting import until

ARGV = ("aws", "sso", "login", "--profile", "ops")
LINE = "aws sso login --profile ops"


def launcher(plugins: FakePlugins) -> Launcher:
    off_loop = OffLoop()
    return launcher_over(Fleet(FakePlaces(FakeAws()), [Place("ops")], off_loop), plugins, off_loop)


async def told(plugins: FakePlugins) -> str:
    return await launcher(plugins).sign_in(ARGV, nullcontext)


async def test_a_sign_in_that_went_well_says_nothing() -> None:
    plugins = FakePlugins(FakeRunning(PluginRun(exit_status=0, tail="Successfully logged in")))
    assert await told(plugins) == ""
    assert plugins.programs == [ARGV]


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (
            PluginRun(exit_status=255, tail="Attempting …\n\nThe SSO session acme does not exist\n"),
            f"{LINE} did not sign you in (status 255): The SSO session acme does not exist",
        ),
        (
            PluginRun(exit_status=2, tail="usage: aws\naws: error: argument operation: Invalid choice\n\nhelp\n"),
            f"{LINE} did not sign you in (status 2): aws: error: argument operation: Invalid choice",
        ),
        (PluginRun(signal=9), f"{LINE} did not sign you in (signal 9)."),
        (PluginRun(exit_status=130, left=True), f"You left {LINE} before it was done."),
        (PluginRun(signal=15, escaped=True), f"You left {LINE} before it was done."),
    ],
)
async def test_what_went_wrong_is_reported(run: PluginRun, sentence: str) -> None:
    assert await told(FakePlugins(FakeRunning(run))) == sentence


async def test_without_the_aws_cli_the_command_is_named() -> None:
    assert (
        await told(FakePlugins(error=FileNotFoundError()))
        == f"The AWS CLI is not on PATH. On a machine that has it, run: {LINE}"
    )


async def test_a_program_that_cannot_be_started_is_named() -> None:
    assert "aws could not be started: " in await told(FakePlugins(error=PermissionError(13, "Permission denied")))


async def test_a_program_whose_process_does_not_start_is_named() -> None:
    """What the hand-over raises is not an OSError."""
    plugins = FakePlugins(error=PluginNotStarted("/usr/bin/aws: Exec format error"))
    assert await told(plugins) == "aws could not be started: /usr/bin/aws: Exec format error."


async def test_it_ends_with_smtui() -> None:
    running = FakeRunning(waits=True)
    starting = launcher(FakePlugins(running))
    going = asyncio.create_task(starting.sign_in(ARGV, nullcontext))
    await until(lambda: starting.sessions._on_terminal is running)
    starting.stop_sessions()
    assert running.stopped.is_set()
    assert await going == f"You left {LINE} before it was done."
    assert await starting.sign_in(ARGV, nullcontext) == "smtui is about to end."


async def test_without_the_terminal_it_is_ended_again() -> None:
    def refuse() -> AbstractContextManager[None]:
        raise TerminalRefused

    running = FakeRunning()
    assert await launcher(FakePlugins(running)).sign_in(ARGV, refuse) == f"You left {LINE} before it was done."
    assert running.stopped.is_set()
