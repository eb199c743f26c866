"""Saving what was found out, where only the user can read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from smtui.domain.report import ReportNotSaved
from smtui.engine.offloop import OffLoop


class ReportStore(Protocol):
    """Where reports are kept; blocking."""

    def save(self, name: str, text: str) -> str:
        """A new file; returns its path. Raises `ReportNotSaved`."""


class NoReports:
    """Of launchers that keep nothing."""

    def save(self, name: str, text: str) -> str:
        raise ReportNotSaved("Reports cannot be saved here.")


class Reports:
    def __init__(self, off_loop: OffLoop, store: ReportStore) -> None:
        self._off_loop = off_loop
        self._store = store

    async def save(self, name: str, lines: Iterable[str]) -> str:
        """The path of the new file; raises `ReportNotSaved`."""
        text = "".join(f"{line}\n" for line in lines)
        return await self._off_loop.call(lambda: self._store.save(name, text))
