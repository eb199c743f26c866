"""Joins what reads the user's AWS configuration and signs in. Implements `places.place_protocols.IdentitiesAws`."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from smtui.domain.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from smtui.aws.identities.aws_files import AwsFiles
    from smtui.aws.identities.sso_adapter import SsoAdapter
    from smtui.aws.places import BotoPlaces
    from smtui.domain.places.profile import Profile, ProfileList, SsoSession
    from smtui.domain.places.region_fact import RegionList
    from smtui.domain.places.sign_in_state import SignInState


class BotoIdentities:
    """Every method blocks. Making one imports no botocore, reads and calls nothing."""

    def __init__(
        self,
        places: Callable[[], BotoPlaces],
        environment: Mapping[str, str] = os.environ,
        folder: Path | None = None,
    ) -> None:
        """`folder` is where tokens and sessions are kept instead of `~/.aws`, as in the demo."""
        self._places = places
        self._environment = environment
        self._folder = folder
        self._files: AwsFiles | None = None
        self._lock = threading.Lock()
        self._sso: SsoAdapter | None = None

    def profiles(self) -> ProfileList:
        """Every profile, and the credentials of the environment; see `ProfileReader`."""
        from smtui.aws.identities.profile_reader import ProfileReader

        reader = ProfileReader(self._places().new_session(Place()), self._environment)
        self._files = reader.files
        return reader.profiles()

    def sign_in_state(self, profile: Profile) -> SignInState:
        """Whether a profile that was read before is signed in, by its files; see `SignInFiles`."""
        from smtui.aws.identities.aws_files import AwsFiles
        from smtui.aws.identities.sign_in_files import SignInFiles, kept_credentials

        kept = kept_credentials(self._environment, self._folder)
        return SignInFiles(self._files or AwsFiles(), kept, self._environment).state(profile)

    def known_regions(self, profile: str) -> RegionList:
        """The Regions that botocore's files have of the profile's partition; see `RegionAdapter`."""
        from smtui.aws.identities.region_adapter import RegionAdapter

        return RegionAdapter(self._places()).known_regions(profile)

    def regions(self, profile: str) -> RegionList:
        """The Regions of the profile's partition; see `RegionAdapter`."""
        from smtui.aws.identities.region_adapter import RegionAdapter

        return RegionAdapter(self._places()).regions(profile)

    def sso(self) -> SsoAdapter:
        """Signing in to IAM Identity Center, and what a sign-in shows; see `SsoAdapter`."""
        from smtui.aws.identities.sso_adapter import SsoAdapter
        from smtui.aws.identities.token_files import TokenFiles, token_folder

        def folder() -> Path:
            return self._folder / "sso" / "cache" if self._folder is not None else token_folder()

        with self._lock:
            if self._sso is None:
                self._sso = SsoAdapter(self._places, TokenFiles(folder), self._profile_with)
            return self._sso

    def _profile_with(self, session: SsoSession) -> str:
        """The first profile that signs in to this session: its endpoints and certificates count."""
        from smtui.aws.identities.aws_files import read_aws_files

        files = self._files or read_aws_files(self._places().new_session(Place()))
        key, value = ("sso_session", session.name) if session.name else ("sso_start_url", session.start_url)
        return next((name for name, held in files.profiles.items() if held.get(key) == value), "")
