"""A forward as users have it: the plugin as a real process, and real sockets to it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from smtui.demo.far_end.node_services import demo_bytes
from tests.plugin.builtin.service import SESSION, Service

TO_NODE = "AWS-StartPortForwardingSession"
TO_HOST = "AWS-StartPortForwardingSessionToRemoteHost"


class Forward:
    """The plugin, running; its words and events as they come, on whichever stream they are."""

    def __init__(self, process: subprocess.Popen[bytes], stream: Any) -> None:
        self.process = process
        self.lines: list[str] = []
        self.events: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    @property
    def words(self) -> str:
        return "".join(self.lines)

    def until(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """Wait for words."""
        with self._changed:
            assert self._changed.wait_for(lambda: re.search(pattern, self.words), seconds), self.words
        found = re.search(pattern, self.words)
        assert found
        return found

    def until_told(self, seconds: float = 60, **wanted: object) -> dict[str, Any]:
        """Wait for an event line with these values."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._told(wanted), seconds), self.events
        return self._told(wanted)[0]

    @property
    def port(self) -> int:
        return int(self.until(r"Port (\d+) opened for sessionId")[1])

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.settimeout(20)
        return connection

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        status = self.process.wait(60)
        self._reader.join(60)
        return status

    def _told(self, wanted: Mapping[str, object]) -> list[dict[str, Any]]:
        return [event for event in self.events if wanted.items() <= event.items()]

    def _read(self, stream: Any) -> None:
        for raw in stream:
            line = raw.decode()
            with self._changed:
                if line.startswith("{"):
                    self.events.append(json.loads(line))
                else:
                    self.lines.append(line)
                self._changed.notify_all()


@contextlib.contextmanager
def forward(
    far: Service,
    parameters: Mapping[str, Sequence[str]],
    *,
    document: str = TO_NODE,
    from_smtui: bool = True,
    wrapped_in: Sequence[str] = (),
    **environment: str,
) -> Iterator[Forward]:
    """`wrapped_in` is a command that the plugin's follows."""
    far.book.documents[SESSION] = document
    far.book.parameters[SESSION] = parameters
    process = subprocess.Popen(
        [*wrapped_in, *far.argv],
        env=far.environment(from_smtui=from_smtui, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield Forward(process, process.stderr if from_smtui else process.stdout)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream
            stream.close()


def received(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or what came until the end."""
    data = b""
    while len(data) < size and (more := connection.recv(65_536)):
        data += more
    return data


def hash_of(size: int) -> str:
    """Of what the demo's web server answers for `/bytes/SIZE`."""
    digest = sha256()
    for piece in demo_bytes(size):
        digest.update(piece)
    return digest.hexdigest()


def is_free(port: int) -> bool:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
