"""`smtui connect`: a session without the screen, through the same engine."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from smtui.cli.options import common_options, settings
from smtui.cli.prepared import prepared
from smtui.cli.say import help_on, problem, refuse
from smtui.domain.request import SessionRequest

if TYPE_CHECKING:
    from smtui.domain.failure import Failure
    from smtui.engine.checking import CheckedRequest
    from smtui.engine.launcher import Launcher

FAILED = 1
WRONG_USAGE = 2
LONGEST_REASON = 256


@click.command()
@click.argument("target")
@click.option("--document-name", default="", metavar="D", help="A session document; the account's shell otherwise.")
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="May be given again; a list is separated by commas.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why, for the session's record (1 to 256 characters).")
@common_options
@click.pass_context
def connect(ctx: click.Context, target: str, document_name: str, parameters: tuple[str, ...], reason: str) -> None:
    """Open a session on TARGET in this terminal."""
    if len(reason) > LONGEST_REASON:
        raise click.BadParameter(f"must have at most {LONGEST_REASON} characters.", param_hint="--reason")
    given = _parameters(parameters)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            found = await launcher.find_target(target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            request = SessionRequest(found.node_id, found.place, document_name, given, reason)
            return await _checked(launcher, request, found.label)

    ctx.exit(asyncio.run(run()))


def _parameters(pairs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """`--parameter portNumber=80 --parameter portNumber=81`: a name given again adds to its list."""
    given: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE.", param_hint="--parameter")
        given[name] = (*given.get(name, ()), value)
    return given


async def _checked(launcher: Launcher, request: SessionRequest, label: str) -> int:
    from smtui.domain.failure import from_fault
    from smtui.domain.fault import AwsCallFailed
    from smtui.engine.checking import Unfit, check

    try:
        checked = await check(launcher, request)
    except AwsCallFailed as failed:
        return _tell(launcher, request, from_fault(f"The session on {label} did not start", failed.fault, request))
    except Unfit as unfit:
        for sentence in unfit.sentences:
            problem(sentence)
        return WRONG_USAGE if unfit.usage else FAILED
    for sentence in checked.warnings:
        problem(sentence)
    if request.document_name:
        typed = {name: ",".join(values) for name, values in checked.request.parameters.items()}
        launcher.documents.remember(request.document_name, request.target, typed)
    return await _open(launcher, checked, label)


async def _open(launcher: Launcher, checked: CheckedRequest, label: str) -> int:
    result = await launcher.open_session(checked.request, label, nullcontext, checked.document)
    if result.failure is not None:
        _tell(launcher, checked.request, result.failure)
    elif result.note:
        problem(result.note)
    return result.exit_status


def _tell(launcher: Launcher, request: SessionRequest, failure: Failure) -> int:
    for line in failure.details().splitlines():
        problem(line)
    help_on(failure.topic, request.target, request.place, demo=launcher.setup.demo)
    return FAILED
