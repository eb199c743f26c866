"""What a demo session's agent does: read from the session's document, done on this machine and in this process."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from smtui.channel.agent import CannotRun, RemoteProgram
from smtui.channel.handshake import SessionType
from smtui.channel.port_agent import port_program
from smtui.channel.ports import PortProperties
from smtui.demo.data_channel import DemoSession, SessionWork
from smtui.demo.documents import setup_of
from smtui.demo.errors import AwsError
from smtui.demo.services import dial


def work_of(session: DemoSession) -> SessionWork:
    """A document that there is no more, or one that no agent understands, is an error of the agent's."""
    try:
        setup = setup_of(session.document_name, session.parameters)
    except AwsError as error:
        return _failing(str(error))
    name, properties = session.node_name, setup.properties
    match setup.session_type:
        case SessionType.STANDARD_STREAM:
            return SessionWork(partial(_shell, name))
        case SessionType.INTERACTIVE_COMMANDS:
            return SessionWork(partial(_interactive, name, properties), SessionType.INTERACTIVE_COMMANDS)
        case SessionType.NON_INTERACTIVE_COMMANDS:
            return SessionWork(partial(_command, name, properties), SessionType.NON_INTERACTIVE_COMMANDS)
        case SessionType.PORT:
            return SessionWork(partial(_port, session, properties), SessionType.PORT, properties)
    return _failing(f"Plugin with name {setup.session_type} not found")


def _failing(why: str) -> SessionWork:
    async def start(_: str) -> RemoteProgram:
        raise CannotRun(why)

    return SessionWork(start)


async def _shell(node_name: str, _: str) -> RemoteProgram:
    return _on_terminal(node_name, None)


async def _interactive(node_name: str, properties: Mapping[str, Any], _: str) -> RemoteProgram:
    from smtui.demo.command import CommandProperties

    return _on_terminal(node_name, CommandProperties.of(properties).command)


def _on_terminal(node_name: str, command: str | None) -> RemoteProgram:
    try:
        from smtui.demo.shell import LocalShell

        return LocalShell.start(node_name, command)
    except (ImportError, OSError) as failed:
        raise CannotRun(f"Unable to start shell: {failed}") from None


async def _command(node_name: str, properties: Mapping[str, Any], _: str) -> RemoteProgram:
    try:
        from smtui.demo.command import CommandProperties, LocalCommand

        return LocalCommand(node_name, CommandProperties.of(properties))
    except (ImportError, OSError) as failed:
        raise CannotRun(f"Unable to start command: {failed}") from None


async def _port(session: DemoSession, properties: Mapping[str, Any], client_version: str) -> RemoteProgram:
    return await port_program(
        PortProperties.of(properties), partial(dial, session.node_name), session.agent_version, client_version
    )
