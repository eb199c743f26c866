"""Downloads one source: as base64 through the shell into a local part file, hashed on both sides, then renamed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from smtui.domain.text import harmless
from smtui.transfers.answers import Answer, BrokenAnswer, whole_number
from smtui.transfers.checksum import Checksum, checksum
from smtui.transfers.copy_failure import CopyFailed, SentLess, SourceChanged, wrong_size
from smtui.transfers.copy_progress import Phase, Receipt
from smtui.transfers.far_shell import FarShell, Refused, hash_seconds
from smtui.transfers.local_target import LocalTarget
from smtui.transfers.upload import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.engine.offloop import OffLoop
    from smtui.transfers.meter import Meter

_WRITTEN_AT_ONCE = 1 << 20
_GAIN = 0.9
"""Compressing pays if so much, or less, is left of a sample."""


@dataclass(frozen=True, slots=True)
class Download:
    """One source on the node and where it goes."""

    path: bytes
    shown: str
    """The source in sentences."""
    name: str
    """The name it gets inside a folder."""
    destination: str
    must_be_folder: bool
    preserve: bool
    recursive: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What the node says of the source."""

    is_folder: bool
    size: int
    mode: int | None
    mtime: int | None
    complaints: str = ""
    """What tar complained of."""


class Downloader:
    """Downloads through one shell. `phase` is called with what it does."""

    def __init__(
        self, shell: FarShell, label: str, off_loop: OffLoop, meter: Meter, phase: Callable[[Phase], None]
    ) -> None:
        self._shell = shell
        self._label = label
        self._off_loop = off_loop
        self._meter = meter
        self._phase = phase

    async def run(self, download: Download) -> Receipt:
        """Copy it; raises `CopyFailed` and `ShellLost`, and then nothing has changed under the target's name."""
        try:
            found = await self._found(download)
            target = await self._off_loop.call(
                lambda: LocalTarget(
                    download.destination,
                    download.name,
                    is_folder=found.is_folder,
                    must_be_folder=download.must_be_folder,
                )
            )
            try:
                return await self._into(target, download, found)
            finally:
                await self._off_loop.call(target.close)
        except Refused as refused:
            raise CopyFailed(refusal(refused.answer, self._label, download.shown)) from None
        except BrokenAnswer as broken:
            raise CopyFailed(f"{self._label} answers strangely: {broken}. The copy was given up.") from None

    async def _found(self, download: Download) -> _Found:
        tools = self._shell.tools
        looked = await self._looked(download)
        is_folder = looked.field("kind") == "d"
        lacking = [
            name
            for name, there in (
                ("base64", tools.base64),
                ("head -c", tools.head),
                ("tar", tools.tar or not is_folder),
                ("sha256sum, shasum, openssl or cksum", bool(tools.hash_kind)),
            )
            if not there
        ]
        if lacking:
            raise CopyFailed(f"{self._label} lacks {' and '.join(lacking)}, which a download needs.")
        if is_folder and not download.recursive:
            raise CopyFailed(f"{self._label}:{download.shown} is a folder: give -r to copy it with all that is in it.")
        size, complaints = looked.number("size"), ""
        if is_folder:
            self._phase(Phase.COMPARING)
            weighed = await self._shell.ask("weigh", seconds=3600)
            size, complaints = whole_number(weighed.code), harmless(weighed.said)
        if size is None:
            raise BrokenAnswer("the size of the file is missing")
        mode = looked.number("mode", 8)
        return _Found(is_folder, size, mode if mode is None else mode & 0o777, looked.number("mtime"), complaints)

    async def _into(self, target: LocalTarget, download: Download, found: _Found) -> Receipt:
        hashed, at = await self._resumed(target, found)
        self._meter.begin(found.size, at)
        await self._off_loop.call(lambda: target.check_room((found.size - at) + found.is_folder * found.size))
        gzipped = self._shell.tools.gzip and found.size > at and await self._compressing_pays()
        self._phase(Phase.RECEIVING)
        try:
            await self._receive(target, at, found.size, hashed, gzipped=gzipped)
        except SentLess as short:
            await self._explain_shortness(download, found, target, short)
        self._phase(Phase.CHECKING)
        # A log that grows meanwhile is copied as it was. The size that /proc gives for its files says nothing.
        most = [str(found.size)] if found.size and not found.is_folder else []
        theirs = (await self._shell.ask("ssum", *most, seconds=10 * hash_seconds(found.size))).code
        if theirs != hashed.hexdigest():
            await self._off_loop.call(target.discard)
            await self._explain_difference(download, found, target)
        left_out = await self._off_loop.call(lambda: target.finish(found.mode, found.mtime, preserve=download.preserve))
        if found.complaints:
            left_out = (*left_out, f"tar on {self._label} said: {found.complaints}")
        return Receipt(
            f"{self._label}:{download.shown}",
            target.shown,
            found.size,
            self._shell.tools.hash_kind,
            theirs,
            self._meter.seconds,
            self._meter.moved,
            self._meter.resumed_at,
            left_out,
        )

    async def _resumed(self, target: LocalTarget, found: _Found) -> tuple[Checksum, int]:
        """The hash of what an earlier copy has left, and how much that is."""
        kind = self._shell.tools.hash_kind
        hashed, part = checksum(kind), await self._off_loop.call(target.open)
        if part and part <= found.size:
            self._phase(Phase.COMPARING)
            theirs = (await self._shell.ask("ssum", str(part), seconds=10 * hash_seconds(part))).code
            await self._off_loop.call(lambda: target.read_part(part, hashed.update))
            if theirs == hashed.hexdigest():
                return hashed, part
        await self._off_loop.call(target.begin_anew)
        return checksum(kind), 0

    async def _compressing_pays(self) -> bool:
        sample: Answer = await self._shell.ask("pays", seconds=120)
        plain, packed = (whole_number(text) for text in (*sample.words, "0", "0")[:2])
        return packed < plain * _GAIN

    async def _receive(self, target: LocalTarget, at: int, size: int, hashed: Checksum, *, gzipped: bool) -> None:
        if at == size:
            return
        gathered = bytearray()

        def keep(data: bytes) -> None:
            hashed.update(data)
            target.write(data)

        try:
            async for piece in self._shell.get(at, size - at, gzipped=gzipped):
                gathered += piece
                self._meter.advance(len(piece))
                if len(gathered) >= _WRITTEN_AT_ONCE:
                    data = bytes(gathered)
                    gathered.clear()
                    await self._off_loop.call(lambda data=data: keep(data))  # type: ignore[misc]
        finally:
            await self._off_loop.call(lambda: keep(bytes(gathered)))  # after a cut, too: it need not come again

    async def _explain_shortness(
        self, download: Download, found: _Found, target: LocalTarget, short: SentLess
    ) -> NoReturn:
        name, size = f"{self._label}:{download.shown}", (await self._looked(download)).number("size")
        is_shorter = not found.is_folder and size is not None and size < found.size
        if short.keeps_part and not is_shorter:
            raise short
        await self._off_loop.call(target.discard)
        if found.is_folder or size != found.size:
            raise SourceChanged(name, target.shown, "became shorter" if is_shorter else "changed")
        raise wrong_size(name, "On the node")

    async def _looked(self, download: Download) -> Answer:
        return await self._shell.ask("src", self._shell.word(download.path))

    async def _explain_difference(self, download: Download, found: _Found, target: LocalTarget) -> None:
        again, name = await self._looked(download), f"{self._label}:{download.shown}"
        if not found.is_folder and again.number("size") == found.size == 0:
            raise wrong_size(name, "On the node")
        if found.is_folder or (again.number("size"), again.number("mtime")) != (found.size, found.mtime):
            raise SourceChanged(name, target.shown)
        raise CopyFailed(
            f"The hashes of both sides differ, so {target.shown} is untouched and what came was thrown away. "
            "Copy it again.",
            keeps_part=False,
        )
