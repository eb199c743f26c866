"""Logs of the demo: ranges of objects, pages of streams, what is made up for other people's sessions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import BUCKET, LOG_GROUP
from tests.demo.support import client, quiet_region
from tests.demo.test_aws_cli import answer, aws


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    """One in which other people have sessions, now and earlier."""
    with quiet_region(past_sessions=60) as running:
        yield running


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def past_shell(region: SimulatedRegion) -> str:
    return next(
        session.session_id
        for session in region.sessions.history()
        if session.document_name == "SSM-SessionManagerRunShell"
    )


def test_ranges_of_an_object(region: SimulatedRegion) -> None:
    s3, key = client(region, "s3"), f"{past_shell(region)}.log"
    whole = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert b"\x1b[32msh-5.2$" in whole
    part = s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=5-9")
    assert part["Body"].read() == whole[5:10]
    assert part["ContentRange"] == f"bytes 5-9/{len(whole)}"
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert s3.get_object(Bucket=BUCKET, Key=key, Range="bytes=-4")["Body"].read() == whole[-4:]
    assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(whole)
    assert code(s3.get_object, Bucket=BUCKET, Key=key, Range="bytes=99999999-") == "InvalidRange"
    assert code(s3.get_object, Bucket=BUCKET, Key="none.log") == "NoSuchKey"


def test_pages_of_a_stream_meet_and_end_with_the_token_that_was_given(region: SimulatedRegion) -> None:
    logs, stream = client(region, "logs"), past_shell(region)
    where = {"logGroupName": LOG_GROUP, "logStreamName": stream}
    whole = logs.get_log_events(**where, startFromHead=True)["events"]
    held = json.loads(whole[0]["message"])
    assert (held["sessionId"], held["eventVersion"]) == (stream, "1.0")
    last = logs.get_log_events(**where, limit=2)
    assert last["events"] == whole[-2:]
    before = logs.get_log_events(**where, limit=2, nextToken=last["nextBackwardToken"])
    assert before["events"] == whole[-4:-2]
    assert logs.get_log_events(**where, nextToken=before["nextForwardToken"])["events"] == last["events"]
    end = logs.get_log_events(**where, nextToken=last["nextForwardToken"])
    assert (end["events"], end["nextForwardToken"]) == ([], last["nextForwardToken"])


def test_what_is_not_there(region: SimulatedRegion) -> None:
    logs = client(region, "logs")
    forward = next(
        session.session_id for session in region.sessions.history() if "PortForwarding" in session.document_name
    )
    for group, stream in ((LOG_GROUP, "none"), ("/none", "none"), (LOG_GROUP, forward)):
        asked = {"logGroupName": group, "logStreamName": stream}
        assert code(logs.get_log_events, **asked) == "ResourceNotFoundException"
    asked = {"logGroupName": LOG_GROUP, "logStreamName": past_shell(region)}
    assert code(logs.get_log_events, **asked, nextToken="x") == "InvalidParameterException"


def test_the_aws_cli_reads_both(region: SimulatedRegion, tmp_path: Path) -> None:
    stream = past_shell(region)
    events = answer(
        region,
        "logs",
        "get-log-events",
        "--log-group-name",
        LOG_GROUP,
        "--log-stream-name",
        stream,
        "--start-from-head",
    )["events"]
    assert stream in json.loads(events[0]["message"])["sessionData"][0]
    copy = tmp_path / "session.log"
    done: subprocess.CompletedProcess[str] = aws(region, "s3", "cp", f"s3://{BUCKET}/{stream}.log", str(copy))
    assert done.returncode == 0, done.stderr
    assert f"SessionId: {stream}".encode() in copy.read_bytes()


def test_a_large_object_is_copied_in_parts(region: SimulatedRegion, tmp_path: Path) -> None:
    data = b"".join(b"line %08d\n" % number for number in range(1_300_000))
    region.logs.put_object(BUCKET, "large.log", data)
    copy = tmp_path / "large.log"
    done = aws(region, "s3", "cp", f"s3://{BUCKET}/large.log", str(copy))
    assert done.returncode == 0, done.stderr
    assert copy.read_bytes() == data
