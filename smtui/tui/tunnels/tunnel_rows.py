"""Describes tunnels for the screen: a row each, a summary, and sentences about what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from smtui.domain.ages import age, seconds_between
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.row_table import Look, TableRow
from smtui.tui.parts.table_layout import TableColumn
from smtui.tunnels.tunnel import TunnelState, TunnelView

TUNNEL_COLUMNS = (
    TableColumn("STATE", 15),
    TableColumn("LOCAL", 15, 24),
    TableColumn("TO", 16, 34),
    TableColumn("NODE", 12, 18, dispensable=2),
    TableColumn("SINCE", 7, dispensable=3),
    TableColumn("USE", 12, 16, dispensable=1),
    TableColumn("DATA", 9, dispensable=4),
    TableColumn("LAST WORD", 16, 200),
)

_MARKS = {
    TunnelState.STARTING: ("◌", Look.QUIET),
    TunnelState.OPEN: ("●", Look.GOOD),
    TunnelState.RECONNECTING: ("↻", Look.WARN),
    TunnelState.FAILED: ("✕", Look.BAD),
    TunnelState.CLOSED: ("○", Look.QUIET),
}
_REFUSED = ("◐", Look.WARN)
_KIB = 1024


def summary(views: Iterable[TunnelView]) -> str:
    """Return how many tunnels are in each state: `2 open · 1 open, refused · 1 failed`."""
    order = list(TunnelState)
    words = Counter(view.words for view in sorted(views, key=lambda view: (order.index(view.state), view.words)))
    return " · ".join(f"{number} {word}" for word, number in words.items())


def tunnel_row(view: TunnelView, now: datetime) -> TableRow:
    """Return the row of a tunnel."""
    mark, look = _mark(view)
    return TableRow(
        view.tunnel_id,
        (
            (f"{mark} {view.words}", look),
            (view.local, Look.PLAIN),
            (view.far_end, Look.PLAIN),
            (view.forward.label, Look.QUIET),
            (age(view.since, now), Look.QUIET),
            (use(view), Look.QUIET),
            (moved(view), Look.QUIET),
            (last_word(view, now), Look.WARN if look is Look.WARN else Look.QUIET),
        ),
    )


def _mark(view: TunnelView) -> tuple[str, Look]:
    return _REFUSED if view.refusal else _MARKS[view.state]


def use(view: TunnelView) -> str:
    """Return the connections open now, and those accepted in all: `3 now, 41 in`."""
    if view.state not in (TunnelState.OPEN, TunnelState.RECONNECTING) and not view.connections_total:
        return NOTHING
    now = "" if view.connections_now is None else f"{view.connections_now} now"
    total = f"{view.connections_total} in" if view.connections_total or view.connections_now is not None else ""
    return ", ".join(part for part in (now, total) if part) or NOTHING


def moved(view: TunnelView) -> str:
    """Return the bytes of both directions together; a dash if they are not known."""
    number = (view.bytes_in or 0) + (view.bytes_out or 0)
    return data_size(number) if number else NOTHING


def data_size(number: int) -> str:
    """Write a number of bytes with the unit that fits: `812 B`, `4.2 MiB`."""
    amount = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < _KIB or unit == "GiB":
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= _KIB
    raise AssertionError("the last unit always fits")


def last_word(view: TunnelView, now: datetime) -> str:
    """Return what to do with an open tunnel, or what is being done about a broken one."""
    if view.state is TunnelState.RECONNECTING:
        due = f", next in {seconds_between(now, view.next_try_at):.0f} s" if view.next_try_at else ""
        return f"attempt {view.attempt}{due}: {view.last_word}" if view.attempt else view.last_word
    if view.state is TunnelState.OPEN:
        return view.refusal or view.warning or command_text(view.command) or view.last_word
    return view.last_word


def about(view: TunnelView, now: datetime) -> str:
    """Return one tunnel in full, on two lines: its row may have no room for that."""
    facts = [
        f"{_mark(view)[0]} {view.local} → {view.far_end} through {view.forward.label}",
        f"{view.words} for {age(view.since, now)}",
        *(known for known in (use(view), moved(view)) if known != NOTHING),
        f"preset {view.preset}" if view.preset else "",
    ]
    return " · ".join(fact for fact in facts if fact) + "\n" + last_word(view, now)


def command_text(command: tuple[str, ...]) -> str:
    """Write a command to be read, not to be copied: nothing is quoted."""
    return " ".join(command)


def running_line(view: TunnelView) -> str:
    """Return the line of a running tunnel for the question before quitting."""
    return f"{_mark(view)[0]}  {view.local} → {_far_end_and_way(view)}, {_clients_in_words(view)}"


def _far_end_and_way(view: TunnelView) -> str:
    through = f" via {view.forward.label}" if view.forward.destination.host else ""
    return f"{view.far_end}{through}"


def _clients_in_words(view: TunnelView) -> str:
    if view.state is not TunnelState.OPEN:
        return str(view.state)
    number = view.connections_now
    if number is None:
        return f"open, {view.connections_total} clients so far" if view.connections_total else "open"
    return "no clients" if not number else "1 client" if number == 1 else f"{number} clients"


def news(before: TunnelView | None, after: TunnelView) -> str:
    """Return a sentence about a change that the user has not made; empty for none."""
    name = f"{after.local} to {after.far_end}"
    if after.refusal and (before is None or after.refusal != before.refusal):
        return f"The tunnel {name} is open, but refused: {after.refusal}"
    if before is None or before.state is after.state:
        return ""
    if after.state is TunnelState.FAILED:
        return f"The tunnel {name} failed: {after.last_word}"
    if after.state is TunnelState.RECONNECTING and before.state is TunnelState.OPEN:
        return f"The tunnel {name} is reconnecting: {after.last_word}"
    if after.state is TunnelState.OPEN:
        back = before.state is TunnelState.RECONNECTING
        return f"The tunnel {name} is open{' again' if back else ''}."
    return ""
