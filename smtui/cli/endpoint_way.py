"""Takes the way through an EC2 Instance Connect Endpoint on the command line, and names it where a session fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from smtui.cli.output import FAILED, help_on, problem

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.topics.failure import Failure

ENDPOINT = "endpoint"
TOPIC = "instance-connect"

through_option = click.option(
    "--through",
    type=click.Choice(["session", ENDPOINT]),
    default="session",
    help="The way to TARGET: a session of Session Manager, or an EC2 Instance Connect Endpoint in its VPC.",
)


async def carry_through_endpoint(launcher: Launcher, found: FoundTarget, port: int, seconds: int) -> int:
    """Pass standard input and output through an endpoint to the node's port; returns the exit status.

    Raises `AwsCallFailed`.
    """
    from smtui.engine.endpoint_relay import relay
    from smtui.ssh.endpoint_choice import NoWay
    from smtui.ssh.endpoint_tunnels import TunnelFailed

    connect = launcher.instance_connect
    try:
        way = await connect.find_way(found.place, found.node_id, port)
        await relay(await connect.open(found.place, way, port, seconds), launcher.off_loop)
    except (NoWay, TunnelFailed) as failed:
        problem(str(failed))
        help_on(TOPIC, found.node_id, found.place, demo=launcher.setup.demo)
        return FAILED
    return 0


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
