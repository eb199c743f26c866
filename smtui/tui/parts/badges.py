"""Names the component classes that a node's status is drawn with; `app.tcss` gives them their colours."""

from __future__ import annotations

from smtui.domain.readiness import Badge, Readiness

UNCONFIRMED = "badge--unconfirmed"
BADGE_CLASSES = {f"badge--{badge.name.lower().replace('_', '-')}" for badge in Badge} | {UNCONFIRMED}


def badge_classes(judged: Readiness) -> tuple[str, ...]:
    """Return the classes of this status, for `get_component_rich_style` and the like."""
    badge = f"badge--{judged.badge.name.lower().replace('_', '-')}"
    return (badge,) if judged.confirmed else (badge, UNCONFIRMED)
