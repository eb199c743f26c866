"""What an earlier smtui left behind, on the command line: only a plain yes at a terminal in front ends it."""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from smtui.cli import left_behind
from smtui.domain.orphaned_session import OrphanedSession
from smtui.domain.place import Place
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.sessions.orphans import Orphans
from tests.engine.fakes import NOW, FakeAws
from tests.tunnels.tunnel_fakes import FakeJournal

STREAMS = {"stdin": "r", "stdout": "w", "stderr": "w"}
LEFT = OrphanedSession("s-1", "a shell on web-1", Place("ops", "eu-west-1"), NOW, 0, False, "x")


class Bench:
    """A terminal in front, and a session that is left for certain."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.master, self.slave = os.openpty()
        self.aws, self.journal = FakeAws(), FakeJournal()
        self.journal.left = [LEFT]
        self.launcher = self.make()
        self._patch = monkeypatch
        self._patch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
        self.streams = {name: os.fdopen(os.dup(self.slave), mode) for name, mode in STREAMS.items()}

    def make(self, *, read_only: bool = False) -> Launcher:
        orphans = Orphans(self.journal, lambda _: self.aws, OffLoop(), lambda: NOW, read_only=read_only)
        parts = {
            "orphans": orphans,
            "fleet": SimpleNamespace(clock=lambda: NOW),
            "setup": SimpleNamespace(read_only=read_only),
            "off_loop": SimpleNamespace(call=self._when_asked),
        }
        return cast(Launcher, SimpleNamespace(**parts))

    async def _when_asked(self, read: Any) -> bytes:
        """The answer is typed only once there is a question."""
        os.write(self.master, self.answer)
        self.was_asked = True
        return cast(bytes, read())

    answer = b"\n"
    was_asked = False

    async def run(self, command: Coroutine[Any, Any, None], *, not_a_terminal: str = "") -> None:
        """Here and no earlier: pytest sets streams of its own before each test."""
        with self._patch.context() as patch, open(os.devnull, "r+") as nothing:
            for name, stream in self.streams.items():
                patch.setattr(sys, name, nothing if name == not_a_terminal else stream)
            await command

    @property
    def ended(self) -> bool:
        return self.aws.terminated == ["s-1"]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(monkeypatch)
    yield made
    for stream in made.streams.values():
        stream.close()
    os.close(made.master)
    os.close(made.slave)


@pytest.mark.parametrize("answer", [b"y\n", b"Y\n", b"yes\n", b" y \n"])
async def test_a_plain_yes_ends_it(bench: Bench, answer: bytes) -> None:
    bench.answer = answer
    await bench.run(left_behind.offer(bench.launcher))
    assert bench.was_asked
    assert bench.ended


@pytest.mark.parametrize("answer", [b"\n", b"n\n", b"no\n", b"yy\n", b"q\n", b"\x04", b"yes please\n", b"exit\n"])
async def test_anything_else_leaves_it(bench: Bench, answer: bytes) -> None:
    bench.answer = answer
    await bench.run(left_behind.offer(bench.launcher))
    assert bench.was_asked
    assert not bench.ended


async def test_what_was_typed_ahead_is_for_others(bench: Bench) -> None:
    os.write(bench.master, b"y\n")
    await bench.run(left_behind.offer(bench.launcher))
    assert not bench.was_asked
    assert not bench.ended


@pytest.mark.parametrize("name", STREAMS)
async def test_no_question_without_a_terminal(bench: Bench, name: str) -> None:
    bench.answer = b"y\n"
    await bench.run(left_behind.offer(bench.launcher), not_a_terminal=name)
    assert not bench.was_asked
    assert not bench.ended


async def test_no_question_from_the_background(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp() + 1)
    await bench.run(left_behind.offer(bench.launcher))
    assert not bench.was_asked


async def test_no_question_among_json(bench: Bench) -> None:
    await bench.run(left_behind.offer(bench.launcher, is_for_programs=True))
    assert not bench.was_asked
    assert not bench.ended


async def test_no_question_when_read_only(bench: Bench) -> None:
    bench.answer = b"y\n"
    await bench.run(left_behind.offer(bench.make(read_only=True)))
    assert not bench.was_asked
    assert not bench.ended


async def test_a_forward_in_a_script_ends_what_is_certain(bench: Bench) -> None:
    await bench.run(left_behind.end_or_report(bench.launcher), not_a_terminal="stdin")
    assert not bench.was_asked
    assert bench.ended


async def test_a_run_with_json_ends_only_without_a_terminal(bench: Bench) -> None:
    await bench.run(left_behind.end_or_report(bench.launcher, may_ask=False))
    assert not bench.was_asked
    assert not bench.ended
    await bench.run(left_behind.end_or_report(bench.launcher, may_ask=False), not_a_terminal="stdout")
    assert bench.ended


async def test_a_forward_on_a_terminal_asks_first(bench: Bench) -> None:
    await bench.run(left_behind.end_or_report(bench.launcher))
    assert bench.was_asked
    assert not bench.ended
