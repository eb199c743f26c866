"""Writes what the sign-in dialog says: the browser's page, a code, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.ages import clock_words, seconds_between
from smtui.domain.places.sign_in_progress import Stage
from smtui.domain.text import harmless
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece
from smtui.tui.parts.progress import spinner
from smtui.tui.sign_in.key_checks import KeyCheck, Keys

if TYPE_CHECKING:
    from smtui.domain.places.sign_in_progress import SignInProgress

_CODE_COLUMN = 25
_LABEL = 13
"""Cells of the column of names."""
MOST_PROFILES = 8
"""Lines of profiles; the rest is counted."""


def waiting_page(width: int, progress: SignInProgress, now: datetime, reason: str = "") -> Paragraphs:
    """Write what the sign-in waits for; `reason` says why a code comes first on this machine."""
    if progress.stage is Stage.CODE:
        return _code_page(width, progress, now, reason)
    if progress.stage is Stage.BROWSER:
        return _browser_page(width, progress, now)
    page = Paragraphs(width)
    if progress.note:
        page.write(progress.note, Look.QUIET)
    is_finishing = progress.stage is Stage.FINISHING
    page.write("Approved. Fetching the token …" if is_finishing else "Asking IAM Identity Center …")
    page.write(f"{progress.session.start_url}, {progress.session.region}", Look.QUIET)
    _write_clock(page, progress, now, "gives up in")
    return page


def _browser_page(width: int, progress: SignInProgress, now: datetime) -> Paragraphs:
    page = Paragraphs(width)
    if progress.note:
        page.write(progress.note, Look.WARN, lead="! ", lead_look=Look.WARN)
        page.write("Open this address in a browser of this machine, and approve there.")
    else:
        page.write("Your browser shows AWS's page. Approve there.")
    _write_address(page, progress.address)
    listening = f"Listening on 127.0.0.1:{progress.port} for the answer" if progress.port else ""
    page.write(listening, Look.QUIET)
    _write_clock(page, progress, now, "gives up in")
    return page


def _code_page(width: int, progress: SignInProgress, now: datetime, reason: str) -> Paragraphs:
    page = Paragraphs(width)
    if reason:
        page.write(reason, Look.QUIET)
    if progress.note and progress.note != reason:
        page.write(progress.note, Look.WARN, lead="! ", lead_look=Look.WARN)
    page.hang(
        (Piece("1  ", Look.QUIET), Piece("On any device, open".ljust(_CODE_COLUMN - 3))),
        (harmless(progress.plain_address or progress.address),),
        Look.ACCENT,
        _CODE_COLUMN,
    )
    page.lines.append(
        (
            Piece("2  ", Look.QUIET),
            Piece("Type this code".ljust(_CODE_COLUMN - 3)),
            Piece(harmless(progress.user_code), Look.ACCENT, strong=True),
        )
    )
    page.write("Check that the page shows the same code, and allow it.", lead="3  ")
    _write_clock(page, progress, now, "the code is good for")
    return page


def failed_page(width: int, failure: str) -> Paragraphs:
    """Write why the user is not signed in; the sentences say what is safe and what to do."""
    page = Paragraphs(width)
    page.write(failure, lead="✕ ", lead_look=Look.BAD)
    return page


def keys_page(width: int, progress: SignInProgress, checks: Sequence[KeyCheck], now: datetime) -> Paragraphs:
    """Write where the token is, and what came of the keys of each profile."""
    page = Paragraphs(width)
    column = min(24, max([_LABEL, *(len(check.profile) + 4 for check in checks)]))
    _write_line(page, "✓ ", Look.GOOD, "token", f"{short_path(progress.token_path)}, as the AWS CLI has it", column)
    if progress.warning:
        page.write(progress.warning, Look.WARN, lead="! ", lead_look=Look.WARN)
    shown = checks if len(checks) <= MOST_PROFILES + 1 else checks[:MOST_PROFILES]
    for check in shown:
        mark, look, words = _of_check(check, now)
        _write_line(page, f"{mark} ", look, check.profile, words, column)
    if rest := checks[len(shown) :]:
        done = sum(check.state is Keys.FETCHED for check in rest)
        refused = sum(check.state is Keys.REFUSED for check in rest)
        page.write(f"and {len(rest)} more: {done} have keys, {refused} no access", Look.QUIET, lead="  ")
    return page


def short_path(path: str) -> str:
    """Return the path with `~`, and with a long name in hexadecimal digits cut short."""
    home = str(Path.home())
    shown = f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path
    folder, slash, name = shown.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    is_hash = len(stem) == 40 and not stem.strip("0123456789abcdef")
    return f"{folder}{slash}{stem[:4]}…{dot}{suffix}" if is_hash else shown


def _of_check(check: KeyCheck, now: datetime) -> tuple[str, Look, str]:
    match check.state:
        case Keys.WAITING:
            return "·", Look.QUIET, check.whose
        case Keys.FETCHING:
            return spinner(now), Look.ACCENT, f"{check.whose} … getting its keys".lstrip()
        case Keys.FETCHED:
            return "✓", Look.GOOD, check.whose
        case Keys.REFUSED:
            return "✕", Look.BAD, check.trouble
        case Keys.NOT_KNOWN:
            return "?", Look.WARN, check.trouble


def _write_line(page: Paragraphs, mark: str, look: Look, name: str, words: str, column: int) -> None:
    page.hang((Piece(mark, look), Piece(f"{cell(name, column - 4)}  ")), words, Look.QUIET, column)


def _write_address(page: Paragraphs, address: str) -> None:
    """One line, its end cut: it is copied by a key."""
    if not address:
        page.write("…", Look.QUIET)
        return
    page.lines.append((Piece(cell(address, page.width).rstrip(), Look.ACCENT, url=address),))


def _write_clock(page: Paragraphs, progress: SignInProgress, now: datetime, left_words: str) -> None:
    parts = [clock_words(seconds_between(progress.started, now))]
    if progress.gives_up_at is not None:
        parts.append(f"{left_words} {clock_words(seconds_between(now, progress.gives_up_at))}")
    page.write(" · ".join(parts), lead=f"{spinner(now)} ", lead_look=Look.ACCENT)
