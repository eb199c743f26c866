"""From a session's document to what its agent does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from smtui.channel.handshake import SessionType
from smtui.demo.far_end.agent import CannotRun
from smtui.demo.far_end.port_agent import BasicPort, MultiplexedPort
from smtui.demo.far_end.session_work import work_of


@dataclass(frozen=True)
class Session:
    document_name: str
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    node_name: str = "web-1"
    agent_version: str = "3.3.987.0"
    session_id: str = "s-1"
    node_id: str = "i-1"


def test_the_kinds() -> None:
    assert work_of(Session("")).session_type is SessionType.STANDARD_STREAM
    assert work_of(Session("SSM-SessionManagerRunShell")).properties is None
    command = work_of(Session("AWS-StartNonInteractiveCommand", {"command": ("true",)}))
    assert (command.session_type, command.properties) == (SessionType.NON_INTERACTIVE_COMMANDS, None)


async def test_a_forward_tells_its_properties_and_dials_the_demos_own() -> None:
    work = work_of(Session("AWS-StartPortForwardingSession"))
    assert work.properties == {"portNumber": "80", "localPortNumber": "0", "type": "LocalPortForwarding"}
    program = await work.start("1.2.896.0")
    assert isinstance(program, MultiplexedPort)
    await program.close()


async def test_ssh_is_basic() -> None:
    program = await work_of(Session("AWS-StartSSHSession", {"portNumber": ("7",)})).start("1.2.896.0")
    assert isinstance(program, BasicPort)
    await program.write(b"SSH-2.0")
    assert await program.read() == b"SSH-2.0"
    await program.close()


async def test_a_document_that_is_gone_is_an_error_of_the_agents() -> None:
    with pytest.raises(CannotRun, match="Acme-Gone"):
        await work_of(Session("Acme-Gone")).start("")
