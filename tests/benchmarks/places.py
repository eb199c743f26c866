"""How 100 places are read against one: first row, all rows, frames, memory, and what the processor does afterwards.

The answers come from a replay in a child process, each after `LATENCY`: neither the work of a simulated Region nor an
unreal nearness is measured. `places_region` says how busy that child was, `places_processor` how busy smtui was.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from tests.benchmarks.fleet import Figures, account_of
from tests.benchmarks.many_places import FRAME
from tests.benchmarks.timing import Bench, Figure, TimedProgram

ROUNDS = 3
NODES = 100
"""In each place."""
PROFILES = 20
REGIONS = ("eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2")
LATENCY = 0.1
"""Seconds until an answer begins, as from a Region on the same continent."""
IDLE_SECONDS = 5.0
HALF_A_PERCENT = 0.005
ONE, ALL = "one", "all"

Told = Mapping[str, float]


def places(bench: Bench) -> Figures:
    """One run of one place and one of 100, turn by turn; medians."""
    account = account_of(bench, NODES, LATENCY)
    _configure(account)
    sizes = {ONE: (1, REGIONS[:1]), ALL: (PROFILES, REGIONS)}
    _run(account, *sizes[ONE])  # the replay then knows every answer, and smtui has cut botocore's models
    rounds = [{name: _run(account, *size) for name, size in sizes.items()} for _ in range(ROUNDS)]

    def median(size: str, name: str) -> float:
        return statistics.median(each[size][name] for each in rounds)

    def against_one(name: str) -> Figure:
        return Figure(median(ALL, name), median(ONE, name), against="one-place")

    all_rows = median(ALL, "all_rows")
    assert median(ALL, "rows") == NODES * PROFILES * len(REGIONS)
    return {
        "_first_row": against_one("first_row"),
        "_all_rows": against_one("all_rows"),
        "_megabytes": against_one("megabytes"),
        "_longest_block": Figure(median(ALL, "longest_block"), FRAME, against="a-frame"),
        "_longest_block_of_one": Figure(median(ONE, "longest_block"), FRAME, against="a-frame"),
        "_late_frames": Figure(median(ALL, "late_frames"), all_rows / FRAME, against="all-frames-of-the-reading"),
        "_idle": Figure(median(ALL, "idle"), HALF_A_PERCENT, against="half-a-percent"),
        "_processor": Figure(median(ALL, "processor"), all_rows, against="the-time-to-all-rows"),
        "_region": Figure(median(ALL, "region"), all_rows, against="the-time-to-all-rows"),
    }


def _configure(bench: Bench) -> None:
    """Profiles with keys, each of them an account of its own to smtui."""
    keys = (
        f"aws_access_key_id = {bench.environment['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {bench.environment['AWS_SECRET_ACCESS_KEY']}\n"
    )
    for variable, head, settings in (
        ("AWS_CONFIG_FILE", "profile ", f"region = {REGIONS[0]}\n"),
        ("AWS_SHARED_CREDENTIALS_FILE", "", keys),
    ):
        sections = "".join(f"[{head}{name}]\n{settings}" for name in _names(PROFILES))
        Path(bench.environment[variable]).write_text(sections, "utf-8")


def _names(profiles: int) -> list[str]:
    return [f"account-{number:02}" for number in range(profiles)]


def _run(bench: Bench, profiles: int, regions: tuple[str, ...]) -> Told:
    """What the screen measures of itself, and the processor seconds of the replay."""
    for kept in Path(bench.environment["SMTUI_CACHE_DIR"]).glob("nodes-*"):
        kept.unlink()
    told = Path(bench.environment["HOME"], "measured.json")
    chosen = {"BENCH_PROFILES": ",".join(_names(profiles)), "BENCH_REGIONS": ",".join(regions)}
    environment = bench.environment | chosen | {"BENCH_IDLE_SECONDS": str(IDLE_SECONDS)}
    before = _children()
    with TimedProgram([sys.executable, "-m", "tests.benchmarks.many_places", str(told)], environment) as program:
        program.ended()
    after = _children()
    measured: dict[str, float] = json.loads(told.read_text("utf-8"))
    return measured | {"region": sum(after[pid] - seconds for pid, seconds in before.items() if pid in after)}


def _children() -> dict[int, float]:
    """The processor seconds of each child: the replay is the one that stays."""
    used = {}
    for child in psutil.Process().children():
        times = child.cpu_times()
        used[child.pid] = float(times.user + times.system)
    return used


FIGURES: dict[str, Callable[[Bench], Figures]] = {"places": places}
