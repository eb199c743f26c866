"""Takes the way through an EC2 Instance Connect Endpoint on the command line, and names it where a session fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from smtui.cli.options import WholeNumber
from smtui.cli.output import FAILED, help_on, problem
from smtui.ssh.endpoint_choice import TUNNEL_SECONDS

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.topics.failure import Failure

_Command = TypeVar("_Command", bound=Callable[..., Any])
ENDPOINT = "endpoint"
TOPIC = "instance-connect"


def endpoint_options(command: _Command) -> _Command:
    """Accept --through and --max-duration, as `through` and `max_duration`."""
    for option in (_max_duration_option, _through_option):
        command = option(command)
    return command


_through_option = click.option(
    "--through",
    type=click.Choice(["session", ENDPOINT]),
    default="session",
    is_eager=True,  # --max-duration looks at it, whichever comes first
    help="The way to TARGET: a session of Session Manager, or an EC2 Instance Connect Endpoint in its VPC.",
)


def _only_through_endpoint(ctx: click.Context, _: click.Parameter, value: int | None) -> int:
    if value is not None and ctx.params.get("through") != ENDPOINT:
        raise click.UsageError("--max-duration goes with --through endpoint.", ctx)
    return value or 0


_max_duration_option = click.option(
    "--max-duration",
    type=WholeNumber(1, TUNNEL_SECONDS),
    callback=_only_through_endpoint,
    metavar="S",
    help="Seconds that a connection through an endpoint may last, where a policy allows less than an hour.",
)


async def carry_through_endpoint(launcher: Launcher, found: FoundTarget, port: int, seconds: int) -> int:
    """Pass standard input and output through an endpoint to the node's port; returns the exit status."""
    from smtui.domain.fault import AwsCallFailed
    from smtui.engine.endpoint_relay import relay
    from smtui.ssh.endpoint_choice import NoWay
    from smtui.ssh.endpoint_tunnels import TunnelFailed

    connect = launcher.instance_connect
    try:
        way = await connect.find_way(found.place, found.node_id, port)
        await relay(await connect.open(found.place, way, port, seconds), launcher.off_loop)
        return 0
    except (NoWay, TunnelFailed) as failed:
        problem(str(failed))
        topic = TOPIC
    except AwsCallFailed as failed:
        from smtui.topics.failure_topics import of_fault
        from smtui.topics.next_step import after_fault

        problem(f"{failed.fault.sentence()} {after_fault(failed.fault)}")
        topic = of_fault(failed.fault).topic
    help_on(topic, found.node_id, found.place, demo=launcher.setup.demo)
    return FAILED


def is_unreachable(failure: Failure) -> bool:
    """Whether Session Manager could not reach the node, so that another way is worth looking for."""
    from smtui.topics.causes import NOT_CONNECTED

    return failure.topic == NOT_CONNECTED.topic


async def offer_endpoint(launcher: Launcher, found: FoundTarget, port: int) -> None:
    """Name the way through an endpoint, with its command, if there is one; it is never taken unasked."""
    from smtui.domain.request import place_argv
    from smtui.domain.shellquote import offered_line

    way = await launcher.instance_connect.other_way(found.place, found.node_id, port)
    if way is None:
        return
    demo = ["--demo"] if launcher.setup.demo else []
    argv = ["smtui", *demo, "ssh", "--through", "endpoint", *place_argv(found.place), found.node_id]
    endpoint = f"{way.endpoint.endpoint_id}, an EC2 Instance Connect Endpoint,"
    problem(f"{endpoint} leads to {found.label} without Systems Manager. To go that way: {offered_line(argv)}")
