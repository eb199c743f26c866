"""Runs `smtui ssh-proxy`: carries ssh's connection through a session, on standard input and output (ProxyCommand).

Only the remote's bytes reach stdout; stderr stays silent unless something fails. ssh's own exit status is ssh's.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.endpoint_way import ENDPOINT, carry_through_endpoint, endpoint_options, is_unreachable, offer_endpoint
from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, WholeNumber, common_options, settings
from smtui.cli.output import FAILED, help_on, problem, refuse, say_unseen
from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.ssh.endpoint_choice import TUNNEL_SECONDS
from smtui.ssh.ssh_command import SSH_DOCUMENT, SSH_TOPIC

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.engine.session_attempt import SessionResult
    from smtui.engine.targets import FoundTarget
    from smtui.topics.failure import Failure

_STANDARD_STREAMS = (0, 1, 2)
_THROTTLED_SECONDS = 60.0
_LONGEST_PAUSE = 4.0
_STOPPED = (129, 141, 143)
"""Exit statuses after SIGHUP and SIGTERM, and where nobody reads: so ssh ends its ProxyCommand."""


@click.command("ssh-proxy")
@click.argument("target")
@click.argument("port", type=WholeNumber(1, 65535))
@endpoint_options
@common_options(*PLACES)
@click.pass_context
def ssh_proxy(ctx: click.Context, target: str, port: int, through: str, max_duration: int) -> None:
    """Carry a connection to PORT of TARGET on standard input and output, as ssh's ProxyCommand.

    In ~/.ssh/config: ProxyCommand smtui ssh-proxy %h %p. `smtui ssh-config --write` writes it there.
    """
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)

    async def run() -> int:
        from smtui.engine.targets import find_target

        async with prepared(settings(ctx)) as launcher:
            found = await find_target(launcher.fleet, launcher.off_loop, target)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            if through == ENDPOINT:
                return await carry_through_endpoint(launcher, found, port, max_duration or TUNNEL_SECONDS)
            return await _carried(launcher, found, port)

    ctx.exit(asyncio.run(run()))


async def _carried(launcher: Launcher, found: FoundTarget, port: int) -> int:
    """Run the session; the agent's version is looked up meanwhile, so that no login waits for it."""
    request = SessionRequest(found.node_id, found.place, SSH_DOCUMENT, {"portNumber": (str(port),)})
    session = asyncio.ensure_future(_session(launcher, request, found.label))
    looking = asyncio.ensure_future(_objection(launcher, found))
    try:
        if objection := await _until_session_is_over(looking, session):
            from smtui.topics.failure_topics import of_old_agent

            problem(objection)
            _help_on(of_old_agent().topic, launcher, found)
            await offer_endpoint(launcher, found, port)
            return FAILED
        result = await session
        status = _reported(result, launcher, found, port)
        if result.failure is not None and is_unreachable(result.failure):
            await offer_endpoint(launcher, found, port)
        return status
    finally:
        session.cancel()
        looking.cancel()
        await asyncio.wait([session, looking])


async def _session(launcher: Launcher, request: SessionRequest, label: str) -> SessionResult:
    """Run the session. A start that AWS throttled is repeated for a while: of many ssh at once each starts its own."""
    from smtui.domain.fault import FaultKind

    until = asyncio.get_running_loop().time() + _THROTTLED_SECONDS
    while True:
        result = await launcher.sessions.on_streams(request, label, _STANDARD_STREAMS)
        throttled = result.fault is not None and result.fault.kind is FaultKind.THROTTLED
        if not throttled or asyncio.get_running_loop().time() > until:
            return result
        await asyncio.sleep(random.uniform(0, _LONGEST_PAUSE))  # noqa: S311 - so that they do not try at once again


async def _until_session_is_over(looking: asyncio.Future[str], session: asyncio.Future[SessionResult]) -> str:
    """What `looking` finds; empty if the session has ended before."""
    waiting: list[asyncio.Future[Any]] = [looking, session]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    return looking.result() if looking.done() else ""


async def _objection(launcher: Launcher, found: FoundTarget) -> str:
    """Why the node's agent cannot carry ssh; empty if it can, or nobody can say."""
    from smtui.domain.fault import AwsCallFailed
    from smtui.engine.ssh_access import too_old

    try:
        facts = await launcher.off_loop.call(lambda: launcher.fleet.aws(found.place).managed_node(found.node_id))
    except AwsCallFailed:
        return ""
    return too_old(found.label, facts.agent if facts is not None else None)


def _reported(result: SessionResult, launcher: Launcher, found: FoundTarget, port: int) -> int:
    failure = result.failure
    if failure is None or result.exit_status in _STOPPED:
        return result.exit_status
    sentence, topic = _explained(failure, found, port)
    words = f"{failure.title}: {failure.words}"
    for line in (sentence, words) if sentence else (words, *failure.explanation()[1:]):
        problem(line)
    _help_on(topic, launcher, found)
    return FAILED


def _explained(failure: Failure, found: FoundTarget, port: int) -> tuple[str, str]:
    """A sentence about ssh for what commonly keeps it from a node, and the topic that helps."""
    from smtui.topics import causes

    if failure.topic == causes.REMOTE_PORT.topic:
        return f"Nothing takes connections on port {port} of {found.label}: no SSH server runs there.", SSH_TOPIC
    if failure.topic == causes.START_DENIED.topic:
        return f"You may not start SSH on {found.label}: ssm:StartSession with {SSH_DOCUMENT} is denied.", failure.topic
    return "", failure.topic


def _help_on(topic: str, launcher: Launcher, found: FoundTarget) -> None:
    help_on(topic, found.node_id, found.place, demo=launcher.setup.demo, document=SSH_DOCUMENT)
