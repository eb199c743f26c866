"""What the plugin has ready before it needs it, and when it makes it ready."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import pytest

from smtui.aws.plugin_calls import CallRefused, PluginCalls
from smtui.channel.client import ClientChannel
from smtui.plugin.builtin import run
from smtui.plugin.builtin.invocation import Invocation
from smtui.plugin.builtin.run import _Service
from tests.waiting import let_loop_run

INVOCATION = Invocation("s-1", "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/s-1", "t0ken", "us-east-1")


@dataclass
class Typist:
    """A channel, as far as preparing looks at it: whether it is open, and when somebody typed."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    typed: bool = False

    @property
    def seconds_since_input(self) -> float:
        return 0.0 if self.typed else float("inf")

    async def until_opened(self) -> None:
        await self.open.wait()


class Steps:
    """A preparation that notes which steps were made, and in which circumstances."""

    def __init__(self, failing: int = -1) -> None:
        self.failing = failing
        self.made: list[int] = []
        self.threads: set[str] = set()
        self.turns: set[float] = set()
        self.changed = threading.Event()

    def preparation(self) -> Iterator[Callable[[], object]]:
        for number in range(3):
            yield partial(self._make, number)

    def _make(self, number: int) -> None:
        if number == self.failing:
            raise CallRefused("no credentials")
        self.made.append(number)
        self.threads.add(threading.current_thread().name)
        self.turns.add(sys.getswitchinterval())
        self.changed.set()


def service(steps: Steps) -> _Service:
    made = _Service(INVOCATION)
    made._calls = cast(PluginCalls, steps)
    return made


async def prepare(steps: Steps, typist: Typist, *, somebody_types: bool = True) -> None:
    async with asyncio.timeout(30):
        await service(steps).prepare(cast(ClientChannel, typist), somebody_types=somebody_types)


async def test_all_is_made_ready_off_the_loop_and_in_short_turns_once_the_session_is_open() -> None:
    steps, typist = Steps(), Typist()
    preparing = asyncio.create_task(prepare(steps, typist))
    for _ in range(20):
        await asyncio.sleep(0)
    assert steps.made == []
    usual = sys.getswitchinterval()
    typist.open.set()
    await preparing
    assert steps.made == [0, 1, 2]
    assert steps.threads == {"aws"}
    assert max(steps.turns) < usual / 5, "the loop gets its turn quickly"
    assert sys.getswitchinterval() == usual


async def test_nothing_is_made_ready_while_somebody_types(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_PAUSE_IN_TYPING", 0.01)
    steps, typist = Steps(), Typist(typed=True)
    typist.open.set()
    preparing = asyncio.create_task(prepare(steps, typist))
    await let_loop_run(0.1)
    assert steps.made == []
    typist.typed = False
    await preparing
    assert steps.made == [0, 1, 2]


@pytest.mark.parametrize("somebody_types", [True, False])
async def test_it_does_not_wait_for_ever_and_not_at_all_where_nobody_types(
    somebody_types: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_PAUSE_IN_TYPING", 0.01 if somebody_types else 1_000.0)
    monkeypatch.setattr(run, "_LONGEST_TYPING", 0.1 if somebody_types else 1_000.0)
    steps, typist = Steps(), Typist(typed=True)
    typist.open.set()
    await prepare(steps, typist, somebody_types=somebody_types)
    assert steps.made == [0, 1, 2]


async def test_what_fails_is_left_to_the_real_call() -> None:
    steps, typist = Steps(failing=1), Typist()
    typist.open.set()
    await prepare(steps, typist)
    assert steps.made == [0]


async def test_one_tls_context_serves_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    made = _Service(INVOCATION)
    context = await made._tls("wss://a.example/")
    assert context is not None
    assert context is await made._tls("wss://b.example/")
    assert await made._tls("ws://127.0.0.1/") is None
