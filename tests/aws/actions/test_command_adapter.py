"""Run Command through boto3: what is sent, what is read, against scripted answers and against moto."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest

from smtui.aws.actions.command_adapter import CommandAdapter
from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.work.command_invocation import CommandToSend
from tests.aws.conftest import ScriptedAws

ID = "11111111-2222-3333-4444-555555555555"
NODE = "i-0a1b2c3d4e5f60718"
WANTED = CommandToSend((NODE,), "AWS-RunShellScript", ("uptime", "df"), 7, 8, comment="why")


@pytest.fixture
def commands(scripted: ScriptedAws) -> CommandAdapter:
    return BotoPlaces(FixedAccess(scripted.url, "AKID", "secret", "eu-west-1")).commands_at(Place())


def test_what_is_sent(commands: CommandAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Command": {"CommandId": ID}})
    assert commands.send_command(WANTED) == ID
    (request,) = scripted.requests
    assert request.operation == "SendCommand"
    assert json.loads(request.body) == {
        "InstanceIds": [NODE],
        "DocumentName": "AWS-RunShellScript",
        "Parameters": {"commands": ["uptime", "df"], "executionTimeout": ["7"]},
        "TimeoutSeconds": 30,
        "MaxConcurrency": "8",
        "MaxErrors": "100%",
        "Comment": "why",
    }


def test_a_failed_send_is_not_sent_again(commands: CommandAdapter, scripted: ScriptedAws) -> None:
    """AWS would run the command twice."""
    scripted.will_fail("InternalServerError", status=500)
    with pytest.raises(AwsCallFailed) as raised:
        commands.send_command(WANTED)
    assert raised.value.fault.may_be_done
    assert len(scripted.requests) == 1


def test_states_of_all_pages_and_one_with_its_output(commands: CommandAdapter, scripted: ScriptedAws) -> None:
    page = {"CommandInvocations": [{"InstanceId": NODE, "Status": "InProgress"}], "NextToken": "more"}
    scripted.will_answer(page, {"CommandInvocations": [{"InstanceId": "mi-1", "Status": "Pending"}]})
    found = commands.invocations(ID)
    assert [(each.node_id, each.status, each.response_code) for each in found] == [
        (NODE, "InProgress", -1),
        ("mi-1", "Pending", -1),
    ]
    scripted.will_answer(
        {
            "InstanceId": NODE,
            "Status": "Failed",
            "StatusDetails": "Failed",
            "ResponseCode": 3,
            "StandardOutputContent": "out",
            "ExecutionStartDateTime": "2026-11-29T12:00:00.000Z",
            "ExecutionEndDateTime": "2026-11-29T12:00:01.500Z",
        }
    )
    one = commands.invocation(ID, NODE)
    assert one is not None
    assert (one.response_code, one.stdout, one.seconds, one.is_over) == (3, "out", 1.5, True)


def test_an_invocation_that_does_not_exist_yet_is_none(commands: CommandAdapter, scripted: ScriptedAws) -> None:
    scripted.will_fail("InvocationDoesNotExist")
    assert commands.invocation(ID, NODE) is None


def test_a_url_that_is_no_object_calls_nothing(commands: CommandAdapter, scripted: ScriptedAws) -> None:
    with pytest.raises(AwsCallFailed) as raised:
        commands.stored_output("https://s3.eu-west-1.amazonaws.com/bucket")
    assert raised.value.fault.kind is FaultKind.OTHER
    assert scripted.requests == []


@pytest.fixture
def moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_moto_takes_and_knows_the_same_command(moto: str) -> None:
    commands = BotoPlaces(FixedAccess(moto, "AKID", "secret", "eu-west-1")).commands_at(Place())
    sent = commands.send_command(WANTED)
    one = commands.invocation(sent, NODE)
    assert one is not None
    assert (one.node_id, one.status, one.is_over) == (NODE, "Success", True)
    ssm = boto3.client(
        "ssm", region_name="eu-west-1", endpoint_url=moto, aws_access_key_id="AKID", aws_secret_access_key="secret"
    )
    (known,) = ssm.list_commands(CommandId=sent)["Commands"]
    assert known["Parameters"]["commands"] == ["uptime", "df"]
    assert (known["MaxConcurrency"], known["MaxErrors"]) == ("8", "100%")
