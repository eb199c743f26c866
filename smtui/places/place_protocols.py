"""Declares what the places need from AWS, its files and our own, so that tests can pass in others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from smtui.domain.places.choice import Choice
    from smtui.domain.places.profile import Profile, ProfileList, SsoSession
    from smtui.domain.places.region_fact import RegionList
    from smtui.domain.places.sign_in_state import SignInState
    from smtui.domain.places.sso_values import (
        AuthorizationAsked,
        ClientRegistration,
        DeviceCode,
        SsoAccount,
        SsoRole,
        SsoToken,
    )
    from smtui.domain.query.filter_memory import FilterMemory


class ConfigurationAws(Protocol):
    """The user's AWS configuration and what is kept beside it. Every method blocks and calls nothing of AWS."""

    def profiles(self) -> ProfileList:
        """Every profile. Never raises: a broken file is the list's trouble."""

    def sign_in_state(self, profile: Profile) -> SignInState:
        """Whether the profile is signed in, by its files. Runs no program and asks no instance; never raises."""


class RegionsAws(Protocol):
    """The Regions of a profile."""

    def known_regions(self, profile: str) -> RegionList:
        """What botocore's files know of the profile's partition: not which are enabled. Blocks; calls nothing."""

    def regions(self, profile: str) -> RegionList:
        """ec2:DescribeRegions, or what botocore knows of the partition where that is denied. Blocks; never raises."""


class SsoAws(Protocol):
    """IAM Identity Center, by the SDK's own clients. Every method blocks and raises `AwsCallFailed`."""

    def register(self, session: SsoSession, *, by_browser: bool) -> ClientRegistration:
        """sso-oidc:RegisterClient, or a registration that is kept and lasts another 15 minutes."""

    def device_code(self, session: SsoSession, client: ClientRegistration) -> DeviceCode:
        """sso-oidc:StartDeviceAuthorization."""

    def authorize_url(self, session: SsoSession, client: ClientRegistration, asked: AuthorizationAsked) -> str:
        """The page on which the user approves. Calls nothing."""

    def token_for_code(
        self, session: SsoSession, client: ClientRegistration, code: str, asked: AuthorizationAsked
    ) -> SsoToken:
        """sso-oidc:CreateToken for the code that the browser brought."""

    def token_for_device(self, session: SsoSession, client: ClientRegistration, code: DeviceCode) -> SsoToken | None:
        """sso-oidc:CreateToken for a device code; None while the user has not allowed it yet.

        Raises `AskedTooOften` if the service wants longer pauses.
        """

    def keep(self, session: SsoSession, client: ClientRegistration, token: SsoToken) -> str:
        """Write the token where the AWS CLI and the SDKs read it, for the user alone; return the file's path.

        Raises `TokenNotKept`.
        """

    def accounts(self, session: SsoSession) -> Iterator[Sequence[SsoAccount]]:
        """sso:ListAccounts, all pages, one item a page."""

    def roles(self, session: SsoSession, account_id: str) -> Sequence[SsoRole]:
        """sso:ListAccountRoles of one account, all pages."""


class ProfileStore(Protocol):
    """Adds lines to the AWS configuration file. Both calls block and raise `ProfileRefused`."""

    def look(self, path: str, lines: Sequence[str]) -> tuple[str, tuple[str, ...]]:
        """Identify what the file holds, empty if there is none; and return the lines as they would be added."""

    def add(self, path: str, lines: Sequence[str], seen: str) -> str:
        """Add lines that `look` returned, if the file still holds what was seen; returns the backup's path."""


class AsksForCodes(Protocol):
    """What calls AWS for every place, and asks for the MFA codes that its roles need."""

    codes: Any
    """Whom it asks; None as long as nobody is there."""


class PlaceMemory(Protocol):
    """Keeps between runs which places were chosen. Both calls block and never raise."""

    def recent(self) -> Sequence[Choice]:
        """The last choices, the newest first."""

    def remember(self, choice: Choice) -> None:
        """Put this choice first."""


class IdentitiesAws(ConfigurationAws, RegionsAws, Protocol):
    """All of it, as `aws.identities.boto_identities` joins it."""

    def sso(self) -> SsoAws:
        """Signing in to IAM Identity Center. Calls nothing."""


class FilterStore(Protocol):
    """Keeps filters, pins and the nodes used last between runs. Both calls block and never raise."""

    def load(self) -> FilterMemory:
        """Everything that was kept."""

    def change(self, edit: Callable[[FilterMemory], FilterMemory]) -> str:
        """Change what is kept now; return what went wrong, as a sentence, or an empty text."""
