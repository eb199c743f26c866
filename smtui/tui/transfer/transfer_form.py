"""Works out what the form and the progress of a transfer say, without a screen."""

from __future__ import annotations

import os
from dataclasses import dataclass

from smtui.domain.ages import data_size
from smtui.domain.shellquote import offered_line
from smtui.engine.jobs import JobState
from smtui.transfers.copy_job import CopyJob, CopyOrder
from smtui.transfers.copy_progress import Phase, amount_words, pace_words
from smtui.transfers.locations import WrongLocations, far_path, last_name
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece
from smtui.tui.parts.progress import bar, percent
from smtui.tui.parts.shown_keys import key_of

_PHASES = {
    Phase.STARTING: "starting a session",
    Phase.COMPARING: "comparing with what is there",
    Phase.SENDING: "",
    Phase.RECEIVING: "",
    Phase.CHECKING: "comparing the hashes",
    Phase.WAITING: "the session was lost, starting another",
}
_PERCENT_CELLS = 6


@dataclass(frozen=True, slots=True)
class TransferTexts:
    """What is typed and chosen in the form."""

    is_upload: bool = True
    source: str = ""
    destination: str = ""
    preserve: bool = False

    def complaints(self) -> dict[str, str]:
        """What is wrong with what is typed, by field name; nothing of empty fields."""
        found = {}
        far, name = (self.destination, "to") if self.is_upload else (self.source, "from")
        try:
            far_path(far.strip())
            if not self.is_upload and far.strip():
                last_name(far.strip())
        except WrongLocations as wrong:
            found[name] = str(wrong)
        return found

    def missing(self) -> dict[str, str]:
        """What still has to be typed, by field name."""
        return {} if self.source.strip() else {"from": "Name the file or folder to copy."}

    def order(self, label: str) -> CopyOrder:
        """The copy that the form describes; a folder is copied with all that is in it."""
        to = self.destination.strip() or ("" if self.is_upload else ".")
        return CopyOrder(label, self.is_upload, (self.source.strip(),), to, self.preserve, recursive=True)

    def command(self, target: str, place: list[str]) -> str:
        """The `smtui cp` that does the same; raises `Unquotable`."""
        source, to = self.source.strip(), self.destination.strip() or ("" if self.is_upload else ".")
        here = source if self.is_upload else to
        here = here if here.startswith(("/", "~", ".")) or ":" not in here else f"./{here}"
        there = f"{target}:{to if self.is_upload else source}"
        ends = [here, there] if self.is_upload else [there, here]
        return offered_line(["smtui", "cp", "-r", *(["-p"] if self.preserve else []), *place, "--", *ends])


def size_words(path: str) -> str:
    """How large a local file is, as far as one look tells; blocks. Empty if it cannot be read."""
    try:
        found = os.stat(os.path.expanduser(path.strip()))
    except (OSError, ValueError):
        return ""
    return "a folder" if os.path.isdir(os.path.expanduser(path.strip())) else data_size(found.st_size)


def foot_words(size: str, logged: str) -> str:
    """The last line of the form."""
    return " · ".join(part for part in (size, "hashes are compared at the end", logged) if part)


def logged_words(sentence: str | None) -> str:
    """In few words whether the content is logged; None while it is being looked up."""
    return "looking up whether it is logged …" if sentence is None else sentence or "no log of it in AWS"


def progress_page(job: CopyJob, width: int) -> Paragraphs:
    """The bar, the pace, and how it ended; always four lines or more, so that the box does not jump."""
    page = Paragraphs(width)
    meter = job.meter
    fraction = 1.0 if job.state is JobState.DONE else meter.fraction or 0.0
    amount = amount_words(meter)
    room = max(8, width - len(amount) - _PERCENT_CELLS - 4)
    drawn = bar(fraction, room)
    full = drawn.rstrip("░")
    page.lines.append(
        (
            Piece(full, Look.GOOD),
            Piece(drawn[len(full) :], Look.QUIET),
            Piece(f"{percent(fraction):>{_PERCENT_CELLS}}   "),
            Piece(amount),
        )
    )
    if job.state is JobState.RUNNING:
        moving = job.phase in (Phase.SENDING, Phase.RECEIVING)
        words = " · ".join(part for part in (_PHASES[job.phase], pace_words(meter, moving=moving)) if part)
        page.write(words or "…", Look.QUIET)
    elif job.state is JobState.DONE:
        page.write(job.words(), Look.GOOD, lead="✓ ", lead_look=Look.GOOD)
        for sentence in job.left_out:
            page.write(f"left out: {sentence}", Look.WARN, lead="! ", lead_look=Look.WARN)
    elif job.state is JobState.STOPPED:
        page.write(job.words(), Look.WARN, lead="○ ", lead_look=Look.WARN)
    else:
        page.write(job.words(), Look.BAD, lead="✕ ", lead_look=Look.BAD)
        if job.failure is not None and job.failure.failure is not None:
            for text in job.failure.failure.explanation():
                page.write(text, Look.QUIET, lead="  ")
        if job.keeps_part:
            page.write(f"{key_of('transfer.again')} goes on where it stopped.", Look.QUIET, lead="  ")
    while len(page.lines) < 4:
        page.lines.append((Piece(""),))
    return page
