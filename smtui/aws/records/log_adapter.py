"""Reads the logs of sessions from S3 and CloudWatch Logs, and the documents that say where they are.

Sources: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html,
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html and
https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_ListDocumentVersions, API_GetDocument)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import is_code, mappings, number, text, when
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.session_log import DocumentVersion, ObjectPart, StreamEvent, StreamPage

if TYPE_CHECKING:
    from smtui.aws.api_calls import ApiCalls

_GET_DOCUMENT, _GET_OBJECT, _GET_EVENTS = "ssm:GetDocument", "s3:GetObject", "logs:GetLogEvents"
_NO_DOCUMENT = ("InvalidDocument",)
_NO_OBJECT = ("NoSuchKey", "404")
_BEYOND = ("InvalidRange", "416")
_NO_STREAM = ("ResourceNotFound",)
_EVENTS_A_PAGE = 1_000
_MOST_BYTES = 4 << 20
"""Of one part of an object, whatever answers."""
LATEST = "$LATEST"


class LogAdapter:
    """Implements `LogAws`. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def document_versions(self, name: str) -> list[DocumentVersion]:
        """ssm:ListDocumentVersions of a session document; none where there is no such document."""
        try:
            entries = list(self._calls.entries("ssm:ListDocumentVersions", Name=name))
        except AwsCallFailed as failed:
            if is_code(failed, *_NO_DOCUMENT):
                return []
            raise
        return [
            DocumentVersion(text(entry, "DocumentVersion"), when(entry.get("CreatedDate")), text(entry, "Status"))
            for entry in entries
        ]

    def document_text(self, name: str, version: str = "") -> str:
        """ssm:GetDocument: the content of a version, the newest if none is named; empty where there is none."""
        try:
            answer = self._calls.call(
                _GET_DOCUMENT, Name=name, DocumentFormat="JSON", DocumentVersion=version or LATEST
            )
        except AwsCallFailed as failed:
            if is_code(failed, *_NO_DOCUMENT):
                return ""
            raise
        content = answer.get("Content")
        if not isinstance(content, str):
            raise self._calls.odd_answer(_GET_DOCUMENT, f"The answer for {name} holds no content.")
        return content

    def object_part(self, bucket: str, key: str, start: int, end: int = 0) -> ObjectPart | None:
        """s3:GetObject of the bytes from `start` to before `end`; a negative start counts from the object's end.

        None where there is no such object.
        """
        wanted = f"bytes={start}" if start < 0 else f"bytes={start}-{end - 1 if end else ''}"
        most = min(-start if start < 0 else (end or _MOST_BYTES) - start, _MOST_BYTES)
        try:
            answer, data = self._calls.call_for_data(_GET_OBJECT, most, Bucket=bucket, Key=key, Range=wanted)
        except AwsCallFailed as failed:
            if is_code(failed, *_NO_OBJECT):
                return None
            if is_code(failed, *_BEYOND):  # an empty object has no range at all
                return ObjectPart(b"", max(0, start), max(0, start))
            raise
        return _part(answer, data)

    def stream_page(self, group: str, stream: str, *, token: str = "", from_head: bool = False) -> StreamPage | None:
        """logs:GetLogEvents: the page at a token, else the last one, or the first. None where there is no stream."""
        given: dict[str, Any] = {"logGroupName": group, "logStreamName": stream, "limit": _EVENTS_A_PAGE}
        given |= {"nextToken": token} if token else {"startFromHead": from_head}
        try:
            answer = self._calls.call(_GET_EVENTS, **given)
        except AwsCallFailed as failed:
            if is_code(failed, *_NO_STREAM):
                return None
            raise
        events = tuple(
            StreamEvent(text(entry, "message"), _moment(number(entry, "timestamp")))
            for entry in mappings(answer.get("events"))
        )
        return StreamPage(events, text(answer, "nextForwardToken"), text(answer, "nextBackwardToken"))


def _part(answer: Mapping[str, Any], data: bytes) -> ObjectPart:
    """Reads `bytes 100-199/5000`; an answer without a range is the whole object."""
    span, _, total = text(answer, "ContentRange").removeprefix("bytes ").partition("/")
    first = span.partition("-")[0]
    if not (first.isascii() and first.isdigit() and total.isascii() and total.isdigit()):
        return ObjectPart(data, 0, number(answer, "ContentLength") or len(data))
    return ObjectPart(data, int(first), int(total))


def _moment(milliseconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds is not None else None
    except (OverflowError, ValueError, OSError):
        return None
