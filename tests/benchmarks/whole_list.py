"""Reads every node once: `python -m tests.benchmarks.whole_list ours|boto3` prints the peak of its memory in MB."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


async def _ours() -> int:
    from smtui.run_options import RunOptions
    from smtui.wiring import wired

    async with wired(RunOptions(), lambda _: None) as launcher:
        await launcher.fleet.refresh()
        return len(launcher.fleet)


def _boto3() -> int:
    import boto3

    def items(service: str, operation: str, key: str, page: int) -> list[Any]:
        pages = boto3.Session().client(service).get_paginator(operation).paginate(PaginationConfig={"PageSize": page})
        return [item for page in pages for item in page[key]]

    with ThreadPoolExecutor(2) as side_by_side:
        managed = side_by_side.submit(items, "ssm", "describe_instance_information", "InstanceInformationList", 50)
        instances = side_by_side.submit(items, "ec2", "describe_instances", "Reservations", 1000)
        return len({item["InstanceId"] for item in managed.result()} | {"" for _ in instances.result()})


def _peak() -> float:
    """Megabytes. On Linux not getrusage's, which begins with the memory of the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text("ascii", "replace").partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    count = asyncio.run(_ours()) if sys.argv[1] == "ours" else _boto3()
    sys.stdout.write(f"{count} {_peak():.1f}\n")
    sys.stdout.flush()
    os._exit(0)  # freeing 50,000 nodes is not what is measured
