"""Takes the user from an SSO session to a role: sign in, browse, then use the role or write a profile for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.app import App

from smtui.domain.places.choice import Choice
from smtui.domain.places.sign_in_state import SignedIn
from smtui.tui.sign_in.browse_screen import BrowseScreen
from smtui.tui.sign_in.profile_screens import ProfileLinesScreen, SessionForm

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from smtui.domain.places.profile import ProfileList, SsoSession
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk
    from smtui.tui.sign_in.browse_rows import Picked


class RolePicking:
    """Its methods return True once the list shows the role's nodes, or a profile was written. Awaited in a worker."""

    def __init__(
        self,
        app: App[None],
        launcher: Launcher,
        desk: Desk,
        sign_in: Callable[[SsoSession, str, ProfileList], Awaitable[bool]],
    ) -> None:
        """`sign_in` signs in to a session."""
        self._app = app
        self._launcher = launcher
        self._desk = desk
        self._sign_in = sign_in

    async def first_profile(self, known: ProfileList) -> bool:
        """Ask for a session, and go on until there is a profile."""
        session = known.sessions[0] if known.sessions else None
        if session is None:
            session = await self._app.push_screen_wait(SessionForm(known, self._region))
        if session is None or not await self._sign_in(session, "", known):
            return False
        name = await self._browse(session, known, can_use=False)
        if name:
            await self._list(name)
        return bool(name)

    async def browse(self, session: SsoSession | None) -> bool:
        """Browse a session, the first of the configuration if none is named; sign in before that if need be."""
        catalog = self._launcher.place_book.catalog
        known = await catalog.read()
        session = session or next(iter(known.sessions), None)
        if session is None:
            return await self.first_profile(known)
        states = [catalog.states.get(profile.name) for profile in known.of_session(session)]
        is_in = any(state is not None and state.signed_in is SignedIn.YES for state in states)
        if not is_in and not await self._sign_in(session, "", known):
            return False
        return bool(await self._browse(session, known, can_use=True))

    async def _browse(self, session: SsoSession, known: ProfileList, *, can_use: bool) -> str:
        """Return the name of the profile that was written, or that stands for the role in use; empty for none."""

        async def write(picked: Picked) -> str:
            form = ProfileLinesScreen(self._launcher, session, picked, known, self._region)
            return await self._app.push_screen_wait(form) or ""

        screen = BrowseScreen(self._launcher, self._desk, session, known, write, can_use=can_use)
        wish = await self._app.push_screen_wait(screen)
        if wish is None or wish.profile:
            return wish.profile if wish is not None else ""
        role = replace(wish.picked.role, account_id=wish.picked.account.account_id)
        name = self._launcher.place_book.catalog.pick(session, role)
        await self._list(name)
        return name

    async def _list(self, name: str) -> None:
        """List the nodes of this profile, in the Region in use."""
        catalog = self._launcher.place_book.catalog
        profile = (await catalog.read()).named(name)
        region = (profile.region if profile is not None else "") or self._region
        self._desk.go_to_places(Choice((name,), (region,) if region else ()))

    @property
    def _region(self) -> str:
        fleet = self._launcher.fleet
        return next(filter(None, (fleet.region(place) for place in fleet.places)), "")
