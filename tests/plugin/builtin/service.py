"""A data channel service and a ResumeSession endpoint in a thread, and the plugin as a real process in a real pty."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pexpect

from smtui.demo.far_end.channel_service import DataChannelServer, WorkFor
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings, VerifyUpgrade
from smtui.demo.far_end.session_work import work_of
from tests.demo.far_end.session_book import TinyBook

SESSION = "s-0123456789abcdef0"
TOKEN = "t0ken-of-the-session"
PLUGIN = [sys.executable, "-P", "-m", "smtui.plugin.builtin"]
PROMPT = r"web-1 ?~?\]\$ "


def as_aws_cli(argv: list[str]) -> list[str]:
    """The same program with the signals ignored that the AWS CLI ignores while it starts a plugin."""
    return ["/bin/sh", "-c", "trap '' INT QUIT TSTP; exec \"$@\"", "sh", *argv]


class WatchedBook(TinyBook):
    """Lets the test's thread wait for what the server's thread reports."""

    def __init__(self) -> None:
        super().__init__({SESSION: TOKEN})
        self.changed = threading.Condition()

    def wait_for(self, what: str, session_id: str = SESSION, seconds: float = 60) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: any(entry[:2] == (what, session_id) for entry in self.log), seconds), (
                self.log
            )

    def note(self, *entry: str) -> None:
        with self.changed:
            super().note(*entry)
            self.changed.notify_all()


class Service:
    """The server in a loop and thread of its own, and an ssm endpoint that only resumes and terminates."""

    def __init__(self, verify: VerifyUpgrade | None, work_for: WorkFor, settings: FarEndSettings | None) -> None:
        self.book = WatchedBook()
        self.loop = asyncio.new_event_loop()
        self.server = DataChannelServer(self.book, verify_upgrade=verify, work_for=work_for, settings=settings)
        self.resumable = True
        self.resumed = 0
        self.terminated: list[str] = []
        self.request: dict[str, object] | None = None
        """What was asked for, where the service answers something else."""
        self.refusal: dict[str, str] = {}
        """What TerminateSession answers instead: `__type` and `message`."""
        self.expired: set[str] = set()
        """Access keys whose calls are refused because they have expired."""
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
        asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(60)
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        asyncio.run_coroutine_threadsafe(self.server.close(), self.loop).result(60)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(60)
        self.loop.close()

    def answer(self, operation: str, session_id: str) -> dict[str, str]:
        if operation == "TerminateSession":
            self.terminated.append(session_id)
            if self.refusal:
                return self.refusal
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
        request = json.dumps(self.request if self.request is not None else self._honest_request())
        return [
            *PLUGIN, "AWS_SSM_START_SESSION_RESPONSE", "us-east-1", "StartSession", "", request, self.endpoint_url,
        ]  # fmt: skip

    def _honest_request(self) -> dict[str, object]:
        """One that is answered with what it asks for."""
        honest: dict[str, object] = {"Target": "i-0123456789abcdef0"}
        if document := self.book.documents.get(SESSION):
            honest["DocumentName"] = document
        if parameters := self.book.parameters.get(SESSION):
            honest["Parameters"] = {name: list(values) for name, values in parameters.items()}
        return honest

    def spawn(self, *, dimensions: tuple[int, int] = (24, 80), **environment: object) -> pexpect.spawn:
        """The plugin in a pty; `dimensions` are rows and columns."""
        program, *arguments = self.argv
        return pexpect.spawn(
            program,
            arguments,
            env=self.environment(**environment),  # type: ignore[arg-type]
            dimensions=dimensions,
            timeout=60,
        )


@contextlib.contextmanager
def service(
    verify: VerifyUpgrade | None = None,
    work_for: WorkFor = work_of,
    settings: FarEndSettings | None = None,
) -> Iterator[Service]:
    running = Service(verify, work_for, settings)
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
            signed = self.headers.get("Authorization", "")
            if any(f"Credential={key}/" in signed for key in running.expired):
                told = {"__type": "ExpiredTokenException", "message": "The security token is expired"}
            else:
                told = running.answer(operation, body["SessionId"])
            answer = json.dumps(told).encode()
            self.send_response(400 if "__type" in told else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
