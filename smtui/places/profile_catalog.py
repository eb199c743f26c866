"""Lists the profiles of the AWS configuration, their sign-ins and their Regions, and the places chosen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.domain.place import Place
from smtui.domain.places.picked_role import PickedRole, as_profile, picked_role
from smtui.domain.places.profile import ProfileList

if TYPE_CHECKING:
    from smtui.domain.places.choice import Choice
    from smtui.domain.places.profile import SsoSession
    from smtui.domain.places.region_fact import RegionList
    from smtui.domain.places.sign_in_state import SignInState
    from smtui.domain.places.sso_values import SsoRole
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_protocols import IdentitiesAws, PlaceMemory


class ProfileCatalog:
    """The files are read in threads, each time anew: the user, and other programs, write them while smtui runs."""

    def __init__(self, aws: IdentitiesAws, memory: PlaceMemory, off_loop: OffLoop) -> None:
        self._aws = aws
        self._memory = memory
        self._off_loop = off_loop
        self._regions: dict[str, RegionList] = {}
        self._picked: list[PickedRole] = []
        self.profiles = ProfileList(())
        """What `read` returned last."""
        self.states: Mapping[str, SignInState] = {}
        """The sign-in of each profile, by its name, as `read` found it."""
        self.choices: Sequence[Choice] = ()
        """The last choices, the newest first, as `read` found them."""

    async def read(self) -> ProfileList:
        """Read the configuration and every sign-in. Never raises: what is wrong stands in the list."""
        self.profiles, self.states, self.choices = await self._off_loop.call(self._read)
        return self.profiles

    def pick(self, session: SsoSession, role: SsoRole) -> str:
        """Let a role be used without a profile from the next `read` on; returns the name that stands for it."""
        picked = PickedRole(session.label, role.account_id, role.name)
        if picked not in self._picked:
            self._picked.append(picked)
        return picked.name

    def _with_picked(self, found: ProfileList, choices: Sequence[Choice]) -> ProfileList:
        """The list with the roles that were picked, in this run or for one of the recent choices."""
        recent = (picked_role(name) for choice in choices for name in choice.profiles)
        picked = dict.fromkeys((*self._picked, *(role for role in recent if role is not None)))
        listed = {profile.name for profile in found.profiles}
        new = (as_profile(role, found) for role in picked if role.name not in listed)
        return replace(found, profiles=(*found.profiles, *(profile for profile in new if profile is not None)))

    def _read(self) -> tuple[ProfileList, dict[str, SignInState], Sequence[Choice]]:
        choices = self._memory.recent()
        found = self._with_picked(self._aws.profiles(), choices)
        return found, {profile.name: self._aws.sign_in_state(profile) for profile in found.profiles}, choices

    async def known_regions(self, profile: str) -> RegionList:
        """Return the Regions of a profile's partition as far as files tell, or AWS has told before."""
        if profile in self._regions:
            return self._regions[profile]
        return await self._off_loop.call(lambda: self._aws.known_regions(profile))

    async def regions(self, profile: str) -> RegionList:
        """Return the Regions of a profile's partition; asked again as long as it is not known which are enabled."""
        if profile in self._regions:
            return self._regions[profile]
        found = await self._off_loop.call(lambda: self._aws.regions(profile))
        if not found.problem:
            self._regions[profile] = found
        return found

    async def remember(self, choice: Choice) -> None:
        """Put this choice first among the recent ones."""
        await self._off_loop.change(lambda: self._memory.remember(choice), "keeping the chosen places")
        self.choices = await self._off_loop.call(self._memory.recent)

    def place_of(self, profile: str, region: str) -> Place:
        """Return the place; one that boto3 resolves by itself has no names, as where no option was given."""
        known = self.profiles
        if profile == known.default_profile and known.named("") is None:
            profile = ""
        if not profile and region == known.default_region:
            region = ""
        return Place(profile, region)
