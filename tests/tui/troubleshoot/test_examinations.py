"""What is kept of an examination: its results, with when all of them were there."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from smtui.diagnosis.check_result import Diagnosis
from smtui.tui.troubleshoot.examinations import Examined
from tests.engine.fakes import NOW


class Running:
    """An examination whose runs last until they are told to end; a later one gives up those before it."""

    def __init__(self) -> None:
        self.diagnosis = Diagnosis("i-1", ())
        self.runs: list[asyncio.Event] = []

    @property
    def running(self) -> bool:
        return bool(self.runs) and not self.runs[-1].is_set()

    def subscribe(self, _: object) -> None:
        pass

    async def run(self, _: Collection[str]) -> Diagnosis:
        own = asyncio.Event()
        for earlier in self.runs:
            earlier.set()
        self.runs.append(own)
        await own.wait()
        return self.diagnosis


async def test_a_run_that_another_took_over_from_has_made_nothing() -> None:
    examination = Running()
    examined = Examined(examination, lambda: NOW)  # type: ignore[arg-type]
    first = asyncio.ensure_future(examined.run())
    await asyncio.sleep(0)
    second = asyncio.ensure_future(examined.run())
    await first
    assert examined.made_at is None
    assert not examined.fresh
    examination.runs[-1].set()
    await second
    assert examined.made_at == NOW
    assert examined.fresh
