"""Runs `smtui connect`: a session without the screen."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import offer
from smtui.cli.options import PLACES, common_options, reason_option, settings
from smtui.cli.output import help_on, problem, refuse, say_unseen
from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.engine.shell_choice import INTERACTIVE, NEEDS_IT, ShellChoice
from smtui.recording.not_recorded import NotRecorded

if TYPE_CHECKING:
    from smtui.domain.document import SessionDocument
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.topics.failure import Failure

FAILED = 1
WRONG_USAGE = 2
ACCESS_ALONE = (
    "--ask-access starts the account's shell only: no document, no parameters, no --user, --shell or --cwd with it."
)
_OF_THE_DOCUMENT = ("no-permission-to-start", "invalid-document")
"""Topics of failures that another document may not have."""


@click.command()
@click.argument("target")
@click.option("--document-name", default="", metavar="D", help="A session document; default: the account's shell.")
@click.option(
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the document; repeatable. Separate a list by commas.",
)
@reason_option
@click.option("--user", default="", metavar="U", help="Start the shell as this user of the node, by sudo.")
@click.option("--shell", "shell", default="", metavar="S", help="Start this shell.")
@click.option("--cwd", default="", metavar="D", help="Start the shell in this folder of the node.")
@click.option("--wait", "wait_first", is_flag=True, help="Wait until a session can start, up to 5 minutes.")
@click.option("--start", is_flag=True, help="Start the instance if it is stopped, and wait.")
@click.option("--ask-access", is_flag=True, help="Ask for just-in-time access with --reason, wait, and start.")
@click.option(
    "--record",
    "record",
    default=None,
    metavar="FILE",
    help="Record what is shown in FILE, for smtui play; on this machine only, not in the account's log.",
)
@common_options(*PLACES)
@click.pass_context
def connect(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    *,
    target: str,
    document_name: str,
    parameters: tuple[str, ...],
    reason: str,
    user: str,
    shell: str,
    cwd: str,
    wait_first: bool,
    start: bool,
    ask_access: bool,
    record: str | None,
) -> None:
    """Open a session on TARGET in this terminal.

    --user, --shell and --cwd are for this session alone: they run AWS-StartInteractiveCommand instead of the account's
    shell. Its preferences (run-as, shell profile) stay as they are.

    --ask-access uses a request of yours for the node that is approved or waits, else makes one. It starts the account's
    shell only.

    A recording has what the terminal showed, and its size; never what was typed. It needs a terminal. With SMTUI_RECORD
    set to a folder, every session of this command and of the screen is recorded there.
    """
    given, choice = _parameters(parameters), ShellChoice(user, shell, cwd)
    if choice.is_made and (wrong := " ".join(choice.objections(document_name))):
        raise click.UsageError(wrong, ctx)
    _check_usage(ctx, starts_more=bool(ask_access and (document_name or given or choice.is_made)))

    async def run() -> int:
        from smtui.engine.targets import find_target

        async with prepared(settings(ctx)) as launcher:
            waits = wait_first or start
            by_settings = not (document_name or given or choice.is_made or ask_access) and _wants_another_shell(
                launcher
            )
            # A document that runs a command would need another plugin, without a terminal.
            if not (document_name or waits or choice.is_made or ask_access or by_settings):
                launcher.start_plugin_ahead()
            await offer(launcher)
            found = await find_target(launcher.fleet, launcher.off_loop, target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            if waits and not await _is_ready(launcher, found, start=start):
                return FAILED
            if ask_access and not await _is_granted(launcher, found, reason):
                return FAILED
            if choice.is_made:
                return await _chosen(launcher, found, choice, reason, record or "")
            request = SessionRequest(found.node_id, found.place, document_name, given, reason)
            if by_settings:
                request = await _as_set(launcher, request)
            return await _checked(launcher, request, found.label, _Wishes(record or ""))

    ctx.exit(asyncio.run(run()))


def _wants_another_shell(launcher: Launcher) -> bool:
    from smtui.domain.settings.setting_table import DEFAULT_DOCUMENT, SHELL

    settings = launcher.setup.settings.now
    return settings.is_set(SHELL) or settings.is_set(DEFAULT_DOCUMENT)


async def _as_set(launcher: Launcher, request: SessionRequest) -> SessionRequest:
    """The request for the shell that the settings want on this node."""
    from smtui.engine.shell_choice import platform_of, wanted_shell

    await launcher.fleet.look_up(request.place, request.target)
    node = launcher.fleet.node_at(request.place, request.target)
    return wanted_shell(launcher.setup.settings.now, request, platform_of(node))


@dataclass(frozen=True, slots=True)
class _Wishes:
    record: str = ""
    """The file to record the session in; empty for none but that of the setting."""
    advice: str = ""
    """For a document that the user has not chosen, if it is denied."""


async def _chosen(launcher: Launcher, found: FoundTarget, choice: ShellChoice, reason: str, record: str) -> int:
    """Open a session whose command becomes the shell that was chosen."""
    await launcher.fleet.look_up(found.place, found.node_id)
    node = launcher.fleet.node_at(found.place, found.node_id)
    if refusal := choice.refusal(node.ssm.platform_type if node is not None and node.ssm is not None else ""):
        problem(refusal)
        return FAILED
    request = SessionRequest(found.node_id, found.place, INTERACTIVE, {"command": (choice.command(),)}, reason)
    return await _checked(launcher, request, found.label, _Wishes(record, NEEDS_IT))


def _check_usage(ctx: click.Context, *, starts_more: bool) -> None:
    """Refuse what granted credentials cannot start, and everything under --read-only."""
    if starts_more:
        raise click.UsageError(ACCESS_ALONE, ctx)
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)


async def _is_granted(launcher: Launcher, found: FoundTarget, reason: str) -> bool:
    """Ask for access, and wait for the decision."""
    from smtui.cli.sessions.asked_access import granted

    return await granted(launcher, found, reason)


async def _is_ready(launcher: Launcher, found: FoundTarget, *, start: bool) -> bool:
    """Wait; a node that may be ready for all that can be seen is tried."""
    from smtui.cli.wait import waited
    from smtui.engine.wait_job import WaitOrder
    from smtui.engine.waiting import EndKind

    done = await waited(launcher, WaitOrder(found.node_id, found.place, found.label, start))
    return done.ending is not None and done.ending.kind is not EndKind.GIVEN_UP


def _parameters(pairs: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Values by name; a repeated name adds to its list: `--parameter portNumber=80 --parameter portNumber=81`."""
    given: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} is not NAME=VALUE.", param_hint="--parameter")
        given[name] = (*given.get(name, ()), value)
    return given


