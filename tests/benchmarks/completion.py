"""Completion: an answer against `bash -c true`, and one with 50,000 kept nodes against one with none."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping

from smtui.store.node_words import save_node_words
from tests.benchmarks.timing import Bench, Figure, medians
from tests.end_to_end.shells import SMTUI

ROUNDS = 31
MANY = 50_000


def completion(bench: Bench) -> Mapping[str, Figure]:
    """What a TAB after `smtui connect web-` costs: with few nodes, with many, and with many that are all offered."""
    few, many = bench.folder / "few", bench.folder / "many"
    save_node_words(str(few), "default", "eu-west-1", _nodes(50))
    save_node_words(str(many), "default", "eu-west-1", _nodes(MANY))
    with_few, with_many = _answer(bench, few, "web-000"), _answer(bench, many, "web-000")
    with_all = _answer(bench, many, "")
    few_time, bash = medians(ROUNDS, with_few, _bash)
    many_time, few_again = medians(ROUNDS, with_many, with_few)
    all_time, bash_again = medians(ROUNDS, with_all, _bash)
    return {
        "": Figure(few_time, bash, against="bash-c-true"),
        "_50000": Figure(many_time, few_again, against="50-nodes"),
        "_50000_all": Figure(all_time, bash_again, against="bash-c-true"),
    }


def _nodes(count: int) -> list[tuple[str, str]]:
    return [(f"i-{number:017x}", f"web-{number:05}") for number in range(count)]


def _answer(bench: Bench, cache: object, typed: str) -> Callable[[], float]:
    environment = bench.environment | {"_SMTUI_COMPLETE": "bash", "SMTUI_CACHE_DIR": str(cache)}
    environment |= {"AWS_REGION": "eu-west-1"}
    environment.pop("AWS_PROFILE", None)
    argv = [SMTUI, f"smtui connect {typed}", " \t\n\"'@><=;|&(:", ""]

    def measured() -> float:
        began = time.monotonic()
        done = subprocess.run(argv, env=environment, capture_output=True, check=True)
        taken = time.monotonic() - began
        if done.stdout.count(b"\n") < 2:
            raise RuntimeError("nothing was completed")
        return taken

    return measured


def _bash() -> float:
    began = time.monotonic()
    subprocess.run(["bash", "-c", "true"], check=True)
    return time.monotonic() - began


FIGURES: dict[str, Callable[[Bench], Mapping[str, Figure]]] = {"completion": completion}
