"""Reads the form of a run: which command, how many nodes at once, how long, in which way."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping

from smtui.domain.request import reason_complaint
from smtui.runs.run_maker import complaint
from smtui.runs.run_request import (
    LONGEST_TIMEOUT,
    MOST_PARALLEL,
    PARALLEL,
    TIMEOUT,
    OutputBucket,
    RunRequest,
    RunTarget,
    Way,
)

_AT_ONCE_BY_AWS = 50


def default_way() -> Way:
    """Sessions, where our plugin runs behind pipes."""
    return Way.RUN_COMMAND if sys.platform == "win32" else Way.SESSIONS


def run_problems(
    texts: Mapping[str, str], targets: tuple[RunTarget, ...], way: Way, *, started: bool
) -> dict[str, str]:
    """Return by field what is wrong. Until the user has tried to start, an empty command is not."""
    found = {}
    if texts["command"].strip() or started:
        found["command"] = complaint(RunRequest((texts["command"],), targets, way))
    at_once, most = texts.get("parallel", ""), MOST_PARALLEL if way is Way.SESSIONS else 1000
    if at_once and not (at_once.isascii() and at_once.isdigit() and 1 <= int(at_once) <= most):
        found["parallel"] = f"Give a number from 1 to {most}."
    if texts.get("timeout") and _seconds(texts["timeout"]) is None:
        found["timeout"] = f"Give seconds, at most {LONGEST_TIMEOUT:,.0f}."
    found["reason"] = reason_complaint(texts.get("reason", ""))
    return {name: sentence for name, sentence in found.items() if sentence}


def request_of(texts: Mapping[str, str], targets: tuple[RunTarget, ...], way: Way) -> RunRequest:
    """Return what the form asks for; call it only if nothing is wrong."""
    default = PARALLEL if way is Way.SESSIONS else _AT_ONCE_BY_AWS
    bucket = texts.get("bucket", "").strip()
    return RunRequest(
        (texts["command"],),
        targets,
        way,
        int(texts["parallel"]) if texts.get("parallel") else default,
        _seconds(texts.get("timeout", "")) or TIMEOUT,
        reason=texts.get("reason", "").strip(),
        bucket=OutputBucket.parse(bucket) if bucket and way is Way.RUN_COMMAND else None,
    )


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and 0 < seconds <= LONGEST_TIMEOUT else None
