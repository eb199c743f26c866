"""No test here sees the user's own AWS configuration; those that need an AWS get a scripted one on loopback."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import tests.called_actions  # noqa: F401
from tests.aws.evidence_support import StubbedAws

_ELSEWHERE = ("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "BOTO_")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; its `.aws/config` and `.aws/credentials` are the files in use."""
    for name in list(os.environ):
        if name.upper().startswith(_ELSEWHERE):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(home / ".aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / ".aws" / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return home


@pytest.fixture
def config(home: Path) -> Callable[[str], None]:
    """Write the AWS configuration file."""

    def write(text: str) -> None:
        (home / ".aws" / "config").write_text(text)

    return write


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and a Region in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "an-example-secret")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@dataclass
class Request:
    """What one call brought."""

    operation: str
    body: str
    headers: dict[str, str]
    peer_port: int


@dataclass
class Answer:
    status: int = 200
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    mute: bool = False
    """Take the call and never answer it."""


@dataclass
class ScriptedAws:
    """Answers calls in order with what it was given; the last answer repeats."""

    url: str
    answers: list[Answer]
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def will_answer(self, *bodies: object) -> None:
        """JSON answers, all with status 200."""
        self.answers[:] = [Answer(body=json.dumps(body)) for body in bodies]

    def will_fail(self, code: str, message: str = "", status: int = 400, **headers: str) -> None:
        body = json.dumps({"__type": code, "message": message})
        self.answers[:] = [Answer(status, body, headers)]

    def next_answer(self) -> Answer:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws: ScriptedAws

    def do_HEAD(self) -> None:
        self.do_POST()

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        port = self.client_address[1]
        self.aws.requests.append(Request(operation, body, dict(self.headers), port))
        answer = self.aws.next_answer()
        if answer.mute:
            self.aws.closing.wait(60)
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in {"x-amzn-RequestId": "request-1", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body.encode())))
        self.end_headers()
        self.wfile.write(answer.body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parameter's inherited name
        pass


@pytest.fixture
def scripted() -> Iterator[ScriptedAws]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    aws = ScriptedAws(f"http://127.0.0.1:{server.server_address[1]}", [Answer()])
    server.RequestHandlerClass = type("Handler", (_Handler,), {"aws": aws})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield aws
    aws.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubbedAws]:
    monkeypatch.setattr("smtui.aws.api_calls._SIDE_BY_SIDE", 1)  # a stub wants its calls in order
    with ExitStack() as stack:
        aws = StubbedAws(stack)
        yield aws
        aws.nothing_left()
