"""Reads a log part by part, forwards and backwards, from S3 or CloudWatch Logs.

A part of an object ends where a line ends, so that parts can be shown one after another. No part is larger than
`PART_BYTES` or a page of the log stream, however large the log is. Source: the API references of GetObject and
GetLogEvents: a page at an end of a stream comes with the token that was given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from smtui.domain.records.session_log import LogLine, LogPlace, LogStore
from smtui.sessions.log_text import lines_of_bytes, lines_of_events

if TYPE_CHECKING:
    from smtui.domain.records.session_log import ObjectPart, StreamPage
    from smtui.sessions.records_protocols import LogAws

PART_BYTES = 256 << 10
_EMPTY_PAGES = 20
"""A stream may have pages without events on the way; after so many the way is taken for its end."""


class NoSuchLog(Exception):
    """There is no such object or log stream."""


@dataclass(frozen=True, slots=True)
class LogPart:
    """Some lines, and where to read on."""

    lines: tuple[LogLine, ...]
    before: str
    """The mark of the part before this one; empty where the log begins."""
    after: str
    """The mark of the part behind this one; empty at the end of a log that does not grow."""
    at_end: bool = False
    """Whether there was nothing behind it when it was read."""
    total: int | None = None
    """Bytes of the whole log, where that is known."""


class LogSource(Protocol):
    """One log. Every method blocks and raises `AwsCallFailed` or `NoSuchLog`."""

    def first(self) -> LogPart:
        """The beginning."""

    def last(self) -> LogPart:
        """The end, as far as the log goes now."""

    def before(self, mark: str) -> LogPart:
        """The part that ends at a mark."""

    def after(self, mark: str) -> LogPart:
        """The part that begins at a mark; no lines where the log goes no further yet."""


def source_of(aws: LogAws, place: LogPlace) -> LogSource:
    """Return what reads this log."""
    return _Object(aws, place) if place.store is LogStore.S3 else _Stream(aws, place)


class _Object:
    """An object of S3. A mark is the offset of a line's first byte."""

    def __init__(self, aws: LogAws, place: LogPlace, part_bytes: int = PART_BYTES) -> None:
        self._aws = aws
        self._place = place
        self._size = part_bytes

    def first(self) -> LogPart:
        return self.after("0")

    def last(self) -> LogPart:
        part = self._read(-self._size, 0)
        return self._whole_lines(part.data, part.start, part.start + len(part.data), part.total)

    def before(self, mark: str) -> LogPart:
        end = int(mark)
        start = max(0, end - self._size)
        part = self._read(start, end)
        return self._whole_lines(part.data, start, end, part.total)

    def after(self, mark: str) -> LogPart:
        start = int(mark)
        part = self._read(start, start + self._size)
        data, end = part.data, start + len(part.data)
        if end < part.total and (cut := data.rfind(b"\n") + 1):
            data, end = data[:cut], start + cut
        return self._part(data, start, end, part.total)

    def _whole_lines(self, data: bytes, start: int, end: int, total: int) -> LogPart:
        """The data without the end of a line that began before it."""
        cut = data.find(b"\n") + 1 if start > 0 else 0
        if cut == len(data):  # it is all one line
            cut = 0
        return self._part(data[cut:], start + cut, end, total)

    def _part(self, data: bytes, start: int, end: int, total: int) -> LogPart:
        at_end = end >= total or not data
        lines = lines_of_bytes(data)
        return LogPart(lines, str(start) if start > 0 else "", "" if at_end else str(end), at_end=at_end, total=total)

    def _read(self, start: int, end: int) -> ObjectPart:
        part = self._aws.object_part(self._place.container, self._place.name, start, end)
        if part is None:
            raise NoSuchLog("The log is not there.")
        return part


class _Stream:
    """A log stream. A mark is a token of CloudWatch Logs."""

    def __init__(self, aws: LogAws, place: LogPlace) -> None:
        self._aws = aws
        self._place = place

    def first(self) -> LogPart:
        page = self._page(from_head=True)
        if not page.events:
            return self.after(page.forward)
        return LogPart(lines_of_events(page.events), "", page.forward)

    def last(self) -> LogPart:
        page = self._page()
        return LogPart(lines_of_events(page.events), page.backward, page.forward, at_end=True)

    def before(self, mark: str) -> LogPart:
        for _ in range(_EMPTY_PAGES):
            page = self._page(mark)
            is_first = page.backward in ("", mark)
            if page.events or is_first:
                return LogPart(lines_of_events(page.events), "" if is_first else page.backward, page.forward)
            mark = page.backward
        return LogPart((), "", mark)

    def after(self, mark: str) -> LogPart:
        for _ in range(_EMPTY_PAGES):
            page = self._page(mark)
            is_last = page.forward in ("", mark)
            if page.events or is_last:
                return LogPart(lines_of_events(page.events), page.backward, page.forward or mark, at_end=is_last)
            mark = page.forward
        return LogPart((), "", mark, at_end=True)

    def _page(self, token: str = "", *, from_head: bool = False) -> StreamPage:
        page = self._aws.stream_page(self._place.container, self._place.name, token=token, from_head=from_head)
        if page is None:
            raise NoSuchLog("The log is not there.")
        return page
