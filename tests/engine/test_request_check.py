"""A request against its document, before anything starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.domain.document import DocumentSummary, SessionDocument
from smtui.domain.node import PingStatus, SsmFacts
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from smtui.engine.fleet import Fleet
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.engine.request_check import Unfit, check
from tests.engine.fakes import NOW, FakeAws, FakePlaces, FakePlugins, fault
from tests.engine.launcher_parts import launcher_over

NODE = "i-0000000000000000a"
NAME = "Acme-X"


def aws_of(session_type: str = "NonInteractiveCommands", agent: str = "3.3.987.0", **parts: Any) -> FakeAws:
    content = json.dumps({"schemaVersion": "1.0", "sessionType": session_type, **parts})
    node = SsmFacts(NODE, PingStatus.ONLINE, NOW, agent, "Linux", "Amazon Linux", "2023", NOW)
    return FakeAws(managed=[[node]], documents={DocumentSummary(NAME, "1"): content})


def launcher_of(aws: FakeAws) -> Launcher:
    off_loop = OffLoop()
    return launcher_over(Fleet(FakePlaces(aws), [Place()], off_loop, clock=lambda: NOW), FakePlugins(), off_loop)


def request(**parameters: str) -> SessionRequest:
    given = {name: (text,) for name, text in parameters.items()}
    return SessionRequest(NODE, Place(), NAME, given, "INC-1")


async def test_lists_are_taken_apart_and_the_rest_is_sent_as_typed() -> None:
    aws = aws_of(parameters={"paths": {"type": "StringList"}, "command": {"type": "String"}})
    checked = await check(launcher_of(aws), request(paths="/, /tmp", command="echo a, b "))
    assert checked.request == SessionRequest(
        NODE, Place(), NAME, {"paths": ("/", "/tmp"), "command": ("echo a, b ",)}, "INC-1"
    )
    assert isinstance(checked.document, SessionDocument)
    assert checked.warnings == ()


async def test_a_shell_without_parameters_costs_no_call() -> None:
    aws = aws_of()
    checked = await check(launcher_of(aws), SessionRequest(NODE))
    assert (checked.document, aws.calls) == (None, [])


async def test_every_complaint_is_said() -> None:
    aws = aws_of(parameters={"service": {"type": "String", "allowedValues": ["a"]}, "paths": {"type": "StringList"}})
    with pytest.raises(Unfit) as raised:
        await check(launcher_of(aws), request(service="b", paths=",", colour="blue"))
    assert raised.value.usage
    assert raised.value.sentences == (
        "service must be a.",
        "paths cannot be sent empty.",
        "Acme-X has no parameter colour.",
    )


async def test_an_agent_that_is_too_old_is_a_warning_and_one_that_is_not_seen_is_none() -> None:
    aws = aws_of(agent="3.0.1123.0")
    needed = "Acme-X needs SSM Agent 3.0.1124.0 or later (non-interactive commands); this node has 3.0.1123.0."
    assert (await check(launcher_of(aws), request())).warnings == (needed,)
    aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation")
    assert (await check(launcher_of(aws), request())).warnings == ()


async def test_a_document_that_every_agent_can_serve_costs_no_look_at_the_node() -> None:
    aws = aws_of("InteractiveCommands")
    await check(launcher_of(aws), request())
    assert aws.calls == ["ssm:GetDocument"]


async def test_a_pattern_that_cannot_be_read_is_said_where_it_would_have_counted() -> None:
    parameters = {
        name: {"type": "String", "default": "x", "allowedPattern": "\\p{Alpha}+"} for name in ("given", "left")
    }
    aws = aws_of("InteractiveCommands", parameters=parameters)
    checked = await check(launcher_of(aws), request(given="abc"))
    assert checked.warnings == ("smtui cannot read the pattern of given; AWS checks it when the session starts.",)


@pytest.mark.parametrize(("session_type", "usage"), [("Port", True), ("Batch", False)])
async def test_what_connect_cannot_run_is_refused(session_type: str, usage: bool) -> None:
    with pytest.raises(Unfit) as raised:
        await check(launcher_of(aws_of(session_type)), request())
    assert raised.value.usage is usage


async def test_a_denied_document_is_started_unchecked() -> None:
    aws = aws_of()
    aws.failing["ssm:GetDocument"] = fault("ssm:GetDocument")
    checked = await check(launcher_of(aws), request(anything="goes"))
    assert (checked.document, checked.request) == (None, request(anything="goes"))
    assert checked.warnings == ("ssm:GetDocument was denied. The parameters of Acme-X were not checked.",)
