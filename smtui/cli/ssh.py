"""Runs `smtui ssh`: the system's ssh to a node through a session, with the user and key remembered for the node."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

import click

from smtui.cli.endpoint_way import ENDPOINT, endpoint_options
from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import FAILED, problem, refuse, say_unseen
from smtui.domain.request import READ_ONLY
from smtui.ssh.ephemeral_key import DEFAULT_USER
from smtui.ssh.ssh_command import SshMeans
from smtui.ssh.ssh_login import SshLogin
from smtui.ssh.ssh_words import OURS_WITH_VALUE, SshWords, read_words, user_and_target

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.ssh.ssh_command import SshCommand

_NO_SSH = "ssh is not on PATH. Install OpenSSH's client, or use smtui connect, which needs no ssh."


class _SshCommand(click.Command):
    """Leaves what follows TARGET to ssh, except smtui's own long options, which ssh does not have."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Move smtui's options in front of TARGET."""
        before = _before_target(args)
        words = read_words(args[before + 1 :])
        return super().parse_args(ctx, [*args[:before], *words.ours, *args[before : before + 1], *words.all])


def _before_target(args: Sequence[str]) -> int:
    """The index of TARGET."""
    at = 0
    while at < len(args) and args[at].startswith("-") and args[at] != "--":
        at += 2 if args[at] in OURS_WITH_VALUE else 1
    return at + (at < len(args) and args[at] == "--")


@click.command(cls=_SshCommand, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("target", metavar="[USER@]TARGET")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARG]...")
@endpoint_options
@click.option(
    "--push-key",
    is_flag=True,
    help="Log in with a new key, which EC2 Instance Connect gives the node for a minute; needs no key of yours.",
)
@common_options(*PLACES)
@click.pass_context
def ssh(
    ctx: click.Context, target: str, arguments: tuple[str, ...], through: str, push_key: bool, max_duration: int
) -> None:
    """Run ssh to TARGET through a session; ARG are ssh's options and the command for the node.

    The user and the key (-i) that got in are used again for this node. The exit status is that of ssh. Example:
    smtui ssh ec2-user@web-1 -i ~/.ssh/web.pem -L 8080:localhost:80
    """
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)
    if shutil.which("ssh") is None:
        raise click.ClickException(_NO_SSH)
    user, node = user_and_target(target)
    words = read_words(arguments)

    async def run() -> int:
        from smtui.engine.targets import find_target

        async with prepared(settings(ctx)) as launcher:
            found = await find_target(launcher.fleet, launcher.off_loop, node)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            means = SshMeans(through_endpoint=through == ENDPOINT, tunnel_seconds=max_duration)
            return await _logged_in(launcher, found, user, words, means, pushes=push_key)

    ctx.exit(asyncio.run(run()))


async def _logged_in(
    launcher: Launcher, found: FoundTarget, user: str, words: SshWords, means: SshMeans, *, pushes: bool
) -> int:
    """Run ssh to its end. What was typed counts before what was remembered, and is remembered if it got in."""
    from smtui.domain.shellquote import Unquotable
    from smtui.engine.ssh_access import FAILED as SSH_FAILED
    from smtui.engine.ssh_access import SshNotPossible

    remembered = await launcher.ssh.login(found.node_id)
    login = SshLogin(user or words.user or remembered.user, words.key or remembered.key)
    async with AsyncExitStack() as stack:
        if pushes:
            login = login if login.user else replace(login, user=DEFAULT_USER)
            means = replace(means, pushed_key=await _pushed_key(stack, launcher, found, login.user))
        try:
            command = await launcher.ssh.command(found.node_id, found.place, login, words, means)
        except SshNotPossible as refused:
            problem(str(refused))
            return FAILED
        except Unquotable as refused:
            problem(f"ssh cannot be started: {refused}.")
            return FAILED
        status = await run_in_our_place(launcher, command)
    if status != SSH_FAILED and words.logs_in and login != remembered:
        await launcher.ssh.remember(found.node_id, login)
    return status


async def _pushed_key(stack: AsyncExitStack, launcher: Launcher, found: FoundTarget, user: str) -> str:
    """The file of a key that the node accepts until `stack` ends; empty where none can be pushed, which is told."""
    from smtui.domain.fault import AwsCallFailed
    from smtui.ssh.endpoint_choice import NoWay
    from smtui.topics.next_step import after_fault

    keys = launcher.instance_connect.key_for_login(found.place, found.node_id, user)
    try:
        return await stack.enter_async_context(keys)
    except NoWay as refused:
        problem(f"No key was pushed. {refused}")
    except AwsCallFailed as failed:
        problem(f"No key was pushed. {failed.fault.sentence()} {after_fault(failed.fault)}")
    problem("ssh goes on with your own keys.")
    return ""


async def run_in_our_place(launcher: Launcher, command: SshCommand) -> int:
    """Run it with our terminal, streams and process group. Returns its exit status."""
    process = _started(command)
    with _ssh_has_the_keys(process):
        return await launcher.off_loop.call(lambda: _ended(process))


def _started(command: SshCommand) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command.argv, env={**os.environ, **command.environment})


def _ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for its end. Where ssh stops itself (`~^Z`), the shell has to see all of the job stopped."""
    if sys.platform == "win32":
        return process.wait()
    while True:
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            continue
        code = process.returncode = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code


@contextmanager
def _ssh_has_the_keys(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave Ctrl-C and Ctrl-Z, which reach ssh as well, to ssh. What ends smtui ends ssh first."""

    def nothing(number: int, frame: FrameType | None) -> None:
        return

    def end(number: int, frame: FrameType | None) -> None:
        process.send_signal(number)
        previous = before[number]
        if callable(previous):
            previous(number, frame)

    handlers = {"SIGINT": nothing, "SIGTSTP": nothing, "SIGTERM": end, "SIGHUP": end}
    here = {getattr(signal, name): handler for name, handler in handlers.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, handler) for number, handler in here.items()}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, signal.SIG_DFL if previous is None else previous)
