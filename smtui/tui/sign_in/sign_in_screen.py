"""Signs in to an SSO session in a dialog: by the browser or with a code, then the keys of its profiles."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.ages import time_of_day
from smtui.domain.places.picked_role import picked_role
from smtui.domain.places.sign_in_progress import Stage
from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.page import PageText, redraw_pages
from smtui.tui.parts.progress import BEAT_SECONDS
from smtui.tui.sign_in.key_checks import KeyChecks, profiles_of
from smtui.tui.sign_in.sign_in_page import failed_page, keys_page, waiting_page

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList, SsoSession
    from smtui.domain.places.sign_in_progress import SignInProgress
    from smtui.engine.launcher import Launcher
    from smtui.places.sso_sign_in import SignIn
    from smtui.tui.desk import Desk
    from smtui.tui.parts.page import Paragraphs
    from smtui.tui.sign_in.cli_sign_in import CliSignIn

_WITHOUT_TOKEN = (Stage.FAILED, Stage.CANCELLED)
_STOPPED = "Stopped for the AWS CLI, which did not sign in. Nothing has changed."


@dataclass(frozen=True, slots=True)
class Around:
    """What the dialog needs besides the sign-in."""

    launcher: Launcher
    desk: Desk
    cli: CliSignIn
    environ: Mapping[str, str]
    """Says whether the AWS CLI is on PATH."""


class SignInScreen(Dialog[bool]):
    """Dismissed with True once signed in. Leaving it earlier stops the sign-in."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("sign_in.tcss")]
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LOGIN)

    def __init__(self, around: Around, session: SsoSession, profile: str, known: ProfileList) -> None:
        """`profile` asked for the sign-in; empty for a session that no profile uses yet."""
        self._session = session
        self._profile = profile
        self._names = (f"SSO session {session.label}", f"profile {profile}" if profile else "")
        super().__init__("Sign in", *self._names)
        self._around = around
        self._launcher = around.launcher
        self._clock = around.launcher.fleet.clock
        self._known = known
        self._sign_in: SignIn | None = None
        self._stop_watching: Callable[[], None] = _nothing
        self._checks: KeyChecks | None = None
        self._reason = ""
        """Why a code comes first on this machine."""
        self._stage = Stage.STARTING
        self._has_cli = shutil.which("aws", path=around.environ.get("PATH", "")) is not None

    def body(self) -> ComposeResult:
        """Compose the page."""
        yield PageText(self._page)

    def on_mount(self) -> None:
        """Begin, by the browser where there is one on this machine."""
        self.set_interval(BEAT_SECONDS, self._draw)
        self.action_again()

    def on_unmount(self) -> None:
        """Leave nothing running."""
        self._stop()

    # The sign-in -------------------------------------------------------------------------------

    def _begin(self, *, by_browser: bool) -> None:
        self._stop()
        self._sign_in = sign_in = self._launcher.place_book.sign_ins.begin(self._session, by_browser=by_browser)
        self._stop_watching = sign_in.watch(self._changed)
        self._changed()
        self.work(partial(self._follow, sign_in), "sign-in", instead=True)

    def _stop(self) -> None:
        self._stop_watching()
        self._stop_watching = _nothing
        if self._sign_in is not None:
            self._sign_in.cancel()

    async def _follow(self, sign_in: SignIn) -> None:
        if await sign_in.done() and sign_in is self._sign_in:
            await self._fetch_keys()

    async def _fetch_keys(self) -> None:
        """Show what came of each profile, and go on by itself where nothing has to be read."""
        profiles = profiles_of(self._session, self._known, self._profile)
        self._checks = checks = KeyChecks(profiles, self._draw)
        self._retitle()
        self._changed()
        await checks.run(self._launcher.fleet, self._launcher.off_loop)
        self._changed()
        if not checks.refused and self.is_current:
            self.dismiss(True)

    @property
    def progress(self) -> SignInProgress | None:
        """How far the sign-in is."""
        return self._sign_in.progress if self._sign_in is not None else None

    # What is shown -----------------------------------------------------------------------------

    def _page(self, width: int) -> Paragraphs:
        progress, now = self.progress, self._clock()
        assert progress is not None  # noqa: S101 - for the type; it begins when the screen is mounted
        if progress.stage is Stage.DONE:
            return keys_page(width, progress, self._checks.lines if self._checks is not None else (), now)
        if progress.stage.is_over:
            return failed_page(width, progress.failure or _STOPPED)
        return waiting_page(width, progress, now, self._reason)

    def _changed(self) -> None:
        progress = self.progress
        if progress is not None and progress.stage is not self._stage:
            self._stage = progress.stage
            self._retitle()
        self._draw()
        self.refresh_bindings()

    def _retitle(self) -> None:
        progress = self.progress
        if progress is not None and progress.stage is Stage.DONE:
            until = f"until {time_of_day(progress.until)}" if progress.until is not None else ""
            self._titles = ("Signed in", harmless(self._session.label), until)
        elif self._stage is Stage.CODE:
            self._titles = ("Sign in", harmless(self._names[0]), "with a code")
        self.show_title()

    def _draw(self) -> None:
        redraw_pages(self)

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What leaving means now, and where the page opens, as far as the keys leave room to say so."""
        labels = {Stage.DONE: "Go on", Stage.FAILED: "Back", Stage.CANCELLED: "Back"}
        open_words = "Open here" if self._stage is Stage.CODE and not self._has_cli else "Open"
        return {"back": labels.get(self._stage, "Stop"), "login.open": open_words}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what helps at this stage."""
        progress, stage = self.progress, self._stage
        is_failed = stage in _WITHOUT_TOKEN
        has_address = progress is not None and bool(progress.address) and stage.waits_for_user
        offered = {
            "copy_address": has_address,
            "open_page": has_address,
            "copy_code": stage is Stage.CODE,
            "use_code": is_failed or stage in (Stage.STARTING, Stage.BROWSER),
            "aws_cli": self._has_cli and bool(self._profile or self._session.name) and stage is not Stage.DONE,
            "again": is_failed,
            "help_on_it": is_failed and progress is not None and bool(progress.topic),
        }
        return offered.get(action, True)

    def action_copy_address(self) -> None:
        """Copy the address of AWS's page."""
        if self.progress is not None:
            copy_word(self, self.progress.address)

    def action_copy_code(self) -> None:
        """Copy the code."""
        if self.progress is not None:
            copy_word(self, self.progress.user_code)

    def action_open_page(self) -> None:
        """Open AWS's page in a browser of this machine."""
        if self._sign_in is not None:
            self.work(self._sign_in.open_page, "browser", instead=True)

    def action_use_code(self) -> None:
        """Sign in with a code on any device."""
        if self._sign_in is None or self._stage in _WITHOUT_TOKEN:
            self._begin(by_browser=False)
        else:
            self._sign_in.use_code()

    def action_again(self) -> None:
        """Begin, or begin anew."""
        self._reason = self._launcher.place_book.sign_ins.why_with_a_code
        self._begin(by_browser=not self._reason)

    def action_help_on_it(self) -> None:
        """Show the topic of the failure."""
        if self.progress is not None and self.progress.topic:
            self._around.desk.open_topic(self.progress.topic)

    def action_aws_cli(self) -> None:
        """Let the AWS CLI sign in on this terminal."""
        self.work(self._by_cli, "sign-in by the AWS CLI")

    async def _by_cli(self) -> None:
        argv = self._cli_argv()
        self._stop()
        self._changed()
        if await self._around.cli.run(argv) and self.is_current:
            self.dismiss(True)

    def _cli_argv(self) -> tuple[str, ...]:
        if self._profile and picked_role(self._profile) is None:
            return ("aws", "sso", "login", "--profile", self._profile)
        return ("aws", "sso", "login", "--sso-session", self._session.name)

    def leave(self) -> None:
        """Stop the sign-in; once it is done, go on without waiting for the rest."""
        self.dismiss(self._stage is Stage.DONE)


def _nothing() -> None:
    """There is nothing to follow."""
