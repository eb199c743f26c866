from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtui.demo.region import SimulatedRegion
from smtui.demo.wire.http_server import DemoHttpServer, HttpRequest, HttpResponse
from tests.demo.support import client, exchange


def echo(request: HttpRequest) -> HttpResponse | None:
    if request.path == "/never":
        return None
    if request.path == "/fail":
        raise ZeroDivisionError
    return HttpResponse(200, request.body or request.path.encode())


@pytest.fixture
def server() -> Iterator[DemoHttpServer]:
    running = DemoHttpServer(0, echo)
    running.start()
    yield running
    running.close()


def connect(server: DemoHttpServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=60)


def read_all(connection: socket.socket) -> bytes:
    """To the end of the connection, be it closed or reset."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def ask(server: DemoHttpServer, request: str, body: bytes = b"") -> bytes:
    """Everything that comes back on one connection that the request lets close."""
    with connect(server) as connection:
        connection.sendall(request.replace("\n", "\r\n").replace("PORT", str(server.port)).encode() + body)
        return read_all(connection)


def test_several_requests_share_a_connection(server: DemoHttpServer) -> None:
    one = "POST /a HTTP/1.1\nHost: 127.0.0.1:PORT\nContent-Length: 3\n\nabc"
    last = "GET /b HTTP/1.1\nHost: localhost:PORT\nConnection: close\n\n"
    answer = ask(server, one + one + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.endswith(b"\r\n\r\n/b")


@pytest.mark.parametrize(
    "headers",
    ["Host: evil.example\n", "Host: evil.example:PORT\n", "Host: 127.0.0.1\n", "Host: 127.0.0.1:1\n", "",
     "Host: 127.0.0.1:PORT\nHost: evil.example\n", "Host: 127.0.0.1:PORT\nOrigin: null\n",
     "Host: 127.0.0.1:PORT\nOrigin: http://127.0.0.1:PORT\n"],
)  # fmt: skip
def test_a_foreign_host_and_any_origin_are_refused(server: DemoHttpServer, headers: str) -> None:
    answer = ask(server, f"POST / HTTP/1.1\n{headers}Connection: close\nContent-Length: 0\n\n")
    assert answer.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_every_method_reaches_the_answer(server: DemoHttpServer, method: str) -> None:
    answer = ask(server, f"{method} /x HTTP/1.1\nHost: 127.0.0.1:PORT\nConnection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 200 OK")


def test_head_gets_no_body(server: DemoHttpServer) -> None:
    answer = ask(server, "HEAD /x HTTP/1.1\nHost: 127.0.0.1:PORT\nConnection: close\n\n")
    assert answer.endswith(b"Content-Length: 2\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: 99999999", b"413"),
        ("Content-Length: -1", b"400"),
        ("Content-Length: x", b"400"),
        ("Content-Length: ²", b"400"),
        ("Transfer-Encoding: chunked", b"400"),
    ],
)
def test_a_body_that_is_not_acceptable(server: DemoHttpServer, headers: str, status: bytes) -> None:
    answer = ask(server, f"POST / HTTP/1.1\nHost: 127.0.0.1:PORT\n{headers}\n\n")
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_a_client_that_waits_for_the_continue_gets_it_at_once(server: DemoHttpServer) -> None:
    with connect(server) as connection:
        head = f"PUT / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(b"abc")
        assert b"200 OK" in connection.recv(1000)


def test_a_fault_of_ours_is_an_answer_too(server: DemoHttpServer) -> None:
    answer = ask(server, "GET /fail HTTP/1.1\nHost: 127.0.0.1:PORT\nConnection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 500 ")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_never_ends_the_server(server: DemoHttpServer, garbage: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        read_all(connection)
    assert ask(server, "GET /still HTTP/1.1\nHost: 127.0.0.1:PORT\nConnection: close\n\n").endswith(b"/still")


def test_nothing_is_written_to_the_terminal(server: DemoHttpServer, capfd: pytest.CaptureFixture[str]) -> None:
    ask(server, "GET / HTTP/1.1\nHost: 127.0.0.1:PORT\nConnection: close\n\n")
    ask(server, "nonsense\n\n")
    ask(server, "GET /fail HTTP/1.1\nHost: 127.0.0.1:PORT\nConnection: close\n\n")
    assert capfd.readouterr() == ("", "")


def test_closing_cuts_idle_and_unanswered_connections(server: DemoHttpServer) -> None:
    with connect(server) as idle, connect(server) as unanswered:
        unanswered.sendall(f"GET /never HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
        closing = threading.Thread(target=server.close)
        closing.start()
        assert read_all(unanswered) == b""
        assert read_all(idle) == b""
        closing.join()
    with pytest.raises(OSError, match="refused"):
        connect(server)


def test_browsers_are_refused_by_the_region_itself(region: SimulatedRegion) -> None:
    origin = {"Host": urlsplit(region.endpoint_url).netloc, "Origin": "https://evil.example"}
    assert exchange(region, "POST", "/", b"{}", origin)[0] == 403
    assert client(region, "sts").get_caller_identity()["Account"] == "111122223333"
