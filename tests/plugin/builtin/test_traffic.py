"""What smtui is told of a forward."""

from __future__ import annotations

import asyncio
import json

from smtui.plugin.builtin.traffic import Traffic


async def test_changes_between_two_lines_are_one_line_and_the_most_important_is_named() -> None:
    lines: list[dict[str, object]] = []
    told = asyncio.Event()

    async def tell(line: str) -> None:
        lines.append(json.loads(line))
        told.set()

    traffic = Traffic("db.internal:5432", "127.0.0.1:5432")
    running = asyncio.create_task(traffic.run(tell))
    traffic.opened()
    await told.wait()
    for _ in range(3):
        traffic.accepted()
    traffic.refused()
    traffic.closed()
    traffic.received(70)
    traffic.sent(8)
    await asyncio.sleep(0)
    assert len(lines) == 1, "not more than two a second"
    running.cancel()
    await asyncio.wait([running])
    where = {"to": "db.internal:5432", "local": "127.0.0.1:5432"}
    assert lines == [
        {"event": "opened", "now": 0, "total": 0, "in": 0, "out": 0, **where},
        {"event": "refused", "now": 2, "total": 3, "in": 70, "out": 8, **where},
    ]
