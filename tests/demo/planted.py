"""Sorts the nodes of the story by what is planted in them, and by what the doctor has to make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smtui.demo.story.demo_node import DemoNode, Finding
from smtui.demo.story.story_nodes import more_causes, story


def _single(nodes: Iterable[DemoNode]) -> Mapping[str, str]:
    return {node.name: node.causes[0] for node in nodes if len(node.causes) == 1 and node.finding != Finding.UNKNOWN}


CAUSES = _single(story())
"""Node of the default fleet -> the code of the check that finds the one thing that is wrong with it."""
MORE_CAUSES = _single(more_causes())
"""The same of the nodes that the fleet `causes` adds."""
ONLY_WARNED = frozenset(node.name for node in (*story(), *more_causes()) if node.finding == Finding.WARN)
"""Those of the above that are no FAIL."""
SEVERAL_CAUSES = {node.name: node.causes for node in (*story(), *more_causes()) if len(node.causes) > 1}
"""Nodes that are wrong in several ways, the nearest link first."""
OUT_OF_SIGHT = {node.name: node.causes[0] for node in more_causes() if node.finding == Finding.UNKNOWN}
"""Nodes whose cause is where no check sees."""
