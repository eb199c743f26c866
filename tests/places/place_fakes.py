"""Stands in for what the places read: profiles, their sign-ins and their Regions, as a test gives them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from smtui.domain.places.profile import Profile, ProfileList
from smtui.domain.places.region_fact import RegionList
from smtui.domain.places.sign_in_state import SignedIn, SignInState


@dataclass
class FakeIdentities:
    """Returns what it was given, and counts what it was asked."""

    found: ProfileList = field(default_factory=lambda: ProfileList(()))
    states: dict[str, SignInState] = field(default_factory=dict)
    of_regions: dict[str, RegionList] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def profiles(self) -> ProfileList:
        self.asked.append("profiles")
        return self.found

    def sign_in_state(self, profile: Profile) -> SignInState:
        return self.states.get(profile.name, SignInState(SignedIn.NOT_KNOWN))

    def known_regions(self, profile: str) -> RegionList:
        listed = self.of_regions.get(profile, RegionList(())).regions
        return RegionList(tuple(replace(region, is_enabled=None) for region in listed))

    def regions(self, profile: str) -> RegionList:
        self.asked.append(f"regions {profile}")
        return self.of_regions.get(profile, RegionList(()))

    def sso(self) -> Any:
        raise AssertionError("no test signs in here")


class NoIdentities(FakeIdentities):
    """No configuration at all."""
