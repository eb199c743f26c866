"""A launcher for one subcommand: made, prepared, ended; its failures as sentences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from smtui.cli.logfile import start_log
from smtui.cli.say import problem
from smtui.settings import Settings

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher


@asynccontextmanager
async def prepared(settings: Settings) -> AsyncIterator[Launcher]:
    """Raises `click.ClickException` (status 1, a sentence) where there is nothing to work with.

    SIGTERM, SIGHUP and Ctrl-C cancel what is being done; sessions under way are ended, or told of, first.
    """
    from smtui.domain.fault import AwsCallFailed
    from smtui.engine.endings import ended_by_signals
    from smtui.engine.launcher import PreparationFailed
    from smtui.wiring import wired

    start_log(settings.log_file)
    doing, settled = asyncio.current_task(), asyncio.Event()

    async def stop() -> None:
        if doing is not None:
            doing.cancel()
        await settled.wait()

    async with wired(settings, problem) as launcher:
        with ended_by_signals(stop, launcher.hurry) as ending:
            try:
                await launcher.prepare()
                yield launcher
            except PreparationFailed as failed:
                raise click.ClickException(str(failed)) from failed
            except AwsCallFailed as failed:
                raise click.ClickException(f"{failed.fault.sentence()} {failed.fault.next_step()}") from failed
            except asyncio.CancelledError:
                if ending.signal:
                    raise click.exceptions.Exit(ending.exit_status) from None
                raise
            finally:
                await launcher.settle()
                settled.set()
