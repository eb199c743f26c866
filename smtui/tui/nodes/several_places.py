"""Words what the screen says of several places at once: the header, and one line for each place with a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.ages import age, seconds_between
from smtui.domain.text import harmless
from smtui.tui.parts.progress import spinner

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.places.place_state import PlaceState
    from smtui.engine.listing.problem import Problem

MUTE_SECONDS = 5.0
"""A call that has had no answer for so long is named."""


# The header --------------------------------------------------------------------------------------


def header_words(states: Sequence[PlaceState], default_profile: str, now: datetime) -> tuple[tuple[str, ...], ...]:
    """Return `3 profiles × 2 Regions` and how many have answered, as long as some have not; then shorter forms."""
    profiles = tuple(dict.fromkeys(state.place.profile or default_profile for state in states))
    regions = tuple(dict.fromkeys(state.region for state in states if state.region))
    who = harmless(profiles[0]) if len(profiles) == 1 else f"{len(profiles)} profiles"
    where = "" if not regions else harmless(regions[0]) if len(regions) == 1 else f"{len(regions)} Regions"
    whole = " × ".join(filter(None, (who, where)))
    short = f"{len(profiles)} × {len(regions)}" if regions else who
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
    """Return a line for each profile that is signed out, for each place that cannot be read, and each that is mute.

    `problems` also has what the states have not: that nodes could not be probed.
    `signed_out` has the times when sign-ins ended, by profile, as far as files tell.
    """
    by_profile: dict[str, list[PlaceState]] = {}
    for state in states:
        by_profile.setdefault(state.place.profile or default_profile, []).append(state)
    several_regions = len({state.region for state in states}) > 1
    faults = [
        line
        for profile, of_it in by_profile.items()
        for line in _faults(profile, of_it, signed_out.get(profile), several=several_regions)
    ]
    mute = [line for state in states for line in _mute(state, default_profile, now)]
    known = {state.place: state for state in states}
    probing = [
        f"{_label(each.place.profile or default_profile, known[each.place], several=True)}: {each.sentence()}"
        for each in problems
        if each.place in known and each.fault not in known[each.place].faults
    ]
    return [*faults, *mute, *probing]


def _faults(profile: str, states: Sequence[PlaceState], since: datetime | None, *, several: bool) -> Iterator[str]:
    """Yield a line for each fault; one that all Regions of the profile have is said once."""
    broken = [state for state in states if state.faults]
    if broken and len(broken) == len(states) and all(_is_signed_out(state.faults[0]) for state in broken):
        yield _signed_out(profile, states, since)
        return
    sentences: dict[str, list[PlaceState]] = {}
    for state in broken:
        for fault in state.faults:
            sentences.setdefault(_sentence(fault), []).append(state)
    for sentence, of_it in sentences.items():
        if len(of_it) == len(states) and len(states) > 1:
            yield f"{harmless(profile)}: {sentence}"
        else:
            yield from (f"{_label(profile, state, several=several)}: {sentence}" for state in of_it)


def _is_signed_out(fault: Fault) -> bool:
    return fault.wants_sign_in


def _signed_out(profile: str, states: Sequence[PlaceState], since: datetime | None) -> str:
    rows = sum(state.nodes for state in states)
    read = min((state.read_at for state in states if state.read_at is not None), default=None)
    of = f", its {rows:,} row{'s are' if rows > 1 else ' is'} of {_clock(read)}" if rows and read else ""
    ended = f" since {_clock(since)}" if since is not None else ""
    return f"{harmless(profile)}: signed out{ended}{of}.  L signs in."


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


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M}"
