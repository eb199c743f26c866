"""Runs whose nodes do what a test tells them to, for the screens."""

from __future__ import annotations

from typing import Any

from smtui.runs.node_run import Line, NodeState, Stream
from smtui.runs.run_maker import RunMaker
from smtui.runs.runner import Run
from tests.tui.world import World


class Carried:
    """A carrier that does what a test tells it to."""

    def __init__(self, *, plays: bool = False) -> None:
        """`plays`: the nodes do what `play` has them do."""
        self.runs: list[Run] = []
        self._plays = plays

    async def carry(self, run: Run) -> None:
        self.runs.append(run)
        if self._plays:
            play(run)
        await run.stopping.wait()
        for node in run.nodes:
            if node.state is NodeState.RUNNING:
                run.change(node, NodeState.STOPPED)


def world_of(carried: Carried, **arguments: Any) -> World:
    def maker(open_session: Any, documents: Any) -> RunMaker:
        made = RunMaker(open_session, documents.document, None, None, read_only=False)  # type: ignore[arg-type]
        made.make = lambda request: Run(request, carried, lambda: 12.0)  # type: ignore[method-assign]
        return made

    return World(launcher_arguments={"runs": maker, **arguments})


def play(run: Run) -> None:
    """Two fail, three are alike, one runs, the others wait."""

    def ends(index: int, status: int, *lines: str) -> None:
        node = run.nodes[index]
        run.change(node, NodeState.RUNNING)
        for text in lines:
            stream = Stream.STDERR if text.startswith("!") else Stream.STDOUT
            run.add(node, Line(stream, text.encode()))
        run.change(node, NodeState.EXITED, exit_status=status)

    ends(0, 3, "nginx: host not found", "!nginx: test failed")
    run.change(run.nodes[1], NodeState.REFUSED, reason="AccessDeniedException: no", topic="no-permission-to-start")
    for index in (2, 3, 4):
        ends(index, 0, "nginx: test is successful")
    run.change(run.nodes[5], NodeState.RUNNING)
