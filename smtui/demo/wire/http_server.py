"""Serves HTTP/1.1 on 127.0.0.1: keep-alive, one thread a connection, no log.

A request stays unchanged enough to check its signature.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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


LOOPBACK = "127.0.0.1"
_LARGEST_BODY = 1 << 20
_IDLE_SECONDS = 75.0

Answer = Callable[[HttpRequest], HttpResponse | None]
"""Request -> response; None for a request that must never be answered."""


class DemoHttpServer:
    """A server that calls `answer` for each request. Its port is open until `close`."""

    def __init__(self, port: int, answer: Answer) -> None:
        self._server = _Server((LOOPBACK, port), answer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Starts answering."""
        self._thread.start()

    def close(self) -> None:
        """Stops listening and cuts every connection, answered or not."""
        self._server.closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.cut_connections()

    def wait(self, seconds: float) -> None:
        """Sleeps, or returns early when the server closes."""
        self._server.closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], answer: Answer) -> None:
        self.answer = answer
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Binds without the reverse DNS lookup of http.server."""
        if os.name == "posix":  # on Windows this option lets two servers share a port
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        with self._lock:
            left = list(self._connections)
        for connection in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints nothing: a client that has gone is normal, and the terminal is not ours."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    wbufsize = 1 << 18
    """Head and body go out in one write; a second write would wait for the acknowledgement of the first."""
    server: _Server

    def __getattr__(self, name: str) -> Any:
        """Answers every method in the same way, so that a refusal has AWS's wording, not http.server's."""
        if name.startswith("do_"):
            return self._exchange
        raise AttributeError(name)

    def _exchange(self) -> None:
        refused = self._refused()
        length = self._body_length()
        if length is None or length > _LARGEST_BODY:
            self.close_connection = True
            self._send(HttpResponse(413 if length else 400, b"The request's body is not acceptable.\n"))
            return
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return
        response = refused or self._answer(body)
        if response is None:
            self.server.closing.wait()
            self.close_connection = True
            return
        self._send(response)

    def _answer(self, body: bytes) -> HttpResponse | None:
        try:
            return self.server.answer(self._request(body))
        except Exception as error:
            return HttpResponse(500, f"The simulated Region failed: {type(error).__name__}\n".encode())

    def _refused(self) -> HttpResponse | None:
        port = self.server.server_port
        own = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        hosts = self.headers.get_all("host", [])
        if len(hosts) == 1 and hosts[0].strip().lower() in own and "origin" not in self.headers:
            return None
        return HttpResponse(403, b"Only programs of this machine may call the simulated Region.\n")

    def _body_length(self) -> int | None:
        if "transfer-encoding" in self.headers:
            return None
        text = self.headers.get("content-length", "0").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def _request(self, body: bytes) -> HttpRequest:
        path, _, query = self.path.partition("?")
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        return HttpRequest(self.command, path, query, headers, body)

    def _send(self, response: HttpResponse) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        if not any(name.lower() == "content-length" for name, _ in response.headers):  # a HEAD's may be an object's
            self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def handle_expect_100(self) -> bool:
        """Flushes the line at once: the client waits for it before it sends the body."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Writes no access log: the terminal is not ours."""

    def version_string(self) -> str:
        return "smtui-demo"
