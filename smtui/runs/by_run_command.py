"""Carries a run by AWS's Run Command: SendCommand for at most 50 nodes each, and a look every two seconds.

Sources: SendCommand, ListCommandInvocations, GetCommandInvocation and CancelCommand in the API reference.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.text import error_words
from smtui.domain.work.command_invocation import (
    LONGEST_COMMENT,
    MOST_NODES,
    STDERR_LIMIT,
    STDOUT_LIMIT,
    CommandInvocation,
    CommandToSend,
)
from smtui.runs.command_words import RUN_DOCUMENTS, script_lines
from smtui.runs.line_splitter import LineSplitter
from smtui.runs.node_run import Line, NodeRun, NodeState, Stream
from smtui.topics.next_step import after_fault

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import CommandAws, CommandPlaces
    from smtui.runs.runner import Run

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Between two looks at a command; the first ones come sooner."""
OUTPUT_SECONDS = 0.05
"""Between two readings of outputs."""
MOST_FAILED_LOOKS = 10
"""In a row: after that nobody knows what becomes of the nodes."""
_CANCEL_SECONDS = 20.0
"""How long a cancelled command may take to say so on every node."""
_PASSING = frozenset({FaultKind.THROTTLED, FaultKind.TIMED_OUT, FaultKind.UNREACHABLE, FaultKind.SERVICE})


