"""Lists the plugins of this machine (`5`): which are used and why, and what can be done about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.plugin_facts.plugin_choice import ChoiceNotSaved
from smtui.domain.plugin_facts.plugin_fixes import newer_fixes
from smtui.domain.plugin_facts.plugin_survey import CheckState, TrialState
from smtui.domain.plugin_facts.plugin_words import name_of, named_with_version, trial_words, uses_words
from smtui.topics.plugin_steps import install_block
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_and_say, copy_word
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.page import PageText, Paragraphs
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.row_table import RowTable
from smtui.tui.plugin.plugin_rows import PLUGIN_COLUMNS, PluginFacts, plugin_page, plugin_rows, state_line
from smtui.tui.plugin.plugin_sheets import PluginLogSheet, StepsSheet, SwitchSheet

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from smtui.domain.plugin_grade import FoundPlugin
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

TICK_SECONDS = 5.0
"""How often the age of a test session is drawn anew."""
_OURS_HOLDS = "Kinds, sizes and times of messages: nothing that was typed or shown, no token."
_OFFICIAL_HOLDS = (
    "At level debug it may hold what was typed and shown. Tokens that smtui recognises are masked here, "
    "not in the file: read it before you pass it on."
)


class PluginScreen(InnerScreen[None]):
    """Looks for the plugins anew each time it is shown."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("plugin.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.PLUGIN
    NAME = "Plugin"
    READS_FIRST = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PLUGIN, Scope.WHERE, Scope.SIGN_IN)

    table = getters.query_one(RowTable)
    page = getters.query_one(PageText)

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._care = launcher.plugin_care
        self._facts = PluginFacts()

    def body(self) -> ComposeResult:
        """The plugins, and what is known of the one under the cursor."""
        yield RowTable(PLUGIN_COLUMNS, id="plugins")
        with ReadingPane():
            yield PageText(self._page)

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Which plugins are used."""
        survey = self._facts.survey
        return ((uses_words(survey),),) if survey is not None else (("looking …",),)

    def on_mount(self) -> None:
        """Keep the age of a test session true."""
        self.set_interval(TICK_SECONDS, self._show_state)

    def on_screen_resume(self) -> None:
        """Look for the plugins."""
        self.action_again()

    async def _read(self) -> None:
        care = self._care
        survey = await care.survey(self._launcher.fleet.places[0])
        logs = {True: await care.log_of(ours=True)}
        if survey.best is not None:
            logs[False] = await care.log_of(ours=False)
        self._facts.survey, self._facts.logs = survey, logs
        for found in survey.plugins:
            if (trial := care.last_trial(found)) is not None:
                self._facts.trials[found.path] = trial
        self.table.show(plugin_rows(survey))
        self._show()
        self.first_rows.set()

    def _show(self) -> None:
        self.show_header()
        self._moved()

    def _page(self, width: int) -> Paragraphs:
        found = self._current
        return plugin_page(self._facts, found, self._care.system, width) if found is not None else Paragraphs(width)

    @property
    def _current(self) -> FoundPlugin | None:
        return self._facts.at(self.table.current)

    @on(RowTable.Moved)
    def _moved(self) -> None:
        self._show_state()
        self.page.refresh(layout=True)
        self.refresh_bindings()

    def _show_state(self) -> None:
        found, now = self._current, self._launcher.fleet.clock()
        self.status.variants = state_line(self._facts, found, self._care.system, now) if found is not None else ()

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Name what `enter` does with the plugin that was chosen, and what `d` does with a log that is on."""
        found, labels = self._current, dict[str, str]()
        if found is not None and self._facts.is_chosen(found):
            labels["plugin.use"] = "Let smtui choose"
        if found is not None and (log := self._facts.logs.get(found.ours)) is not None and log.is_on:
            labels["plugin.debug"] = "Stop logging"
        return labels

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense for the plugin under the cursor."""
        found, works = self._current, True
        if action in {"verify", "test", "debug", "log", "use"}:
            if found is None and self._facts.survey is None:
                return True  # the command says that smtui is still looking
            works = found is not None and not found.missing and found.path not in self._facts.busy
        elif action == "copy_path":
            works = found is not None and bool(found.path)
        elif action == "copy_steps":
            works = bool(install_block(self._launcher.setup.machines()))
        return True if works else None

    def _found(self) -> FoundPlugin | None:
        """Return the plugin under the cursor for a command; say so while it is not known yet."""
        if self._facts.survey is None:
            self.say("smtui is still looking for the plugins. Press the key again when they are listed.")
        return self._current

    def action_again(self) -> None:
        """Look for the plugins again."""
        self.work(self._read, "plugin", instead=True)

    @on(RowTable.Chosen)
    def action_use(self) -> None:
        """Use the plugin under the cursor from the next session on; again: let smtui choose."""
        if (found := self._found()) is not None:
            self.work(self._use(found), "plugin-choice")

    async def _use(self, found: FoundPlugin) -> None:
        try:
            said = await self._care.choose(None if self._facts.is_chosen(found) else found)
        except ChoiceNotSaved as refused:
            self.say(str(refused), "warning")
            return
        await self._read()
        await self._desk.plugin_changed()
        survey = self._facts.survey
        now = f"From the next session on, {uses_words(survey)}." if survey is not None else ""
        self.say(f"{now} {said}".strip())

    def action_install(self) -> None:
        """Show how to install, update and uninstall the official plugin."""
        survey = self._facts.survey
        official = survey.best if survey is not None else None
        fixes = newer_fixes(official.version if official else None, self._care.system)
        version = str(official.version) if official is not None and official.version is not None else ""
        self.app.push_screen(StepsSheet(self._launcher.setup.machines(), fixes, version))

    def action_copy_steps(self) -> None:
        """Copy the commands that install the official plugin."""
        copy_and_say(self, install_block(self._launcher.setup.machines()))

    def action_copy_path(self) -> None:
        """Copy the path of the plugin under the cursor."""
        if (found := self._current) is not None:
            copy_word(self, found.path)

    def action_verify(self) -> None:
        """Check the plugin under the cursor."""
        if (found := self._found()) is not None:
            self.work(self._verify(found), f"verify {found.path}")

    async def _verify(self, found: FoundPlugin) -> None:
        self._busy(found, "verifying …")
        try:
            checks = self._facts.checks[found.path] = await self._care.verify(found)
        finally:
            self._busy(found, "")
        count = {state: sum(check.state is state for check in checks) for state in CheckState}
        parts = [
            f"{number} {word}"
            for state, word in (
                (CheckState.GOOD, "good"),
                (CheckState.WARN, "to look at"),
                (CheckState.BAD, "bad"),
                (CheckState.UNKNOWN, "not known"),
            )
            if (number := count[state])
        ]
        severity: SeverityLevel = (
            "error" if count[CheckState.BAD] else "warning" if count[CheckState.WARN] else "information"
        )
        self.say(f"Verified {named_with_version(name_of(found), found)}: {', '.join(parts)}.", severity)

    def action_test(self) -> None:
        """Run a test session with the plugin under the cursor."""
        if (found := self._found()) is not None:
            self.work(self._test(found), f"test {found.path}")

    async def _test(self, found: FoundPlugin) -> None:
        self._busy(found, "test session under way …")
        try:
            trial = self._facts.trials[found.path] = await self._care.try_out(found)
        finally:
            self._busy(found, "")
        words = trial_words(trial)
        self.say(words[:1].upper() + words[1:], "error" if trial.state is TrialState.FAILED else "information")

    def _busy(self, found: FoundPlugin, doing: str) -> None:
        if doing:
            self._facts.busy[found.path] = doing
        else:
            self._facts.busy.pop(found.path, None)
        if self.is_attached:
            self._moved()

    # The log -----------------------------------------------------------------------------------

    def action_debug(self) -> None:
        """Switch the log of the plugin under the cursor."""
        if (found := self._found()) is not None:
            self.work(self._switch(found), "plugin-log")

    async def _switch(self, found: FoundPlugin) -> None:
        log = await self._care.log_of(ours=found.ours)
        on = not log.is_on
        state = "on" if on else "off"
        if not found.ours and not self._care.keeps_log(ours=found.ours):
            what = _OFFICIAL_HOLDS if on else "The file comes back as it was before smtui changed it."
            question = ConfirmScreen(
                f"Switch the official plugin's log {state}?",
                [f"It changes {log.settings}.", what],
                f"Switch it {state}",
            )
            if not await self.app.push_screen_wait(question):
                return
        steps = await self._care.switch_log(ours=found.ours, on=on)
        if steps.commands:
            self.app.push_screen(SwitchSheet(f"Switch the official plugin's log {state}", steps))
        else:
            self.say(steps.text, "information" if steps.is_done else "warning")
        await self._read()

    def action_log(self) -> None:
        """Show the end of the log of the plugin under the cursor."""
        if (found := self._found()) is not None and (log := self._facts.logs.get(found.ours)) is not None:
            whose = "smtui's plugin" if found.ours else "The official plugin"
            holds = _OURS_HOLDS if found.ours else _OFFICIAL_HOLDS
            self.app.push_screen(PluginLogSheet(f"{whose}: log", holds, log.path, lambda: self._care.log_tail(log)))
