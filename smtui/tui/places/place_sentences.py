"""Writes the header, the status line and the news of the screen of places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.places.profile import ProfileKind
from smtui.domain.places.sign_in_state import SignedIn
from smtui.domain.text import harmless
from smtui.tui.lists.count_words import counted
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.places.profile_rows import can_sign_in, label, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from smtui.domain.place import Place
    from smtui.domain.places.profile import Profile
    from smtui.domain.places.region_fact import RegionFact
    from smtui.domain.places.sign_in_state import SignInState
    from smtui.tui.places.region_rows import Seen

NAMED = 2
"""Places that a sentence names; of more it gives the number."""
GO_ON = "Tunnels of other places go on."


def product_words(profiles: int, regions: int) -> str:
    """Return `3 profiles × 2 Regions`; the profiles alone where no Region is known."""
    whose = counted(profiles, "profile")
    return f"{whose} × {counted(regions, 'Region')}" if regions else whose


def about_profile(profile: Profile, state: SignInState | None, now: datetime) -> tuple[str, ...]:
    """Return what the status line says of a profile, then shorter forms: its trouble first, else how it signs in."""
    name = label(profile)
    if profile.trouble:
        return (f"{name}: {profile.trouble}",)
    how, signed_in = _how(profile), _signed_in(profile, state, now)
    where = f"Its Region is {profile.region}." if profile.region else "It names no Region."
    sentences = (
        (how, signed_in, where, GO_ON),
        (how, signed_in, GO_ON),
        (how, signed_in),
        (signed_in or how,),
        (how,),
    )
    return tuple(dict.fromkeys(f"{name}: {' '.join(filter(None, words))}" for words in sentences))


def _how(profile: Profile) -> str:
    detail = harmless(profile.detail)
    if profile.kind is ProfileKind.SSO and profile.sso is not None:
        session = f"SSO session {profile.sso.name}, " if profile.sso.name else "SSO, "
        return f"{session}{profile.sso.start_url}."
    if profile.kind is ProfileKind.ROLE:
        through = f" through {' and '.join(profile.chain)}" if profile.chain else ""
        code = f", with a code of {profile.mfa_serial}" if profile.mfa_serial else ""
        return f"role {profile.role}{through}{code}."
    if profile.kind is ProfileKind.PROGRAM:
        return f"a program gives its keys: {detail}." if detail else "a program gives its keys."
    if profile.kind is ProfileKind.MACHINE:
        return "the role of this machine, or of its container."
    return f"{profile.kind.value}, {detail}." if detail else f"{profile.kind.value}."


def _signed_in(profile: Profile, state: SignInState | None, now: datetime) -> str:
    if state is None:
        return ""
    if state.signed_in is SignedIn.NO:
        since = f" since {moment(state.until, now)}" if state.until else ""
        why = f": {harmless(state.note).rstrip('.')}" if state.note else ""
        return f"Signed out{since}{why}." + (f" {key_of('places.sign-in')} signs in." if can_sign_in(profile) else "")
    if state.signed_in is SignedIn.ASKS_CODE:
        return "It asks for an MFA code when it is used."
    if state.signed_in is SignedIn.BROKEN and state.note:
        return f"It cannot be used: {harmless(state.note).rstrip('.')}."
    if state.signed_in is SignedIn.YES and state.renews_itself:
        return "The sign-in renews itself."
    return ""


def about_region(region: RegionFact, seen: Seen, problem: str, now: datetime) -> tuple[str, ...]:
    """Return what the status line says of a Region, then shorter forms."""
    facts = tuple(_region_facts(region, seen, problem, now))
    head = f"{region.name}: {region.title}." if region.title else f"{region.name}:"
    return tuple(dict.fromkeys(f"{head} {' '.join(facts[:number])}".rstrip(": ") for number in (len(facts), 1, 0)))


def _region_facts(region: RegionFact, seen: Seen, problem: str, now: datetime) -> Iterator[str]:
    if seen.waits_since is not None:
        yield f"It has not answered for {age(seen.waits_since, now)}; other Regions do not wait for it."
    elif seen.answered_at is not None:
        yield f"{counted(seen.nodes, 'node')}, read {age(seen.answered_at, now)} ago."
    if region.is_enabled is False:
        yield "The account has not enabled it."
    elif region.is_enabled is None and problem:
        yield problem
    if region.endpoint:
        yield f"Systems Manager is called at {harmless(region.endpoint)}."


def choice_words(places: Sequence[Place], default_profile: str) -> str:
    """Return what is listed from now on: `stage in us-east-1`, or how many places."""
    if len(places) > NAMED:
        profiles, regions = ({getattr(place, side) for place in places} for side in ("profile", "region"))
        if len(profiles) * len(regions) == len(places):
            return product_words(len(profiles), len(regions))
        return counted(len(places), "place")
    return " and ".join(place_words(place, default_profile) for place in places)


def place_words(place: Place, default_profile: str) -> str:
    """Return `stage in us-east-1`."""
    who = harmless(place.profile or default_profile)
    return f"{who} in {harmless(place.region)}" if place.region else who
