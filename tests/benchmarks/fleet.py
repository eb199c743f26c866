"""How soon the list is there and how it grows: against the AWS CLI, boto3, fzf and a bare Textual app."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import boto3
import psutil

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.benchmarks.bare_app import MARK
from tests.benchmarks.timing import Bench, Figure, TimedProgram, medians
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI, region_environment

ROUNDS = 7
SIZES = (40, 1_000, 50_000)
NODE = "i-0a1b2c3d4e5f60718"
FIRST_REMOTE_BYTE = b"This is your own machine"
A_ROW = b"i-0"
LISTINGS = (("ssm", "describe-instance-information"), ("ec2", "describe-instances"))
AT_REST = 0.05
"""Processor seconds of two seconds: less once 50,000 nodes are read and shown. The next refresh comes minutes later."""
LONGEST_READING = 180.0
IDLE_SECONDS = 10.0
PAGES = 10
FILTER = b"web"
BLINK = 0.4
"""Seconds: a field's cursor blinks every half second."""
FRAMES_APART = 0.15
"""Seconds: longer than between the frames of one key, shorter than between two bursts of probes."""
PACKAGES = Path(boto3.__file__).parents[1]

Figures = Mapping[str, Figure]


def account_of(bench: Bench, nodes: int, latency: float = 0.0) -> Bench:
    """A Region of so many nodes, which costs nothing once an answer has been given, and an empty home.

    Each answer begins after `latency` seconds.
    """
    if (nodes, latency) not in bench.regions:
        bench.regions[nodes, latency] = _replayed(bench, nodes, latency)
    region, address = bench.regions[nodes, latency]
    home = bench.folder / f"home-{nodes}-{time.monotonic_ns()}"
    there = {"AWS_ENDPOINT_URL": address, "PATH": bench.environment["PATH"]}
    return replace(bench, environment=region_environment(region, home) | there, region=region)


def _replayed(bench: Bench, nodes: int, latency: float) -> tuple[SimulatedRegion, str]:
    region = bench.until_the_end.enter_context(SimulatedRegion(demo_fleet(nodes)))
    argv = [sys.executable, "-m", "tests.benchmarks.replay", region.endpoint_url, str(latency)]
    environment, pipe = region_environment(region, bench.folder), subprocess.PIPE
    process = subprocess.Popen(argv, env=environment, stdin=pipe, stdout=pipe, text=True)
    bench.until_the_end.enter_context(process)
    assert process.stdin is not None
    assert process.stdout is not None
    bench.until_the_end.callback(process.stdin.close)
    return region, process.stdout.readline().strip()


def _with_cache(bench: Bench) -> None:
    """Let the screen read the whole list once and keep it."""
    with TimedProgram([SMTUI], bench.environment) as program:
        program.wait_for(A_ROW)
        cache = Path(bench.environment["SMTUI_CACHE_DIR"])
        deadline = time.monotonic() + 300
        while not list(cache.glob("nodes-*")) and time.monotonic() < deadline:
            program.settle(0.5)
        program.settle(1.0)


def _until_at_rest(program: TimedProgram) -> None:
    """Wait until the list is read, which takes the longer the busier the machine is."""
    process, deadline = psutil.Process(program.pid), time.monotonic() + LONGEST_READING
    for _ in range(2):
        used = AT_REST
        while used >= AT_REST and time.monotonic() < deadline:
            before = process.cpu_times()
            program.read_for(2.0)
            after = process.cpu_times()
            used = after.user + after.system - before.user - before.system


def _first(argv: list[str], wanted: bytes, bench: Bench) -> Callable[[], float]:
    def measured() -> float:
        began = time.monotonic()
        with TimedProgram(argv, bench.environment) as program:
            return program.wait_for(wanted) - began

    return measured


