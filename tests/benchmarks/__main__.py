"""`python -m tests.benchmarks [NAME …]`: one line a figure, ours against something named, in one run."""

from __future__ import annotations

import os
import shlex
import statistics
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.domain.terminal_modes.modes import TerminalModes
from tests.benchmarks import channel, completion, copies, fleet, places, records
from tests.benchmarks.timing import Bench, Figure, TimedProgram, medians
from tests.end_to_end.shells import AWS_CLI, PLUGIN, SMTUI, region_environment

ROUNDS = 9
KEYSTROKES = 300
CHUNKS = 5000
SLOW_ROUNDS = 5
SLOWEST = 3.0
"""Seconds."""
PREPARING = 3.0
STEADY = 1.5
ALREADY_CUT = 0.003
"""Seconds: what a session does after its start; how long a connection must last to count; until a cut is one."""
NODE = "i-0a1b2c3d4e5f60718"
FIRST_REMOTE_BYTE = b"This is your own machine"
PROMPT = b"~]$ "
BACK_AT_LIST = b"\x1b[?1049h"


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


def resume(bench: Bench) -> Figure:
    """From a cut of the connection to the echo of a key: a session's first cut against its third."""
    firsts, thirds = [], []
    for _ in range(SLOW_ROUNDS):
        with TimedProgram([SMTUI, "connect", NODE], bench.environment) as program:
            program.wait_for(PROMPT)
            program.settle(PREPARING)
            times = [_cut(program, bench) for _ in range(3)]
        firsts.append(times[0])
        thirds.append(times[2])
    return Figure(statistics.median(firsts), statistics.median(thirds), against="a-later-cut-of-the-same-session")


def _cut(program: TimedProgram, bench: Bench) -> float:
    began = time.monotonic()
    bench.region.faults.apply({"drop_now": True})
    time.sleep(ALREADY_CUT)
    program.press(b"x")
    taken = program.wait_for(b"x") - began
    program.settle(STEADY)
    return taken


def leaving(bench: Bench) -> Figure:
    """From `~.` in a session that is mute to the end of `smtui connect`, against the second that it may take."""
    return _left(bench, [SMTUI, "connect", NODE], {"mute": True}, b"left")


def leaving_to_screen(bench: Bench) -> Figure:
    """The same from a session of the screen, until the list is drawn again."""
    return _left(bench, [SMTUI, "--filter", NODE], {"mute": True}, BACK_AT_LIST)


def leaving_resume(bench: Bench) -> Figure:
    """From `~.` while ResumeSession gets no answer to the end of `smtui connect`."""
    return _left(bench, [SMTUI, "connect", NODE], {"hang": ["ssm:ResumeSession"], "drop_now": True}, b"left")


def _left(bench: Bench, argv: list[str], faults: dict[str, object], end: bytes) -> Figure:
    """Until the session is ended, too."""

    def ours() -> float:
        bench.region.faults.apply({"reset": True})
        with TimedProgram(["/bin/sh", "-c", f"{shlex.join(argv)}; echo left"], bench.environment) as program:
            if end == BACK_AT_LIST:
                program.wait_for(b"web-1")
                program.settle()
                program.press(b"\r")
            program.wait_for(PROMPT)
            program.settle()
            bench.region.faults.apply(faults)
            program.settle(STEADY)
            program.press(b"ls\r")
            program.settle()
            began = time.monotonic()
            program.press(b"~.")
            taken = program.wait_for(end) - began
            while bench.region.sessions.active():
                time.sleep(0.001)
                taken = time.monotonic() - began
            return taken

    try:
        return Figure(*medians(SLOW_ROUNDS, ours, lambda: 1.0), against="a-second")
    finally:
        bench.region.faults.apply({"reset": True})


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
            return program.echoed(KEYSTROKES, rest=0.05)

    return measured


def modes(bench: Bench) -> Figure:
    """Watching what a big `cat` shows, against reading the same from a pty."""
    chunk = b"2026-11-22T07:20:00 GET /index.html 200 some ordinary log line of the usual length\r\n" * 48
    watched = TerminalModes()

    def ours() -> float:
        began = time.process_time()
        for _ in range(CHUNKS):
            watched.pass_on(chunk)
        return time.process_time() - began

    def theirs() -> float:
        master, slave = os.openpty()
        tty.setraw(slave)
        began = time.process_time()
        for _ in range(CHUNKS):
            left = os.write(slave, chunk)
            while left:
                left -= len(os.read(master, left))
        taken = time.process_time() - began
        os.close(master)
        os.close(slave)
        return taken

    return Figure(*medians(ROUNDS, ours, theirs), against="reading-it-from-a-pty")


FIGURES: dict[str, Callable[[Bench], Figure | fleet.Figures]] = {
    "handoff": handoff,
    "relay": relay,
    "resume": resume,
    "leaving": leaving,
    "leaving-to-screen": leaving_to_screen,
    "leaving-resume": leaving_resume,
    "diagnosis": diagnosis,
    "modes": modes,
}


def main(names: list[str]) -> int:
    rooms: dict[str, Mapping[str, Callable[[Bench], Figure | fleet.Figures]]] = {
        "sessions": FIGURES,
        "channel": channel.FIGURES,
        "fleet": fleet.FIGURES,
        "completion": completion.FIGURES,
        "copy": copies.FIGURES,
        "records": records.FIGURES,
        "many-places": places.FIGURES,
    }
    every = {name: figure for figures in rooms.values() for name, figure in figures.items()}
    groups = {room: list(figures) for room, figures in rooms.items()}
    chosen = [figure for name in names or groups for figure in groups.get(name, [name])]
    unknown = [name for name in chosen if name not in every]
    if unknown:
        there_are = ", ".join((*groups, *every))
        sys.stderr.write(f"no figure {', '.join(unknown)}; there are: {there_are}\n")
        return 2
    with tempfile.TemporaryDirectory() as folder, SimulatedRegion(demo_fleet()) as region, ExitStack() as stack:
        home = Path(folder)
        (home / "bin").mkdir()
        (home / "bin" / "session-manager-plugin").symlink_to(PLUGIN)
        environment = region_environment(region, home) | {"SMTUI_PLUGIN": "builtin"}
        environment["PATH"] = f"{home / 'bin'}:{environment['PATH']}"
        bench = Bench(environment, region, home, stack)
        for name in chosen:
            measured = every[name](bench)
            figures = {"": measured} if isinstance(measured, Figure) else measured
            for suffix, figure in figures.items():
                sys.stdout.write(figure.line(name + suffix) + "\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
