"""Carries a run by sessions: one NonInteractiveCommands session for each node, a bounded number at once.

StartSession itself is paced by the adapter, below 3 a second for the account and Region.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from smtui.domain.fault import AwsCallFailed
from smtui.domain.request import SessionRequest, perhaps_open
from smtui.domain.text import error_words
from smtui.runs.command_words import COMMAND, DOCUMENT, SEPARATE, session_command
from smtui.runs.line_splitter import LineSplitter
from smtui.runs.node_run import Line, NodeRun, NodeState, Stream

if TYPE_CHECKING:
    from smtui.domain.document import SessionDocument
    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.engine.piped_session import PipedSession
    from smtui.runs.runner import Run

log = logging.getLogger(__name__)

OpenSession = Callable[[SessionRequest, str, "SessionDocument | None"], "PipedSession"]
ReadDocument = Callable[["Place"], Awaitable["SessionDocument"]]
"""The document that starts the command in this place."""

_CHUNK = 1 << 16
_STARTS_AT_ONCE = 4
"""Those that wait for their turn at StartSession start all the same when the run is to end, and are ended then."""
_CTRL_C = b"\x03"
"""The agent interrupts the command for it; it takes no other input."""
_GRACE_SECONDS = 1.5
"""For a command that was interrupted."""
_AGENT_COULD_NOT = ("unable to start", "couldn't start", "plugin with name")
"""In the agent's words when the command never ran: no such program, preferences that forbid it, an old agent."""


class BySessions:
    """See `Carrier`."""

    def __init__(self, open_session: OpenSession, document: ReadDocument) -> None:
        self._open = open_session
        self._document = document

        self._starts = asyncio.Semaphore(_STARTS_AT_ONCE)

    async def carry(self, run: Run) -> None:
        """See `Carrier`."""
        room = asyncio.Semaphore(run.request.parallel)

        async def in_turn(node: NodeRun) -> None:
            async with room:
                if not run.is_stopping:
                    await self._guarded(run, node)

        await asyncio.gather(*map(in_turn, run.nodes))

    async def _guarded(self, run: Run, node: NodeRun) -> None:
        try:
            async with AsyncExitStack() as turn:
                await turn.enter_async_context(self._starts)
                if not run.is_stopping:
                    await self._go(run, node, turn)
        except AwsCallFailed as failed:
            run.change(node, NodeState.NOT_STARTED, reason=failed.fault.sentence())
        except Exception as error:  # a fault of ours costs one node, not the run
            log.exception("the run on %s failed", node.target.node_id)
            run.change(node, NodeState.LOST, reason=f"{type(error).__name__}: {error_words(error)}")

    async def _go(self, run: Run, node: NodeRun, turn: AsyncExitStack) -> None:
        """Go through one session; `turn` is given back once it has begun."""
        target = node.target
        run.change(node, NodeState.STARTING)
        document = await self._document(target.place)
        given = {COMMAND: (session_command(run.request.words, windows=target.is_windows, seconds=run.request.timeout),)}
        if document.parameter(SEPARATE) is not None:
            given[SEPARATE] = ("True",)
        request = SessionRequest(target.node_id, target.place, DOCUMENT, given, run.request.reason)
        async with self._open(request, node.label, document) as session:
            reading = [
                asyncio.ensure_future(_read(run, node, stream, reader))
                for stream, reader in ((Stream.STDOUT, session.stdout), (Stream.STDERR, session.stderr))
            ]
            await _first(run, session, session.began.wait())
            await turn.aclose()
            ended_by = await _until_over(run, node, session)
            await session.result()
            await asyncio.gather(*reading)
        await _judge(run, node, session, ended_by)


async def _until_over(run: Run, node: NodeRun, session: PipedSession) -> NodeState | None:
    """Wait until the session is over; return why it was ended from here, if it was."""
    if session.began.is_set():
        run.change(node, NodeState.RUNNING)
        await _first(run, session, seconds=run.request.timeout)
    if session.is_over:
        return None
    if session.began.is_set():
        # The agent ends the shell with its session, but not what the shell has started.
        with contextlib.suppress(Exception):
            await session.write(_CTRL_C)
            await asyncio.wait_for(session.result(), _GRACE_SECONDS)
    session.stop()
    return NodeState.STOPPED if run.is_stopping else NodeState.TIMED_OUT


async def _first(
    run: Run, session: PipedSession, *others: Coroutine[Any, Any, object], seconds: float | None = None
) -> None:
    """Wait until the session is over, the run is to end, or one of the others has come."""
    waited = [asyncio.ensure_future(each) for each in (session.result(), run.stopping.wait(), *others)]
    try:
        await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waited:
            task.cancel()


async def _read(run: Run, node: NodeRun, stream: Stream, reader: asyncio.StreamReader) -> None:
    splitter = LineSplitter()
    while data := await reader.read(_CHUNK):
        for line in splitter.feed(data):
            run.add(node, Line(stream, line))
    for line in splitter.rest():
        run.add(node, Line(stream, line))


async def _judge(run: Run, node: NodeRun, session: PipedSession, ended_by: NodeState | None) -> None:
    """Give the node its last state. A status counts only if the command was not ended from here."""
    result, has_begun = await session.result(), session.began.is_set()
    failure = result.failure
    why = failure.words if failure is not None else ""
    topic = failure.topic if failure is not None else ""
    if result.reported_status is not None and ended_by is None:
        run.change(node, NodeState.EXITED, exit_status=result.reported_status)
    elif ended_by is not None and has_begun:
        limit = f"it had {run.request.timeout:g} s" if ended_by is NodeState.TIMED_OUT else ""
        run.change(node, ended_by, reason=why or limit)
    elif ended_by is not None:
        run.change(node, NodeState.NOT_RUN)
    elif not has_begun:
        state = _why_not_begun(result.fault)
        unanswered = perhaps_open(node.label, node.target.place)
        run.change(node, state, reason=unanswered if state is NodeState.LOST else why, topic=topic)
    elif failure is None:
        run.change(node, NodeState.NOT_KNOWN, reason="the node reported no exit status")
    else:
        never_ran = any(words in why.casefold() for words in _AGENT_COULD_NOT)
        run.change(node, NodeState.NOT_STARTED if never_ran else NodeState.LOST, reason=why, topic=topic)


def _why_not_begun(fault: Fault | None) -> NodeState:
    """AWS refused it; or nobody answered, and it may have begun; or it did not get that far."""
    if fault is None:
        return NodeState.NOT_STARTED
    if fault.may_be_done and fault.action == "ssm:StartSession":
        return NodeState.LOST
    return NodeState.REFUSED if fault.request_id else NodeState.NOT_STARTED
