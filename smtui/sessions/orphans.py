"""Finds the sessions that an earlier smtui left open, and ends those that the user wants ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed
from smtui.domain.orphaned_session import LATER, OrphanedSession, Remains, UnansweredStart, suspects
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws, Journal

PATIENCE = 10.0
"""Seconds to wait for AWS to list active sessions."""


@dataclass(frozen=True, slots=True)
class Findings:
    """The sessions that a front end offers to end, and what it can only report."""

    orphans: tuple[OrphanedSession, ...] = ()
    sentences: tuple[str, ...] = ()
    """One for each thing that cannot be read or is not offered, with the command that helps."""
    pending: tuple[UnansweredStart, ...] = ()
    """Starts that have made no session yet, but still may."""


class Orphans:
    """What the journals of earlier runs name. Call the methods on the event loop; none blocks it."""

    def __init__(
        self,
        journal: Journal,
        aws: Callable[[Place], Aws],
        off_loop: OffLoop,
        now: Callable[[], datetime],
        *,
        read_only: bool,
    ) -> None:
        self._journal = journal
        self._aws = aws
        self._off_loop = off_loop
        self._now = now
        self._read_only = read_only

    async def noted(self) -> Remains:
        """What the journals say; AWS is not called."""
        return await self._off_loop.call(self._journal.remains)

    async def find(self) -> Findings:
        """The sessions that are open, as AWS says; takes at most ten seconds, and none if nothing is recorded."""
        remains = await self.noted()
        if not remains.sessions and not remains.starts:
            return Findings()
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._off_loop.call(partial(self._find, remains))
        except TimeoutError:
            return Findings(remains.sessions, tuple(start.unseen("AWS did not answer.") for start in remains.starts))

    async def end(self, orphans: Iterable[OrphanedSession]) -> tuple[str, ...]:
        """End these sessions at the same time; returns a sentence for each that could not be ended."""
        if self._read_only:
            return ("smtui is read-only, so it ends no session.",)
        done = await asyncio.gather(*map(self._ending, orphans))
        return tuple(sentence for sentence in done if sentence)

    async def leave(self, orphans: Iterable[OrphanedSession]) -> None:
        """Keep these sessions, as the user wants. Those only suspected to be ours are not offered again."""
        starts = [orphan.start for orphan in orphans if orphan.start is not None]
        change = self._off_loop.change
        await asyncio.gather(*(change(partial(self._journal.forget, start), "noting your answer") for start in starts))

    def _ending(self, orphan: OrphanedSession) -> Awaitable[str]:
        return self._off_loop.change(
            partial(self._end, orphan), f"terminating session {orphan.session_id}", lambda wrong: wrong
        )

    # Blocking ----------------------------------------------------------------------------------

    def _find(self, remains: Remains) -> Findings:
        left = [orphan for orphan in remains.sessions if not self._has_ended(orphan)]
        sentences: list[str] = []
        pending: list[UnansweredStart] = []
        for _, group in groupby(sorted(remains.starts, key=_whereabouts), key=_whereabouts):
            starts = list(group)
            found, words = self._suspects(starts, remains)
            left += found
            sentences += words
            answered = {orphan.start.start_id for orphan in found if orphan.start is not None}
            for start in starts:
                if start.start_id in answered:
                    continue
                if not start.can_still_begin(self._now()):
                    self._journal.forget(start)  # after its sentence, if it has one
                elif not words:
                    pending.append(start)
        return Findings(tuple(left), tuple(sentences), tuple(pending))

    def _has_ended(self, orphan: OrphanedSession) -> bool:
        """Whether the session ended, by its idle time-out or by hand. A new one may not be listed yet."""
        if orphan.plugin_runs or self._now() - orphan.started_at < LATER:
            return False
        try:
            aws = self._aws(orphan.place)
            if _elsewhere(aws, orphan.endpoint, orphan.owner) or aws.active_sessions(session_id=orphan.session_id):
                return False
        except AwsCallFailed:
            return False
        self._journal.settle(orphan)
        return True

    def _suspects(
        self, starts: Sequence[UnansweredStart], remains: Remains
    ) -> tuple[tuple[OrphanedSession, ...], tuple[str, ...]]:
        """The sessions that these starts may have made, and sentences about the others."""
        first = starts[0]
        try:
            aws = self._aws(first.place)
            elsewhere = _elsewhere(aws, first.endpoint, first.owner)
            if elsewhere:
                return (), tuple(start.unseen(elsewhere) for start in starts)
            active = aws.active_sessions(owner=first.owner or aws.caller().arn, target=first.target)
        except AwsCallFailed as failed:
            return (), tuple(start.unseen(failed.fault.sentence()) for start in starts)
        found, too_many = suspects(starts, active, remains.known, remains.under_way)
        return found, (too_many,) if too_many else ()

    def _end(self, orphan: OrphanedSession) -> str:
        self._journal.end_plugin(orphan)
        try:
            aws = self._aws(orphan.place)
            elsewhere = _elsewhere(aws, orphan.endpoint, orphan.owner)
            if elsewhere:
                return f"{orphan.by_hand()} {elsewhere}"
            aws.terminate_session(orphan.session_id)
        except AwsCallFailed as failed:
            return harmless(f"{failed.fault.sentence()} {orphan.by_hand()}")
        self._journal.settle(orphan)
        return ""


def _whereabouts(start: UnansweredStart) -> tuple[str, ...]:
    return start.place.profile, start.place.region, start.endpoint, start.owner, start.target


def _elsewhere(aws: Aws, endpoint: str, owner: str) -> str:
    """Why AWS, as used here, cannot know the session and would say that it has ended; empty if it can."""
    if endpoint not in ("", aws.endpoint_url()):
        return harmless(f"It was started at {endpoint}, which is not the endpoint in use.")
    account = _account(owner)
    if account and account != (aws.known_caller().account or aws.caller().account):
        return harmless(f"It was started as {owner}, in an account that is not the one in use.")
    return ""


def _account(arn: str) -> str:
    """The account of `arn:partition:service:region:account:resource`; empty for anything else."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 else ""
