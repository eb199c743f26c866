"""How proof is asked of AWS: brief calls, lists read to their end, many calls side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from smtui.aws.connection import Connection
from smtui.aws.shapes import mapping
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind

T = TypeVar("T")
A = TypeVar("A")

_SIDE_BY_SIDE = 6
_FILTER_VALUES = 200
"""EC2 takes no more values in one filter."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A paged operation: the key its pages hold the list under."""

    action: str
    operation: str
    holds: str
    marker: str = "NextToken"
    """What a page names the next one by, and what that is asked for with."""

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]


class EvidenceCalls:
    """One place, asked for proof; what all parts of `BotoEvidence` stand on."""

    def __init__(self, connection: Connection, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._now = now

    def _call(self, action: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """One API call of the action's own service."""
        return self._connection.call_briefly(action, action.partition(":")[0], operation, **parameters)

    def _entries(self, listing: Listing, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """The entries of every page."""
        return (item for item in self._items(listing, **parameters) if isinstance(item, Mapping))

    def _items(self, listing: Listing, **parameters: Any) -> Iterator[Any]:
        """What every page holds. A page without its list is a fault: what was cut short must not pass for whole."""
        asked, seen = parameters, set[str]()
        while True:
            page = self._call(listing.action, listing.operation, **asked)
            items = page.get(listing.holds)
            if not isinstance(items, list):
                raise self._odd(listing.action, "The answer holds no list.")
            yield from items
            token = str(page.get(listing.marker) or "")
            if not token:
                return
            if token in seen:
                raise self._odd(listing.action, "The same page was announced twice.")
            seen.add(token)
            asked = parameters | {listing.marker: token}

    def _by_filter(self, listing: Listing, name: str, values: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """The entries of EC2 that have one of the values; unlike a list of ids, a filter bears values that are gone."""
        for start in range(0, len(values), _FILTER_VALUES):
            chosen = {"Name": name, "Values": list(values[start : start + _FILTER_VALUES])}
            yield from self._entries(listing, Filters=[chosen])

    def _odd(self, action: str, message: str) -> AwsCallFailed:
        return self._fault(FaultKind.SERVICE, action, message)

    def _fault(self, kind: FaultKind, action: str, message: str) -> AwsCallFailed:
        return AwsCallFailed(Fault(kind, action, "", message, self._now()))


def side_by_side(ask: Callable[[A], T], each: Sequence[A]) -> list[T]:
    """`ask` of each in a few threads, in order; the first failure is raised.

    Daemon threads: an executor's would be waited for when the program ends.
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
    """The headers of the answer that said no, in lower case; empty where nothing answered."""
    response = mapping(getattr(failed.__cause__, "response", None))
    return mapping(mapping(response.get("ResponseMetadata")).get("HTTPHeaders"))


def is_code(failed: AwsCallFailed, *prefixes: str) -> bool:
    """Whether AWS's error code begins with one of them."""
    return failed.fault.code.startswith(prefixes)
