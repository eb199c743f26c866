"""Describes a choice of places: the profiles and Regions that the user has marked."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.place import Place, each_place


@dataclass(frozen=True, slots=True)
class Choice:
    """Marked profiles and Regions, each in the order of marking. Nothing marked means: as boto3 resolves it."""

    profiles: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    def places(self) -> tuple[Place, ...]:
        """Return every marked profile in every marked Region."""
        return each_place(self.profiles, self.regions)
