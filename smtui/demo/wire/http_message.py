"""Holds one HTTP exchange, unchanged enough to check its signature."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request: path and query are still percent-encoded, header names in lower case, headers in order."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """The first value of the header; empty when it is missing. `name` in lower case."""
        return next((value for key, value in self.headers if key == name), "")

    def values(self, name: str) -> list[str]:
        """Every value of the header, in order. `name` in lower case."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response with its whole body. The repr leaves the body out, since it may hold a session token."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
