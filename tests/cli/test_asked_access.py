"""`connect --ask-access` starts nothing with the caller's own credentials once the access that was granted is over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from smtui.cli.sessions.asked_access import granted
from smtui.domain.records.access_request import AccessAnswer, AccessStatus
from smtui.sessions.access_wait import AccessWait
from tests.engine.fakes import NOW
from tests.sessions.access_fakes import KEYS, NODE, PLACE, ScriptedAccess
from tests.sessions.test_access_requests import Calls, Desk


class Jobs:
    """Runs one."""

    def start(self, wait: AccessWait) -> None:
        self._task = asyncio.ensure_future(wait.run())

    async def over(self, wait: AccessWait) -> None:
        await self._task


@pytest.mark.parametrize(("left", "is_granted"), [(60, True), (0, False), (-60, False)])
async def test_an_approval_that_is_over_is_none(
    left: int, is_granted: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = AccessAnswer(AccessStatus.APPROVED, replace(KEYS, ends_at=NOW + timedelta(seconds=left)))
    desk = Desk(ScriptedAccess([answer]), own=Calls("own", []))
    launcher: Any = SimpleNamespace(
        account_sessions=SimpleNamespace(access=desk.requests()),
        fleet=SimpleNamespace(clock=lambda: NOW),
        jobs=Jobs(),
        setup=SimpleNamespace(demo=False),
    )
    found: Any = SimpleNamespace(place=PLACE, node_id=NODE, label="web-1")
    assert await granted(launcher, found, "INC-4711") is is_granted
    assert ("The access to web-1 has ended." in capsys.readouterr().err) is not is_granted
