"""Parts of objects and pages of log streams through boto3, against scripted answers and against moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoPlaces
from smtui.aws.records.log_adapter import LogAdapter
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.records.session_log import DocumentVersion, ObjectPart
from tests.aws.conftest import Answer, ScriptedAws


def logs_at(url: str) -> LogAdapter:
    return BotoPlaces(FixedAccess(url, "AKID", "secret", "eu-west-1")).records_at(Place()).logs


@pytest.fixture
def logs(scripted: ScriptedAws) -> LogAdapter:
    return logs_at(scripted.url)


@pytest.fixture
def moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client(service: str, url: str) -> Any:
    return boto3.client(
        service, region_name="eu-west-1", endpoint_url=url, aws_access_key_id="AKID", aws_secret_access_key="secret"
    )


def test_versions_of_a_document(logs: LogAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer(
        {
            "DocumentVersions": [{"DocumentVersion": "2", "CreatedDate": 1_760_000_000, "Status": "Active"}],
            "NextToken": "n",
        },
        {"DocumentVersions": [{"DocumentVersion": "1"}]},
    )
    found = logs.document_versions("Own")
    assert found == [
        DocumentVersion("2", datetime.fromtimestamp(1_760_000_000, UTC), "Active"),
        DocumentVersion("1", None),
    ]


def test_a_document_that_is_not_there(logs: LogAdapter, scripted: ScriptedAws) -> None:
    scripted.will_fail("InvalidDocument")
    assert logs.document_versions("Own") == []
    assert logs.document_text("Own") == ""
    assert json.loads(scripted.requests[-1].body)["DocumentVersion"] == "$LATEST"


def test_a_denied_object_names_the_action(logs: LogAdapter, scripted: ScriptedAws) -> None:
    scripted.answers[:] = [Answer(403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>")]
    with pytest.raises(AwsCallFailed) as raised:
        logs.object_part("logs", "a.log", -10)
    assert (raised.value.fault.kind, raised.value.fault.action) == (FaultKind.DENIED, "s3:GetObject")


def test_no_more_is_read_than_was_asked_for(logs: LogAdapter, scripted: ScriptedAws) -> None:
    """Something that takes no ranges answers with the whole object."""
    scripted.answers[:] = [Answer(200, "x" * 500_000)]
    part = logs.object_part("logs", "a.log", 0, 1_000)
    assert part == ObjectPart(b"x" * 1_000, 0, 500_000)


def test_parts_of_an_object_of_moto(moto: str) -> None:
    s3 = client("s3", moto)
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="logs", Key="ssm/a b.log", Body=b"0123456789")
    s3.put_object(Bucket="logs", Key="empty.log", Body=b"")
    logs = logs_at(moto)
    assert logs.object_part("logs", "ssm/a b.log", -3) == ObjectPart(b"789", 7, 10)
    assert logs.object_part("logs", "ssm/a b.log", 2, 5) == ObjectPart(b"234", 2, 10)
    assert logs.object_part("logs", "ssm/a b.log", 8, 50) == ObjectPart(b"89", 8, 10)
    assert logs.object_part("logs", "missing", -3) is None
    assert logs.object_part("logs", "empty.log", -3) == ObjectPart(b"", 0, 0)


def test_pages_of_a_stream_of_moto(moto: str) -> None:
    watch = client("logs", moto)
    watch.create_log_group(logGroupName="/ssm")
    watch.create_log_stream(logGroupName="/ssm", logStreamName="a")
    now = datetime.now(UTC)
    events = [
        {"timestamp": int((now + timedelta(seconds=number)).timestamp() * 1000), "message": f"line {number}"}
        for number in range(3)
    ]
    watch.put_log_events(logGroupName="/ssm", logStreamName="a", logEvents=events)
    logs = logs_at(moto)
    first = logs.stream_page("/ssm", "a", from_head=True)
    assert first is not None
    assert [event.message for event in first.events] == ["line 0", "line 1", "line 2"]
    assert first.events[0].at is not None
    assert abs(first.events[0].at - now) < timedelta(seconds=1)
    end = logs.stream_page("/ssm", "a", token=first.forward)
    assert end is not None
    assert (end.events, end.forward) == ((), first.forward)
    assert logs.stream_page("/ssm", "missing") is None
    assert logs.stream_page("/missing", "a") is None
