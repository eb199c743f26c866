"""Runs one copy from its first session to its end: starts another session after a cut, and goes on where it stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import data_size
from smtui.domain.text import error_words, harmless
from smtui.engine.jobs import JobState, JobView
from smtui.transfers.copy_failure import CopyFailed, ShellLost
from smtui.transfers.copy_progress import Phase, Receipt, amount_words, pace_words
from smtui.transfers.download import Download, Downloader
from smtui.transfers.far_shell import FarShell, open_far_shell
from smtui.transfers.locations import WrongLocations, far_path, last_name
from smtui.transfers.meter import Meter
from smtui.transfers.sources import open_source
from smtui.transfers.upload import Upload, Uploader

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop
    from smtui.engine.piped_session import PipedSession

log = logging.getLogger(__name__)
_MOST_FRUITLESS = 4
"""Sessions in a row that moved nothing before the copy is given up."""
_PAUSES = (0.5, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What to copy."""

    label: str
    """The node in sentences."""
    is_upload: bool
    sources: tuple[str, ...]
    destination: str
    preserve: bool = False
    recursive: bool = False

    @property
    def title(self) -> str:
        """`app.tar.gz → web-1:/tmp/`, harmless."""
        first = self.sources[0].rstrip("/").rpartition("/")[2] or self.sources[0]
        more = f" and {len(self.sources) - 1} more" if len(self.sources) > 1 else ""
        if self.is_upload:
            return harmless(f"{first}{more} → {self.label}:{self.destination or '~/'}")
        return harmless(f"{self.label}:{first}{more} → {self.destination}")


class CopyJob:
    """One copy; a `Job`. For the event loop."""

    kind = "transfer"

    def __init__(
        self,
        order: CopyOrder,
        open_shell: Callable[[], PipedSession],
        off_loop: OffLoop,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`open_shell` makes a shell session on the node."""
        self.order = order
        self.state = JobState.RUNNING
        self.phase = Phase.STARTING
        self.meter = Meter(clock)
        self.receipts: list[Receipt] = []
        self.failure: CopyFailed | None = None
        """Why it failed, once it has."""
        self._open_shell = open_shell
        self._off_loop = off_loop
        self._clock = clock

    # How it is -------------------------------------------------------------------------------------

    @property
    def left_out(self) -> tuple[str, ...]:
        """Sentences on what was not copied although the rest was."""
        return tuple(sentence for receipt in self.receipts for sentence in receipt.left_out)

    @property
    def keeps_part(self) -> bool:
        """Whether the same copy would go on where this one stopped."""
        kept = self.failure is None or self.failure.keeps_part
        return self.state in (JobState.STOPPED, JobState.FAILED) and self.meter.done > 0 and kept

    def words(self) -> str:
        """How far it is, or how it ended: one line, harmless."""
        if self.state is JobState.DONE:
            return "; ".join(receipt.sentence() for receipt in self.receipts[-1:])
        if self.failure is not None:
            return str(self.failure)
        amount = amount_words(self.meter)
        if self.state is JobState.STOPPED:
            return f"stopped at {amount}: the same copy goes on there" if amount else "stopped"
        moving = self.phase in (Phase.SENDING, Phase.RECEIVING)
        return " · ".join(part for part in (amount, pace_words(self.meter, moving=moving)) if part)

    def view(self, now: datetime) -> JobView:
        """What to show of it in a list."""
        words = {JobState.DONE: "done", JobState.FAILED: "failed", JobState.STOPPED: "stopped"}
        topic = self.failure.failure.topic if self.failure is not None and self.failure.failure is not None else ""
        return JobView(
            self.state,
            words.get(self.state, self.phase.value),
            self.order.title,
            self.words(),
            1.0 if self.state is JobState.DONE else self.meter.fraction,
            topic,
            if_stopped="can go on next time",
        )

    def again(self) -> CopyJob:
        """The same copy, which goes on where this one stopped."""
        return CopyJob(self.order, self._open_shell, self._off_loop, self._clock)

    # Running it ------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Go through it once; it keeps how it ended, and raises nothing."""
        try:
            await self._all()
        except asyncio.CancelledError:
            self.state = JobState.STOPPED
            return
        except CopyFailed as failed:
            self.failure = failed
        except WrongLocations as wrong:
            self.failure = CopyFailed(str(wrong))
        except Exception as error:  # whatever it is, the list has to say it
            log.exception("a copy failed")
            self.failure = CopyFailed(f"Something unexpected went wrong: {type(error).__name__}, {error_words(error)}.")
        self.state = JobState.FAILED if self.failure is not None else JobState.DONE

    async def _all(self) -> None:
        fruitless = 0
        while True:
            done = len(self.receipts), self.meter.moved
            try:
                return await self._through_one_session()
            except ShellLost as lost:
                log.info("the shell of a copy was lost: %s", lost)
                fruitless = 0 if (len(self.receipts), self.meter.moved) != done else fruitless + 1
                if fruitless >= _MOST_FRUITLESS:
                    raise CopyFailed(
                        f"The shell on {self.order.label} {lost}, {fruitless} times in a row. {self._what_is_there()}"
                    ) from None
            self.phase = Phase.WAITING
            await asyncio.sleep(_PAUSES[min(fruitless, len(_PAUSES) - 1)])

    def _what_is_there(self) -> str:
        if self.meter.done:
            return f"{data_size(self.meter.done)} have arrived: the same copy goes on there."
        return "Nothing was written."

    async def _through_one_session(self) -> None:
        session = self._open_shell()
        async with session:
            try:
                shell = await open_far_shell(session, self.order.label)
                while len(self.receipts) < len(self.order.sources):
                    await self._copy(shell, self.order.sources[len(self.receipts)])
                return
            except ShellLost:
                pass
        result = await session.result()
        if result.failure is not None and not self.meter.moved and not self.receipts:
            raise CopyFailed(result.failure.title, result.failure)
        raise ShellLost("was lost" if result.failure is not None else "ended")

    async def _copy(self, shell: FarShell, source: str) -> None:
        order = self.order
        self.meter = Meter(self._clock) if self.phase is not Phase.WAITING else self.meter
        several = len(order.sources) > 1
        if order.is_upload:
            opened = await self._off_loop.call(
                lambda: open_source(source, recursive=order.recursive, preserve=order.preserve)
            )
            name = last_name(os.fsdecode(opened.path))
            destination = far_path(order.destination)
            upload = Upload(
                opened,
                name,
                os.fsencode(destination),
                harmless(order.destination or "~"),
                must_be_folder=several,
                preserve=order.preserve,
            )
            uploader = Uploader(shell, order.label, self._off_loop, self.meter, self._set_phase)
            self.receipts.append(await uploader.run(upload, os.fsencode(name)))
        else:
            download = Download(
                os.fsencode(far_path(source)),
                harmless(source),
                last_name(source),
                order.destination,
                must_be_folder=several,
                preserve=order.preserve,
                recursive=order.recursive,
            )
            downloader = Downloader(shell, order.label, self._off_loop, self.meter, self._set_phase)
            self.receipts.append(await downloader.run(download))

    def _set_phase(self, phase: Phase) -> None:
        self.phase = phase
