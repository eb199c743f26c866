"""Runs the screen over many places until all rows are shown: `python -m tests.benchmarks.many_places FILE`.

Writes what it measured to FILE as JSON: seconds from the start of the process, and of processor time.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import psutil

BEAT = 0.002
"""Seconds between two looks at the event loop's lateness."""
CALM = 3.0
"""Seconds until the probes of the first rows have gone and the list is at rest."""
FRAME = 0.033


class Measured:
    """What happens until all rows are shown, and the share of the processor that nothing takes afterwards."""

    def __init__(self, idle_seconds: float) -> None:
        self.began = psutil.Process().create_time()
        self.idle_seconds = idle_seconds
        self.first_row = 0.0
        self.longest_block = 0.0
        self.late_frames = 0

    async def watch(self, app: Any, launcher: Any, file: Path) -> None:
        beating = asyncio.create_task(self._beat())
        nodes = app.screen_stack[0] if app.screen_stack else None
        while nodes is None or not nodes._rows.view:
            await asyncio.sleep(BEAT)
            nodes = app.screen_stack[0] if app.screen_stack else None
        self.first_row = time.time() - self.began
        fleet, rows = launcher.fleet, nodes._rows
        while fleet.loading or not len(fleet) or len(rows) != len(fleet):
            await asyncio.sleep(BEAT)
        all_rows, processor = time.time() - self.began, _processor()
        await asyncio.sleep(CALM)
        beating.cancel()
        before = _processor()
        await asyncio.sleep(self.idle_seconds)
        idle = (_processor() - before) / self.idle_seconds
        told = {
            "first_row": self.first_row,
            "all_rows": all_rows,
            "processor": processor,
            "longest_block": self.longest_block,
            "late_frames": self.late_frames,
            "idle": idle,
            "rows": len(rows),
            "problems": len(fleet.problems()),
            "megabytes": psutil.Process().memory_info().rss / 2**20,
        }
        file.write_text(json.dumps(told), "utf-8")
        app.exit()

    async def _beat(self) -> None:
        while True:
            before, used = time.perf_counter(), time.process_time()
            await asyncio.sleep(BEAT)
            # What other programs took of the processor is not ours.
            late = min(time.perf_counter() - before - BEAT, time.process_time() - used)
            self.longest_block = max(self.longest_block, late)
            self.late_frames += late > FRAME


def _processor() -> float:
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)


async def _run(file: Path, profiles: list[str], regions: list[str], idle_seconds: float) -> None:
    from smtui.garbage import collect_later
    from smtui.run_options import RunOptions
    from smtui.wiring import begun, wired

    collect_later()
    settings = RunOptions(profiles=tuple(profiles), regions=tuple(regions))
    async with wired(settings, lambda _: None) as launcher, begun(launcher) as app_class:
        app = app_class(launcher)
        watching = asyncio.create_task(Measured(idle_seconds).watch(app, launcher, file))
        await app.run_to_its_end()
        await watching


if __name__ == "__main__":
    asyncio.run(
        _run(
            Path(sys.argv[1]),
            os.environ["BENCH_PROFILES"].split(","),
            os.environ["BENCH_REGIONS"].split(","),
            float(os.environ["BENCH_IDLE_SECONDS"]),
        )
    )