async def _checked(launcher: Launcher, request: SessionRequest, label: str, wishes: _Wishes) -> int:
    """Start what the document allows."""
    if not request.document_name and not request.parameters:
        return await _open(launcher, request, label, wishes)
    from smtui.domain.fault import AwsCallFailed, FaultKind
    from smtui.engine.request_check import Unfit, check

    try:
        checked = await check(launcher, request)
    except AwsCallFailed as failed:
        from smtui.topics.failure import from_fault

        failure = from_fault(f"The session on {label} did not start", failed.fault, request)
        status = _tell(launcher, request, failure, wishes.advice)
        is_unknown = failed.fault.kind is FaultKind.INVALID_DOCUMENT
        if is_unknown and (near := await launcher.documents.near(request.place, request.document_name)):
            problem(f"Did you mean --document-name {near}?")
        return status
    except Unfit as unfit:
        for sentence in unfit.sentences:
            problem(sentence)
        return WRONG_USAGE if unfit.usage else FAILED
    for sentence in checked.warnings:
        problem(sentence)
    if request.document_name and not wishes.advice:
        typed = {name: ",".join(values) for name, values in checked.request.parameters.items()}
        launcher.documents.remember(request.document_name, request.target, typed)
    return await _open(launcher, checked.request, label, wishes, checked.document)


async def _open(
    launcher: Launcher,
    request: SessionRequest,
    label: str,
    wishes: _Wishes,
    document: SessionDocument | None = None,
) -> int:
    recorder = None
    try:
        if recorder := await launcher.recorder(label, wishes.record):
            problem(recorder.announcement())
    except NotRecorded as refused:
        problem(f"{'No session was started' if wishes.record else 'This session is not recorded'}: {refused}")
        if wishes.record:
            return FAILED
    result = await launcher.open_session(request, label, nullcontext, document, recorder=recorder)
    if result.recording:
        problem(result.recording)
    if result.refused:
        problem(result.sentence)
    elif result.failure is not None:
        _tell(launcher, request, result.failure, wishes.advice)
    if result.note:
        problem(result.note)
    return result.exit_status


def _tell(launcher: Launcher, request: SessionRequest, failure: Failure, advice: str = "") -> int:
    for line in failure.details().splitlines():
        problem(line)
    if advice and failure.topic in _OF_THE_DOCUMENT:
        problem(advice)
    document = request.document_name
    help_on(failure.topic, request.target, request.place, demo=launcher.setup.demo, document=document)
    return FAILED
