"""Anything may lie where smtui keeps its files: the live list comes all the same, and at most a sentence is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.waiting import PATIENCE, wait_until

NODES = 45
NAIVE = {
    "format": "FORMAT",
    "caller": {"account": "111122223333", "arn": "a", "user_id": "u", "region": "eu-west-1"},
    "complete_at": "2026-11-22T12:00:00",
    "latest": "2026-11-22T12:00:00",
    "nodes": 1,
    "first": {
        "ssm": {"node_id": ["i-0fade0fade0fade0f"], "seen_at": ["2026-11-22T12:00:00"], "name": ["ghost"]},
        "ec2": {},
    },
    "widest": {"ssm": {}, "ec2": {}},
}


def line(value: object) -> str:
    return json.dumps(value).replace('"FORMAT"', "FORMAT") + "\n"


def link_to_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 33)


def text(content: str) -> Callable[[Path], object]:
    """What is written, with the format of the file that it takes the place of."""
    return lambda path: path.write_text(content.replace("FORMAT", "2" if path.suffix == ".jsonl" else "1"))


NASTY: dict[str, Callable[[Path], object]] = {
    "device": link_to_zero,
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "huge": huge,
    "naive dates": text(line(NAIVE)),
    "wrong types": text(line({**NAIVE, "first": {"ssm": {"node_id": [7], "seen_at": 1}}, "sessions": [1]})),
    "deep": text('{"format": FORMAT, "first": ' + "[" * 100_000 + "]" * 100_000 + "}\n"),
    "not a number": text('{"format": FORMAT, "complete_at": NaN, "sessions": Infinity}\n'),
    "no text": lambda path: path.write_bytes(b"\xff\xfe\x00{"),
}


def plant(world: World, make: Callable[[Path], object]) -> list[Path]:
    """One in the place of every file of ours; the list's own has the name that smtui gives it."""
    run(world, "list")
    [cache] = (world.home / "cache").glob("nodes-*")
    models = list((world.home / "cache").glob("botocore-*"))
    for kept in (cache, *models):
        kept.unlink()
    paths = [cache]
    for folder, name in (("state", "sessions-1-a.json"), ("state", "documents.json"), ("config", "presets.toml")):
        (world.home / folder).mkdir(exist_ok=True)
        paths.append(world.home / folder / name)
    paths += models
    for path in paths:
        make(path)
    return paths


def run(world: World, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    argv = ["sh", "-c", f'{before}exec "$0" "$@"', SMTUI, *words]
    return subprocess.run(argv, env=world.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)


@pytest.mark.parametrize("kind", NASTY)
def test_the_list_comes_all_the_same(world: World, kind: str) -> None:
    plant(world, NASTY[kind])
    done = run(world, "list", "--json", before="ulimit -v 4000000; ")
    assert done.returncode == 0, done.stderr
    listing = json.loads(done.stdout)
    assert len(listing["nodes"]) == NODES
    assert "ghost" not in done.stdout
    assert listing["problems"] == []
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("kind", ["device", "wrong types", "naive dates"])
def test_the_screen_shows_the_list_and_a_sentence(world: World, kind: str) -> None:
    cache, journal, _, presets, *_ = plant(world, NASTY[kind])
    with Terminal(wrapped(f"{SMTUI}; echo"), world.environment, columns=140, rows=45) as terminal:
        terminal.wait_for("bastion-1")
        terminal.wait_for(lambda shown: "reading" not in shown)
        wait_until(lambda: kind == "naive dates" or not journal.exists())  # else the user is busy
        terminal.press("m")
        terminal.wait_for(lambda shown: "list of the last run is not used" in " ".join(shown.replace("│", " ").split()))
        terminal.press("\x1b")
        assert "ghost" not in terminal.text()
        terminal.press("4")
        terminal.wait_for("presets.toml")
        terminal.press("q")
        terminal.wait_for("bastion-1")
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert "Traceback" not in terminal.text()
        assert_sane(terminal)
    assert presets.is_symlink() if kind == "device" else presets.exists(), "what is the user's own stays"
    assert cache.is_file()
    assert not cache.is_symlink(), "the next complete list took its place"
    if kind != "naive dates":
        assert not journal.exists()
    wait_until(lambda: world.processes() == [])


@pytest.mark.parametrize("trouble", ["a file for a folder", "no room"])
def test_what_cannot_be_written_costs_a_sentence_at_most(world: World, trouble: str) -> None:
    before = ""
    if trouble == "no room":
        before = "ulimit -f 0; "
    else:
        shutil.rmtree(world.home / "cache")
        for name in ("cache", "state", "config"):
            (world.home / name).write_text("")
    done = run(world, "list", before=before)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == NODES + 1
    command = ["connect", "web-1", "--document-name", "Acme-Exit", "--parameter", "status=7"]
    done = run(world, *command, before=before)
    assert done.returncode == 7, done.stderr
    assert "cannot be written: " in done.stderr
    assert "Traceback" not in done.stderr
    said = [line for line in done.stderr.splitlines() if line.startswith("smtui: ")]
    assert len(said) == len(set(said)) <= 5, "settings, folder, documents, an earlier smtui's journal and ours"
    done = run(world, "presets", "add", "Shop", "80", before=before)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    wait_until(lambda: world.active_sessions() == [])


@pytest.mark.parametrize("words", ["list", "list --json"])
def test_output_that_cannot_be_written_is_a_sentence(world: World, words: str) -> None:
    done = run(world, *words.split(), before="exec >/dev/full; ")
    assert done.returncode == 1
    assert done.stderr == "smtui: the output could not be written: No space left on device.\n"
