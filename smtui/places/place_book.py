"""Joins what front ends get of places: profiles, Regions, signing in, MFA codes, filters. Makes parts when used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop
    from smtui.places.account_browser import AccountBrowser
    from smtui.places.filter_book import FilterBook
    from smtui.places.mfa_codes import MfaCodes
    from smtui.places.place_protocols import AsksForCodes, FilterStore, IdentitiesAws, PlaceMemory, ProfileStore
    from smtui.places.profile_catalog import ProfileCatalog
    from smtui.places.profile_lines import ProfileWriter
    from smtui.places.sso_sign_in import SignIns


class PlaceBook:
    """The parts are documented where they are; making a book reads and calls nothing."""

    def __init__(
        self,
        aws: IdentitiesAws,
        memory: PlaceMemory,
        off_loop: OffLoop,
        *,
        filters: FilterStore,
        read_only: bool,
        asks: AsksForCodes | None = None,
        profiles: ProfileStore | None = None,
    ) -> None:
        self._aws = aws
        self._asks = asks
        self._profiles = profiles
        self._memory = memory
        self._off_loop = off_loop
        self._filters = filters
        self._read_only = read_only

    @cached_property
    def catalog(self) -> ProfileCatalog:
        """The profiles of the AWS configuration, whether they are signed in, their Regions, and recent choices."""
        from smtui.places.profile_catalog import ProfileCatalog

        return ProfileCatalog(self._aws, self._memory, self._off_loop)

    @cached_property
    def sign_ins(self) -> SignIns:
        """Signing in to IAM Identity Center, through a browser of this machine or with a code."""
        import os
        import sys

        from smtui.places.browser_start import start_browser
        from smtui.places.loopback_listener import LoopbackListener
        from smtui.places.sign_in_rules import why_with_a_code
        from smtui.places.sso_sign_in import SignIns, Surroundings

        why = why_with_a_code(os.environ, sys.platform)
        return SignIns(self._aws.sso(), Surroundings(self._off_loop, LoopbackListener, start_browser, why))

    @cached_property
    def browser(self) -> AccountBrowser:
        """The accounts and roles that a sign-in to IAM Identity Center opens."""
        from smtui.places.account_browser import AccountBrowser

        return AccountBrowser(self._aws.sso(), self._off_loop)

    @cached_property
    def codes(self) -> MfaCodes:
        """The questions for MFA codes; until this is used, roles that need a code fail."""
        from smtui.places.mfa_codes import MfaCodes

        codes = MfaCodes()
        if self._asks is not None:
            self._asks.codes = codes
        return codes

    @cached_property
    def filters(self) -> FilterBook:
        """Saved and earlier filters, pins, the nodes used last."""
        from smtui.places.filter_book import FilterBook

        return FilterBook(self._filters, self._off_loop)

    @cached_property
    def config(self) -> ProfileWriter:
        """What writes profiles into the AWS configuration."""
        from smtui.places.profile_lines import ProfileWriter

        if self._profiles is None:
            raise RuntimeError("no file was given to write profiles to")
        return ProfileWriter(self._aws, self._profiles, self._off_loop, read_only=self._read_only)
