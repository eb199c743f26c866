"""Fetches the keys of each profile of an SSO session after a sign-in, a few at a time, and keeps what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.places.profile import Profile, ProfileList, SsoSession
    from smtui.engine.fleet import Fleet
    from smtui.engine.offloop import OffLoop

AT_ONCE = 4
"""Profiles whose keys are fetched at the same time: IAM Identity Center throttles early."""
_KEYS = "sso:GetRoleCredentials"


class Keys(Enum):
    """How far the keys of one profile have come."""

    WAITING = "waiting"
    FETCHING = "fetching"
    FETCHED = "fetched"
    REFUSED = "refused"
    NOT_KNOWN = "not known"
    """Nobody knows whether they were fetched: another call failed, or the network."""


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """One profile of the session."""

    profile: str
    whose: str
    """Account and role, as far as the configuration names them."""
    state: Keys = Keys.WAITING
    trouble: str = ""
    """Why there are none, in a few words; not yet harmless."""


def profiles_of(session: SsoSession, known: ProfileList, first: str) -> tuple[Profile, ...]:
    """Return the profiles that sign in to the session, the one named `first` before the others.

    Others that ask for an MFA code are left out: nobody asked for those.
    """
    own = [each for each in known.of_session(session) if not each.mfa_serial or each.name == first]
    return tuple(sorted(own, key=lambda profile: profile.name != first))


class KeyChecks:
    """One round over the profiles of a session."""

    def __init__(self, profiles: Iterable[Profile], changed: Callable[[], None]) -> None:
        """`changed` is called after each step."""
        self._regions = {profile.name: profile.region for profile in profiles}
        self._lines = {profile.name: KeyCheck(profile.name, _whose(profile)) for profile in profiles}
        self._changed = changed

    @property
    def lines(self) -> Sequence[KeyCheck]:
        """What is known of each profile, in their order."""
        return tuple(self._lines.values())

    @property
    def over(self) -> bool:
        """Whether every profile has been checked."""
        return not any(line.state in (Keys.WAITING, Keys.FETCHING) for line in self.lines)

    @property
    def refused(self) -> bool:
        """Whether some profile got no keys, which the user should read."""
        return any(line.state in (Keys.REFUSED, Keys.NOT_KNOWN) for line in self.lines)

    async def run(self, fleet: Fleet, off_loop: OffLoop) -> None:
        """Ask for the keys of every profile."""
        turns = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for name in self._lines:
                group.create_task(self._check(name, turns, fleet, off_loop))

    async def _check(self, name: str, turns: asyncio.Semaphore, fleet: Fleet, off_loop: OffLoop) -> None:
        async with turns:
            self._set(name, Keys.FETCHING)
            place = next((each for each in fleet.places if each.profile == name), Place(name, self._regions[name]))
            try:
                await off_loop.call(lambda: fleet.aws(place).caller())
            except AwsCallFailed as failed:
                self._set(name, *_what_failed(failed.fault, self._lines[name]))
            else:
                self._set(name, Keys.FETCHED)

    def _set(self, name: str, state: Keys, trouble: str = "") -> None:
        self._lines[name] = replace(self._lines[name], state=state, trouble=trouble)
        self._changed()


def _whose(profile: Profile) -> str:
    return " ".join(part for part in (profile.account, profile.role) if part)


def _what_failed(fault: Fault, line: KeyCheck) -> tuple[Keys, str]:
    """Only a refusal is certain; a role that was not assigned is one, whatever its fault is called."""
    if fault.kind in (FaultKind.NO_REGION, FaultKind.DENIED) and fault.action != _KEYS:
        return Keys.FETCHED, ""  # the call that follows the keys was denied, or has no place to go to
    if fault.action == _KEYS or fault.kind is FaultKind.CREDENTIAL_SOURCE:
        role = line.whose.partition(" ")[2] or line.profile
        return Keys.REFUSED, f"No access: {fault.action or _KEYS} for {role}"
    return Keys.NOT_KNOWN, fault.sentence()