class ByRunCommand:
    """See `Carrier`."""

    def __init__(self, places: CommandPlaces, off_loop: OffLoop, look_seconds: float = LOOK_SECONDS) -> None:
        self._places = places
        self._off_loop = off_loop
        self._look_seconds = look_seconds
        self._outputs = asyncio.Lock()
        """One output is read at a time: AWS throttles GetCommandInvocation, and does not say from which rate."""

    async def carry(self, run: Run) -> None:
        """See `Carrier`."""
        at_once = asyncio.Semaphore(max(1, run.request.parallel // MOST_NODES))

        async def in_turn(nodes: Sequence[NodeRun]) -> None:
            async with at_once:
                if not run.is_stopping:
                    await self._guarded(run, nodes)

        await asyncio.gather(*map(in_turn, _chunks(run.nodes)))

    async def _guarded(self, run: Run, nodes: Sequence[NodeRun]) -> None:
        try:
            await self._go(run, nodes)
        except Exception as error:  # a fault of ours costs these nodes, not the run
            log.exception("a command failed")
            for node in _left(nodes):
                run.change(node, NodeState.LOST, reason=f"{type(error).__name__}: {error_words(error)}")

    async def _go(self, run: Run, nodes: Sequence[NodeRun]) -> None:
        aws = self._places.commands_at(nodes[0].target.place)
        for node in nodes:
            run.change(node, NodeState.STARTING)
        wanted = _to_send(run, nodes)
        try:
            command_id = await self._off_loop.call(lambda: aws.send_command(wanted))
        except AwsCallFailed as failed:
            if failed.fault.code == "InvalidInstanceId" and len(nodes) > 1:
                await self._one_by_one(run, nodes)
                return
            for node in nodes:
                run.change(node, _refusal(failed.fault), reason=_why_refused(failed.fault))
            return
        await _Command(run, nodes, command_id, aws, self._off_loop, self._look_seconds, self._outputs).follow()

    async def _one_by_one(self, run: Run, nodes: Sequence[NodeRun]) -> None:
        """SendCommand refuses all nodes for one that cannot take it, and does not say which."""
        for node in nodes:
            run.change(node, NodeState.WAITING)
        half = ceil(len(nodes) / 2)
        await asyncio.gather(*(self._guarded(run, part) for part in (nodes[:half], nodes[half:])))


class _Command:
    """One command that was sent, until it is over on all its nodes."""

    def __init__(
        self,
        run: Run,
        nodes: Sequence[NodeRun],
        command_id: str,
        aws: CommandAws,
        off_loop: OffLoop,
        look_seconds: float,
        outputs: asyncio.Lock,
    ) -> None:
        self._run = run
        self._nodes = {node.target.node_id: node for node in nodes}
        self._id = command_id
        self._aws = aws
        self._off_loop = off_loop
        self._look_seconds = look_seconds
        self._outputs = outputs
        self._failed_looks = 0
        self._looks = 0

    async def follow(self) -> None:
        """Look until all are over; cancel the command once the run is stopping."""
        loop = asyncio.get_running_loop()
        give_up_at: float | None = None
        while left := _left(self._nodes.values()):
            await self._look()
            if not _left(self._nodes.values()):
                return
            if give_up_at is None and self._run.is_stopping:
                give_up_at = loop.time() + _CANCEL_SECONDS
                await self._cancel()
            elif give_up_at is not None and loop.time() > give_up_at:
                self._give_up(left, "it was cancelled, and AWS does not say yet what became of it")
                return
            await self._pause(stopping=give_up_at is not None)

    async def _pause(self, *, stopping: bool) -> None:
        self._looks += 1
        seconds = min(self._look_seconds, self._look_seconds / 8 * 2**self._looks)
        if stopping:
            await asyncio.sleep(seconds)
            return
        waiting = asyncio.ensure_future(self._run.stopping.wait())
        await asyncio.wait([waiting], timeout=seconds)
        waiting.cancel()

    async def _look(self) -> None:
        try:
            found = await self._off_loop.call(lambda: self._aws.invocations(self._id))
            self._failed_looks = 0
        except AwsCallFailed as failed:
            self._failed_looks += 1
            if failed.fault.kind not in _PASSING or self._failed_looks >= MOST_FAILED_LOOKS:
                self._give_up(_left(self._nodes.values()), failed.fault.sentence_and_advice())
            return
        for invocation in found:
            node = self._nodes.get(invocation.node_id)
            if node is None or node.state.is_over:
                continue
            if invocation.is_over:
                await self._conclude(node, invocation)
            elif invocation.has_begun and node.state is not NodeState.RUNNING:
                self._run.change(node, NodeState.RUNNING)

    async def _conclude(self, node: NodeRun, listed: CommandInvocation) -> None:
        whole = listed
        try:
            async with self._outputs:
                answer = await self._off_loop.call(lambda: self._aws.invocation(self._id, listed.node_id))
                await asyncio.sleep(min(OUTPUT_SECONDS, self._look_seconds))
            whole = answer if answer is not None and answer.is_over else listed
            if answer is None:
                return  # eventually consistent: the next look finds it
        except AwsCallFailed as failed:
            node.note = f"Its output could not be read: {failed.fault.sentence_and_advice()}"
        stdout = await self._output(node, whole.stdout, STDOUT_LIMIT, whole.stdout_url, "output")
        stderr = await self._output(node, whole.stderr, STDERR_LIMIT, whole.stderr_url, "stderr")
        for stream, data in ((Stream.STDOUT, stdout), (Stream.STDERR, stderr)):
            splitter = LineSplitter()
            for line in (*splitter.feed(data), *splitter.rest()):
                self._run.add(node, Line(stream, line))
        state, status, why = _judged(whole)
        self._run.change(node, state, exit_status=status, reason=why, seconds=whole.seconds)

    async def _output(self, node: NodeRun, text: str, limit: int, url: str, name: str) -> bytes:
        """The output; the whole of it from S3 where AWS has cut it and it was sent there."""
        if len(text) < limit:
            return text.encode()
        note = f"AWS cut its {name} after {limit:,} characters."
        if not url:
            node.note = f"{note} --output-s3 BUCKET keeps all of it."
            return text.encode()
        try:
            return await self._off_loop.call(lambda: self._aws.stored_output(url))
        except AwsCallFailed as failed:
            node.note = f"{note} The rest is in {url}, which could not be read: {failed.fault.sentence_and_advice()}"
            return text.encode()

    async def _cancel(self) -> None:
        try:
            await self._off_loop.call(lambda: self._aws.cancel_command(self._id))
        except AwsCallFailed as failed:
            self._run.notes.append(
                f"Command {self._id} could not be cancelled, and may go on: {failed.fault.sentence_and_advice()}"
            )

    def _give_up(self, nodes: Sequence[NodeRun], why: str) -> None:
        for node in nodes:
            self._run.change(node, NodeState.LOST, reason=f"command {self._id}: {why}")


def _left(nodes: Iterable[NodeRun]) -> list[NodeRun]:
    return [node for node in nodes if not node.state.is_over]


def _chunks(nodes: Sequence[NodeRun]) -> Iterator[Sequence[NodeRun]]:
    """Nodes of one place and kind of system, at most 50 each."""

    def kind(node: NodeRun) -> tuple[str, str, bool]:
        return (node.target.place.profile, node.target.place.region, node.target.is_windows)

    for _, alike in groupby(sorted(nodes, key=kind), kind):
        chosen = list(alike)
        yield from (chosen[at : at + MOST_NODES] for at in range(0, len(chosen), MOST_NODES))


def _to_send(run: Run, nodes: Sequence[NodeRun]) -> CommandToSend:
    request, is_windows = run.request, nodes[0].target.is_windows
    wanted = CommandToSend(
        node_ids=tuple(node.target.node_id for node in nodes),
        document_name=RUN_DOCUMENTS[is_windows],
        lines=tuple(script_lines(request.words, windows=is_windows)),
        seconds=max(1, ceil(request.timeout)),
        concurrency=min(request.parallel, MOST_NODES),
        fail_fast=request.fail_fast,
        comment=request.reason[:LONGEST_COMMENT],
    )
    if request.bucket is None:
        return wanted
    return replace(wanted, bucket=request.bucket.bucket, prefix=request.bucket.prefix)


def _refusal(fault: Fault) -> NodeState:
    if fault.may_be_done:
        return NodeState.LOST
    return NodeState.REFUSED if fault.request_id else NodeState.NOT_STARTED


def _why_refused(fault: Fault) -> str:
    other = " A run by sessions (--by sessions) needs ssm:StartSession instead."
    return f"{fault.sentence()} {after_fault(fault)}{other if fault.kind is FaultKind.DENIED else ''}"


def _judged(found: CommandInvocation) -> tuple[NodeState, int | None, str]:
    details = found.details if found.details != found.status else ""
    if found.never_ran:
        return NodeState.REFUSED, None, f"Run Command says {details or found.status}"
    if found.status == "TimedOut":
        return NodeState.TIMED_OUT, None, details
    if found.status == "Cancelled":
        return NodeState.STOPPED, None, ""
    if found.status == "Success" and found.response_code == 0:
        return NodeState.EXITED, 0, ""
    if found.status == "Failed" and found.response_code > 0:
        return NodeState.EXITED, found.response_code, ""
    return NodeState.NOT_KNOWN, None, f"Run Command says {found.status}, response code {found.response_code}"
