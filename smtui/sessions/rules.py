"""Reads the account's session preferences with what they rely on, and changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.preference_facts import parse_preferences
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.session_limits import SessionLimits

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.rules_facts import RulesAws
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.sessions.records_protocols import RecordPlaces


class Rules:
    """The session preferences of every place. Call the methods on the event loop; none blocks it."""

    def __init__(self, records: RecordPlaces, off_loop: OffLoop, *, read_only: bool) -> None:
        self._records = records
        self._off_loop = off_loop
        self._read_only = read_only

    async def limits(self, place: Place) -> SessionLimits | None:
        """When a session that starts there now ends by itself; None where that cannot be seen. Never raises."""
        try:
            text = await self._off_loop.call(self._aws(place).rules_text)
        except AwsCallFailed:
            return None
        preferences = parse_preferences(text.content if text is not None else "")
        return SessionLimits(
            preferences.idle_minutes, preferences.max_minutes, text.version if text is not None else ""
        )

    def _aws(self, place: Place) -> RulesAws:
        return self._records.records_at(place).rules
