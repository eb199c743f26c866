"""Makes the API calls of one place, and reads the fields of their answers.

It makes a single call, lists page by page, or makes many calls side by side. A field that is missing or of another type
gives an empty value and never raises.
Sources: botocore/paginate.py; https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html on filters.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from smtui.aws.connection import Connection, Patience
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind

T = TypeVar("T")
A = TypeVar("A")

_SIDE_BY_SIDE = 6
_FILTER_VALUES = 200
"""EC2 takes no more values in one filter."""


class ApiCalls:
    """Calls from one place, each with one patience. Every method may block and raises `AwsCallFailed`.

    An action is named as IAM names it, `ssm:GetDocument`: it gives the service, the operation unless another is named,
    and the name in the fault. Parameters are the operation's own.
    """

    def __init__(
        self, connection: Connection, now: Callable[[], datetime], patience: Patience = Patience.USUAL
    ) -> None:
        self.connection = connection
        self.now = now
        self._patience = patience

    def call(self, action: str, /, operation: str = "", **parameters: Any) -> Mapping[str, Any]:
        """One answer. `operation` is botocore's method name, where IAM names the action differently."""
        return self._answer(action, lambda client: getattr(client, operation or _method(action))(**parameters))

    def call_once(self, action: str, /, **parameters: Any) -> Mapping[str, Any]:
        """Like `call`, for what must not be sent twice: never repeated, and on a connection of its own.

        A kept connection may be dead without our knowing, and then nobody could tell whether the call arrived.
        """

        def send(client: Any) -> Mapping[str, Any]:
            try:
                answer: Mapping[str, Any] = getattr(client, _method(action))(**parameters)
                return answer
            finally:
                client.close()

        return self._answer(action, send, Patience.ONCE)

    def call_for_data(self, action: str, most: int, /, **parameters: Any) -> tuple[Mapping[str, Any], bytes]:
        """One answer with at most so many bytes of its body, which is read while the call still counts as under way."""

        def send(client: Any) -> tuple[Mapping[str, Any], bytes]:
            answer: Mapping[str, Any] = getattr(client, _method(action))(**parameters)
            body = answer.get("Body")
            try:
                return answer, body.read(most) if body is not None else b""
            finally:
                if body is not None:
                    body.close()

        return self._answer(action, send)

    def pages(self, action: str, /, *, page_size: int | None = None, **parameters: Any) -> Iterator[list[Any]]:
        """The list of each page, to the end; a page may be empty.

        A page without its list, and a page token that comes twice, are faults: a list that was cut short must not pass
        for whole, or nodes would be called unmanaged that are not.
        """
        pages: Iterator[Mapping[str, Any]] | None = None
        holds = ""

        def next_page(client: Any) -> Mapping[str, Any] | None:
            nonlocal pages, holds
            if pages is None:
                paginator = client.get_paginator(_method(action))
                (key,) = paginator.result_keys
                holds = key.expression
                pages = iter(paginator.paginate(PaginationConfig={"PageSize": page_size}, **parameters))
            return next(pages, None)

        while (page := self._answer(action, next_page)) is not None:
            items = page.get(holds)
            if not isinstance(items, list):
                raise self.odd_answer(action, "The answer holds no list.")
            yield items

    def items(self, action: str, /, **parameters: Any) -> Iterator[Any]:
        """What the list of every page holds."""
        for page in self.pages(action, **parameters):
            yield from page

    def entries(self, action: str, /, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """The mappings in the list of every page."""
        return (item for item in self.items(action, **parameters) if isinstance(item, Mapping))

    def by_filter(
        self, action: str, name: str, values: Sequence[str], *, parameter: str = "Filters"
    ) -> Iterator[Mapping[str, Any]]:
        """EC2's entries that have one of the values; unlike a list of ids, a filter may hold ids that are gone."""
        for start in range(0, len(values), _FILTER_VALUES):
            chosen = {"Name": name, "Values": list(values[start : start + _FILTER_VALUES])}
            yield from self.entries(action, **{parameter: [chosen]})

    def odd_answer(self, action: str, message: str) -> AwsCallFailed:
        """For an answer that AWS's model does not allow; `message` is a sentence."""
        return self.failed(FaultKind.SERVICE, action, message)

    def failed(self, kind: FaultKind, action: str, message: str) -> AwsCallFailed:
        """A fault that no exception of botocore stands for; `message` is a sentence."""
        return AwsCallFailed(Fault(kind, action, "", message, self.now()))

    def _answer(self, action: str, send: Callable[[Any], T], patience: Patience | None = None) -> T:
        connection, host, began = self.connection, "", time.monotonic()
        opened = connection.renewed(action)
        try:
            client = connection.client(opened, action.partition(":")[0], patience or self._patience)
            host = urlsplit(str(client.meta.endpoint_url)).hostname or ""
            with connection.waiting_for(f"{action} at {host}"):
                return send(client)
        except Exception as error:
            failed = connection.failure(error, action, opened)
            raise _with_time(failed, host, time.monotonic() - began) from error


def _method(action: str) -> str:
    """botocore's method for an action: `ssm:GetDocument` is `get_document`."""
    from botocore import xform_name

    return str(xform_name(action.partition(":")[2]))


def _with_time(failed: AwsCallFailed, host: str, seconds: float) -> AwsCallFailed:
    """Names the host that did not answer, and the seconds of all attempts."""
    fault = failed.fault
    if fault.kind is not FaultKind.TIMED_OUT or fault.says or not host:
        return failed
    return AwsCallFailed(replace(fault, says=f"{fault.action} got no answer from {host} within {seconds:.0f} s"))


def side_by_side(ask: Callable[[A], T], each: Sequence[A]) -> list[T]:
    """The results of `ask` for each, in order, asked in six threads; the first failure is raised.

    Daemon threads: an executor would wait for its threads when the program ends.
    """
    found: dict[int, T] = {}
    failures: list[Exception] = []
    waiting = iter(enumerate(each))
    lock = threading.Lock()

    def work() -> None:
        while not failures:
            with lock:
                index, one = next(waiting, (-1, None))
            if one is None:
                return
            try:
                found[index] = ask(one)
            except Exception as error:
                failures.append(error)

    crew = [threading.Thread(target=work, daemon=True) for _ in range(min(len(each), _SIDE_BY_SIDE))]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    if failures:
        raise failures[0]
    return [found[index] for index in range(len(each))]


def headers_of(failed: AwsCallFailed) -> Mapping[str, Any]:
    """The headers of an answer that reports an error, their names in lower case; empty where nothing answered."""
    response = mapping(getattr(failed.__cause__, "response", None))
    return mapping(mapping(response.get("ResponseMetadata")).get("HTTPHeaders"))


def is_code(failed: AwsCallFailed, *prefixes: str) -> bool:
    """Whether AWS's error code begins with one of the prefixes."""
    return failed.fault.code.startswith(prefixes)


def text(entry: Mapping[str, Any], key: str) -> str:
    """The string under the key, else empty."""
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The strings in the list under the key."""
    value = entry.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def each_text(entries: object, key: str) -> tuple[str, ...]:
    """The string under the key of every entry that has one."""
    return tuple(found for entry in mappings(entries) if (found := text(entry, key)))


def number(entry: Mapping[str, Any], key: str) -> int | None:
    """The integer under the key; None also for a boolean."""
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> Iterable[Mapping[str, Any]]:
    """The mappings in a list, else none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def when(value: object) -> datetime | None:
    """The time, aware and in UTC; a naive one is in UTC already. None for anything else."""
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return None
