"""Asks for an SSO session, and shows the lines of a profile before they are written."""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.places.wanted_profile import ProfileRefused
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.page import PageText, Paragraphs, redraw_pages
from smtui.tui.sign_in.profile_form import (
    NAME,
    REGION,
    SSO_REGION,
    URL,
    profile_complaints,
    session_complaints,
    session_of,
    suggested_name,
    wanted,
)
from smtui.tui.sign_in.sign_in_page import short_path

if TYPE_CHECKING:
    from smtui.domain.places.profile import ProfileList, SsoSession
    from smtui.domain.places.wanted_profile import ProfileLines
    from smtui.engine.launcher import Launcher
    from smtui.tui.sign_in.browse_rows import Picked

_REGIONS = (
    "eu-west-1", "eu-central-1", "us-east-1", "us-east-2", "us-west-2", "ap-southeast-1", "ap-southeast-2",
    "ap-northeast-1", "ca-central-1", "eu-north-1", "eu-west-2", "eu-west-3", "sa-east-1", "ap-south-1",
)  # fmt: skip
"""Completed while typing; every other can be typed, too."""


class SessionForm(FormSheet["SsoSession"]):
    """Asks where to sign in. Dismissed with the session; None for going back."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("sign_in.tcss")]
    AUTO_FOCUS = "FieldInput"
    LAST = "Sign in"
    not_in_footer = ("form.start", "form.sign-in")

    def __init__(self, known: ProfileList, region: str) -> None:
        super().__init__("Sign in with SSO", "and write a profile")
        self._known = known
        self._region = region

    def body(self) -> ComposeResult:
        """Start URL, Region and name."""
        yield Field(URL, placeholder="https://acme.awsapps.com/start", note="The address of your AWS access portal.")
        yield Field(
            SSO_REGION,
            text=self._region,
            placeholder="eu-west-1",
            values=_REGIONS,
            note="Where IAM Identity Center is.",
        )
        yield Field(NAME, "session name", placeholder="acme", note="Your own word for it, in ~/.aws/config.")

    @on(Field.Changed)
    def _typed(self) -> None:
        self.forget_refusal()
        self.complain({})

    def action_start(self) -> None:
        """Go on with this session, or show what is wrong."""
        if complaints := session_complaints(self.texts(), self._known):
            self.complain(complaints)
        else:
            self.dismiss(session_of(self.texts()))


class ProfileLinesScreen(FormSheet[str]):
    """Shows exactly what would be written. Dismissed with the profile's name once it is; None for going back."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("sign_in.tcss")]
    AUTO_FOCUS = "FieldInput"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PROFILE_LINES)
    LAST = "Write"
    not_in_footer = ("form.start", "form.sign-in")

    def __init__(
        self, launcher: Launcher, session: SsoSession, picked: Picked, known: ProfileList, region: str
    ) -> None:
        super().__init__(f"Write a profile · {picked.role.name}", picked.account.name or picked.account.account_id)
        self._config = launcher.place_book.config
        self._session = session
        self._picked = picked
        self._known = known
        self._region = region
        self._lines: ProfileLines | None = None
        self._trouble = ""
        self._is_writing = False

    def body(self) -> ComposeResult:
        """Name, Region, and the lines that follow from them."""
        yield Field(NAME, text=suggested_name(self._picked, self._known))
        yield Field(REGION, text=self._region, values=_REGIONS, note="Empty for none.")
        yield PageText(self._page)

    def on_mount(self) -> None:
        """Show the first lines."""
        self._look()

    def _look(self) -> None:
        complaints = profile_complaints(self.texts(), self._known)
        self.complain(complaints)
        if not complaints:
            self.work(self._preview, "preview", instead=True)

    async def _preview(self) -> None:
        try:
            self._lines = await self._config.preview(wanted(self._session, self._picked, self.texts()))
            self._trouble = ""
        except ProfileRefused as refused:
            self._lines, self._trouble = None, str(refused)
        redraw_pages(self)

    def _page(self, width: int) -> Paragraphs:
        return lines_page(width, self._lines, self._trouble)

    # Keys --------------------------------------------------------------------------------------

    @on(Field.Changed)
    def _typed(self) -> None:
        self.forget_refusal()
        if self.is_mounted:
            self._look()

    def action_start(self) -> None:
        """Write what is shown, or say what is wrong."""
        if complaints := profile_complaints(self.texts(), self._known):
            self.complain(complaints)
        elif not self._is_writing:
            self._is_writing = True
            self.work(partial(self._write, self.texts()), "writing")

    async def _write(self, texts: dict[str, str]) -> None:
        """Only lines that were shown are written: those of these very texts."""
        asked = wanted(self._session, self._picked, texts)
        try:
            if self._lines is None or self._lines.wanted != asked:
                self._lines = await self._config.preview(asked)
                redraw_pages(self)
                self.refuse("These lines were not shown yet. Look at them, then write.")
                return
            backup = await self._config.write(self._lines)
        except ProfileRefused as refused:
            self.refuse(str(refused))
            self._lines = None
            self._look()
            return
        finally:
            self._is_writing = False
        kept = f" The file as it was: {short_path(backup)}." if backup else ""
        self.say(f"Profile {asked.name} was written to {short_path(self._lines.path)}.{kept}")
        self.dismiss(asked.name)


def lines_page(width: int, lines: ProfileLines | None, trouble: str) -> Paragraphs:
    """Write the lines as they would stand in the file, and what becomes of it."""
    page = Paragraphs(width)
    if trouble:
        page.write(trouble, Look.WARN, lead="! ", lead_look=Look.WARN)
        return page
    if lines is None:
        page.write("…", Look.QUIET)
        return page
    how = "a new file, readable only by you:" if lines.is_new_file else "added at its end, after a backup:"
    page.write(f"{short_path(lines.path)}, {how}", Look.QUIET)
    for line in lines.lines:
        page.write(line or " ", Look.ACCENT, lead="  ")
    return page
