"""Names nodes and places so that no two of those on the screen can be confused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place


def called(node: Node, places: Sequence[Place]) -> str:
    """Return the node's name; where several places are listed, as TARGET: `ops/eu-west-1/web-1`. Harmless."""
    name = node.name or node.node_id
    return harmless(f"{node.place_label}/{name}" if len(places) > 1 and node.place_label else name)


def place_detail(place: Place, places: Sequence[Place]) -> tuple[str, ...]:
    """Return the place for the title of a dialog, if another one could be meant."""
    several = len({place, *places}) > 1
    return (place.label,) if several and place.label else ()
