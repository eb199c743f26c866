"""Runs `smtui run`: one command on many nodes."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import no_match, node_query, prepared
from smtui.cli.left_behind import end_or_report, is_yes
from smtui.cli.options import FILTER, PLACES, Number, WholeNumber, check_filter, common_options, reason_option, settings
from smtui.cli.output import help_on, name_topics, problem, refuse, say_unseen
from smtui.cli.run_output import RunOutput
from smtui.domain.fault import AwsCallFailed
from smtui.domain.node_search import is_node_id, resolve
from smtui.domain.query.filter_target import matching
from smtui.domain.readiness import Badge, readiness
from smtui.domain.request import READ_ONLY
from smtui.runs.command_words import shown
from smtui.runs.run_maker import RunRefused
from smtui.runs.run_request import (
    LONGEST_TIMEOUT,
    MOST_PARALLEL,
    PARALLEL,
    TIMEOUT,
    OutputBucket,
    RunRequest,
    RunTarget,
    Way,
    distinct,
    targets_of,
)
from smtui.runs.run_words import exit_status, summary, way_sentence

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.runs.runner import Run

FAILED, WRONG_USAGE = 1, 2
_COMMAND = "smtui.run.command"
_LISTED_FIRST = 5
"""Targets from which all nodes are listed once, instead of asking for each."""
_MOST_AT_ONCE_BY_AWS = 1_000


class _CommandBehindDashes(click.Command):
    """Keeps what stands behind `--` as it is: those are the words of the node's command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the words behind the first `--` away."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_COMMAND] = tuple(args[at + 1 :])
        return super().parse_args(ctx, args[:at])

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Show where the command goes."""
        return [*super().collect_usage_pieces(ctx), "-- COMMAND..."]


@click.command("run", cls=_CommandBehindDashes)
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@click.option("--parallel", type=WholeNumber(1), default=None, metavar="N", help="Nodes at once; default: 8.")
@click.option(
    "--timeout",
    type=Number(0, LONGEST_TIMEOUT, min_open=True),
    default=TIMEOUT,
    metavar="S",
    help="Seconds for the command on each node; default: 60.",
)
@click.option("--fail-fast", is_flag=True, help="End the run at the first node that does not exit with 0.")
@click.option("--in-order", is_flag=True, help="Print node after node as given, not whatever comes first.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line and each result.")
@click.option("--yes", is_flag=True, help="Do not ask before running on several nodes.")
@click.option(
    "--by",
    "way",
    type=click.Choice([way.value for way in Way]),
    default=Way.SESSIONS.value,
    help="sessions (default), or AWS's Run Command, which goes on without smtui.",
)
@click.option("--output-s3", default="", metavar="BUCKET[/PREFIX]", help="Where Run Command keeps the whole output.")
@reason_option
@common_options(FILTER, *PLACES)
@click.pass_context
def run_nodes(ctx: click.Context, /, *, targets: tuple[str, ...], reason: str, **options: Any) -> None:
    """Run COMMAND on every TARGET, or on every node that matches --filter.

    Several words after -- are one command with its arguments; a single word is a line for the node's shell (sh, on
    Windows PowerShell). Exits with 0 if the command did on every node, with 3 if no node failed but some did not
    report, else with 1.
    """
    words, filter_text = ctx.meta[_COMMAND], settings(ctx).filter_text
    _check_usage(words, targets, filter_text, options)
    check_filter(filter_text)
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)
    request = _request(words, reason, options)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            await end_or_report(launcher, may_ask=not (options["yes"] or options["as_json"]))
            found = await _targets(launcher, targets, filter_text)
            if isinstance(found, int):
                return found
            return await _run(launcher, replace(request, targets=found), filter_text, options)

    ctx.exit(asyncio.run(run()))


def _check_usage(words: tuple[str, ...], targets: tuple[str, ...], filter_text: str, options: dict[str, Any]) -> None:
    if not words:
        raise click.UsageError("Give the command behind two dashes: smtui run TARGET -- COMMAND.")
    if bool(targets) == bool(filter_text.strip()):
        raise click.UsageError("Give TARGETs or --filter, one of the two: they say on which nodes the command runs.")
    by_run_command = options["way"] == Way.RUN_COMMAND.value
    if options["output_s3"] and not by_run_command:
        raise click.UsageError("--output-s3 goes with --by run-command: sessions bring the whole output themselves.")
    most = _MOST_AT_ONCE_BY_AWS if by_run_command else MOST_PARALLEL
    if (options["parallel"] or 0) > most:
        raise click.BadParameter(f"at most {most} nodes at once.", param_hint="--parallel")
    if sys.platform == "win32" and not by_run_command:
        raise click.UsageError("On Windows smtui runs commands only by Run Command: add --by run-command.")


def _request(words: tuple[str, ...], reason: str, options: dict[str, Any]) -> RunRequest:
    way = Way(options["way"])
    default = PARALLEL if way is Way.SESSIONS else 50
    return RunRequest(
        words,
        (),
        way,
        options["parallel"] or default,
        options["timeout"],
        options["fail_fast"],
        reason,
        OutputBucket.parse(options["output_s3"]) if options["output_s3"] else None,
    )


# The nodes ---------------------------------------------------------------------------------------


async def _targets(launcher: Launcher, targets: tuple[str, ...], filter_text: str) -> tuple[RunTarget, ...] | int:
    """The nodes to run on, each once; or an exit status, if what was asked for cannot be found."""
    from smtui.engine.targets import listed_target

    if filter_text:
        return await _matching(launcher, filter_text)
    if len(targets) >= _LISTED_FIRST:
        await launcher.fleet.refresh()
    nodes: list[Node] = []
    bare: list[RunTarget] = []
    unseen: dict[str, FoundTarget] = {}
    for text in targets:
        known = resolve(text, launcher.fleet.nodes()).nodes
        if len(known) == 1:
            nodes.append(known[0])
            listed_one = listed_target(launcher.fleet, text, known[0])
            unseen.setdefault(listed_one.unseen, listed_one)
            continue
        found = await _found(launcher, text)
        if found.trouble:
            status = refuse(found, demo=launcher.setup.demo)
            if len(found.candidates) > 1:
                problem("smtui run --filter TEXT runs on all that match.")
            return status
        unseen.setdefault(found.unseen, found)
        listed = launcher.fleet.node_at(found.place, found.node_id)
        if listed is not None:
            nodes.append(listed)
        else:
            bare.append(await _bare(launcher, found))
    for found in unseen.values():
        say_unseen(found)
    unique = {(node.place, node.node_id): node for node in nodes}
    others = {(target.place, target.node_id): target for target in bare}
    return distinct((*targets_of(unique.values()), *(each for key, each in others.items() if key not in unique)))


async def _found(launcher: Launcher, text: str) -> FoundTarget:
    from smtui.engine.targets import find_target

    return await find_target(launcher.fleet, launcher.off_loop, text)


async def _bare(launcher: Launcher, found: FoundTarget) -> RunTarget:
    """A node that was found without the list; only Systems Manager knows which shell it has."""
    aws = launcher.fleet.aws(found.place)
    try:
        facts = await launcher.off_loop.call(lambda: aws.managed_node(found.node_id))
    except AwsCallFailed:
        facts = None
    name = facts.name if facts is not None and is_node_id(found.label) and facts.name else found.label
    return RunTarget(found.node_id, found.place, name, facts is not None and facts.platform_type == "Windows")


async def _matching(launcher: Launcher, filter_text: str) -> tuple[RunTarget, ...] | int:
    fleet, query = launcher.fleet, await node_query(launcher, filter_text)
    await fleet.refresh()
    nodes = matching(query, fleet.nodes(), fleet.clock())
    problems = fleet.problems()
    for entry in problems:
        problem(entry.sentence(named=len(fleet.places) > 1))
    name_topics(entry.fault for entry in problems)
    if not nodes:
        problem(no_match(fleet, query))
        return FAILED
    if problems:
        problem("Not every node could be listed, so the command may miss some that match.")
    return targets_of(sorted(nodes, key=lambda node: (node.name.casefold(), node.node_id)))


# The run -----------------------------------------------------------------------------------------


async def _run(launcher: Launcher, request: RunRequest, filter_text: str, options: dict[str, Any]) -> int:
    try:
        run = launcher.new_run(request)
    except RunRefused as refused:
        problem(str(refused))
        return WRONG_USAGE
    if not options["yes"] and (status := await _unconfirmed(launcher, request, by_filter=bool(filter_text))):
        return status
    problem(way_sentence(request, switch="--by run-command"))
    output = RunOutput(run, in_order=options["in_order"], as_json=options["as_json"])
    try:
        await _to_its_end(run)
    finally:
        output.finish()
        for note in run.notes:
            problem(note)
        problem(f"{summary(run.nodes)}.")
    _name_helps(launcher, run)
    return exit_status(run.nodes)


def _name_helps(launcher: Launcher, run: Run) -> None:
    """Name the topic for what kept nodes from starting, each with one of these nodes."""
    examples = {node.topic: node.target for node in reversed(run.nodes) if node.topic}
    for topic, target in examples.items():
        help_on(topic, target.node_id, target.place, demo=launcher.setup.demo)


async def _to_its_end(run: Run) -> None:
    """Wait for the end; Ctrl-C cancels us, and ends all nodes first."""
    going = asyncio.ensure_future(run.run())
    try:
        await asyncio.shield(going)
    except asyncio.CancelledError:
        run.stop()
        problem("ending all that runs …")
        await asyncio.wait([going])
        raise


async def _unconfirmed(launcher: Launcher, request: RunRequest, *, by_filter: bool) -> int:
    """Ask before a command runs on several nodes; returns an exit status unless it may run.

    Where nobody can be asked, nodes that were named are run on; a filter may match more than was meant.
    """
    number = len(request.targets)
    if number < 2:
        return 0
    question = f"Run {shown(request.words)} on {number} nodes, {request.way.words}?"
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        if poor := _not_ready(launcher, request):
            problem(f"{poor} of {number} nodes are not ready for a session now.")
        if await is_yes(launcher, question):
            return 0
        problem("nothing was run.")
        return FAILED
    if by_filter:
        problem(f"{number} nodes match. Nobody can be asked here: add --yes to run on all of them.")
        return WRONG_USAGE
    return 0


def _not_ready(launcher: Launcher, request: RunRequest) -> int:
    fleet, now = launcher.fleet, launcher.fleet.clock()
    nodes = (fleet.node_at(target.place, target.node_id) for target in request.targets)
    return sum(node is not None and readiness(node, now).badge not in (Badge.READY, Badge.LIMITED) for node in nodes)
