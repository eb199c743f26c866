"""Works out the header line: who and where, or the subject, always whole; right the screens with their lamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from rich.cells import cell_len

from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.text import harmless
from smtui.tui.parts.cells import cell
from smtui.tui.parts.shown_keys import first_key

TABS = (
    ("go-nodes", "Nodes"),
    ("go-tunnels", "Tunnels"),
    ("go-sessions", "Sessions"),
    ("go-presets", "Presets"),
    ("go-plugin", "Plugin"),
)
"""The screens that have a tab: the command that goes there, and the title."""
_TUNNELS, _SESSIONS, _PLUGIN = TABS[1][1], TABS[2][1], TABS[4][1]
_APP = " smtui  "
_SEPARATOR = " · "
_GAP = 2
"""Blank cells, at least, between the two sides."""
_READ_ONLY = "READ-ONLY"


class Tone(Enum):
    """How a piece of the header is drawn."""

    NAME = "name"
    TITLE = "title"
    PLAIN = "plain"
    QUIET = "quiet"
    HERE = "here"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some cells of the header."""

    text: str
    tone: Tone
    goes_to: str = ""
    """The title of the screen that a click shows; empty for none."""


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Lamps:
    """What is lit whatever screen is shown."""

    tunnels: int = 0
    """How many run."""
    failed: int = 0
    """How many tunnels and jobs have failed."""
    plugin: PluginPick | None = None
    """None until the plugin is known."""
    plugin_sought: bool = False
    """Whether the plugin was looked for; if `plugin` is still None then, looking failed."""
    jobs: int = 0
    """How many transfers, waits and runs go on."""
    sessions: int = 0
    """How many active sessions of the account are the caller's, as far as they were read lately."""
    signed_out: str = ""
    """Who of the list is signed out: `signed out`, `stage signed out`, `2 profiles signed out`; empty for nobody."""
    signed_in_until: str = ""
    """The time of day at which a sign-in of the list ends; empty unless that is soon."""


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the header line shows."""

    screen: str
    """The title of the screen, as its tab has it."""
    words: tuple[tuple[str, ...], ...] = ()
    """What follows the title, such as profile, account and Region; then what takes its place where it has no room."""
    subject: str = ""
    """Follows the title of an inner screen at once, such as the name of the node."""
    read_only: bool = False
    lamps: Lamps = Lamps()


def header_line(facts: HeaderFacts, width: int) -> Pieces:
    """Return a line of exactly `width` cells. The left side is whole; the right side has what room is left."""
    left: Pieces = ()
    for left, right in _candidates(facts):
        room = width - _length(left) - _length(right)
        if room >= (_GAP if right else 1):
            return (*left, Piece(" " * room, Tone.QUIET), *right)
    text = "".join(piece.text for piece in left[1:])  # without the name of the program
    return (Piece(cell(f" {text}", width), Tone.PLAIN),)


def _candidates(facts: HeaderFacts) -> Iterator[tuple[Pieces, Pieces]]:
    """Yield both sides, from the fullest to the shortest; a tab in reverse stands for the title of the list."""
    title = f"{facts.screen} {harmless(facts.subject)}".rstrip()
    words = [tuple(harmless(word) for word in fewer if word) for fewer in (*facts.words, ())]
    tunnels, lamp = _tunnels(facts.lamps), _plugin(facts.lamps)
    plugin = (Piece(" plugin ", Tone.QUIET, _PLUGIN), Piece(f"{lamp.text} ", lamp.tone, _PLUGIN))
    yield _left(facts, "" if facts.screen == TABS[0][1] else title, words[0]), tuple(_tabs(facts, tunnels, lamp))
    failed = tuple(lamp for lamp in tunnels if lamp.tone is Tone.BAD)
    for kept in words:
        left = _left(facts, title, kept)
        yield left, (*_parted(tunnels), *plugin)
        yield left, _parted(failed)
        yield left, ()


def _left(facts: HeaderFacts, title: str, words: tuple[str, ...]) -> Pieces:
    pieces = [Piece(title, Tone.TITLE)] if title else []
    pieces += [Piece(word, Tone.PLAIN) for word in words]
    if facts.read_only:
        pieces.append(Piece(_READ_ONLY, Tone.WARN))
    if facts.lamps.signed_out:
        pieces.append(Piece(harmless(facts.lamps.signed_out), Tone.BAD))
    elif facts.lamps.signed_in_until:
        pieces.append(Piece(f"until {facts.lamps.signed_in_until}", Tone.WARN))
    parted = [Piece(f"{piece.text}{_SEPARATOR}", piece.tone) for piece in pieces[:-1]]
    return (Piece(_APP, Tone.NAME), *parted, *pieces[-1:])


def _tabs(facts: HeaderFacts, tunnels: Pieces, plugin: Piece) -> Iterator[Piece]:
    sessions = (Piece(f"●{facts.lamps.sessions}", Tone.GOOD, _SESSIONS),) if facts.lamps.sessions else ()
    lamps = {_TUNNELS: tunnels, _SESSIONS: sessions, _PLUGIN: (plugin,)}
    for command, title in TABS:
        key = first_key(command)
        tone = Tone.HERE if title == facts.screen else Tone.QUIET
        yield Piece(f" {key} {title} " if key else f" {title} ", tone, title)
        for lamp in lamps.get(title, ()):
            yield Piece(f"{lamp.text} ", tone if tone is Tone.HERE else lamp.tone, title)


def _parted(lamps: Pieces) -> Pieces:
    return tuple(Piece(f"{lamp.text} ", lamp.tone, lamp.goes_to) for lamp in lamps)


def _tunnels(lamps: Lamps) -> Pieces:
    pieces = []
    if lamps.tunnels:
        pieces.append(Piece(f"●{lamps.tunnels}", Tone.GOOD, _TUNNELS))
    if lamps.jobs:
        pieces.append(Piece(f"⠿{lamps.jobs}", Tone.PLAIN, _TUNNELS))
    if lamps.failed:
        pieces.append(Piece(f"✕{lamps.failed}", Tone.BAD, _TUNNELS))
    return tuple(pieces)


_WRONG = {
    PluginGrade.OUTDATED: "outdated",
    PluginGrade.KNOWN_BAD: "known bad",
    PluginGrade.CANNOT_HIDE_TOKEN: "too old",
    PluginGrade.TOO_OLD: "too old",
    PluginGrade.UNREADABLE: "unreadable",
    PluginGrade.MISSING: "missing",
}


def _plugin(lamps: Lamps) -> Piece:
    pick = lamps.plugin
    if pick is None:
        return Piece("?" if lamps.plugin_sought else "…", Tone.QUIET, _PLUGIN)
    wrong = _WRONG.get(pick.grade)
    if wrong is None:
        return Piece("✓", Tone.GOOD, _PLUGIN)
    return Piece(f"! {wrong}", Tone.WARN, _PLUGIN) if pick.usable else Piece(f"✕ {wrong}", Tone.BAD, _PLUGIN)


def _length(pieces: Pieces) -> int:
    return sum(cell_len(piece.text) for piece in pieces)
