"""`aws ecs execute-command`, with our plugin under the official name and a small ECS that starts sessions on a node."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import AWS_CLI, PLUGIN
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_aws_cli import answered, aws, with_plugin
from tests.end_to_end.test_connect import ID
from tests.waiting import wait_until

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/web"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/web/0123456789abcdef0123456789abcdef"


class Ecs:
    """Two operations: the session is one of the simulated Region."""

    def __init__(self, world: World) -> None:
        region = world.region
        self._ssm = boto3.client(
            "ssm", region_name=region.region, endpoint_url=region.endpoint_url,
            aws_access_key_id=region.access_key_id, aws_secret_access_key=region.secret_access_key,
        )  # fmt: skip
        self.called: list[str] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def answer(self, operation: str) -> dict[str, Any]:
        self.called.append(operation)
        if operation == "DescribeTasks":
            return {"tasks": [{"taskArn": TASK, "containers": [{"name": "app", "runtimeId": "0123-456"}]}]}
        started = self._ssm.start_session(Target=ID)
        session = {name[0].lower() + name[1:]: started[name] for name in ("SessionId", "StreamUrl", "TokenValue")}
        return {
            "clusterArn": CLUSTER, "taskArn": TASK, "containerName": "app", "interactive": True, "session": session,
        }  # fmt: skip

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def _handler(ecs: Ecs) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps(ecs.answer(self.headers["X-Amz-Target"].rpartition(".")[2])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def ecs(world: World) -> Iterator[Ecs]:
    running = Ecs(world)
    yield running
    running.close()


def test_a_container_s_shell_works_and_is_ended(world: World, ecs: Ecs) -> None:
    environment = with_plugin(world, PLUGIN) | {"AWS_ENDPOINT_URL_ECS": ecs.url}
    argv = [
        AWS_CLI, "ecs", "execute-command", "--cluster", "web", "--task", TASK, "--container", "app",
        "--interactive", "--command", "/bin/sh",
    ]  # fmt: skip
    with Terminal(argv, environment) as terminal:
        terminal.wait_for("The Session Manager plugin was installed successfully")
        terminal.wait_for("Starting session with SessionId")
        terminal.wait_for("~]$")
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("\r~.")
        terminal.wait_for("Exiting session with sessionId")
        assert terminal.wait_for_end() == 0
        assert "may still be active" not in terminal.text()
    assert ecs.called == ["ExecuteCommand", "DescribeTasks"], "TerminateSession is not for ECS"
    wait_until(lambda: answered(aws(world, "ssm", "describe-sessions", "--state", "Active"))["Sessions"] == [])
