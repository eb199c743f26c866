"""Names the component classes that the mark of a node's status is drawn with; `app.tcss` gives them their colours."""

from __future__ import annotations

from smtui.domain.readiness import Badge, Readiness

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


def can_enter(judged: Readiness) -> bool:
    """Whether a session can most likely start: the names of these nodes stand out."""
    return judged.badge in (Badge.READY, Badge.LIMITED)
