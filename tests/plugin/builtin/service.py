"""A data channel service and a ResumeSession endpoint in a thread, and the plugin as a real process in a real pty."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pexpect

from smtui.channel.manners import FarEndFaults, FarEndManners
from smtui.demo.data_channel import DataChannelServer, VerifyUpgrade, WorkFor, local_work

SESSION = "s-0123456789abcdef0"
TOKEN = "t0ken-of-the-session"
PLUGIN = [sys.executable, "-P", "-m", "smtui.plugin.builtin"]
PROMPT = r"web-1 ?~?\]\$ "


@dataclass(frozen=True)
class TinySession:
    session_id: str
    node_id: str = "i-0123456789abcdef0"
    node_name: str = "web-1"
    document_name: str = ""
    parameters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    agent_version: str = "3.3.987.0"


class TinyBook:
    """A `SessionBook` with what a test puts into it, and a log of what was reported."""

    def __init__(self) -> None:
        self.tokens = {SESSION: TOKEN}
        self.documents: dict[str, str] = {}
        self.parameters: dict[str, Mapping[str, Sequence[str]]] = {}
        self.node_name = "web-1"
        self.agent_version = "3.3.987.0"
        self.log: list[tuple[str, ...]] = []
        self.changed = threading.Condition()
        self._callbacks: list[Callable[[str], None]] = []

    def session(self, session_id: str) -> TinySession | None:
        if session_id not in self.tokens:
            return None
        return TinySession(
            session_id,
            node_name=self.node_name,
            document_name=self.documents.get(session_id, ""),
            parameters=self.parameters.get(session_id, {}),
            agent_version=self.agent_version,
        )

    def check_token(self, session_id: str, token: str) -> bool:
        return self.tokens.get(session_id) == token

    def connected(self, session_id: str) -> None:
        self._note("connected", session_id)

    def disconnected(self, session_id: str) -> None:
        self._note("disconnected", session_id)

    def ended(self, session_id: str, reason: str = "") -> None:
        self.tokens.pop(session_id, None)
        self._note("ended", session_id, reason)

    def on_terminated(self, callback: Callable[[str], None]) -> None:
        self._callbacks.append(callback)

    def terminate(self, session_id: str) -> None:
        """What TerminateSession does."""
        self.tokens.pop(session_id, None)
        for callback in self._callbacks:
            callback(session_id)

    def wait_for(self, what: str, session_id: str = SESSION, seconds: float = 10) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: any(entry[:2] == (what, session_id) for entry in self.log), seconds), (
                self.log
            )

    def _note(self, *entry: str) -> None:
        with self.changed:
            self.log.append(entry)
            self.changed.notify_all()


class Service:
    """The server in a loop and thread of its own, and an ssm endpoint that only resumes and terminates."""

    def __init__(self, verify: VerifyUpgrade | None, work_for: WorkFor, manners: FarEndManners | None) -> None:
        self.book = TinyBook()
        self.loop = asyncio.new_event_loop()
        self.server = DataChannelServer(self.book, verify_upgrade=verify, work_for=work_for, manners=manners)
        self.resumable = True
        self.resumed = 0
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def faults(self) -> FarEndFaults:
        return self.server.faults

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(10)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        asyncio.run_coroutine_threadsafe(self.server.close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def answer(self, operation: str, session_id: str) -> dict[str, str]:
        if operation == "TerminateSession":
            self.book.terminate(session_id)
            return {"SessionId": session_id}
        if not self.resumable or session_id not in self.book.tokens:
            return {"SessionId": session_id}
        self.resumed += 1
        self.book.tokens[session_id] = f"{TOKEN}-{self.resumed}"
        return {
            "SessionId": session_id,
            "StreamUrl": self.server.stream_url(session_id),
            "TokenValue": self.book.tokens[session_id],
        }

    def environment(
        self, *, from_smtui: bool = False, token: str = TOKEN, url: str = "", **more: str
    ) -> dict[str, str]:
        response = {
            "SessionId": SESSION,
            "StreamUrl": url or self.server.stream_url(SESSION),
            "TokenValue": token,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SMTUI_"))}
        return kept | {
            "AWS_SSM_START_SESSION_RESPONSE": json.dumps(response),
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI",
            "AWS_EC2_METADATA_DISABLED": "true",
            **({"SMTUI_PLUGIN_PARENT": "1"} if from_smtui else {}),
            **more,
        }

    @property
    def argv(self) -> list[str]:
        request = json.dumps({"Target": "i-0123456789abcdef0"})
        return [
            *PLUGIN, "AWS_SSM_START_SESSION_RESPONSE", "us-east-1", "StartSession", "", request, self.endpoint_url,
        ]  # fmt: skip

    def spawn(self, *, dimensions: tuple[int, int] = (24, 80), **environment: object) -> pexpect.spawn:
        """The plugin in a pty; `dimensions` are rows and columns."""
        program, *arguments = self.argv
        return pexpect.spawn(
            program,
            arguments,
            env=self.environment(**environment),  # type: ignore[arg-type]
            dimensions=dimensions,
            timeout=20,
        )


@contextlib.contextmanager
def service(
    verify: VerifyUpgrade | None = None,
    work_for: WorkFor = local_work,
    manners: FarEndManners | None = None,
) -> Iterator[Service]:
    running = Service(verify, work_for, manners)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def _handler(running: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            answer = json.dumps(running.answer(operation, body["SessionId"])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
