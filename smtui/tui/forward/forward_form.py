"""Turns the typed fields of a forward into complaints and a forward, and presets into rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
from smtui.domain.node import Node
from smtui.domain.preset import Preset
from smtui.domain.request import reason_complaint
from smtui.tui.commands import PICKED_BY_NUMBER
from smtui.tui.parts.row_table import Look, TableRow
from smtui.tui.parts.table_layout import TableColumn

NEW = "\N{HORIZONTAL ELLIPSIS}"
"""The key of the row for a new forward; no preset has this name."""
ELSEWHERE = TableRow("\N{HORIZONTAL ELLIPSIS}elsewhere", heading="Presets through other nodes")
PRESET_COLUMNS = (
    TableColumn("", 1),
    TableColumn("", 14, 24),
    TableColumn("", 5, 30),
    TableColumn("", 15, 24),
    TableColumn("", 14, 60, dispensable=1),
)


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


def preset_row(number: int, preset: Preset) -> TableRow:
    """Return the row of a preset. `number` counts from 1; the first nine are also keys."""
    return TableRow(
        preset.name,
        (
            (str(number) if number <= PICKED_BY_NUMBER else "", Look.QUIET),
            (preset.name, Look.PLAIN),
            (str(preset.destination), Look.PLAIN),
            (f"→ {preset.local_words}", Look.QUIET),
            (about(preset), Look.QUIET),
        ),
    )


def new_row() -> TableRow:
    """Return the row for a new forward."""
    blank = ("", Look.QUIET)
    return TableRow(NEW, (blank, ("New…", Look.ACCENT), blank, blank, blank))


def about(preset: Preset) -> str:
    """Return the preset's target, if it has one, whether it is the user's own, and its note or command."""
    target = f"on {preset.target}" if preset.target else ""
    words = preset.note or " ".join(preset.command)
    return " · ".join(part for part in (target, "" if preset.builtin else "yours", words) if part)


def local_of(texts: ForwardTexts) -> str:
    """Return the local port for a preset, empty for a free one; raises `NotAForward` for a socket."""
    if isinstance(_local(texts.local), LocalSocket):
        raise NotAForward("A preset keeps a local port, not a socket.")
    return texts.local.strip()
