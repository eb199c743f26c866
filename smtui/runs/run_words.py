"""Words how a run went: the summary of all nodes, the exit status, a sentence for each node that went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smtui.runs.node_run import NodeRun, NodeState
from smtui.runs.run_request import Way

if TYPE_CHECKING:
    from smtui.runs.run_request import RunRequest

ALL_GOOD, FAILED, NOT_ALL_KNOWN = 0, 1, 3
"""Exit statuses of `smtui run`."""
_TENTHS_BELOW = 10.0
_MINUTE = 60.0
_BY_SIGNAL = 256
"""Behind every exit status."""
_ORDER = list(NodeState)


def summary(nodes: Sequence[NodeRun]) -> str:
    """Return how many nodes ended how, the most frequent success first: `190 exit 0, 5 exit 3, 5 timed out`."""
    counted = Counter(node.words for node in nodes)
    first = {node.words: node for node in nodes}

    def rank(words: str) -> tuple[int, int]:
        node = first[words]
        status = node.exit_status or 0
        return (_ORDER.index(node.state) if node.state.is_over else len(_ORDER), status if status >= 0 else _BY_SIGNAL)

    return ", ".join(f"{counted[words]} {words}" for words in sorted(counted, key=rank))


def exit_status(nodes: Sequence[NodeRun]) -> int:
    """Return 0 if every command certainly exited with 0, 3 if none certainly failed but some are not known, else 1."""
    if all(node.is_good for node in nodes):
        return ALL_GOOD
    return NOT_ALL_KNOWN if all(node.is_good or node.is_unproven for node in nodes) else FAILED


def sentence(node: NodeRun, now: float) -> str:
    """Return how a node ended, such as `web-7: exit 3 after 1.2 s` and why."""
    seconds = node.seconds(now)
    after = f" after {duration(seconds)}" if seconds is not None else ""
    said = f"{node.label}: {node.words}{after}"
    reason = node.reason.rstrip()
    if not reason:
        return f"{said}."
    return f"{said}: {reason}" if reason.endswith((".", "!", "?")) else f"{said}: {reason}."


def duration(seconds: float) -> str:
    """Write a time with the unit that fits: `0.4 s`, `12 s`, `3 min 5 s`."""
    if seconds < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), round(_MINUTE))
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def way_sentence(request: RunRequest, *, switch: str = "") -> str:
    """Return which way is used, and why; `switch` names the option that chooses the other one."""
    number = len(request.targets)
    if request.way is Way.RUN_COMMAND:
        return (
            "by Run Command, as you asked: it goes on if smtui ends, AWS keeps a record of it, and its output is cut "
            "after 24,000 characters (8,000 of stderr)."
        )
    other = f" ({switch})" if switch else ""
    at_once = f"{min(request.parallel, number)} at a time, " if number > 1 else ""
    return (
        f"by sessions, {at_once}{request.timeout:g} s each: output comes when a node is done, and all runs stop "
        f"if smtui ends. Run Command would go on{other}."
    )
