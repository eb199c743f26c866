"""Writes the header and the problem lines of several places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.ages import age, seconds_between, time_of_day
from smtui.domain.text import harmless
from smtui.engine.fleet import MUTE_SECONDS
from smtui.tui.parts.progress import spinner
from smtui.tui.parts.shown_keys import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.places.place_state import PlaceState
    from smtui.engine.listing.problem import Problem

MOST_NAMED = 3
"""Regions of a profile that are named for one fault; more are counted."""


# The header --------------------------------------------------------------------------------------


def header_words(states: Sequence[PlaceState], default_profile: str, now: datetime) -> tuple[tuple[str, ...], ...]:
    """Return `3 profiles × 2 Regions` and how many have answered, as long as some have not; then shorter forms.

    Where each profile has Regions of its own, it is the number of places.
    """
    profiles = tuple(dict.fromkeys(state.place.profile or default_profile for state in states))
    regions = tuple(dict.fromkeys(state.region for state in states if state.region))
    who = harmless(profiles[0]) if len(profiles) == 1 else f"{len(profiles)} profiles"
    where = "" if not regions else harmless(regions[0]) if len(regions) == 1 else f"{len(regions)} Regions"
    is_product = len(profiles) * len(regions) == len(states) or not regions
    whole = " × ".join(filter(None, (who, where))) if is_product else f"{len(states)} places"
    short = whole if not is_product else f"{len(profiles)} × {len(regions)}" if regions else who
    late = answered_words(states, now)
    briefly = late.replace(" answered", "").replace(" of ", "/")
    return (whole, late), (whole, briefly), (whole,), (short,)


def answered_words(states: Sequence[PlaceState], now: datetime) -> str:
    """Return `5 of 6 answered`, with a spinner while one is still waited for; empty once all have."""
    late = [state for state in states if state.answered_at is None]
    if not late:
        return ""
    waits = f" {spinner(now)}" if any(state.is_read for state in late) else ""
    return f"{len(states) - len(late)} of {len(states)} answered{waits}"


# Problems ----------------------------------------------------------------------------------------


def place_problems(
    states: Sequence[PlaceState],
    problems: Sequence[Problem],
    default_profile: str,
    signed_out: Mapping[str, datetime],
    now: datetime,
) -> list[str]:
    """Return a line for each profile that is signed out, for each that cannot be read, and for each mute place.

    What a sign-in mends comes first: its key works on this screen, and two lines at most are shown.
    `problems` also has what the states have not: that nodes could not be probed.
    `signed_out` has the times when sign-ins ended, by profile, as far as files tell.
    """
    by_profile: dict[str, list[PlaceState]] = {}
    for state in states:
        by_profile.setdefault(state.place.profile or default_profile, []).append(state)
    several_regions = len({state.region for state in states}) > 1
    out: list[str] = []
    faults: list[str] = []
    for profile, of_it in by_profile.items():
        lost = [state for state in of_it if any(fault.wants_sign_in for fault in state.faults)]
        if lost:
            out.append(
                _signed_out(_where(profile, lost, of_it, several=several_regions), lost, signed_out.get(profile))
            )
        faults += _faults(profile, of_it, several=several_regions)
    mute = [line for state in states for line in _mute(state, default_profile, now)]
    known = {state.place: state for state in states}
    probing = [
        f"{_label(each.place.profile or default_profile, known[each.place], several=True)}: {each.sentence()}"
        for each in problems
        if each.place in known and each.fault not in known[each.place].faults
    ]
    return [*out, *faults, *mute, *probing]


def _faults(profile: str, states: Sequence[PlaceState], *, several: bool) -> Iterator[str]:
    """Yield a line for each fault but a missing sign-in, with the Regions of the profile that have it."""
    having: dict[str, list[PlaceState]] = {}
    for state in states:
        for sentence in {_sentence(fault): None for fault in state.faults if not fault.wants_sign_in}:
            having.setdefault(sentence, []).append(state)
    for sentence, of_it in having.items():
        yield f"{_where(profile, of_it, states, several=several)}: {sentence}"


def _where(profile: str, having: Sequence[PlaceState], states: Sequence[PlaceState], *, several: bool) -> str:
    """Name the profile alone where all its Regions have it, a few Regions by name, else how many they are."""
    if len(having) == len(states) > 1:
        return harmless(profile)
    if len(having) > MOST_NAMED:
        return f"{harmless(profile)} in {len(having)} of {len(states)} Regions"
    return ", ".join([_label(profile, having[0], several=several), *(harmless(each.region) for each in having[1:])])


def _signed_out(where: str, states: Sequence[PlaceState], since: datetime | None) -> str:
    rows = sum(state.nodes for state in states)
    read = min((state.read_at for state in states if state.read_at is not None), default=None)
    of = f", its {rows:,} row{'s are' if rows > 1 else ' is'} of {time_of_day(read)}" if rows and read else ""
    ended = f" since {time_of_day(since)}" if since is not None else ""
    return f"{where}: signed out{ended}{of}.  {key_of('sign-in')} signs in."


def _sentence(fault: Fault) -> str:
    from smtui.topics.next_step import after_fault

    return f"{fault.sentence()} {after_fault(fault)}"


def _mute(state: PlaceState, default_profile: str, now: datetime) -> Iterable[str]:
    call = state.waiting
    if call is None or seconds_between(call.since, now) < MUTE_SECONDS:
        return ()
    what = harmless(call.what.partition(" at ")[0])
    label = _label(state.place.profile or default_profile, state, several=True)
    return (f"{label}: no answer for {age(call.since, now)}, still waiting ({what}).",)


def _label(profile: str, state: PlaceState, *, several: bool) -> str:
    return harmless("/".join(filter(None, (profile, state.region if several else ""))))
