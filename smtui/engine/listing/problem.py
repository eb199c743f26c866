"""Describes what could not be read of a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.place import Place


@dataclass(frozen=True, slots=True)
class Problem:
    """Part of a place that could not be read, for the line below the list."""

    place: Place
    fault: Fault

    def sentence(self, *, named: bool = False) -> str:
        """What failed, and what to do; with `named` also where."""
        from smtui.topics.next_step import after_fault

        where = f"{self.place.label}: " if named and self.place.label else ""
        return f"{where}{self.fault.sentence()} {after_fault(self.fault)}"
