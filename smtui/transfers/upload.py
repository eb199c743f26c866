"""Uploads one source: into a part file beside the target, hashed on both sides, then moved to its name."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.ages import data_size
from smtui.domain.text import harmless
from smtui.transfers.answers import Answer, BrokenAnswer
from smtui.transfers.checksum import Checksum, checksum
from smtui.transfers.copy_failure import CopyFailed, SourceChanged
from smtui.transfers.copy_progress import Phase, Receipt
from smtui.transfers.far_shell import FarShell, Refused, hash_seconds
from smtui.transfers.sources import Changed, SourceReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.engine.offloop import OffLoop
    from smtui.transfers.meter import Meter
    from smtui.transfers.sources import Source

_FIRST_BLOCK = 1 << 18
_SMALLEST_BLOCK = 1 << 16
_LARGEST_BLOCK = 1 << 23
_BLOCK_SECONDS = 1.5
"""A block may take so long: it costs two round trips, and a lost one is sent again."""
_MOST_REPEATS = 5
_SPARE = 1 << 20
"""Room that the file system itself may need."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One source and where it goes."""

    source: Source
    name: str
    """The name it gets inside a folder, as bytes of this system."""
    destination: bytes
    """The path on the node, for `posix_driver.word`."""
    shown: str
    """The destination in sentences."""
    must_be_folder: bool
    preserve: bool


class Uploader:
    """Uploads through one shell. `phase` is called with what it does."""

    def __init__(
        self, shell: FarShell, label: str, off_loop: OffLoop, meter: Meter, phase: Callable[[Phase], None]
    ) -> None:
        self._shell = shell
        self._label = label
        self._off_loop = off_loop
        self._meter = meter
        self._phase = phase

    async def run(self, upload: Upload, name: bytes) -> Receipt:
        """Copy it; raises `CopyFailed` and `ShellLost`, and then nothing has changed under the target's name."""
        self._check_tools(upload.source)
        source = upload.source
        try:
            looked = await self._shell.ask(
                "up",
                self._shell.word(upload.destination),
                self._shell.word(name),
                "d" if source.is_folder else "f",
                "y" if upload.must_be_folder else "",
            )
        except Refused as refused:
            raise CopyFailed(self._why(refused.answer, upload)) from None
        inside = looked.field("how") == "in"
        target = f"{upload.shown.rstrip('/')}/{harmless(upload.name)}" if inside else upload.shown
        try:
            digest = await self._fill(upload, looked, target)
            await self._finish(upload, digest, target)
        except Refused as refused:
            raise CopyFailed(self._why(refused.answer, upload, target)) from None
        except Changed:
            await self._shell.ask("drop")
            raise SourceChanged(harmless(upload.name), f"{self._label}:{target}") from None
        return Receipt(
            harmless(upload.name),
            f"{self._label}:{target}",
            source.size,
            self._shell.tools.hash_kind,
            digest,
            self._meter.seconds,
            self._meter.moved,
            self._meter.resumed_at,
            source.left_out,
        )

    def _check_tools(self, source: Source) -> None:
        tools = self._shell.tools
        missing = [
            name for name, there in (("head -c", tools.head), ("tar", tools.tar or not source.is_folder)) if not there
        ]
        if not tools.hash_kind:
            missing.append("sha256sum, shasum, openssl or cksum")
        if missing:
            raise CopyFailed(
                f"{self._label} lacks {' and '.join(missing)}, which an upload needs. Nothing was written."
            )

    async def _fill(self, upload: Upload, looked: Answer, target: str) -> str:
        """Bring the part to its whole length; returns the hash that it must have."""
        source = upload.source
        at, reader, hashed = await self._begun(source, _number(looked, "part"))
        try:
            self._check_room(source, at, _number(looked, "room"), target)
            if not at:
                await self._shell.ask("fresh")
            self._meter.begin(source.size, at)
            self._phase(Phase.SENDING)
            await self._send(source, at, reader, hashed)
        finally:
            await self._off_loop.call(reader.close)
        self._phase(Phase.CHECKING)
        if not await self._off_loop.call(source.is_unchanged):
            raise Changed
        return hashed.hexdigest()

    async def _begun(self, source: Source, part: int | None) -> tuple[int, SourceReader, Checksum]:
        """How much of an earlier part is the beginning of this source, and the reader and the hash behind that."""
        reader, hashed = SourceReader(source), checksum(self._shell.tools.hash_kind)
        if not part or part > source.size:
            return 0, reader, hashed
        self._phase(Phase.COMPARING)
        theirs = (await self._shell.ask("psum", seconds=hash_seconds(part))).code
        await self._off_loop.call(lambda: reader.skip(part, hashed.update))
        if hashed.hexdigest() == theirs:
            return part, reader, hashed
        await self._off_loop.call(reader.close)
        return 0, SourceReader(source), checksum(self._shell.tools.hash_kind)

    def _check_room(self, source: Source, at: int, room: int | None, target: str) -> None:
        needed = source.size - at + (source.size if source.is_folder else 0)
        if room is not None and needed and room * 1024 < needed + _SPARE:
            raise CopyFailed(
                f"No room on {self._label}: {_folder_of(target)} has {data_size(room * 1024)}, "
                f"{data_size(needed)} are to come. {target} is untouched."
            )

    async def _send(self, source: Source, at: int, reader: SourceReader, hashed: Checksum) -> None:
        length = _FIRST_BLOCK
        while at < source.size:
            number = min(length, source.size - at)
            block = await self._off_loop.call(lambda number=number: reader.read(number))  # type: ignore[misc]
            if len(block) != number:
                raise Changed
            began = time.monotonic()
            await self._send_block(block, at)
            at += number
            hashed.update(block)
            self._meter.advance(number)
            pace = number / max(time.monotonic() - began, 0.001)
            length = max(_SMALLEST_BLOCK, min(_LARGEST_BLOCK, int(pace * _BLOCK_SECONDS)))

    async def _send_block(self, block: bytes, at: int) -> None:
        expected = checksum(self._shell.tools.hash_kind)
        expected.update(block)
        for _ in range(_MOST_REPEATS):
            size, theirs = (*(await self._shell.put(block)).words, "", "")[:2]
            if size == str(at + len(block)) and theirs == expected.hexdigest():
                return
            # The agent may handle a message twice when its own connection is reset.
            await self._shell.ask("cutp", str(at))
        raise CopyFailed(
            f"What {self._label} receives is not what was sent, {_MOST_REPEATS} times. Is something else writing to "
            "the same part file? The target is untouched."
        )

    async def _finish(self, upload: Upload, digest: str, target: str) -> None:
        source = upload.source
        stamp = time.strftime("%Y%m%d%H%M.%S", time.gmtime(source.mtime)) if upload.preserve else ""
        try:
            await self._shell.ask(
                "unpack" if source.is_folder else "fin",
                f"'{digest}'",
                f"{source.mode:o}",
                f"'{stamp}'",
                "y" if upload.preserve else "''",
                seconds=10 * hash_seconds(source.size),
            )
        except Refused as refused:
            if refused.answer.code == "hash":
                await self._shell.ask("drop")
                raise CopyFailed(
                    f"The hashes of both sides differ, so {target} on {self._label} is untouched and what was sent "
                    "was thrown away. Copy it again.",
                    keeps_part=False,
                ) from None
            raise

    def _why(self, answer: Answer, upload: Upload, target: str = "") -> str:
        where = target or upload.shown
        if answer.code == "write" and _is_full(answer.said):
            left = data_size(upload.source.size - self._meter.done)
            return f"No room on {self._label}: {_folder_of(where)} is full, {left} are to come. {where} is untouched."
        return refusal(answer, self._label, where)


