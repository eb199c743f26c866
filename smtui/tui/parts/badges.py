"""Names the component classes that the mark of a node's status is drawn with; `app.tcss` gives them their colours."""

from __future__ import annotations

from smtui.domain.readiness import Badge, Readiness
from smtui.tui.parts.cursor_list import Look

UNPROBED = "badge--unprobed"
"""Ready, but not probed yet."""
UNCONFIRMED = "badge--unconfirmed"
"""Any other status that needs a newer listing or probe."""
BADGE_CLASSES = {f"badge--{badge.name.lower().replace('_', '-')}" for badge in Badge} | {UNPROBED, UNCONFIRMED}


def badge_class(judged: Readiness) -> str:
    """Return the class of this status, for `get_component_rich_style` and the like."""
    if judged.confirmed:
        return f"badge--{judged.badge.name.lower().replace('_', '-')}"
    return UNPROBED if judged.badge is Badge.READY else UNCONFIRMED


def badge_look(judged: Readiness) -> Look:
    """Return the same for text that is drawn by looks."""
    if not judged.confirmed:
        return Look.UNPROBED if judged.badge is Badge.READY else Look.QUIET
    return _LOOKS.get(judged.badge, Look.QUIET)


_LOOKS = {Badge.READY: Look.GOOD, Badge.LIMITED: Look.WARN, Badge.NOT_CONNECTED: Look.WARN}


def can_enter(judged: Readiness) -> bool:
    """Whether a session can most likely start: the names of these nodes stand out."""
    return judged.badge in (Badge.READY, Badge.LIMITED)
