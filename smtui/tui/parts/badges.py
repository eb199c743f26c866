"""The component classes that badges are drawn in, wherever they stand; `app.tcss` gives them their colours."""

from __future__ import annotations

from smtui.domain.readiness import Badge, Readiness

UNCONFIRMED = "badge--unconfirmed"
BADGE_CLASSES = {f"badge--{badge.name.lower().replace('_', '-')}" for badge in Badge} | {UNCONFIRMED}


def badge_classes(judged: Readiness) -> tuple[str, ...]:
    """For `get_component_rich_style` and its kin."""
    badge = f"badge--{judged.badge.name.lower().replace('_', '-')}"
    return (badge,) if judged.confirmed else (badge, UNCONFIRMED)
