"""Switches the log of smtui's own plugin, and reads where the logs of both plugins are and whether they are on.

The plugin itself looks for the switch at each start (`plugin.builtin.invocation`). The official plugin's configuration
belongs to the system's administrator: it is only read.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smtui.store.file_access import UnusableFile, read_bytes, replace_text, state_folder

LOG_VARIABLE = "SMTUI_PLUGIN_LOG"
LOG_NAME = "plugin.log"
LOG_SWITCH = "plugin-log.on"
"""The plugin has the same three names; importing them from it would bring in the plugin."""

_LARGEST = 256 * 1024
_LEVEL = re.compile(rb'<seelog\b[^>]*\bminlevel\s*=\s*"([a-z]{1,20})"')
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_OFF = "off"


@dataclass(frozen=True, slots=True)
class OwnLog:
    """The log of smtui's plugin."""

    path: Path
    is_on: bool
    by_variable: bool
    """Whether the environment names the file; the switch then changes nothing."""
    size: int | None
    """Bytes; None if there is no file."""


@dataclass(frozen=True, slots=True)
class OfficialLog:
    """The log of the official plugin, as its configuration says."""

    configuration: Path
    level: str
    """Empty if there is no configuration: the log is off."""
    trouble: str = ""
    """Why the configuration cannot be read, as a sentence."""

    @property
    def is_on(self) -> bool:
        """Whether it writes anything."""
        return self.level not in ("", _OFF)

    @property
    def folder(self) -> Path:
        """Where the logs are, unless the configuration names another folder."""
        return self.configuration.with_name("Logs" if sys.platform == "win32" else "logs")


def own_log(environment: Mapping[str, str] = os.environ) -> OwnLog:
    """Look at the log of smtui's plugin."""
    named = environment.get(LOG_VARIABLE, "")
    folder = state_folder(environment)
    path = Path(named) if named else folder / LOG_NAME
    size = None
    with contextlib.suppress(OSError):
        size = path.stat().st_size
    return OwnLog(path, bool(named) or (folder / LOG_SWITCH).exists(), bool(named), size)


def switch_own_log(on: bool, environment: Mapping[str, str] = os.environ) -> None:
    """Switch the log on or off for all sessions that start from now on; what was logged stays. Raises OSError."""
    switch = state_folder(environment) / LOG_SWITCH
    if on:
        replace_text(switch, "")
    else:
        switch.unlink(missing_ok=True)


def official_configuration(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file that says what the official plugin logs: its place is fixed."""
    if sys.platform == "win32":
        programs = environment.get("PROGRAMFILES", r"C:\Program Files")
        return Path(programs, "Amazon", "SessionManagerPlugin", "seelog.xml")
    return Path("/usr/local/sessionmanagerplugin/seelog.xml")


def official_log(environment: Mapping[str, str] = os.environ) -> OfficialLog:
    """Read whether the official plugin logs."""
    return official_log_at(official_configuration(environment))


def official_log_at(path: Path) -> OfficialLog:
    """Read the official plugin's configuration in this file."""
    try:
        content = read_bytes(path, _LARGEST)
    except UnusableFile as unusable:
        return OfficialLog(path, "", str(unusable))
    found = _LEVEL.search(_COMMENT.sub(b"", content or b""))
    return OfficialLog(path, found[1].decode() if found else "")
