"""Prints what the nodes of a run say: each line behind its node's name, or as JSON."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, TextIO

from smtui.cli.output import ascii_json, problem
from smtui.domain.text import cell_width, harmless
from smtui.runs.node_run import Line, NodeRun, Stream
from smtui.runs.run_words import sentence

if TYPE_CHECKING:
    from smtui.runs.runner import Run

WIDEST_NAME = 24
"""Cells up to which names are padded, so that the output lines up."""
_MARKS = {Stream.STDOUT: "|", Stream.STDERR: "!"}


class RunOutput:
    """Listens to a run from now on. A reader that is gone ends the run."""

    def __init__(self, run: Run, *, in_order: bool, as_json: bool) -> None:
        self._run = run
        self._in_order = in_order
        self._as_json = as_json
        self._width = min(WIDEST_NAME, max((cell_width(node.label) for node in run.nodes), default=0))
        self._turn = 0
        """In order: the index of the node whose output is printed now."""
        self._printed = 0
        """In order: how many of its lines are printed."""
        self._broken: OSError | None = None
        self._last: TextIO | None = None
        if not in_order:
            run.most_kept = 0
        self._stop_listening = run.subscribe(self._heard)

    def finish(self) -> None:
        """Print what is left; raises what kept the output from being written."""
        self._stop_listening()
        if self._in_order:
            self._catch_up()
        self._flush()
        if self._broken is not None:
            raise self._broken

    def _heard(self, node: NodeRun, line: Line | None) -> None:
        if self._in_order:
            self._catch_up()
        elif line is not None:
            self._print(node, line)
        elif node.state.is_over:
            self._conclude(node)

    def _catch_up(self) -> None:
        """Print the node whose turn it is, and those behind it that are over already."""
        nodes = self._run.nodes
        while self._turn < len(nodes):
            node = nodes[self._turn]
            for line in node.lines[self._printed :]:
                self._print(node, line)
            self._printed = len(node.lines)
            if not node.state.is_over:
                return
            self._conclude(node)
            self._turn, self._printed = self._turn + 1, 0

    def _print(self, node: NodeRun, line: Line) -> None:
        if self._as_json:
            self._json(node=node.label, id=node.target.node_id, stream=line.stream.value, line=line.text)
            return
        stream = sys.stdout if line.stream is Stream.STDOUT else sys.stderr
        name = node.label + " " * max(0, self._width - cell_width(node.label))
        prefix = f"{harmless(name)} {_MARKS[line.stream]} "
        if stream.isatty():
            self._write(stream, f"{prefix}{harmless(line.text.expandtabs())}\n".encode("utf-8", "replace"))
        else:
            self._write(stream, prefix.encode("utf-8", "replace") + line.data + b"\n")

    def _conclude(self, node: NodeRun) -> None:
        now = self._run.clock()
        if self._as_json:
            seconds = node.seconds(now)
            self._json(
                node=node.label,
                id=node.target.node_id,
                state=node.state.value,
                exit_status=node.exit_status,
                seconds=None if seconds is None else round(seconds, 1),
                reason=node.reason,
            )
        elif not node.is_good:
            self._say(sentence(node, now))
        if self._in_order and node.dropped:
            self._say(
                f"{node.label}: {node.dropped:,} more bytes of output were not kept; without --in-order they are."
            )
        if node.note:
            self._say(f"{node.label}: {node.note}")

    def _say(self, text: str) -> None:
        if self._broken is None:
            self._flush()
            problem(text)

    def _json(self, **content: Any) -> None:
        self._write(sys.stdout, ascii_json(content).encode() + b"\n")

    def _write(self, stream: TextIO, data: bytes) -> None:
        if self._broken is not None:
            return
        try:
            if self._last is not stream:
                self._flush()
                self._last = stream
                asyncio.get_running_loop().call_soon(self._flush)
            stream.buffer.write(data)
        except OSError as error:
            self._give_up(error)

    def _flush(self) -> None:
        stream, self._last = self._last, None
        if stream is None or self._broken is not None:
            return
        try:
            stream.flush()
            stream.buffer.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self._broken = error
        self._run.stop()
