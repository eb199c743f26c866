"""The account's sessions: a long past against a long list of nodes, a long log against the AWS CLI, a recording."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import psutil

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.benchmarks.timing import Bench, Figure, TimedProgram, medians
from tests.end_to_end.shells import AWS_CLI, SMTUI, region_environment

ROUNDS = 7
MANY = 5_000
NODE = "i-0a1b2c3d4e5f60718"
PROMPT = b"~]$ "
BLINK, FRAMES_APART = 0.4, 0.15
"""Seconds: longer than between two frames of one key, shorter than a field's cursor blinks."""
READING = 8.0
PAGES = (b"\x1b[6~", b"\x1b[5~") * 10
BUCKET = "acme-session-output"
LAST_ROW = b"the very last row"
LINE = b"2026-11-22T07:20:00 GET /index.html 200 some ordinary log line of the usual length\r\n"
LOG_BYTES = 50 * 2**20
OUTPUT_BYTES = 10_000_000
END = b"all-of-it"

Figures = Mapping[str, Figure]


def sessions_5000(bench: Bench) -> Figures:
    """A key of the filter and a turned page in 5,000 past sessions, against the same in 5,000 nodes."""
    taken = []
    for screen in (b"3h", b""):
        account = _account(bench, nodes=40 if screen else MANY, past=MANY if screen else 0)
        with TimedProgram([SMTUI], account.environment) as program:
            program.wait_for(b"i-0")
            program.read_for(READING)
            for key in screen:
                program.press(bytes([key]))
                program.read_for(READING / 2)
            taken.append((_filtered(program), _paged(program)))
    (filtered, paged), (nodes_filtered, nodes_paged) = taken
    return {
        "_filter": Figure(filtered, nodes_filtered, against="5000-nodes"),
        "_page": Figure(paged, nodes_paged, against="5000-nodes"),
    }


def _filtered(program: TimedProgram) -> float:
    times = []
    for _ in range(ROUNDS):
        for key in b"/we":
            program.press(bytes([key]))
            program.settle(BLINK)
        began = time.monotonic()
        program.press(b"b")
        times.append(program.last_output(FRAMES_APART) - began)
        for _ in range(2):  # clears the filter, then leaves it
            program.press(b"\x1b")
            program.settle(BLINK)
    return statistics.median(times)


def _paged(program: TimedProgram) -> float:
    times = []
    for key in PAGES:
        began = time.monotonic()
        program.press(key)
        times.append(program.last_output(FRAMES_APART) - began)
        program.settle(0.5)
    return statistics.median(times)


def log_50mb(bench: Bench) -> Figures:
    """From `enter` on a session to the end of its log, and the memory for it, against the AWS CLI's whole copy."""
    account = _account(bench, nodes=40, past=20)
    account.region.faults.apply({"switch": ["preferences"]})
    history = account.region.sessions.history()
    session = next(each.session_id for each in history if each.document_name == "SSM-SessionManagerRunShell")
    data = LINE * (LOG_BYTES // len(LINE)) + LAST_ROW + b"\r\n"
    account.region.logs.put_object(BUCKET, f"{session}.log", data)
    grown: list[float] = []

    def ours() -> float:
        with TimedProgram([SMTUI], account.environment) as program:
            program.wait_for(b"i-0")
            for key in (b"3", b"h", b"/", *(bytes([each]) for each in session.encode()), b"\r"):
                program.press(key)
                program.settle()
            before = psutil.Process(program.pid).memory_info().rss
            began = time.monotonic()
            program.press(b"\r")
            taken = program.wait_for(LAST_ROW) - began
            grown.append((psutil.Process(program.pid).memory_info().rss - before) / 2**20)
            return taken

    def theirs() -> float:
        began = time.monotonic()
        argv = [AWS_CLI, "s3", "cp", "--quiet", f"s3://{BUCKET}/{session}.log", "-"]
        subprocess.run(argv, env=account.environment, stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - began

    figures = {"": Figure(*medians(ROUNDS, ours, theirs), against="aws-s3-cp")}
    return figures | {"_megabytes": Figure(statistics.median(grown), LOG_BYTES / 2**20, against="the-log-itself")}


def recording(bench: Bench) -> Figure:
    """A `cat` of 10 MB through `smtui connect --record`, against the same without a recording."""
    text = bench.folder / "ten-megabytes"
    text.write_bytes(LINE.replace(b"\r", b"") * (OUTPUT_BYTES // len(LINE)))

    def shown(*options: str) -> float:
        with TimedProgram([SMTUI, "connect", NODE, *options], bench.environment) as program:
            program.wait_for(PROMPT)
            program.settle()
            began = time.monotonic()
            program.press(b"cat %s; echo all-of''-it\r" % bytes(text))
            return program.wait_for(END) - began

    recorded = iter(range(ROUNDS))
    return Figure(
        *medians(ROUNDS, lambda: shown("--record", str(bench.folder / f"{next(recorded)}.cast")), shown),
        against="no-recording",
    )


def _account(bench: Bench, nodes: int, past: int) -> Bench:
    region = bench.until_the_end.enter_context(SimulatedRegion(demo_fleet(nodes), past_sessions=past))
    home = bench.folder / f"home-{time.monotonic_ns()}"
    return replace(bench, environment=region_environment(region, home), region=region)


FIGURES: dict[str, Callable[[Bench], Figure | Figures]] = {
    "sessions_5000": sessions_5000,
    "log_50mb": log_50mb,
    "recording": recording,
}
