"""Signs in to a place in the way that its profile needs: SSO, the AWS CLI, an MFA code, or a text that says how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import App

from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.places.profile import ProfileKind
from smtui.domain.places.sign_in_state import SignedIn
from smtui.domain.text import harmless
from smtui.tui.sign_in.cli_sign_in import CliSignIn
from smtui.tui.sign_in.role_picking import RolePicking
from smtui.tui.sign_in.sign_in_screen import Around, SignInScreen
from smtui.tunnels.tunnel import TunnelState

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.places.profile import Profile, ProfileList, SsoSession
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk
    from smtui.tui.terminal.handover import Handover

_TOPICS = {
    ProfileKind.KEYS: "invalid-credentials",
    ProfileKind.TEMPORARY_KEYS: "expired-credentials",
    ProfileKind.PROGRAM: "aws-configuration",
    ProfileKind.WEB_IDENTITY: "aws-configuration",
    ProfileKind.MACHINE: "no-credentials",
    ProfileKind.ENVIRONMENT: "expired-credentials",
    ProfileKind.ROLE: "aws-configuration",
}
"""What helps where nobody can sign in from here."""
_MENDED_TOPICS = frozenset({"sso-sign-in", "expired-credentials", "mfa-needed", "no-credentials"})
"""Topics of failures that a sign-in mends."""


class SigningIn:
    """Runs one sign-in at a time; a second request is refused."""

    def __init__(
        self, app: App[None], launcher: Launcher, handover: Handover, desk: Desk, environ: Mapping[str, str]
    ) -> None:
        self._app = app
        self._launcher = launcher
        self._desk = desk
        self._around = Around(launcher, desk, CliSignIn(app, launcher, handover), environ)
        self._roles = RolePicking(app, launcher, desk, self.to_session)
        self._is_running = False

    async def browse(self, session: SsoSession | None) -> bool:
        """Browse accounts and roles; return True once a role is used, or a profile was written."""
        return await self._roles.browse(session)

    async def sign_in(self, place: Place | None, command: tuple[str, ...] = ()) -> bool:
        """Sign in to the place, else to the first of the list that needs it; return True if it worked.

        `command` is the AWS CLI's for a place that the configuration does not explain.
        Says what went wrong. Awaited in a worker.
        """
        if self._is_running:
            return False
        self._is_running = True
        try:
            is_signed_in = await self._sign_in(place if place is not None else await self._neediest(), command)
        finally:
            self._is_running = False
        if is_signed_in:
            await self._restart_tunnels()
        return is_signed_in

    async def _restart_tunnels(self) -> None:
        """Start those again that ended for want of a sign-in; one of another profile ends again and says so."""
        tunnels = self._launcher.open_tunnels
        if tunnels is None:
            return
        from smtui.tunnels.supervisor import TunnelRefused

        for view in tunnels.views():
            if view.state is TunnelState.FAILED and view.topic in _MENDED_TOPICS:
                try:
                    await tunnels.restart(view.tunnel_id)
                except TunnelRefused as refused:
                    self._say(str(refused))

    async def _sign_in(self, place: Place, command: tuple[str, ...]) -> bool:
        known = await self._launcher.place_book.catalog.read()
        profile = known.named(known.name_of(place.profile))
        if profile is None:
            return await self._without_profile(place, known, command)
        if profile.trouble:
            self._say(f"{profile.name}: {profile.trouble}")
            self._desk.open_topic("aws-configuration")
            return False
        if profile.mfa_serial:
            self._launcher.place_book.codes.ask_again(place.profile)
        if profile.sso is not None and not await self._is_only_a_code(profile):
            return await self.to_session(profile.sso, _signing(profile), known)
        if profile.kind is ProfileKind.LOGIN:
            return await self._around.cli.run(("aws", "login", *_named(_signing(profile))))
        if profile.mfa_serial:
            return await self._by_code(place)
        return self._by_text(profile)

    async def to_session(self, session: SsoSession, profile: str, known: ProfileList) -> bool:
        """Sign in to an SSO session; `profile` asked for it, empty for none."""
        return await self._app.push_screen_wait(SignInScreen(self._around, session, profile, known)) is True

    # Which ---------------------------------------------------------------------------------------

    async def _neediest(self) -> Place:
        """Return the first place that a call failed in, else the first signed out, else the one that ends first."""
        fleet = self._launcher.fleet
        for problem in fleet.problems():
            if problem.fault.wants_sign_in:
                return problem.place
        known = await self._launcher.place_book.catalog.read()
        states = self._launcher.place_book.catalog.states
        dated = []
        for place in fleet.places:
            profile = known.named(known.name_of(place.profile))
            state = states.get(profile.name) if profile is not None else None
            if state is None:
                continue
            if state.signed_in in (SignedIn.NO, SignedIn.ASKS_CODE):
                return place
            if state.until is not None and not state.renews_itself:
                dated.append((state.until, place))
        return min(dated, key=lambda pair: pair[0])[1] if dated else fleet.places[0]

    # By what -------------------------------------------------------------------------------------

    async def _is_only_a_code(self, profile: Profile) -> bool:
        """Whether the SSO session at the source of a role is signed in, and only the role's code is missing."""
        if not profile.mfa_serial:
            return False
        state = self._launcher.place_book.catalog.states.get(_signing(profile))
        return state is not None and state.signed_in is SignedIn.YES

    async def _by_code(self, place: Place) -> bool:
        """Make a call that needs the code: the dialog comes up for whoever asks."""
        try:
            await self._launcher.off_loop.call(lambda: self._launcher.fleet.aws(place).caller())
        except AwsCallFailed as failed:
            if failed.fault.kind is not FaultKind.DENIED:
                self._say(failed.fault.sentence())
                return False
        return True

    def _by_text(self, profile: Profile) -> bool:
        self._say(f"There is nothing to sign in to: {profile.name or 'the environment'} uses {profile.kind_words}.")
        self._desk.open_topic(_TOPICS.get(profile.kind, "no-credentials"))
        return False

    async def _without_profile(self, place: Place, known: ProfileList, command: tuple[str, ...]) -> bool:
        """The AWS CLI signs in where the fault names its command: it may read a configuration that we cannot."""
        faults = [problem.fault for problem in self._launcher.fleet.problems() if problem.place == place]
        is_bare = any(fault.kind is FaultKind.NO_CREDENTIALS for fault in faults) and not known.profiles
        argv = command or next((fault.sign_in for fault in faults if fault.sign_in), ())
        if argv and not is_bare:
            return await self._around.cli.run(argv)
        if place.profile:
            self._say(f"The AWS configuration has no profile {place.profile}.")
            return False
        if self._launcher.setup.read_only:
            self._say("Nothing is signed in to, and smtui writes no profile in read-only mode.")
            return False
        return await self._roles.first_profile(known)

    def _say(self, sentence: str) -> None:
        if not self._launcher.closing:
            self._app.notify(harmless(sentence), severity="warning", timeout=15, markup=False)


def _signing(profile: Profile) -> str:
    """The profile to sign in to: that at the source of its roles."""
    return profile.chain[-1] if profile.chain else profile.name


def _named(profile: str) -> tuple[str, ...]:
    return ("--profile", profile) if profile and profile != "default" else ()
