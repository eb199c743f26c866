"""Puts the facts of a session into words for the user's hooks: as variables, and as JSON. No token is among them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.request import SessionRequest

PREFIX = "SMTUI_HOOK_"
_LONGEST = 2_000
"""Characters of one fact: some systems refuse longer variables together."""


class HookEvent(Enum):
    """When a hook runs."""

    BEFORE = "before_session"
    AFTER = "after_session"


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The facts of a session that a hook receives."""

    event: HookEvent
    node: str
    """Its id."""
    name: str
    """The node's name as the screen shows it; its id if it has none."""
    profile: str = ""
    region: str = ""
    account: str = ""
    """Empty if it is not known."""
    document: str = ""
    """Empty for the account's own shell."""
    destination: str = ""
    """Of a forward: `5432`, or `db.internal:5432`."""
    reason: str = ""
    outcome: str = ""
    """After a session: `ended`, `failed`, or `not started`."""
    said: str = ""
    """After a session: how it ended, as a sentence."""
    seconds: int = 0
    """After a session: how long it took, with its start."""

    def by_name(self) -> dict[str, str]:
        """Return every fact as one line of text, by its name in small letters."""
        facts = {
            "event": self.event.value,
            "node": self.node,
            "name": self.name,
            "profile": self.profile,
            "region": self.region,
            "account": self.account,
            "document": self.document,
            "destination": self.destination,
            "reason": self.reason,
        }
        if self.event is HookEvent.AFTER:
            facts |= {"outcome": self.outcome, "said": self.said, "seconds": str(self.seconds)}
        return {name: harmless(text)[:_LONGEST] for name, text in facts.items()}

    def variables(self) -> Mapping[str, str]:
        """Return the facts as environment variables: `SMTUI_HOOK_NODE`."""
        return {f"{PREFIX}{name.upper()}": text for name, text in self.by_name().items()}

    def json(self) -> str:
        """Return the facts as one line of JSON."""
        return json.dumps(self.by_name(), ensure_ascii=False)


def before(
    request: SessionRequest, name: str, destination: str = "", *, region: str = "", account: str = ""
) -> SessionFacts:
    """Return the facts before a session; `region` and `account` are those that AWS has answered for."""
    place = request.place
    return SessionFacts(
        HookEvent.BEFORE,
        request.target,
        name,
        place.profile,
        place.region or region,
        account,
        request.document_name,
        destination,
        request.reason,
    )
