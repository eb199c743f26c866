"""Words what is known of plugins, for the screen and the command line alike."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from smtui import __version__
from smtui.domain.ages import age
from smtui.domain.plugin_facts.plugin_fixes import Use, use_grade
from smtui.domain.plugin_facts.plugin_survey import OUR_NAME, ChosenBy, TrialState

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.plugin_facts.plugin_survey import DebugLog, PluginSurvey, Trial
    from smtui.domain.plugin_grade import FoundPlugin, PluginPick

_NEVER_BECAUSE_OF_TOKEN = "up to 1.2.497.0 the token would be in argv"  # noqa: S105 - a reason, not a token
_OURS = "in smtui; resumes after a cut, returns the exit status"


def name_of(found: FoundPlugin) -> str:
    """Return what a list calls the plugin."""
    return PurePath(found.path).name if found.path else OUR_NAME


def version_of(found: FoundPlugin) -> str:
    """Return its version; ours has smtui's."""
    if found.ours:
        return __version__
    return str(found.version) if found.version is not None else "not known"


def named_with_version(name: str, found: FoundPlugin) -> str:
    """Return the name with the plugin's version, if that is known."""
    is_known = found.ours or found.version is not None
    return f"{name} {version_of(found)}" if is_known else f"{name} (version not known)"


def where_words(found: FoundPlugin) -> str:
    """Return where it is, and what is wrong with it there, in a line."""
    if not found.path:
        return _OURS
    folder = str(PurePath(found.path).parent)
    if found.ours:
        return f"{found.path}: smtui's own under the official name"
    if found.trouble:
        return f"{folder}: {found.trouble[:1].lower()}{found.trouble[1:].rstrip('.')}"
    if not found.missing and not found.grade.usable:
        return f"{folder}: {_NEVER_BECAUSE_OF_TOKEN}"
    return f"{found.path} (not on PATH)" if found.off_path else found.path


def uses_words(survey: PluginSurvey) -> str:
    """Return which plugins are used: `shells and forwards use the official one (auto)`."""
    by = f"({survey.chosen_by})"
    shells, forwards = _which(survey.shells), _which(survey.forwards)
    if shells == forwards:
        return f"shells and forwards use {shells} {by}"
    return f"shells use {shells}, forwards {forwards} {by}"


def _which(pick: PluginPick) -> str:
    if not pick.usable:
        return "none"
    return "the built-in one" if pick.builtin else "the official one"


def reasons(survey: PluginSurvey) -> tuple[tuple[str, str], ...]:
    """Return for shells and for forwards why that plugin is used; one entry if the reason is the same."""
    shells, forwards = (pick.because for pick in (survey.shells, survey.forwards))
    if (survey.shells.path, shells) == (survey.forwards.path, forwards):
        return ((Use.BOTH.value, shells),)
    return ((Use.SHELLS.value, shells), (Use.FORWARDS.value, forwards))


def grade_reasons(found: FoundPlugin) -> tuple[tuple[str, str], ...]:
    """Return what is wrong with a plugin for shells and for forwards; nothing if nothing is."""
    shells, forwards = use_grade(found, Use.SHELLS).why, use_grade(found, Use.FORWARDS).why
    if shells == forwards:
        return ((Use.BOTH.value, shells),) if shells else ()
    return tuple((use, why) for use, why in ((Use.SHELLS.value, shells), (Use.FORWARDS.value, forwards)) if why)


def chosen_words(survey: PluginSurvey) -> str:
    """Return what says which plugin is used, as a sentence."""
    if survey.chosen_by is ChosenBy.NOBODY:
        return "smtui chooses: the official one where it is good enough, else its own."
    what = "The variable SMTUI_PLUGIN" if survey.chosen_by is ChosenBy.VARIABLE else "The setting plugin"
    return f"{what} chooses: {survey.choice}."


def mended_words(count: int) -> str:
    """Return how much newer versions mend; empty for nothing."""
    return f"newer versions mend {count} {'thing' if count == 1 else 'things'}" if count else ""


def trial_words(trial: Trial, now: datetime | None = None) -> str:
    """Return what a test session came to, with how long ago that was if `now` is given."""
    ago = f", {age(trial.at, now)} ago" if now is not None else ""
    if trial.state is TrialState.WORKED:
        return f"test session: {trial.state} {trial.seconds:.1f} s{ago}"
    if trial.state is TrialState.IMPOSSIBLE:
        return f"test session: not possible{ago}. {trial.text}"
    return f"test session: {trial.state} failed{ago}. {trial.text}"


def log_words(log: DebugLog) -> str:
    """Return whether a plugin logs: `debug logging off (seelog.xml)`."""
    if log.trouble:
        return f"debug logging not known ({log.trouble.rstrip('.')})"
    state = (f"on, level {log.level}" if log.level else "on") if log.is_on else "off"
    by = log.fixed_by or (PurePath(log.settings).name if log.settings else "")
    return f"debug logging {state}{f' ({by})' if by else ''}"
