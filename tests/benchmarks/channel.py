"""The plugin's data channel against the official plugin, or against a plain relay of the same frames without one.

The far end is a process of its own, which does not pace; where AGENT_LAB names a bed with the real agent, rates are
measured there as well. Nothing of the far end's work is counted as the plugin's.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.far_channel import DOWNLOAD, PROMPT, TAKEN, UPLOAD
from tests.benchmarks.fleet import Figures
from tests.benchmarks.timing import Bench, Figure, TimedProgram, medians
from tests.end_to_end.shells import PLUGIN
from tests.plugin.builtin.forward import TO_NODE, Forward
from tests.real_agent.conftest import ENDPOINT, REGION, Bed
from tests.real_agent.conftest import NODE as AGENT_NODE

ROUNDS = 5
KEYSTROKES, BURST_REST, TYPING_PAUSE = 100, 0.5, 0.03
CUTS = 3
STEADY = 1.5
ALREADY_CUT = 0.003
"""Seconds: how long a connection must last to count; until a cut is one."""
MEGABYTE = 1_000_000
GIGABYTE, PART = 1_000 * MEGABYTE, 100 * MEGABYTE
QUICK, PACED = 40 * MEGABYTE, 3 * MEGABYTE
"""What is sent where nothing paces, and where either end does."""
MOST_GROWTH = 20.0
"""Megabytes that the memory may grow while a gigabyte passes."""
OFFICIAL = shutil.which("session-manager-plugin")
EARLIER = "30cd8d3"
"""The commit with which processor time is compared."""
EARLIER_SECONDS = 38.0
"""What it took for a gigabyte each way, on a machine with two cores."""
PATIENCE = 120.0
TICKS = b"while :; do date +t%s.%N; sleep 0.01; done\r"

Session = AbstractContextManager[Forward]
Far = Callable[[list[str]], Session]
"""Starts a forward to the bulk service with a plugin."""


class FarEnd:
    """The process of `far_channel`."""

    def __init__(self) -> None:
        argv, pipe = [sys.executable, "-m", "tests.benchmarks.far_channel"], subprocess.PIPE
        self._process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, text=True)
        self.bulk_port: int = self._answer()["port"]

    def ask(self, request: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    @contextlib.contextmanager
    def forward(self, plugin: list[str], **environment: str) -> Iterator[Forward]:
        """A session that forwards to the bulk service."""
        asked = self.ask("port")
        with _running([*plugin, *asked["arguments"]], asked["environment"] | environment) as forward:
            yield forward

    @contextlib.contextmanager
    def shell(self, plugin: list[str]) -> Iterator[TimedProgram]:
        asked = self.ask("shell")
        with TimedProgram([*plugin, *asked["arguments"]], asked["environment"]) as program:
            program.wait_for(PROMPT)
            yield program


@contextlib.contextmanager
def _running(argv: list[str], environment: Mapping[str, str]) -> Iterator[Forward]:
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    process = subprocess.Popen(argv, env=environment, stdin=pipe, stdout=pipe, stderr=none)
    try:
        yield Forward(process, process.stdout)
    finally:
        # The official plugin leaves its socket behind after SIGTERM.
        process.send_signal(signal.SIGINT)
        process.wait(30)


@dataclass(frozen=True)
class Spent:
    """What a transfer took."""

    seconds: float
    processor: float
    growth: float
    """Megabytes of memory, from the first tenth to the most."""


def _transferred(forward: Forward, direction: bytes, size: int) -> Spent:
    plugin = psutil.Process(forward.process.pid)
    with forward.connect() as local:
        local.settimeout(PATIENCE)
        began, before = time.monotonic(), plugin.cpu_times()
        local.sendall(direction + size.to_bytes(8))
        memory = [plugin.memory_info().rss for _ in _parts(local, direction, size)]
        seconds, after = time.monotonic() - began, plugin.cpu_times()
    processor = after.user + after.system - before.user - before.system
    return Spent(seconds, processor, (max(memory[1:]) - memory[1]) / MEGABYTE)


def _parts(local: socket.socket, direction: bytes, size: int) -> Iterator[None]:
    """Pass all of it, stopping after each tenth."""
    room = memoryview(bytearray(262_144))
    for _ in range(10):
        left = size // 10
        while left > 0:
            part = room[:left]
            left -= local.send(part) if direction == UPLOAD else _received(local, part)
        yield
    if direction == UPLOAD:
        assert local.recv(1) == TAKEN


def _received(local: socket.socket, part: memoryview) -> int:
    count = local.recv_into(part)
    assert count, "the forward ended too early"
    return count


def _theirs() -> tuple[list[str], str]:
    if OFFICIAL:
        return [OFFICIAL], "the-official-plugin"
    return [sys.executable, "-m", "tests.benchmarks.plain_relay"], "a-plain-relay-of-the-same-frames"


def _rates(far: Far, direction: bytes, size: int, their_size: int) -> Figure:
    """Megabytes a second, the session already open."""
    theirs, against = _theirs()

    def rate(plugin: list[str], size: int) -> Callable[[], float]:
        def measured() -> float:
            with far(plugin) as forward:
                return size / MEGABYTE / _transferred(forward, direction, size).seconds

        return measured

    return Figure(*medians(ROUNDS, rate([PLUGIN], size), rate(theirs, their_size)), against=against)


def _far_end(bench: Bench) -> FarEnd:
    far = FarEnd()
    bench.until_the_end.callback(far.close)
    return far


def upload(bench: Bench) -> Figures:
    """To a far end that does not pace, and to the real agent."""
    far = _far_end(bench)
    figures = {"_mb_per_s": _rates(far.forward, UPLOAD, QUICK, PACED if OFFICIAL else QUICK)}
    if _has_agent():
        figures["_to_agent_mb_per_s"] = _rates(_agent(bench, far), UPLOAD, QUICK, PACED)
    return figures


def download(bench: Bench) -> Figures:
    """From them; the agent sends a message a millisecond."""
    far = _far_end(bench)
    figures = {"_mb_per_s": _rates(far.forward, DOWNLOAD, QUICK, QUICK)}
    if _has_agent():
        figures["_from_agent_mb_per_s"] = _rates(_agent(bench, far), DOWNLOAD, PACED, PACED)
    return figures


def _has_agent() -> bool:
    """Whether both plugins can be measured there."""
    return bool(OFFICIAL and os.environ.get("AGENT_LAB"))


def _bed(folder: str, *words: str) -> None:
    none = subprocess.DEVNULL  # what it leaves running keeps its outputs
    subprocess.run([Path(folder, "run.sh"), *words], stdin=none, stdout=none, stderr=none, check=True)


def _agent(bench: Bench, far: FarEnd) -> Far:
    """Forwards through the real agent, whose bed runs until the end."""
    folder = os.environ["AGENT_LAB"]
    bed = Bed(Path(folder), bench.folder / "agent")
    if not bed.agent_is_there():
        _bed(folder)
        bench.until_the_end.callback(_bed, folder, "stop")

    @contextlib.contextmanager
    def forward(plugin: list[str]) -> Iterator[Forward]:
        parameters = {"portNumber": [str(far.bulk_port)], "localPortNumber": ["0"]}
        asked = {"Target": AGENT_NODE, "DocumentName": TO_NODE, "Parameters": parameters}
        started = bed.call("StartSession", **asked)
        response = json.dumps({name: started[name] for name in ("SessionId", "StreamUrl", "TokenValue")})
        variable = "AWS_SSM_START_SESSION_RESPONSE"
        argv = [*plugin, variable, REGION, "StartSession", "", json.dumps(asked), ENDPOINT]
        with _running(argv, bed.environment() | {variable: response}) as running:
            yield running

    return forward


def keystroke(bench: Bench) -> Figures:
    """From a key in the plugin's terminal to its echo: the next key at once, in bursts, and at a typist's pace.

    A burst is followed by the rest that our plugin needs to send the next one without waiting for acknowledgements.
    """
    far = _far_end(bench)
    theirs, against = _theirs()

    def echo(plugin: list[str], pause: float) -> Callable[[], float]:
        def measured() -> float:
            with far.shell(plugin) as program:
                program.settle()
                return program.echoed(KEYSTROKES, rest=BURST_REST, pause=pause)

        return measured

    return {
        name: Figure(*medians(ROUNDS, echo([PLUGIN], pause), echo(theirs, pause)), against=against)
        for name, pause in (("", 0.0), ("_typed", TYPING_PAUSE))
    }


def resume(bench: Bench) -> Figure:
    """From a reset of the connection to the first output that the node made after it; the median of three.

    No key is typed meanwhile: the official plugin would end. The plain relay's far end makes no output but echoes.
    """
    far = _far_end(bench)
    theirs, against = _theirs()

    def back(plugin: list[str]) -> Callable[[], float]:
        def measured() -> float:
            with far.shell(plugin) as program:
                if OFFICIAL:
                    program.press(TICKS)
                return statistics.median(_cut(far, program) for _ in range(CUTS))

        return measured

    return Figure(*medians(ROUNDS, back([PLUGIN]), back(theirs)), against=against)


def _cut(far: FarEnd, program: TimedProgram) -> float:
    program.read_for(STEADY)
    cut, began = time.time(), time.monotonic()
    far.ask("cut")
    if not OFFICIAL:
        program.settle(ALREADY_CUT)
        program.press(b"x")
        return program.wait_for(b"x") - began

    def is_later(seen: bytes) -> bool:
        ticks = re.findall(rb"t(\d+\.\d+)\r", seen)
        return bool(ticks) and float(ticks[-1]) > cut

    return program.wait_until(is_later, "output after the cut") - began


def gigabyte(bench: Bench) -> Figures:
    """A gigabyte each way: how far the memory grows, and processor seconds against an earlier smtui.

    These come from a part of it: they are proportional to it, and the earlier one is slow.
    """
    far = _far_end(bench)
    earlier_folder, against = _earlier(bench)
    earlier_plugin = [sys.executable, "-P", "-m", "smtui.plugin.builtin"]

    def spent(direction: bytes, size: int = PART) -> Spent:
        with far.forward([PLUGIN]) as forward:
            return _transferred(forward, direction, size)

    def spent_earlier(direction: bytes) -> float:
        if not earlier_folder:
            return EARLIER_SECONDS
        with far.forward(earlier_plugin, PYTHONPATH=earlier_folder) as forward:
            return _transferred(forward, direction, PART).processor * GIGABYTE / PART

    figures: dict[str, Figure] = {}
    for name, direction in (("_download", DOWNLOAD), ("_upload", UPLOAD)):
        ours = partial(lambda way: spent(way).processor * GIGABYTE / PART, direction)
        figures[f"{name}_processor"] = Figure(
            *medians(ROUNDS, ours, partial(spent_earlier, direction)), against=against
        )
        growth = spent(direction, GIGABYTE).growth
        figures[f"{name}_growth_mb"] = Figure(growth, MOST_GROWTH, against="20-mb")
    return figures


def _earlier(bench: Bench) -> tuple[str, str]:
    """The folder of smtui as it was, empty where git does not have it; and its name."""
    packed, folder = bench.folder / "earlier.tar", bench.folder / "earlier"
    took = subprocess.run(["git", "archive", "-o", packed, EARLIER, "smtui"], stderr=subprocess.DEVNULL, check=False)
    if took.returncode:
        return "", f"smtui-of-{EARLIER}-where-it-was-written"
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return str(folder), f"smtui-of-{EARLIER}"


FIGURES: dict[str, Callable[[Bench], Figure | Figures]] = {
    "channel-upload": upload,
    "channel-download": download,
    "channel-keystroke": keystroke,
    "channel-resume": resume,
    "channel-gigabyte": gigabyte,
}
