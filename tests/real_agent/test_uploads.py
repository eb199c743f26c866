"""Uploads through the real agent while its connection is reset: every byte once and in order, in one session."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import subprocess
import threading
import urllib.error
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from tests.end_to_end.shells import PLUGIN
from tests.plugin.builtin.forward import Forward
from tests.real_agent.conftest import ENDPOINT, NODE, REGION, Bed

SIZE = 8_000_000
UPLOADS = 15
PATIENCE = 120.0


class Destination:
    """Takes one connection on the node, to its end."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.received = 0
        self.digest = sha256()
        self.changed = threading.Condition()
        threading.Thread(target=self._take, daemon=True).start()

    def until(self, size: int) -> bool:
        """Wait until so much has come; whether it has."""
        with self.changed:
            return self.changed.wait_for(lambda: self.received >= size, PATIENCE)

    def close(self) -> None:
        self._listening.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listening.accept()
            with connection:
                while data := connection.recv(262_144):
                    with self.changed:
                        self.received += len(data)
                        self.digest.update(data)
                        self.changed.notify_all()


@contextlib.contextmanager
def forward(bed: Bed, port: int) -> Iterator[tuple[Forward, str]]:
    """Our plugin with a forward to a port of the node, and the session's id."""
    asked = {
        "Target": NODE,
        "DocumentName": "AWS-StartPortForwardingSession",
        "Parameters": {"portNumber": [str(port)], "localPortNumber": ["0"]},
    }
    started: dict[str, Any] = bed.call("StartSession", **asked)
    response = json.dumps({name: started[name] for name in ("SessionId", "StreamUrl", "TokenValue")})
    process = subprocess.Popen(
        [PLUGIN, "AWS_SSM_START_SESSION_RESPONSE", REGION, "StartSession", "", json.dumps(asked), ENDPOINT],
        env=bed.environment() | {"AWS_SSM_START_SESSION_RESPONSE": response},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Forward(process, process.stdout), started["SessionId"]
    finally:
        process.terminate()
        process.wait(30)
        bed.call("TerminateSession", SessionId=started["SessionId"])


def reset_agent(bed: Bed, session_id: str) -> None:
    """Reset the agent's connection; one that is away at the moment is as good as reset."""
    with contextlib.suppress(urllib.error.HTTPError):
        bed.tell("drop", session=session_id, side="agent", how="abort")


@pytest.mark.parametrize("seed", range(UPLOADS))
def test_an_upload_survives_resets_of_the_agents_connection(bed: Bed, seed: int) -> None:
    chance = random.Random(seed)
    data = chance.randbytes(SIZE)
    resets = sorted(chance.sample(range(SIZE // 20, SIZE * 9 // 10), 3))
    destination = Destination()
    try:
        with forward(bed, destination.port) as (running, session_id), running.connect() as local:
            local.settimeout(PATIENCE)
            sending = threading.Thread(target=_send, args=(local, data), daemon=True)
            sending.start()
            for after in resets:
                assert destination.until(after), f"stopped at {destination.received} bytes: {running.words}"
                reset_agent(bed, session_id)
            assert destination.until(SIZE), f"stopped at {destination.received} bytes: {running.words}"
            sending.join(PATIENCE)
            assert (destination.received, destination.digest.digest()) == (SIZE, sha256(data).digest())
            opens = bed.tell("sessions")[session_id]["stats"]["agent_opens"]
            assert opens > 1, "the agent's connection was reset, and made again"
    finally:
        destination.close()


def _send(local: socket.socket, data: bytes) -> None:
    with contextlib.suppress(OSError):
        local.sendall(data)