def _whole(*commands: list[str], bench: Bench) -> Callable[[], float]:
    """All of them side by side, to their end."""

    def measured() -> float:
        began = time.monotonic()
        running = [
            subprocess.Popen(command, env=bench.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for command in commands
        ]
        for process in running:
            _, errors = process.communicate()
            assert process.returncode == 0, errors
        return time.monotonic() - began

    return measured


BARE_APP = [sys.executable, "-m", "tests.benchmarks.bare_app"]


def first_row_cached(bench: Bench) -> Figures:
    """From exec to the first node's row with the list of the last run."""
    figures = {}
    for size in SIZES:
        account = account_of(bench, size)
        _with_cache(account)
        ours = _first([SMTUI], A_ROW, account)
        aws_version = _whole([AWS_CLI, "--version"], bench=account)
        bare = _first(BARE_APP, MARK.encode(), account)
        rounds = [(ours(), aws_version(), bare()) for _ in range(ROUNDS)]
        row, version, paint = (statistics.median(column) for column in zip(*rounds, strict=True))
        figures[f"_{size}"] = Figure(row, version, against="aws-version")
        figures[f"_{size}_bare"] = Figure(row, paint, against="a-bare-textual-app")
    smallest, largest = (figures[f"_{size}"].ours for size in (SIZES[0], SIZES[-1]))
    return {**figures, "_growth": Figure(largest, smallest, against=f"{SIZES[0]}-nodes")}


def first_row_cold(bench: Bench) -> Figures:
    """From exec to the first node's row without a kept list, and in the first run of all, against a whole listing."""
    return {"": _first_row_without(bench, "nodes-*"), "_first_run": _first_row_without(bench, "*")}


def _first_row_without(bench: Bench, kept: str) -> Figure:
    account = account_of(bench, 40)
    _with_cache(account)
    row = _first([SMTUI], A_ROW, account)

    def ours() -> float:
        for path in Path(account.environment["SMTUI_CACHE_DIR"]).glob(kept):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        return row()

    theirs = _whole([AWS_CLI, "ssm", "describe-instance-information"], bench=account)
    return Figure(*medians(ROUNDS, ours, theirs), against="aws-ssm-describe-instance-information")


def list_1000(bench: Bench) -> Figures:
    """`smtui list` against both listings of the AWS CLI side by side, and how it grows."""
    figures = {}
    for size in (40, 1_000):
        account = account_of(bench, size)
        theirs = _whole(*([AWS_CLI, *listing] for listing in LISTINGS), bench=account)
        ours = _whole([SMTUI, "list"], bench=account)
        figures["" if size == 1_000 else f"_but_{size}"] = Figure(
            *medians(ROUNDS, ours, theirs), against="both-listings-of-the-aws-cli"
        )
    return figures


def connect_by_id(bench: Bench) -> Figures:
    """From exec to the remote's first byte, by id and by name."""
    theirs = _first([AWS_CLI, "ssm", "start-session", "--target", NODE], FIRST_REMOTE_BYTE, bench)
    by_id = _first([SMTUI, "connect", NODE], FIRST_REMOTE_BYTE, bench)
    by_name = _first([SMTUI, "connect", "web-1"], FIRST_REMOTE_BYTE, bench)
    against = "aws-ssm-start-session"
    return {
        "": Figure(*medians(ROUNDS, by_id, theirs), against=against),
        "_name": Figure(*medians(ROUNDS, by_name, theirs), against=against),
    }


def load_50k(bench: Bench) -> Figures:
    """Every node read by the fleet, against bare boto3 paginators side by side; the whole program, and its memory."""
    figures = {}
    for size in SIZES[1:]:
        account = account_of(bench, size)
        peaks: dict[str, list[float]] = {"ours": [], "boto3": []}

        def read(which: str, environment: Mapping[str, str], peaks: dict[str, list[float]]) -> float:
            argv = [sys.executable, "-m", "tests.benchmarks.whole_list", which]
            began = time.monotonic()
            told = subprocess.run(argv, env=environment, check=True, capture_output=True, text=True).stdout
            taken = time.monotonic() - began
            peaks[which].append(float(told.split()[1]))
            return taken

        for which in peaks:
            read(which, account.environment, {"ours": [], "boto3": []})  # the Region then knows every answer
        pairs = [[read(which, account.environment, peaks) for which in peaks] for _ in range(ROUNDS)]
        taken = [statistics.median(column) for column in zip(*pairs, strict=True)]
        name = "" if size == SIZES[-1] else f"_but_{size}"
        figures[name] = Figure(taken[0], taken[1], against="boto3-paginators-side-by-side")
        memory = [statistics.median(peaks[which]) for which in peaks]
        figures[f"{name}_megabytes"] = Figure(memory[0], memory[1], against="boto3-paginators-side-by-side")
    return figures


def filter_50k(bench: Bench) -> Figures:
    """From the last key of a filter to the settled screen, against a whole `fzf --filter` of the same rows."""
    fzf = shutil.which("fzf")
    account = account_of(bench, SIZES[-1])
    _with_cache(account)
    with TimedProgram([SMTUI], account.environment) as program:
        program.wait_for(A_ROW)
        _until_at_rest(program)

        def ours() -> float:
            for key in b"/" + FILTER[:-1]:
                program.press(bytes([key]))
                program.settle(BLINK)
            began = time.monotonic()
            program.press(FILTER[-1:])
            taken = program.last_output(FRAMES_APART) - began
            for _ in range(2):  # clears the filter, then leaves it
                program.press(b"\x1b")
                program.settle(BLINK)
            return taken

        if fzf is None:
            return {"": Figure(statistics.median(ours() for _ in range(ROUNDS)), 1.0, against="a-second-without-fzf")}
        listing = subprocess.run([SMTUI, "list"], env=account.environment, check=True, capture_output=True).stdout

        def theirs() -> float:
            began = time.monotonic()
            subprocess.run([fzf, "--filter", FILTER.decode()], input=listing, check=True, capture_output=True)
            return time.monotonic() - began

        return {"": Figure(*medians(ROUNDS, ours, theirs), against="fzf")}


def page_50k(bench: Bench) -> Figure:
    """From a key that turns the page to the settled screen, against the same in a list of 1,000."""
    taken = []
    for size in (SIZES[-1], SIZES[1]):
        account = account_of(bench, size)
        with TimedProgram([SMTUI], account.environment) as program:
            program.wait_for(A_ROW)
            _until_at_rest(program)
            times = []
            for key in (b"\x1b[6~", b"\x1b[5~") * PAGES:
                began = time.monotonic()
                program.press(key)
                times.append(program.last_output(FRAMES_APART) - began)
                program.settle(1.0)
            taken.append(statistics.median(times))
    large, small = taken
    return Figure(large, small, against="1000-nodes")


def idle(bench: Bench) -> Figures:
    """Processor seconds of ten seconds in which nobody does anything, against half a percent of them."""
    figures = {}
    for size in (SIZES[0], SIZES[-1]):
        account = account_of(bench, size)
        _with_cache(account)
        with TimedProgram([SMTUI], account.environment) as program:
            program.wait_for(A_ROW)
            _until_at_rest(program)
            process = psutil.Process(program.pid)
            taken = []
            for _ in range(ROUNDS):
                before = process.cpu_times()
                program.read_for(IDLE_SECONDS)
                after = process.cpu_times()
                taken.append(after.user + after.system - before.user - before.system)
        figures[f"_{size}"] = Figure(statistics.median(taken), 0.005 * IDLE_SECONDS, against="half-a-percent")
    return figures


def leave(bench: Bench) -> Figures:
    """From `q` to the end of the program, against a bare Textual app's and 0.1 s."""
    figures = {}
    for size in (SIZES[0], SIZES[-1]):
        account = account_of(bench, size)
        _with_cache(account)

        def left(argv: list[str], shown: bytes, environment: Mapping[str, str]) -> float:
            with TimedProgram(argv, environment) as program:
                program.wait_for(shown)
                program.read_for(2.0)
                began = time.monotonic()
                program.press(b"q")
                return program.ended() - began

        environment = account.environment
        pairs = [(left([SMTUI], A_ROW, environment), left(BARE_APP, MARK.encode(), environment)) for _ in range(ROUNDS)]
        ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
        figures[f"_{size}"] = Figure(ours, theirs + 0.1, against="a-bare-textual-app-and-0.1-s")
    return figures


def plugin_start(bench: Bench) -> Figures:
    """From exec of the plugin to the remote's first byte, warm, and with its files out of the page cache.

    Against an official plugin where one is on PATH, else against Python that imports the same.
    """
    official = _official_plugin(bench)
    client = boto3.client(
        "ssm",
        endpoint_url=bench.environment["AWS_ENDPOINT_URL"],
        region_name=bench.region.region,
        aws_access_key_id=bench.region.access_key_id,
        aws_secret_access_key=bench.region.secret_access_key,
    )

    def started(program: str, *, cold: bool) -> Callable[[], float]:
        def measured() -> float:
            answer = client.start_session(Target=NODE)
            response = json.dumps({name: answer[name] for name in ("SessionId", "StreamUrl", "TokenValue")})
            asked = json.dumps({"Target": NODE})
            argv = [program, "AWS_SSM_START_SESSION_RESPONSE", bench.region.region, "StartSession", "", asked]
            environment = bench.environment | {"AWS_SSM_START_SESSION_RESPONSE": response}
            if cold:
                _forget(PACKAGES, Path(sys.base_prefix), Path(program))
            began = time.monotonic()
            with TimedProgram([*argv, bench.environment["AWS_ENDPOINT_URL"]], environment) as running:
                return running.wait_for(FIRST_REMOTE_BYTE) - began

        return measured

    figures = {}
    for name, cold in (("_warm", False), ("_cold", True)):
        if official:
            theirs, against = started(official, cold=cold), "the-official-plugin"
        else:
            theirs, against = _same_imports(bench, cold=cold), "python-with-the-same-imports"
        figures[name] = Figure(*medians(ROUNDS, started(PLUGIN, cold=cold), theirs), against=against)
    return figures


def _official_plugin(bench: Bench) -> str:
    """The first one on the caller's own PATH; ours, which lies on the PATH of the figures, is none."""
    del bench
    found = shutil.which("session-manager-plugin")
    return found if found and not Path(found).resolve().samefile(PLUGIN) else ""


def _same_imports(bench: Bench, *, cold: bool) -> Callable[[], float]:
    listed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import smtui.plugin.builtin.session, websockets.asyncio.client, sys; print(*sys.modules)",
        ],
        env=bench.environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    code = "import " + ", ".join(name for name in listed if name.isidentifier() and name != "__main__")
    whole = _whole([sys.executable, "-c", code], bench=bench)

    def measured() -> float:
        if cold:
            _forget(PACKAGES, Path(sys.base_prefix))
        return whole()

    return measured


def _forget(*trees: Path) -> None:
    """Take these files out of the page cache."""
    for tree in trees:
        for path in [tree] if tree.is_file() else tree.rglob("*.*"):
            if path.is_file():
                descriptor = os.open(path, os.O_RDONLY)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(descriptor)


FIGURES: dict[str, Callable[[Bench], Figure | Figures]] = {
    "first_row_cached": first_row_cached,
    "first_row_cold": first_row_cold,
    "list_1000": list_1000,
    "connect_by_id": connect_by_id,
    "load_50k": load_50k,
    "filter_50k": filter_50k,
    "page_50k": page_50k,
    "idle": idle,
    "quit": leave,
    "plugin_start": plugin_start,
}
