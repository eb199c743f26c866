"""Switches the log of smtui's own plugin, and reads where it is and whether it is on.

The plugin itself looks for the switch at each start (`plugin.builtin.invocation`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smtui.store.file_access import replace_text, state_folder

LOG_VARIABLE = "SMTUI_PLUGIN_LOG"
LOG_NAME = "plugin.log"
LOG_SWITCH = "plugin-log.on"
"""The plugin has the same three names; importing them from it would bring in the plugin."""


@dataclass(frozen=True, slots=True)
class OwnLog:
    """The log of smtui's plugin."""

    path: Path
    is_on: bool
    by_variable: bool
    """Whether the environment names the file; the switch then changes nothing."""
    size: int | None
    """Bytes; None if there is no file."""


def own_log(environment: Mapping[str, str] = os.environ) -> OwnLog:
    """Look at the log of smtui's plugin."""
    named = environment.get(LOG_VARIABLE, "")
    folder = state_folder(environment)
    path = Path(named) if named else folder / LOG_NAME
    size = None
    with contextlib.suppress(OSError):
        size = path.stat().st_size
    is_on = os.path.exists(folder / LOG_SWITCH)  # noqa: PTH110 - as the plugin looks, where Path.exists may raise
    return OwnLog(path, bool(named) or is_on, bool(named), size)


def switch_own_log(on: bool, environment: Mapping[str, str] = os.environ) -> None:
    """Switch the log on or off for all sessions that start from now on; what was logged stays. Raises OSError."""
    switch = state_folder(environment) / LOG_SWITCH
    if on:
        replace_text(switch, "")
    else:
        switch.unlink(missing_ok=True)
