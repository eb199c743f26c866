"""Joins what front ends get of places: profiles and Regions, signing in, MFA codes. Makes each part when it is used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_protocols import IdentitiesAws, PlaceMemory
    from smtui.places.profile_catalog import ProfileCatalog


class PlaceBook:
    """The parts are documented where they are; making a book reads and calls nothing."""

    def __init__(self, aws: IdentitiesAws, memory: PlaceMemory, off_loop: OffLoop, *, read_only: bool) -> None:
        self._aws = aws
        self._memory = memory
        self._off_loop = off_loop
        self._read_only = read_only

    @cached_property
    def catalog(self) -> ProfileCatalog:
        """The profiles of the AWS configuration, whether they are signed in, their Regions, and recent choices."""
        from smtui.places.profile_catalog import ProfileCatalog

        return ProfileCatalog(self._aws, self._memory, self._off_loop)
