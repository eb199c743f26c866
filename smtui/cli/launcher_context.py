"""Makes, prepares and ends the launcher of a subcommand, and turns its failures into sentences."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from smtui.cli.logfile import start_log
from smtui.cli.options import filter_complaint
from smtui.cli.output import FAILED, problem, progress

if TYPE_CHECKING:
    from smtui.cli.places.code_prompt import CodePrompt
    from smtui.domain.query.node_query import NodeQuery
    from smtui.engine.fleet import Fleet
    from smtui.engine.launcher import Launcher
    from smtui.run_options import RunOptions

_LOOK_SECONDS = 1.0


@asynccontextmanager
async def prepared(options: RunOptions) -> AsyncIterator[Launcher]:
    """A launcher that is ready; raises `click.ClickException` (status 1, a sentence) if it cannot be made ready.

    SIGTERM, SIGHUP and Ctrl-C cancel the command; sessions under way are ended, or reported, first. A command that
    leaves a session open does not exit with status 0.
    """
    from smtui.domain.fault import AwsCallFailed
    from smtui.engine.launcher_parts import PreparationFailed
    from smtui.wiring import wired

    start_log(options.log_file)
    if options.named_regions:
        _hint_at_regions(options.named_regions)
    async with wired(options, problem) as launcher:
        async with cancelled_by_signals(launcher.hurry, launcher.settle):
            try:
                await launcher.prepare()
                prompt = _code_prompt(launcher)
                if options.wants_every_region:
                    await _choose_every_region(launcher, options)
                reporting = asyncio.create_task(_report_mute_calls(launcher.fleet, prompt))
                try:
                    yield launcher
                finally:
                    reporting.cancel()
                    await asyncio.wait([reporting])
            except PreparationFailed as failed:
                raise click.ClickException(str(failed)) from failed
            except AwsCallFailed as failed:
                from smtui.topics.next_step import after_fault

                raise click.ClickException(f"{failed.fault.sentence()} {after_fault(failed.fault)}") from failed
        if launcher.left_open():
            raise click.exceptions.Exit(FAILED)


@asynccontextmanager
async def cancelled_by_signals(hurry: Callable[[], None], settle: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Cancel the command on SIGTERM, SIGHUP and Ctrl-C, and exit as a shell expects; await `settle`, whatever ends it.

    A second Ctrl-C calls `hurry`.
    """
    from smtui.engine.shutdown import shut_down_on_signals

    doing, settled = asyncio.current_task(), asyncio.Event()

    async def stop() -> None:
        if doing is not None:
            doing.cancel()
        await settled.wait()

    with shut_down_on_signals(stop, hurry) as ending:
        try:
            yield
        except asyncio.CancelledError:
            if ending.signal:
                raise click.exceptions.Exit(ending.exit_status) from None
            raise
        finally:
            await settle()
            settled.set()


def _hint_at_regions(regions: Sequence[str]) -> None:
    """Names the nearest Region for one that botocore does not know. It may be new, or private: it is used all the same.

    A Region that differs from a known one by its number alone is rather new than misspelled.
    """
    from smtui.cli.upkeep.last_words import installed_regions
    from smtui.domain.query.near_words import near_word

    known = [name for name, _ in installed_regions()]
    for region in regions:
        near = near_word(region, known) if known and region not in known else ""
        if near and near.rstrip("0123456789") != region.rstrip("0123456789"):
            problem(f"--region {region}: botocore knows no such Region. Did you mean {near!r}?")


async def node_query(launcher: Launcher, text: str) -> NodeQuery:
    """Parse --filter, with the user's saved filters; raises `click.UsageError`, which names the mistakes."""
    from smtui.domain.query.node_query import NodeQuery

    filters = launcher.place_book.filters
    if "@" in text:
        await filters.load()
    query = NodeQuery.parse_whole(text, filters.now.saved)
    if query.mistakes:
        raise click.UsageError(filter_complaint(query))
    return query


def no_match(fleet: Fleet, query: NodeQuery) -> str:
    """Say that no node matches, which term has none, and what is near it."""
    from smtui.domain.node_search import haystack
    from smtui.domain.query.misses import find_miss
    from smtui.domain.readiness import readiness

    now = fleet.clock()
    miss = find_miss(query, (haystack(node, readiness(node, now)) for node in fleet.nodes()))
    if miss is None:
        return "no node matches."
    return f"no node matches. None has {miss.term}{f'; {miss.near} does match' if miss.near else ''}."


def _code_prompt(launcher: Launcher) -> CodePrompt | None:
    """What asks for MFA codes from now on; None where nobody can be asked."""
    from smtui.cli.places.code_prompt import CodePrompt, can_ask_for_codes

    if not can_ask_for_codes():
        return None
    prompt = CodePrompt(launcher.fleet, launcher.off_loop)
    launcher.place_book.codes.answer_with(prompt.ask)
    return prompt


async def _choose_every_region(launcher: Launcher, options: RunOptions) -> None:
    from smtui.places.every_region import every_region

    found = await every_region(launcher.place_book.catalog, options.profiles, options.named_regions)
    launcher.fleet.choose(found.places, read=False)
    for sentence in found.problems:
        problem(sentence)


async def _report_mute_calls(fleet: Fleet, prompt: CodePrompt | None = None) -> None:
    """Reports calls without an answer during a refresh: with a counter on a terminal, once in a script.

    A question on the terminal is not written over.
    """
    on_terminal, reported, shown = sys.stderr.isatty(), False, False
    try:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if prompt is not None and prompt.is_open:
                shown = False  # the question stands in a line of its own
                continue
            pending = fleet.pending()
            if on_terminal and (pending or shown):
                progress(pending[0].sentence(fleet.clock()) if pending else "")
                shown = bool(pending)
            elif pending and not reported:
                problem(pending[0].sentence(fleet.clock()))
                reported = True
    finally:
        if shown:
            progress("")
