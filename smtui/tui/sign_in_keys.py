"""Offers the sign-in on every screen that binds its keys, then retries what failed there."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from smtui.tui.parts.working import SignInHelps

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher
    from smtui.tui.app import SmtuiApp
    from smtui.tui.features import Features

ACTIONS = ("sign_in", "copy_sign_in")


class SignInKeys:
    """What the app does for the commands of `Scope.SIGN_IN`."""

    def __init__(self, app: SmtuiApp, launcher: Launcher, features: Features) -> None:
        self._app = app
        self._launcher = launcher
        self._features = features
        self._shown: tuple[str, str] | None = None

    def offers(self, action: str) -> bool:
        """Return whether a call on this screen failed for want of a sign-in, or a listed place needs one."""
        if action == "copy_sign_in":
            return bool(self._command(self._app.screen))
        return _place_of(self._app.screen) is not None or self._features.may_sign_in()

    def _command(self, screen: Screen[Any]) -> tuple[str, ...]:
        own = screen.sign_in_command() if isinstance(screen, SignInHelps) else ()
        return own or self._launcher.fleet.sign_in_command

    def copy(self) -> None:
        """Copy the AWS CLI's command that signs in."""
        from smtui.domain.shellquote import offered_line
        from smtui.tui.copying import copy_and_say

        if command := self._command(self._app.screen):
            copy_and_say(self._app.screen, offered_line(command))

    def sign_in(self) -> None:
        """Sign in, then retry what failed on this screen."""
        self._app.work(partial(self._sign_in, self._app.screen), "sign-in")

    async def _sign_in(self, screen: Screen[Any]) -> None:
        place = _place_of(screen)
        command = self._command(screen) if place is not None else ()
        if not await self._features.sign_in(place, command):
            return
        if isinstance(screen, SignInHelps) and screen.is_attached:
            screen.signed_in()
        await self._launcher.fleet.refresh()  # joins that of the list
        await self._features.watch_sign_ins().look()
        self._app.show_sign_ins()

    async def look(self) -> bool:
        """Look at the files of the sign-ins if that is due; return whether what is shown of them may have changed."""
        watch = self._features.watch_sign_ins()
        if watch.is_due and await watch.look():
            await self._app.read_after_sign_in()
        before, self._shown = self._shown, watch.lamps()
        return before != self._shown


def _place_of(screen: Screen[Any]) -> Place | None:
    return screen.signed_out_place() if isinstance(screen, SignInHelps) else None
