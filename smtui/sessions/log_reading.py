"""Opens the log of a session, moves about in it, follows it, searches it; only a bounded part is in memory.

A large log opens at its end with one small call. What lies before it is read when somebody goes there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed
from smtui.domain.text import folded
from smtui.sessions.log_place import missing_sentence
from smtui.sessions.log_source import LogPart, LogSource, NoSuchLog, source_of
from smtui.sessions.log_window import LogWindow, find_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from smtui.domain.fault import Fault
    from smtui.domain.records.session_log import LogLine, LogPlace, Whereabouts
    from smtui.engine.offloop import OffLoop
    from smtui.sessions.records_protocols import LogAws

FOLLOW_SECONDS = 2.0
"""Between two looks at a log that grows; the agent sends what is new once a second."""


class LogNotOpened(Exception):
    """No log of the session can be read; the text says why, place by place."""

    def __init__(self, sentences: Sequence[str], faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)
        self.faults = tuple(faults)


class OpenLog:
    """One log that is open. Call the methods on the event loop; none blocks it, each may raise `AwsCallFailed`."""

    def __init__(
        self, place: LogPlace, source: LogSource, off_loop: OffLoop, last: LogPart, notes: Sequence[str]
    ) -> None:
        self.place = place
        self.notes = tuple(notes)
        """What could not be seen elsewhere, a sentence each."""
        self._source = source
        self._off_loop = off_loop
        self._window = LogWindow()
        self._window.show(last)

    @property
    def lines(self) -> list[LogLine]:
        """The lines that are in memory."""
        return self._window.lines

    @property
    def has_earlier(self) -> bool:
        """Whether the log goes on before the first line."""
        return bool(self._window.before)

    @property
    def has_later(self) -> bool:
        """Whether the log is known to go on behind the last line."""
        return bool(self._window.after) and not self._window.at_end

    @property
    def total(self) -> int | None:
        """Bytes of the whole log, where that is known."""
        return self._window.total

    async def go_to_end(self) -> None:
        """Show the end of the log."""
        self._window.show(await self._off_loop.call(self._source.last))

    async def go_to_start(self) -> None:
        """Show the beginning of the log."""
        self._window.show(await self._off_loop.call(self._source.first))

    async def earlier(self) -> int:
        """Read what comes before the first line; returns the number of lines that came in front."""
        mark = self._window.before
        if not mark:
            return 0
        return self._window.add_before(await self._off_loop.call(partial(self._source.before, mark)))

    async def later(self) -> int:
        """Read what comes behind the last line; returns the number of lines that were dropped in front.

        Also looks whether a log that grows has grown.
        """
        mark = self._window.after
        if not mark:
            return 0
        part = await self._off_loop.call(partial(self._source.after, mark))
        return self._window.add_after(part)

    async def find(self, words: str, start: int, *, forward: bool = True) -> int | None:
        """Return the index of the next line with all words, from line `start` on; None where there is none.

        It reads on beyond the window, part by part; a line that is found there is in the window afterwards. Cancel it
        at any time: the window stays as it was.
        """
        matches = _matcher(words)
        index = find_in(self.lines, matches, start, forward=forward)
        mark = self._window.after if forward else self._window.before
        while index is None and mark:
            read = self._source.after if forward else self._source.before
            part = await self._off_loop.call(partial(read, mark))
            index = find_in(list(part.lines), matches, 0 if forward else len(part.lines) - 1, forward=forward)
            if index is not None:
                self._window.show(part)
                return index
            following = part.after if forward else part.before
            mark = "" if following == mark or (part.at_end and forward) else following
        return index

    def all_lines(self) -> Iterator[LogLine]:
        """Yield the whole log from its beginning, part by part. Blocks, and raises `AwsCallFailed`."""
        part = self._source.first()
        yield from part.lines
        while part.after and not part.at_end:
            part = self._source.after(part.after)
            yield from part.lines

    def later_parts(self) -> Iterator[LogPart]:
        """Yield the whole log in parts, then what is new, without end; a part may be empty. Blocks."""
        part = self._source.first()
        yield part
        while part.after:
            part = self._source.after(part.after)
            yield part


def _matcher(words: str) -> Callable[[LogLine], bool]:
    wanted = folded(words).split()

    def matches(line: LogLine) -> bool:
        text = folded(line.text)
        return all(word in text for word in wanted)

    return matches


async def open_log(aws: LogAws, where: Whereabouts, off_loop: OffLoop, *, is_over: bool) -> OpenLog:
    """Open the first log that can be read. Raises `LogNotOpened`."""
    sentences: list[str] = []
    faults: list[Fault] = []
    for place in where.places:
        source = source_of(aws, place)
        try:
            last = await off_loop.call(source.last)
        except NoSuchLog:
            sentences.append(f"{place.address}: {missing_sentence(place, is_over=is_over)}")
        except AwsCallFailed as failed:
            faults.append(failed.fault)
            sentences.append(f"{place.address}: {failed.fault.sentence()}")
        else:
            return OpenLog(place, source, off_loop, last, sentences)
    raise LogNotOpened(sentences, faults)
