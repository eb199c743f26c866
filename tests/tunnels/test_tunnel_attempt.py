"""A plugin's own connection, told from those of its clients."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import psutil
import pytest

from smtui.tunnels.tunnel_attempt import has_connection

PLUGIN = """
import socket, sys
service = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
local = socket.create_server(("127.0.0.1", 0))
print(local.getsockname()[1], flush=True)
client, _ = local.accept()
print("accepted", flush=True)
service.recv(1)
service.close()
print("lost", flush=True)
sys.stdin.read()
"""


@pytest.mark.integration
def test_a_connection_that_is_lost() -> None:
    with socket.create_server(("127.0.0.1", 0)) as service:
        argv = [sys.executable, "-c", PLUGIN, str(service.getsockname()[1])]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as plugin:
            assert plugin.stdout is not None
            session, _ = service.accept()
            port = int(plugin.stdout.readline())
            with session, socket.create_connection(("127.0.0.1", port)):
                plugin.stdout.readline()
                assert has_connection(plugin.pid, port) is True
                session.close()
                plugin.stdout.readline()
                assert has_connection(plugin.pid, port) is False
            plugin.kill()


def test_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_connection(2**22 + 1, 80) is None, "no such process"

    def denied(self: psutil.Process, kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "net_connections", denied)
    assert has_connection(os.getpid(), 80) is None
