"""Describes a choice of places: the profiles and Regions that the user has marked."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from smtui.domain.place import Place


@dataclass(frozen=True, slots=True)
class Choice:
    """Marked profiles and Regions, each in the order of marking. Nothing marked means: as boto3 resolves it."""

    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def places(self) -> tuple[Place, ...]:
        """Return every marked profile in every marked Region."""
        each = product(self.profiles or ("",), self.regions or ("",))
        return tuple(Place(profile, region) for profile, region in each)
