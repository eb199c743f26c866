"""Sessions of our plugin with the real agent, and what stands at their other end on this machine."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pexpect

from tests.end_to_end.shells import PLUGIN
from tests.plugin.builtin.forward import Forward
from tests.plugin.builtin.soak import Counted
from tests.real_agent.conftest import ENDPOINT, NODE, REGION, Bed

PATIENCE = 120.0
_READ = 65_536
_READY = b"-ready-"


@dataclass(frozen=True)
class Started:
    """A session that StartSession made, and how the plugin is started for it."""

    session_id: str
    argv: list[str]
    environment: dict[str, str]


def start(bed: Bed, document: str = "", **parameters: str) -> Started:
    """Start a session as the AWS CLI does."""
    asked: dict[str, Any] = {"Target": NODE}
    if document:
        asked |= {"DocumentName": document, "Parameters": {name: [value] for name, value in parameters.items()}}
    answer = bed.call("StartSession", **asked)
    response = json.dumps({name: answer[name] for name in ("SessionId", "StreamUrl", "TokenValue")})
    argv = [PLUGIN, "AWS_SSM_START_SESSION_RESPONSE", REGION, "StartSession", "", json.dumps(asked), ENDPOINT]
    return Started(answer["SessionId"], argv, bed.environment() | {"AWS_SSM_START_SESSION_RESPONSE": response})


def start_forward(bed: Bed, port: int) -> Started:
    return start(bed, "AWS-StartPortForwardingSession", portNumber=str(port), localPortNumber="0")


@contextlib.contextmanager
def forward(bed: Bed, started: Started) -> Iterator[Forward]:
    """Our plugin with a forward, which is ended at the end."""
    process = subprocess.Popen(
        started.argv,
        env=started.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Forward(process, process.stdout)
    finally:
        process.terminate()
        process.wait(30)
        bed.call("TerminateSession", SessionId=started.session_id)


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """A server on this machine that sends back what each connection sends; its port."""

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(_READ):
                connection.sendall(data)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True)
class Line:
    """A way for bytes that come back: a connection, or a terminal in which `cat` runs."""

    descriptor: int
    write: Callable[[bytes], int]
    read: Callable[[], bytes]

    def exchange(self, counted: Counted, *, after: int = 0, act: Callable[[], None] | None = None) -> None:
        """Send all of `counted` and wait until it is back, or nothing comes any more; `act` once `after` bytes came."""
        deadline = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self.descriptor, selectors.EVENT_READ)
            while not (counted.is_sent and counted.is_whole):
                assert time.monotonic() < deadline, f"{counted.received} of {counted.sent} bytes came back"
                for _ in range(64 * (not counted.is_sent and not counted.is_waiting)):
                    counted.tick()
                counted.send(self.write)
                if selector.select(0.05):
                    data = self.read()
                    assert data, "the connection was closed"
                    counted.receive(data)
                if act is not None and counted.received >= after:
                    act()
                    act = None


def line_through(running: Forward) -> tuple[Line, socket.socket]:
    connection = running.connect()
    connection.setblocking(False)
    return Line(connection.fileno(), connection.send, lambda: connection.recv(_READ)), connection


@contextlib.contextmanager
def shell(started: Started) -> Iterator[pexpect.spawn]:
    """Our plugin in a terminal, at the shell's prompt or before it; it gets the time to end its session."""
    plugin = pexpect.spawn(started.argv[0], started.argv[1:], env=started.environment, timeout=PATIENCE)
    plugin.delaybeforesend = None
    try:
        yield plugin
        plugin.kill(signal.SIGTERM)
        plugin.expect(pexpect.EOF)
    finally:
        plugin.close(force=True)


def line_of_shell(plugin: pexpect.spawn) -> Line:
    """Have the shell send back every byte."""
    plugin.expect(r"[$#] $")
    plugin.send("stty raw -echo; printf %s-re%s- '' ady; exec cat\r")
    plugin.expect_exact(_READY)
    terminal = plugin.child_fd
    os.set_blocking(terminal, False)
    return Line(terminal, lambda data: os.write(terminal, data), lambda: os.read(terminal, _READ))


def stop(running: Forward) -> int:
    """End a forward as Ctrl-C does; its exit status."""
    running.process.send_signal(signal.SIGINT)
    return running.process.wait(30)
