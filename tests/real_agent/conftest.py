"""The bed with the real SSM Agent, where a machine has one: AGENT_LAB names its folder, see the README there.

One test has the bed at a time. The first starts it if it does not run, and it is stopped when the tests are over.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.shells import clean_environment

ENDPOINT = "http://127.0.0.1:8780"
REGION = "eu-west-1"
NODE = "i-0123456789abcdef0"
_FOLDER = os.environ.get("AGENT_LAB", "")
_USUAL = {"hold": True, "latency_ms": 2}
_STARTED = "started-by-tests"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.real_agent)
            # Other tests may have the bed for a while.
            item.add_marker(pytest.mark.timeout(1200))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not _FOLDER or hasattr(session.config, "workerinput"):
        return
    mark = Path(_FOLDER) / _STARTED
    if mark.exists():
        mark.unlink()
        _run(Path(_FOLDER), "stop")


@dataclass(frozen=True)
class Bed:
    """The relay that plays AWS, with the real agent behind it."""

    folder: Path
    home: Path

    def environment(self) -> dict[str, str]:
        """The way to it for the programs under test."""
        return clean_environment(self.home) | {
            "AWS_ENDPOINT_URL": ENDPOINT,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "SMTUI_PLUGIN": "builtin",
        }

    def tell(self, verb: str, **what: Any) -> Any:
        """A fault, or another setting of the relay, from now on; returns its answer."""
        return _post(f"/lab/{verb}", what)

    def call(self, operation: str, **parameters: Any) -> Any:
        """An operation of Systems Manager; returns its answer."""
        return _post("/", parameters, {"X-Amz-Target": f"AmazonSSM.{operation}"})

    def active_sessions(self) -> list[str]:
        return [session["SessionId"] for session in self.call("DescribeSessions", State="Active")["Sessions"]]

    def transcript(self, session_id: str) -> list[dict[str, Any]]:
        """What passed in a session, in order; each message has a `payload` in hex digits."""
        lines = (self.folder / "golden" / f"{session_id}.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def agent_is_there(self) -> bool:
        try:
            return bool(self.call("GetConnectionStatus", Target=NODE).get("Status") == "connected")
        except OSError:
            return False


@pytest.fixture
def bed(tmp_path: Path) -> Iterator[Bed]:
    if not _FOLDER:
        pytest.skip("AGENT_LAB names no bed with a real agent")
    folder = Path(_FOLDER)
    with (folder / "tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        one = Bed(folder, tmp_path / "home")
        if not one.agent_is_there():
            (folder / _STARTED).touch()
            _run(folder)
        one.tell("options", **_USUAL)
        one.tell("chaos")
        one.tell("preferences", kmsKeyId="")
        yield one


def _run(folder: Path, *words: str) -> None:
    # What it leaves running keeps its outputs.
    none = subprocess.DEVNULL
    environment = os.environ | {"AGENT_LAB": str(folder)}
    subprocess.run([folder / "run.sh", *words], env=environment, stdin=none, stdout=none, stderr=none, check=True)


def _post(path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(ENDPOINT + path, json.dumps(body).encode(), headers or {})
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())
