"""Describes tunnels for the screen: a row each, a summary, and sentences about what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import age, data_size, seconds_between
from smtui.domain.shellquote import offered_line
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn
from smtui.tunnels.tunnel import TunnelState, TunnelView

if TYPE_CHECKING:
    from smtui.domain.place import Place

TUNNEL_COLUMNS = (
    TableColumn("STATUS", 15),
    TableColumn("LOCAL", 15, 24, middle=True),
    TableColumn("TO", 16, 34, middle=True),
    TableColumn("THROUGH", 12, 24, dispensable=1),
    TableColumn("FOR", 6, dispensable=2, right=True),
    TableColumn("CLIENTS", 18, dispensable=4),
    TableColumn("DATA", 17, 22, dispensable=5),
    TableColumn("LAST EVENT", 18, 80, dispensable=3),
)

_MARKS = {
    TunnelState.STARTING: ("◌", Look.QUIET),
    TunnelState.OPEN: ("●", Look.GOOD),
    TunnelState.RECONNECTING: ("↻", Look.WARN),
    TunnelState.STOPPING: ("◌", Look.QUIET),
    TunnelState.FAILED: ("✕", Look.BAD),
    TunnelState.CLOSED: ("○", Look.QUIET),
}
_TROUBLED = ("◐", Look.WARN)
_SHORT_EVENTS = {
    "agent-too-old": "agent too old",
    "expired-credentials": "credentials expired",
    "invalid-credentials": "credentials refused",
    "local-port-in-use": "local port taken",
    "no-permission-to-start": "not allowed to start",
    "plugin-not-found": "no plugin found",
    "plugin-too-old": "plugin too old",
    "sso-sign-in": "sign-in has expired",
    "target-not-connected": "node not connected",
    "throttled": "AWS throttles",
}
"""By the topic that helps."""


def summary(views: Iterable[TunnelView]) -> str:
    """Return how many tunnels have each status: `2 open, 1 refused, 1 failed`."""
    order = list(TunnelState)
    ordered = sorted(views, key=lambda view: (order.index(view.state), view.words))
    words = Counter(view.trouble or str(view.state) for view in ordered)
    return ", ".join(f"{number} {word}" for word, number in words.items())


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
            (clients(view), Look.QUIET),
            (moved(view), Look.QUIET),
            (last_event(view, now), Look.WARN if look is Look.WARN else Look.QUIET),
        ),
    )


def _mark(view: TunnelView) -> tuple[str, Look]:
    return _TROUBLED if view.trouble else _MARKS[view.state]


def clients(view: TunnelView) -> str:
    """Return the connections open now, and those accepted in all: `3 now · 41 so far`."""
    now, total = view.connections_now, view.connections_total
    if view.state is TunnelState.RECONNECTING and now:
        return f"{now} kept waiting"
    so_far = f"{total} so far" if total else ""
    if view.state is not TunnelState.OPEN or now is None:
        return so_far or NOTHING
    return " · ".join(part for part in (f"{now} now", so_far) if part)


def moved(view: TunnelView) -> str:
    """Return the bytes from the far end and to it: `↓ 4.1 MB ↑ 18 kB`; a dash if they are not known, or none."""
    if not view.bytes_in and not view.bytes_out:
        return NOTHING
    return f"↓ {data_size(view.bytes_in or 0)} ↑ {data_size(view.bytes_out or 0)}"


def last_event(view: TunnelView, now: datetime) -> str:
    """Return in a few words what went wrong, or what is being done about it; nothing for what goes on as it should."""
    if view.refusal:
        return f"nothing listens on :{view.forward.destination.port}"
    if view.stalled:
        return "a client reads nothing"
    if view.state is TunnelState.RECONNECTING:
        return _next_try(view, now) or _first_words(view.last_word)
    if view.state is TunnelState.FAILED:
        why = _SHORT_EVENTS.get(view.topic) or _first_words(view.last_word) or "no reason known"
        return f"{why}: {key_of('tunnels.troubleshoot')}"
    if view.warning:
        return "others can reach it"
    return _first_words(view.last_word) if view.state is TunnelState.STARTING else ""


def _next_try(view: TunnelView, now: datetime) -> str:
    due = f", next in {seconds_between(now, view.next_try_at):.0f} s" if view.next_try_at else ""
    return f"try {view.attempt}{due}" if view.attempt else ""


def _first_words(sentence: str) -> str:
    return sentence.partition(". ")[0].removesuffix(".")


def about(view: TunnelView, now: datetime, *, counted: bool = False, place: str = "") -> tuple[str, ...]:
    """Return what the row may have no room for, on two lines, and shorter forms of it.

    The first line is what it is, the second the command or what happened. `counted` tells whether the row shows clients
    and data, too. `place` names its place if there are several.
    """
    way = " in ".join(filter(None, (f"{view.far_end} through {view.forward.label}", place)))
    preset = f"preset {view.preset}" if view.preset else ""
    counts = [f"clients: {clients(view)}", moved(view)]
    counts = [] if counted else [each for each in counts if not each.endswith(NOTHING)]
    session = f"session {view.session_id}" if view.session_id else ""
    fuller = [(way, preset, *counts, session), (way, *counts, session), (way, *counts), (way, session), (way,)]
    lines = dict.fromkeys(" · ".join(part for part in parts if part) for parts in fuller)
    return tuple(f"{line}\n{last_word(view, now)}" for line in lines)


def last_word(view: TunnelView, now: datetime) -> str:
    """Return how to use an open tunnel, or in full what happened to another one."""
    if view.state is TunnelState.RECONNECTING:
        return ": ".join(part for part in (_next_try(view, now), view.last_word) if part)
    if view.state is TunnelState.OPEN:
        use_it = f"use it: {command_text(view.command)}" if view.command else ""
        return view.refusal or view.stalled or view.warning or use_it or view.last_word
    return view.last_word


def not_open(view: TunnelView) -> str:
    """Return why its command may not work now; empty if the tunnel is open."""
    if view.state is TunnelState.OPEN:
        return ""
    return "The tunnel has failed." if view.state is TunnelState.FAILED else f"The tunnel is {view.state}."


def command_text(command: tuple[str, ...]) -> str:
    """Return the command as this machine's shell reads it."""
    return offered_line(command) if command else ""


def running_line(view: TunnelView, place: str = "") -> str:
    """Return the line of a running tunnel for a question; `place` names its place if there are several."""
    way = " in ".join(filter(None, (_far_end_and_way(view), place)))
    return f"{_mark(view)[0]}  {view.local} → {way}, {_clients_in_words(view)}"


def places_named(views: Sequence[TunnelView], places: Sequence[Place]) -> Mapping[str, str]:
    """Return the place of each tunnel by the tunnel's id; nothing if all there is is in one place."""
    if len({*places, *(view.forward.place for view in views)}) <= 1:
        return {}
    return {view.tunnel_id: view.forward.place.label for view in views}


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
        # A sentence that begins with a node's name keeps it as it is.
        words = after.refusal.replace("Nothing listens", "nothing listens", 1)
        return f"The tunnel {name} is open, but {words}"
    if before is None or before.state is after.state:
        return ""
    why = f": {after.last_word}" if after.last_word else "."
    if after.state is TunnelState.FAILED:
        return f"The tunnel {name} failed{why}"
    if after.state is TunnelState.RECONNECTING and before.state is TunnelState.OPEN:
        return f"The tunnel {name} is reconnecting{why}"
    if after.state is TunnelState.OPEN:
        back = before.state is TunnelState.RECONNECTING
        return f"The tunnel {name} is open{' again' if back else ''}."
    return ""