def _number(answer: Answer, name: str) -> int | None:
    try:
        return answer.number(name)
    except BrokenAnswer as broken:
        raise CopyFailed(f"The node answers strangely: {broken}. The copy was given up.") from None


_WHY = {
    "nodir": "{target} is not a folder on {label}.",
    "noparent": "The folder of {target} does not exist on {label}.",
    "isdir": "{target} on {label} is a folder, so no file can take its name.",
    "notdir": "{target} on {label} exists and is not a folder.",
    "denied": "The session's user on {label} may not write beside {target}.",
    "foreign": "Beside {target} on {label} lies a part file (.…smtui-part) of another user. Remove it, or copy to "
    "another folder.",
    "nofile": "{label} has no {target}, or hides it from the session's user.",
    "dangling": "{target} on {label} is a link to nothing.",
    "special": "{target} on {label} is neither a file nor a folder.",
}
_PATTERN = frozenset("*?[")
_NO_PATTERNS = " Patterns (* ? [ ]) are not expanded on the node: name each file, or copy the folder with -r."


def _is_full(said: str) -> bool:
    return "o space left" in said or "uota exceeded" in said


def _folder_of(target: str) -> str:
    return target.rpartition("/")[0] or ("/" if target.startswith("/") else "the home folder")


def refusal(answer: Answer, label: str, target: str) -> str:
    """Why the far end refused, in a sentence."""
    said = harmless(answer.said)
    if answer.code == "write":
        return f"{label} could not write {target}: {said or 'it did not say why'}. {target} is untouched."
    if answer.code == "merge":
        return f"{label} could not write all of {target}: {said or 'it did not say why'}. Some of its files may be new."
    known = _WHY.get(answer.code)
    if known is None:
        return f"{label} refused ({harmless(answer.code) or 'without a reason'})."
    hint = _NO_PATTERNS if answer.code in ("nofile", "noparent", "nodir") and _PATTERN.intersection(target) else ""
    return f"{known.format(target=target, label=label)}{hint}"
