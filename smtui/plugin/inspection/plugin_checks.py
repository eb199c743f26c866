"""Checks one plugin: that it answers, who can change it, and what the system says about its file."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from smtui.domain.plugin_facts.plugin_survey import CheckState, PluginCheck
from smtui.domain.text import error_words
from smtui.domain.version import Version
from smtui.plugin.bounded_answer import NoAnswer, ask_program
from smtui.plugin.contract import own_program
from smtui.plugin.find import PLUGIN_PATIENCE
from smtui.plugin.inspection.file_trust import file_check
from smtui.plugin.inspection.package_check import Ask, Have, ask_system, have_program, package_check, signature_check

if TYPE_CHECKING:
    from smtui.domain.plugin_grade import FoundPlugin

ANSWER = "answer"
_OURS_PATIENCE = 10.0
"""Ours is a Python program, and slow to start from a cold disk."""
_BADNESS = {CheckState.GOOD: 0, CheckState.UNKNOWN: 1, CheckState.WARN: 2, CheckState.BAD: 3}


def plugin_checks(
    found: FoundPlugin, system: str, ask: Ask = ask_system, have: Have = have_program
) -> tuple[PluginCheck, ...]:
    """Check a plugin; blocks up to a minute if its programs hang. `system` is `linux`, `macos` or `windows`."""
    if not found.path:
        program = own_program()
        files = (file_check(Path(program[0])), file_check(Path(__file__)))
        return (answer_check(program, _OURS_PATIENCE), max(files, key=lambda check: _BADNESS[check.state]))
    path = Path(found.path)
    real = path.resolve()
    checks = (
        answer_check((found.path,), _OURS_PATIENCE if found.ours else PLUGIN_PATIENCE),
        file_check(path),
        package_check(real, system, ask, have),
    )
    return checks if found.ours else (*checks, signature_check(real, system, ask))


def answer_check(program: tuple[str, ...], patience: float) -> PluginCheck:
    """Check that `--version` is answered in time, with a version."""
    began = monotonic()
    try:
        answer = ask_program([*program, "--version"], patience)
    except NoAnswer as error:
        return PluginCheck(ANSWER, CheckState.BAD, str(error))
    except OSError as error:
        return PluginCheck(ANSWER, CheckState.BAD, f"It cannot be started: {error.strerror or error_words(error)}.")
    version = Version.parse(answer.text)
    if answer.status:
        return PluginCheck(ANSWER, CheckState.BAD, f"It answers --version with exit status {answer.status}.")
    if version is None:
        return PluginCheck(ANSWER, CheckState.BAD, "It answers --version with something other than a version.")
    seconds = ceil((monotonic() - began) * 10) / 10
    return PluginCheck(ANSWER, CheckState.GOOD, f"It reports version {version} within {seconds:.1f} s.")
