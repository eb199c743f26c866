"""Puts the places together: profiles, Regions, signing in. A part of `smtui.wiring`, imported when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from smtui.aws.identities.boto_identities import BotoIdentities
    from smtui.engine.launcher import Launcher
    from smtui.engine.notices import Notices
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_book import PlaceBook
    from smtui.run_options import RunOptions


class HasIdentities(Protocol):
    """AWS or the demo."""

    codes: Any
    """Whom to ask for MFA codes; None as long as nobody is there."""

    def identities(self) -> BotoIdentities:
        """The AWS configuration, and signing in."""


def place_book(options: RunOptions, off_loop: OffLoop, aws: HasIdentities, notices: Notices | None = None) -> PlaceBook:
    """The places; with `notices`, what was chosen of them is kept between runs."""
    from smtui.places.place_book import PlaceBook
    from smtui.store.aws_config_file import AwsConfigFile
    from smtui.store.file_access import state_folder
    from smtui.store.filter_file import FilterFile, FiltersInMemory
    from smtui.store.place_memory_file import PlaceMemoryFile, PlacesInMemory

    memory = PlacesInMemory() if notices is None else PlaceMemoryFile(state_folder(), notices.add)
    filters = FiltersInMemory() if notices is None else FilterFile(state_folder(), notices.add)
    return PlaceBook(
        aws.identities(),
        memory,
        off_loop,
        filters=filters,
        read_only=options.read_only,
        asks=aws,
        profiles=AwsConfigFile(),
    )


def add_every_region(launcher: Launcher, options: RunOptions) -> None:
    """Let a screen begin with the places that are known, and add the Regions once AWS has named them."""
    from smtui.places.every_region import adding

    fleet, told = launcher.fleet, launcher.notices.add
    launcher.prepare = adding(
        launcher.prepare, options.profiles, options.named_regions, launcher.place_book, fleet.choose, told
    )
