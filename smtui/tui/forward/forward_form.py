"""Turns the typed fields of a forward into complaints and a forward, and presets into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.command_template import sketch
from smtui.domain.forward import (
    Destination,
    Forward,
    LocalEnd,
    LocalPort,
    LocalSocket,
    NotAForward,
    parse_host,
    parse_local_socket,
    parse_port,
)
from smtui.domain.request import reason_complaint
from smtui.domain.shellquote import Shell, offered_line
from smtui.tui.commands import PICKED_BY_NUMBER
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.preset import Preset

PRESET_COLUMNS = (
    TableColumn("", 1),
    TableColumn("", 14, 20),
    TableColumn("", 5, 24, middle=True),
    TableColumn("", 17, 24, middle=True),
    TableColumn("", 44, 70, dispensable=1),
)
ELSEWHERE = TableRow("\N{HORIZONTAL ELLIPSIS}elsewhere", heading="presets through other nodes")


@dataclass(frozen=True, slots=True)
class ForwardTexts:
    """The typed fields of a forward."""

    host: str = ""
    """Empty: the node itself."""
    port: str = ""
    local: str = ""
    """A port, a socket's path, or empty for a port that is free."""
    reason: str = ""

    def complaints(self) -> dict[str, str]:
        """Return what is wrong with the typed text, by field; empty fields are fine."""
        return {name: sentence for name, sentence in self._checked() if sentence}

    def _checked(self) -> Iterator[tuple[str, str]]:
        yield "host", _complaint(lambda: _host(self.host))
        yield "port", _complaint(lambda: parse_port(self.port.strip())) if self.port.strip() else ""
        yield "local", _complaint(lambda: _local(self.local))
        yield "reason", reason_complaint(self.reason)

    @property
    def is_empty(self) -> bool:
        """Whether they name no forward; a reason alone goes with a preset."""
        return not (self.host.strip() or self.port.strip() or self.local.strip())

    def missing(self) -> dict[str, str]:
        """Return what must be typed before a start, by field."""
        return {} if self.port.strip() else {"port": "The port at the far end is needed."}

    def forward(self, node: Node, document: str = "") -> Forward:
        """Return the forward through this node; raises `NotAForward`. An empty document is Amazon's that fits."""
        return Forward(
            node.node_id,
            node.place,
            node.name or node.node_id,
            Destination(parse_port(self.port.strip()), _host(self.host)),
            _local(self.local),
            self.reason.strip(),
            document,
        )


def texts_of(preset: Preset, reason: str = "") -> ForwardTexts:
    """Return the fields that a preset fills in."""
    local = str(preset.local_port) if preset.local_port else ""
    return ForwardTexts(preset.destination.host, str(preset.destination.port), local, reason)


def _complaint(read: Callable[[], object]) -> str:
    try:
        read()
    except NotAForward as wrong:
        return str(wrong)
    return ""


def _host(text: str) -> str:
    typed = text.strip()
    if not typed:
        return ""
    bare = typed.removeprefix("[").removesuffix("]") if ":" in typed else typed
    return parse_host(bare, bracketed=True)


def _local(text: str) -> LocalEnd:
    typed = text.strip()
    if not typed:
        return LocalPort()
    return parse_local_socket(typed) if "/" in typed else LocalPort(parse_port(typed))


def heading_of(node: Node) -> TableRow:
    """Return the heading of the presets that go through this node; no preset has its key."""
    return TableRow("\N{HORIZONTAL ELLIPSIS}here", heading=f"presets on {node.name or node.node_id}")


def preset_row(number: int, preset: Preset, words: str) -> TableRow:
    """Return the row of a preset with these words. `number` counts from 1; the first nine are also keys."""
    return TableRow(
        preset.name,
        (
            (str(number) if number <= PICKED_BY_NUMBER else "", Look.ACCENT),
            (preset.name, Look.PLAIN),
            (str(preset.destination), Look.PLAIN),
            (f"→ {preset.local_words}", Look.QUIET),
            (words, Look.QUIET),
        ),
    )


def use_words(preset: Preset, node: Node, shell: Shell) -> str:
    """Return the preset's command as it would run through this node, else its note."""
    known: dict[str, object] = {
        **preset.known_values,
        "node_id": node.node_id,
        "node_name": node.name or node.node_id,
        "profile": node.place.profile,
        "region": node.place.region,
    }
    return offered_line(sketch(preset.command, known), shell) if preset.command else preset.note


def name_of(number: int, preset: Preset) -> str:
    """Return what the last line calls a preset: its key, else its name."""
    return f"preset {number}" if number <= PICKED_BY_NUMBER else f"the preset {preset.name}"


@dataclass(frozen=True, slots=True)
class EnterWords:
    """What stands in the last lines of the dialog: what `enter` does, and the command that it runs."""

    lead: str
    command: str = ""


def enter_words(what: str, command: str, obstacle: str, *, starts: bool) -> EnterWords:
    """Say what `enter` does with the focus where it is.

    `what` would be started, with this command; `obstacle` is a sentence that says why it cannot be, or what is asked
    first. `starts` tells whether `enter` starts it; in a field it goes on to the next one.
    """
    enter = key_of("form.next")
    if obstacle:
        return EnterWords(f"{enter}: {obstacle}" if starts else f"{enter} goes on to the next field. {obstacle}")
    if starts:
        return EnterWords(f"{enter} starts {what}:", command)
    return EnterWords(f"{enter} goes on to the next field, {key_of('form.start')} starts {what}:", command)


def local_of(texts: ForwardTexts) -> str:
    """Return the local port for a preset, empty for a free one; raises `NotAForward` for a socket."""
    if isinstance(_local(texts.local), LocalSocket):
        raise NotAForward("A preset keeps a local port, not a socket.")
    return texts.local.strip()
