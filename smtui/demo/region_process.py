"""Runs a simulated Region in a child process, which ends when smtui ends.

A separate process keeps the demo's threads, sockets and forks away from the screen's event loop.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from smtui.demo.demo_config import HOME_VARIABLE, DemoConfig, config_home
from smtui.demo.far_end.node_sshd import SSH_VARIABLE, ssh_folder

PARENT_PIPE_VARIABLE = "SMTUI_DEMO_PARENT_PIPE"
"""Set to `1` for the child: end the Region when stdin ends, since the parent has gone."""
FAULTS_VARIABLE = "SMTUI_DEMO_FAULTS"
"""Faults in force from the start, as in `deny=ssm:StartSession;latency=2;mute`."""
_START_SECONDS = 20.0
_END_SECONDS = 2.0


class DemoDidNotStart(RuntimeError):
    """The child ended or did not report its address; the message quotes its last output."""


class DemoRegionChild:
    """A running child and its address. It ends with `close`, and whenever this process ends."""

    region: str
    endpoint_url: str
    access_key_id: str
    secret_access_key: str
    ssh_folder: Path
    """Where the keys for its nodes are, once `make_ssh_folder` has made them; it goes with the Region."""

    config: DemoConfig
    """The AWS configuration with its profiles; it goes with the Region."""

    def __init__(self, process: subprocess.Popen[str], keys: Path, config: DemoConfig) -> None:
        self._process = process
        self.ssh_folder = keys
        self.config = config
        self._announced: queue.Queue[str] = queue.Queue()
        self._last_words: deque[str] = deque(maxlen=20)
        self._readers = [
            _reader(process.stdout, self._announced.put),
            _reader(process.stderr, self._last_words.append),
        ]

    @classmethod
    def start(cls, nodes: int | None = None, config: DemoConfig | None = None) -> Self:
        """Blocks until the Region accepts calls; raises `DemoDidNotStart` when it ends or takes over 20 s."""
        argv = [sys.executable, "-P", "-m", "smtui.demo"]
        if nodes is not None:
            argv += ["--nodes", str(nodes)]
        keys, config = ssh_folder(), config or DemoConfig(config_home())
        child = cls(
            subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(os.environ) | {SSH_VARIABLE: str(keys), HOME_VARIABLE: str(config.home)},
                text=True,
                # The terminal's Ctrl-C is for the session in the foreground and must not reach the child.
                start_new_session=True,
            ),
            keys,
            config,
        )
        child._read_address()
        return child

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def close(self) -> None:
        """Asks the child to end and kills it after 2 s; safe to call twice."""
        # No signal as well: one that comes while the interpreter is on its way out kills it halfway.
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.config.remove()  # a child that was killed has left it
        for reader in self._readers:
            reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def _read_address(self) -> None:
        try:
            said = json.loads(self._announced.get(timeout=_START_SECONDS))
            self.region, self.endpoint_url = said["region"], said["endpoint_url"]
            self.access_key_id, self.secret_access_key = said["access_key_id"], said["secret_access_key"]
        except (queue.Empty, ValueError, KeyError):
            self.close()
            words = "".join(self._last_words).strip() or "it did not report its address"
            raise DemoDidNotStart(f"The simulated Region did not start: {words}") from None


def _reader(stream: IO[str] | None, keep: Callable[[str], None]) -> threading.Thread:
    thread = threading.Thread(target=_read_lines, args=(stream, keep), daemon=True)
    thread.start()
    return thread


def _read_lines(stream: IO[str], keep: Callable[[str], None]) -> None:
    """Passes on every line, then an empty one for the end."""
    for line in stream:
        keep(line)
    keep("")


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Our own environment without the user's AWS variables."""
    kept = {name: value for name, value in ours.items() if not name.upper().startswith("AWS_")}
    return kept | {PARENT_PIPE_VARIABLE: "1"}
