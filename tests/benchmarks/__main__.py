"""`python -m tests.benchmarks [NAME …]`: one line a figure, ours against something named, in one run."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smtui.demo.region import SimulatedRegion, demo_fleet
from tests.benchmarks.timing import TimedProgram, medians
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI, region_environment

ROUNDS = 9
KEYSTROKES = 300
SLOW_ROUNDS = 5
SLOWEST = 3.0
"""Seconds."""
NODE = "i-0a1b2c3d4e5f60718"
FIRST_REMOTE_BYTE = b"This is your own machine"
PROMPT = b"~]$ "


@dataclass(frozen=True)
class Figure:
    """Seconds, as medians."""

    ours: float
    theirs: float
    against: str

    def line(self, name: str) -> str:
        ratio = self.ours / self.theirs
        return f"{name} ours={self.ours:.4f} theirs={self.theirs:.4f} ratio={ratio:.2f} against={self.against}"


@dataclass(frozen=True)
class Bench:
    """A Region, an environment that reaches it, and the built-in plugin under the official name for the AWS CLI."""

    environment: dict[str, str]
    region: SimulatedRegion


def handoff(bench: Bench) -> Figure:
    """From `enter` on the list to the remote's first byte, against the AWS CLI's whole start-session to the same."""

    def ours() -> float:
        with TimedProgram([SMTUI, "--filter", NODE], bench.environment) as program:
            program.wait_for(b"web-1")
            program.settle()
            began = time.monotonic()
            program.press(b"\r")
            return program.wait_for(FIRST_REMOTE_BYTE) - began

    def theirs() -> float:
        began = time.monotonic()
        with TimedProgram([AWS_CLI, "ssm", "start-session", "--target", NODE], bench.environment) as program:
            return program.wait_for(FIRST_REMOTE_BYTE) - began

    return Figure(*medians(ROUNDS, ours, theirs), against="aws-ssm-start-session")


def relay(bench: Bench) -> Figure:
    """The echo of a key through `smtui connect`, against the same plugin run by the AWS CLI, which adds nothing."""
    ours = _echo([SMTUI, "connect", NODE], bench)
    theirs = _echo([AWS_CLI, "ssm", "start-session", "--target", NODE], bench)
    return Figure(ours(), theirs(), against="the-same-plugin-without-a-relay")


def diagnosis(bench: Bench) -> Figure:
    """From `t` on the list to the verdict while one call takes 3 s, against that call and 1 s for all others."""

    def ours() -> float:
        with TimedProgram([SMTUI, "--filter", NODE], bench.environment) as program:
            program.wait_for(b"web-1")
            program.settle()
            began = time.monotonic()
            program.press(b"t")
            return program.wait_for(b"a session can start") - began

    bench.region.faults.apply({"latency": {"ec2:DescribeRouteTables": SLOWEST}})
    try:
        taken, allowed = medians(SLOW_ROUNDS, ours, lambda: SLOWEST + 1.0)
    finally:
        bench.region.faults.apply({"latency": None})
    return Figure(taken, allowed, against="the-slowest-call-and-1-s")


def _echo(argv: list[str], bench: Bench) -> Callable[[], float]:
    def measured() -> float:
        with TimedProgram(argv, bench.environment) as program:
            program.wait_for(PROMPT)
            program.settle()
            times = []
            for number in range(KEYSTROKES):
                key = b"%c" % (97 + number % 26)
                began = time.monotonic()
                program.press(key)
                times.append(program.wait_for(key) - began)
                if number % 20 == 19:
                    program.press(b"\x15")
                    program.settle(0.05)
            return statistics.median(times)

    return measured


FIGURES: dict[str, Callable[[Bench], Figure]] = {"handoff": handoff, "relay": relay, "diagnosis": diagnosis}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        sys.stderr.write(f"no figure {', '.join(unknown)}; there are: {', '.join(FIGURES)}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, SimulatedRegion(demo_fleet()) as region:
        home = Path(folder)
        (home / "bin").mkdir()
        (home / "bin" / "session-manager-plugin").symlink_to(PLUGIN)
        environment = region_environment(region, home) | {"SMTUI_PLUGIN": "builtin"}
        environment["PATH"] = f"{home / 'bin'}:{environment['PATH']}"
        for name in names or FIGURES:
            sys.stdout.write(FIGURES[name](Bench(environment, region)).line(name) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
