"""Finds the place through which one reaches an account and Region."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.place import Caller, Place
    from smtui.domain.places.organisation_facts import WayIn
    from smtui.domain.places.profile import Profile


def ways_in(
    profiles: Iterable[Profile], callers: Mapping[Place, Caller], place_of: Callable[[str, str], Place]
) -> WayIn:
    """Return what finds it: a place that AWS has answered for, else a profile whose settings name the account.

    A profile that cannot work as it stands leads nowhere; of several the first counts.
    """
    answered: dict[tuple[str, str], Place] = {}
    by_account: dict[str, str] = {}
    for place, caller in callers.items():
        answered.setdefault((caller.account, caller.region), place)
        by_account.setdefault(caller.account, place.profile)
    named: dict[str, str] = {}
    for profile in profiles:
        if profile.account and not profile.trouble:
            named.setdefault(profile.account, profile.name)

    def way_in(account: str, region: str) -> Place | None:
        if (account, region) in answered:
            return answered[account, region]
        profile = by_account.get(account, named.get(account))
        return place_of(profile, region) if profile is not None else None

    return way_in
