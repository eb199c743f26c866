"""Runs `smtui cp`: copies files to and from a node through a shell session."""

from __future__ import annotations

import asyncio
import shutil
import sys
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import end_or_report
from smtui.cli.options import PLACES, common_options, reason_option, settings
from smtui.cli.output import FAILED, help_on, line, problem, progress, refuse, say_unseen
from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.domain.text import cell_width, fit_middle
from smtui.transfers.locations import WrongLocations, parse_copy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.transfers.copy_job import CopyJob, CopyOrder
    from smtui.transfers.locations import CopyRequest

_REPAINT_SECONDS = 0.25
_BAR_CELLS = 16
_LOGGED_SECONDS = 3.0
"""For the preferences that say whether the content is logged."""
_LEAST_TITLE = 12
_SCP_FLAGS = {"-r": "recursive", "-p": "preserve", "-q": "quiet"}


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.argument("destination")
@click.option("-r", "recursive", is_flag=True, help="Copy folders with all that is in them.")
@click.option("-p", "--preserve", is_flag=True, help="Keep permissions and times.")
@click.option(
    "--through",
    type=click.Choice(["session", "ssh"]),
    default="session",
    help="ssh: by scp, where an sshd runs on the node; it does not go on after a cut. NODE may be USER@NODE.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say only what goes wrong.")
@reason_option
@common_options(*PLACES)
@click.pass_context
def cp(
    ctx: click.Context, /, sources: tuple[str, ...], destination: str, through: str, reason: str, **flags: bool
) -> None:
    """Copy files to a node or from it: one side is NODE:PATH.

    It takes a shell session, and neither SSH nor a bucket. A copy that was cut goes on where it stopped if you give the
    same command again. Both sides are compared by their hash before the target gets its name.
    """
    try:
        wanted = parse_copy(sources, destination, on_windows=sys.platform == "win32")
    except WrongLocations as wrong:
        raise click.UsageError(str(wrong)) from None
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)
    if sys.platform == "win32":
        raise click.ClickException("smtui cp does not run on Windows yet. Use it in WSL.")

    if through == "ssh" and reason:
        raise click.UsageError("The session of ssh takes no reason: leave out --reason or --through ssh.")

    async def run() -> int:
        from smtui.engine.targets import find_target
        from smtui.ssh.ssh_words import user_and_target
        from smtui.transfers.copy_job import CopyOrder

        async with prepared(settings(ctx)) as launcher:
            await end_or_report(launcher)
            user, node = user_and_target(wanted.node) if through == "ssh" else ("", wanted.node)
            found = await find_target(launcher.fleet, launcher.off_loop, node)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            if through == "ssh":
                given = [flag for flag, name in _SCP_FLAGS.items() if flags[name]]
                return await _copy_by_scp(launcher, found, user, wanted, given)
            order = CopyOrder(
                found.label,
                wanted.is_upload,
                wanted.sources,
                wanted.destination,
                preserve=flags["preserve"],
                recursive=flags["recursive"],
            )
            request = SessionRequest(found.node_id, found.place, reason=reason)
            return await _copy(launcher, order, request, _Reporter(quiet=flags["quiet"]))

    ctx.exit(asyncio.run(run()))


async def _copy(launcher: Launcher, order: CopyOrder, request: SessionRequest, reporter: _Reporter) -> int:
    from smtui.engine.jobs import JobState
    from smtui.transfers.copy_job import CopyJob

    job = CopyJob(order, lambda: launcher.piped_session(request, order.label), launcher.off_loop)
    running = asyncio.create_task(job.run())
    logging = asyncio.create_task(_say_what_is_logged(launcher, order, request))
    try:
        while not running.done():
            await asyncio.wait([running], timeout=_REPAINT_SECONDS)
            reporter.show(job)
        await asyncio.wait([logging], timeout=_LOGGED_SECONDS)  # a short copy ends before the answer
    except asyncio.CancelledError:
        running.cancel()
        await asyncio.wait([running])
        reporter.end(job)
        raise
    finally:
        logging.cancel()
    reporter.end(job)
    if job.failure is not None and job.failure.failure is not None:
        for text in job.failure.failure.details().splitlines():
            problem(text)
        help_on(job.failure.failure.topic, request.target, request.place, demo=launcher.setup.demo)
    return 0 if job.state is JobState.DONE and not job.left_out else FAILED


async def _say_what_is_logged(launcher: Launcher, order: CopyOrder, request: SessionRequest) -> None:
    from smtui.transfers.session_logs import log_words, shell_preferences

    preferences = await shell_preferences(launcher.evidence_at(request.place), launcher.off_loop)
    if sentence := log_words(preferences, is_upload=order.is_upload):
        problem(sentence)


async def _copy_by_scp(
    launcher: Launcher, found: FoundTarget, user: str, wanted: CopyRequest, flags: Sequence[str]
) -> int:
    """Run scp to its end, with the user and key remembered for the node; returns its exit status."""
    from smtui.cli.ssh import run_in_our_place
    from smtui.domain.shellquote import Unquotable
    from smtui.engine.ssh_access import SshNotPossible
    from smtui.ssh.scp_command import scp_command
    from smtui.ssh.ssh_login import SshLogin
    from smtui.ssh.ssh_words import read_words

    if shutil.which("scp") is None:
        problem("scp is not on PATH. Leave out --through ssh: a copy through a session needs no ssh.")
        return FAILED
    remembered = await launcher.ssh.login(found.node_id)
    login = SshLogin(user or remembered.user, remembered.key)
    try:
        ssh = await launcher.ssh.command(found.node_id, found.place, login, read_words(()))
    except (SshNotPossible, Unquotable) as refused:
        problem(str(refused))
        return FAILED
    command = scp_command(ssh, found.node_id, wanted.sources, wanted.destination, flags, is_upload=wanted.is_upload)
    return await run_in_our_place(launcher, command)


class _Reporter:
    """Paints the progress on a terminal, and says how each source ended."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._paints = not quiet and sys.stderr.isatty()
        self._painted = False
        self._reported = 0

    def show(self, job: CopyJob) -> None:
        """Repaint the line; print what is done."""
        from smtui.transfers.copy_progress import bar

        self._print_receipts(job)
        if not self._paints:
            return
        fraction = job.meter.fraction
        cells = bar(fraction or 0.0, _BAR_CELLS)
        drawn = f"{'█' * cells[0]}{'░' * cells[1]} {fraction:4.0%}" if fraction is not None else job.phase.value
        rest = f"  {drawn}  {job.words()}"
        room = shutil.get_terminal_size().columns - cell_width(rest) - 3  # ^C of a terminal still has room
        progress(f"{fit_middle(job.order.title, max(room, _LEAST_TITLE))}{rest}")
        self._painted = True

    def _erase(self) -> None:
        if self._painted:
            progress("")
            self._painted = False

    def _print_receipts(self, job: CopyJob) -> None:
        for receipt in job.receipts[self._reported :]:
            self._erase()
            if not self._quiet:
                line(f"{receipt.source} → {receipt.target}: {receipt.sentence()} ({receipt.digest})")
            for sentence in receipt.left_out:
                problem(f"left out: {sentence}")
        self._reported = len(job.receipts)

    def end(self, job: CopyJob) -> None:
        """Say how it ended."""
        self._erase()
        self._print_receipts(job)
        if job.failure is not None and job.failure.failure is None:
            problem(str(job.failure))
        if job.keeps_part:
            problem("Give the same command again to go on where it stopped.")
