"""Shows the account's session preferences in words (`p` on Sessions), changes them, and goes back to earlier ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.diagnosis.evidence.rules_facts import RulesText
from smtui.domain.fault import AwsCallFailed
from smtui.domain.shellquote import Unquotable, command_line
from smtui.sessions.preferences.preference_change import FIRST_DOCUMENT, changed, difference, write_argv
from smtui.sessions.preferences.preference_words import Mark, RuleLine, place_label
from smtui.sessions.preferences.rules import READ_ONLY, ChangedMeanwhile
from smtui.topics.failure_topics import of_fault
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say
from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.page import PageText, redraw_pages
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.working import SignInHelps
from smtui.tui.sessions.rules_form_screen import RulesFormScreen
from smtui.tui.sessions.rules_page import helpful, rules_page, titles
from smtui.tui.sessions.rules_sheets import DifferenceQuestion, RulesFixSheet, VersionsScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from smtui.diagnosis.evidence.rules_facts import RulesRead
    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher
    from smtui.sessions.preferences.rules import Written
    from smtui.tui.parts.page import Paragraphs

TICK_SECONDS = 5.0
"""Between two redraws of the age in the title."""


class RulesScreen(SignInHelps, Dialog[None]):
    """The preferences of one place; read when it is shown, after each change, and when asked for."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("rules.tcss")]
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RULES, Scope.SIGN_IN)
    SCOPE = Scope.RULES
    REFUSED = ("rules.change", "rules.undo")

    def __init__(self, launcher: Launcher, place: Place) -> None:
        super().__init__(*titles(place, None, launcher.fleet.clock()))
        self._launcher = launcher
        self._rules = launcher.account_sessions.rules
        self._place = place
        self._read: RulesRead | None = None
        self._is_reading = False
        self._is_writing = False
        self._refused: RuleLine | None = None
        """Why the last change was not made."""

    def body(self) -> ComposeResult:
        """The rules, which scroll."""
        with ReadingPane():
            yield PageText(self._page)

    def _page(self, width: int) -> Paragraphs:
        return rules_page(self._read, width, self._refused)

    def on_mount(self) -> None:
        """Read them."""
        self.set_interval(TICK_SECONDS, self._draw)
        self.work(self._reread, "rules", instead=True)

    async def _reread(self) -> None:
        self._is_reading = True
        self.refresh_bindings()
        self._read = await self._rules.read(self._place)
        self._is_reading = False
        self._draw()

    def _draw(self) -> None:
        redraw_pages(self)
        name, *details = titles(self._place, self._read, self._launcher.fleet.clock())
        self._titles = (name, "writing …" if self._is_writing else "", *details)
        self.show_title()
        self.refresh_bindings()

    @property
    def _label(self) -> str:
        return place_label(self._place, self._read.region if self._read is not None else "")

    def leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    # Keys --------------------------------------------------------------------------------------

    @property
    def not_in_footer(self) -> tuple[str, ...]:
        """Leave out what read-only mode refuses; the keys say so all the same."""
        return self.REFUSED if self._launcher.setup.read_only else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense now."""
        works = True
        if action == "fix":
            works = bool(helpful(self._read, self._refused))
        elif action == "copy_command":
            works = self._read is not None and self._read.preferences is not None
        elif action == "again":
            works = not self._is_reading
        return True if works else None

    def action_fix(self) -> None:
        """Show what helps against what is wrong."""
        region = self._read.region if self._read is not None else ""
        place = {"region": self._place.region or region, "profile": self._place.profile}
        values = {name: value for name, value in place.items() if value}
        lines = helpful(self._read, self._refused)
        if lines:
            self.app.push_screen(RulesFixSheet(lines, values, self._launcher.setup.machines()))

    def action_again(self) -> None:
        """Read them again."""
        self._refused = None
        self.work(self._reread, "rules", instead=True)

    def signed_in(self) -> None:
        """Read them again."""
        self.action_again()

    def action_copy_command(self) -> None:
        """Copy the aws command that writes the preferences as they are."""
        newest = self._read.newest if self._read is not None else None
        content = newest.content if newest is not None else FIRST_DOCUMENT
        try:
            line = command_line(write_argv(content, self._place, is_first=newest is None), self._launcher.setup.shell)
        except Unquotable as refused:
            self.say(f"Not copied: {refused}.", "warning")
        else:
            copy_and_say(self, line)

    def action_change(self) -> None:
        """Change fields, after a look at the document's difference."""
        self._begin(self._change)

    def action_undo(self) -> None:
        """Go back to the version before the last change, or to any other."""
        self._begin(self._undo)

    def _begin(self, change: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._launcher.setup.read_only:
            self.say(READ_ONLY, "warning")
        elif self._is_writing:
            self.say("The last change is still being written.", "warning")
        else:
            self.work(change, "change", instead=True)

    # Changing ----------------------------------------------------------------------------------

    async def _change(self) -> None:
        try:
            newest = await self._rules.newest(self._place)
        except AwsCallFailed as failed:
            self._fail(failed.fault)
            return
        form = RulesFormScreen(newest, self._place, self._label, self._launcher.setup.shell)
        texts = await self.app.push_screen_wait(form)
        if texts is not None:
            self._begin_to_write(newest, lambda content: changed(content, texts), "new version")

    async def _undo(self) -> None:
        try:
            newest = await self._rules.newest(self._place)
            earlier = await self._earlier(newest)
        except AwsCallFailed as failed:
            self._fail(failed.fault)
            return
        if earlier is None:
            return
        name = f"new version, as {_name(earlier) if earlier.version else 'AWS has it by default'}"
        shown = difference(newest.content if newest is not None else "", earlier.content, _name(newest), name)
        if not shown:
            self.say(f"{_name(earlier).capitalize()} has the same content as the newest.")
        elif await self.app.push_screen_wait(DifferenceQuestion(self._label, (), shown)):
            self._begin_to_write(newest, lambda _: earlier.content, name)

    async def _earlier(self, newest: RulesText | None) -> RulesText | None:
        """The version to go back to, as the user chooses; None for none. Raises `AwsCallFailed`."""
        last = self._rules.last_change(self._place)
        is_own = last is not None and newest is not None and last.after == newest.version
        if last is not None and is_own and last.before is None:
            return RulesText("", FIRST_DOCUMENT)
        before = last.before if last is not None and is_own else None
        try:
            versions = await self._rules.versions(self._place)
        except AwsCallFailed:
            if before is None:
                raise
            return before  # which is known from its change
        others = [each for each in versions if newest is None or each.version != newest.version]
        if not others:
            self.say("There is no earlier version to go back to.", "warning")
            return None
        own = before.version if before is not None else ""
        chosen = await self.app.push_screen_wait(VersionsScreen(self._label, others, own, self._launcher.fleet.clock()))
        return await self._rules.text(self._place, chosen) if chosen else None

    def _begin_to_write(self, newest: RulesText | None, make: Callable[[str], str], name: str) -> None:
        self._is_writing = True
        self._draw()
        self.work_to_the_end(partial(self._write, newest, make, name), "writing", "Writing the session preferences")

    async def _write(self, newest: RulesText | None, make: Callable[[str], str], name: str) -> None:
        try:
            is_read_anew = await self._write_over(newest, make, name)
        finally:
            self._is_writing = False
        if self.is_attached and is_read_anew:
            await self._reread()
        elif self.is_attached:
            self._draw()

    async def _write_over(self, newest: RulesText | None, make: Callable[[str], str], name: str) -> bool:
        """Write what `make` makes of the newest version; ask anew where somebody else has changed it meanwhile.

        Return whether other preferences than those on the screen may be in force now.
        """
        while True:
            try:
                content = make(newest.content if newest is not None else "")
                written = await self._rules.write(self._place, newest, content)
            except ChangedMeanwhile as stale:
                newest = stale.now
                content = make(newest.content if newest is not None else "")
                shown = difference(newest.content if newest is not None else "", content, _name(newest), name)
                if not self.is_attached:
                    self.say(str(stale), "warning")
                    return True
                if not await self.app.push_screen_wait(DifferenceQuestion(self._label, (str(stale),), shown)):
                    return True
            except AwsCallFailed as failed:
                self._fail(failed.fault)
                return False
            else:
                self._refused = _not_default(written, self._label)
                if self._refused is None or not self.is_attached:
                    self.say(written.sentence(self._label), "warning" if self._refused is not None else "information")
                return True

    def _fail(self, fault: Fault) -> None:
        """Say on top of the rules why nothing was changed, and lead to what helps."""
        unknown = f"Whether it was changed is not known; {key_of('rules.again')} reads again."
        known = unknown if fault.may_be_done else "Nothing was changed."
        self._refused = RuleLine(Mark.BAD, "", f"{known} {fault.sentence()}", topic=of_fault(fault).topic)
        self.say(f"{known} {fault.sentence()}", "error")
        if self.is_attached:
            self._draw()


def _name(text: RulesText | None) -> str:
    return f"version {text.version}" if text is not None else "no preferences"


def _not_default(written: Written, label: str) -> RuleLine | None:
    if written.not_default is None:
        return None
    return RuleLine(Mark.WARN, "", written.sentence(label), topic=of_fault(written.not_default).topic)
