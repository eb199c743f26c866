"""Answers the operations that read logs: objects of Amazon S3 with ranges, and events of CloudWatch Logs.

Sources: GetObject and HeadObject in the Amazon S3 API reference; GetLogEvents in the CloudWatch Logs API reference: at
an end of the stream the token comes back that was given. What other people's sessions showed is made up when it is
asked for; what a session of the caller's showed was written by its agent (`far_end.logged_program`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.account.log_book import LogEvent
from smtui.demo.account.past_output import past_output
from smtui.demo.operations.log_store_calls import bucket_exists, log_group_exists
from smtui.demo.story.account_facts import HOME_REGION, LOG_GROUP
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.account.session_registry import DemoSession

_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)", re.ASCII)
_TOKEN = re.compile(r"(?P<way>[fb])/(?P<index>\d{20})/s", re.ASCII)
_MOST_EVENTS, _MOST_BYTES = 10_000, 1 << 20
_INGESTING = 800
"""Milliseconds until an event can be read."""
_UNLOGGED = ("AWS-StartPortForwarding", "AWS-StartSSH")


def get_object(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns an object or a range of it: an output of Run Command, or the log of a session."""
    data = _object(region, params)
    if not params.get("Range"):
        return {"Body": data, **_about(data)}
    first, last = _range(params["Range"], len(data))
    part = data[first : last + 1]
    return {
        **_about(data),
        "Body": part,
        "ContentLength": len(part),
        "ContentRange": f"bytes {first}-{last}/{len(data)}",
    }


def head_object(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes an object; `aws s3 cp` asks for it first."""
    return _about(_object(region, params))


def _about(data: bytes) -> dict[str, Any]:
    return {
        "AcceptRanges": "bytes",
        "ContentLength": len(data),
        "ContentType": "binary/octet-stream",
        "ETag": f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"',
        "LastModified": format_datetime(datetime.now(UTC), usegmt=True),
    }


def _object(region: RegionState, params: Params) -> bytes:
    bucket, key = params["Bucket"], params["Key"]
    if not bucket_exists(region, bucket):
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)
    data = region.commands.objects.get((bucket, key))
    if data is None:
        data = region.logs.object(bucket, key)
    session_id = key.rpartition("/")[2].removesuffix(".log")
    session = region.sessions.ended_session(session_id) if data is None else None
    if session is not None and _is_planted_log(region, session):
        data = "".join(text for _, text in past_output(session, datetime.now(UTC))).encode()
    if data is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", 404)
    return data


def _range(text: str, size: int) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None or not (found["first"] or found["last"]):
        return 0, size - 1
    if found["first"]:
        first = int(found["first"])
        last = min(int(found["last"]) if found["last"] else size - 1, size - 1)
    else:
        first, last = max(0, size - int(found["last"])), size - 1
    if first > last:
        raise AwsError("InvalidRange", "The requested range is not satisfiable", 416)
    return first, last


def get_log_events(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns a page of a log stream, the oldest event first."""
    events = _events(region, params["logGroupName"], params["logStreamName"])
    events = [event for event in events if _is_between(event, params)]
    limit = params.get("limit", _MOST_EVENTS)
    first, last = _page(events, params, limit)
    return {
        "events": [
            {"timestamp": one.at, "message": one.message, "ingestionTime": one.at + _INGESTING}
            for one in events[first:last]
        ],
        "nextForwardToken": f"f/{last:020d}/s",
        "nextBackwardToken": f"b/{first:020d}/s",
    }


def _page(events: list[LogEvent], params: Params, limit: int) -> tuple[int, int]:
    token = params.get("nextToken")
    found = _TOKEN.fullmatch(token) if token else None
    if token and found is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    forward = found["way"] == "f" if found is not None else bool(params.get("startFromHead"))
    at = min(int(found["index"]), len(events)) if found is not None else 0 if forward else len(events)
    step, size = (1 if forward else -1), 0
    end = at
    while 0 <= (following := end + step) <= len(events) and abs(following - at) <= limit:
        size += len(events[min(end, following)].message) + 26
        if size > _MOST_BYTES and end != at:
            break
        end = following
    return (at, end) if forward else (end, at)


def _is_between(event: LogEvent, params: Params) -> bool:
    return bool(params.get("startTime", 0) <= event.at < params.get("endTime", 1 << 60))


def _events(region: RegionState, group: str, stream: str) -> list[LogEvent]:
    if not region.place.is_home or not log_group_exists(region, group):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    written = region.logs.stream(group, stream)
    if written is not None:
        return written
    session = region.sessions.session(stream) or region.sessions.ended_session(stream)
    if group != LOG_GROUP or session is None or not _is_planted_log(region, session):
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    return [_structured(session, at, text) for at, text in past_output(session, datetime.now(UTC))]


def _structured(session: DemoSession, at: datetime, text: str) -> LogEvent:
    return LogEvent(
        int(at.timestamp() * 1000), structured_message(session.session_id, session.node_id, session.owner, at, text)
    )


def structured_message(session_id: str, node_id: str, owner: str, at: datetime, text: str) -> str:
    """An event as the agent streams it: JSON with the lines in it."""
    held = {
        "eventVersion": "1.0",
        "eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "awsRegion": HOME_REGION,
        "target": {"id": node_id},
        "userIdentity": {"arn": owner},
        "runAsUser": "ssm-user",
        "sessionId": session_id,
        "sessionData": text.replace("\t", " ").replace("\r", "").removesuffix("\n").split("\n"),
    }
    return json.dumps(held, separators=(",", ":"))


def _is_planted_log(region: RegionState, session: DemoSession) -> bool:
    """Whether the story has a log of this session: those of the caller were written by an agent, or not at all."""
    return region.sessions.is_planted(session.session_id) and not session.document_name.startswith(_UNLOGGED)


LOGS_HANDLERS: Mapping[str, Handler] = {"GetLogEvents": get_log_events}
S3_HANDLERS: Mapping[str, Handler] = {"GetObject": get_object, "HeadObject": head_object}
PERMISSIONS: Mapping[str, str] = {"HeadObject": "GetObject"}
"""Operation -> IAM action, where the names differ."""
