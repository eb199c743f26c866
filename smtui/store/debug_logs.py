"""Reads and switches the logs of both plugins: `engine.plugin_care.care_protocols.DebugLogFiles`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from smtui.domain.plugin_facts.plugin_survey import DebugLog, SwitchSteps
from smtui.domain.text import MASK, error_words, harmless
from smtui.store.file_access import opened_regular, state_folder
from smtui.store.plugin_log_files import LOG_VARIABLE, own_log, switch_own_log
from smtui.store.seelog_file import SeelogFile

TAIL_BYTES = 64 * 1024
_PREPARED = "seelog.xml"
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{100,}")
"""What may be a session's token, however the official plugin names it: nothing that a reader needs is so long."""


class DebugLogs:
    """The logs of the user of this environment."""

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        seelog: SeelogFile | None = None,
        *,
        named_by: str = "",
        read_only: bool = False,
        demo: bool = False,
    ) -> None:
        """`named_by` is what named the file of our log, if it was not the user who set the variable.

        A `demo` has an environment of its own, and leaves the official plugin's log alone.
        """
        self._read_only = read_only
        self._demo = demo
        self._environment = environment
        self._named_by = named_by or LOG_VARIABLE
        self._seelog = seelog or SeelogFile(prepared=state_folder(environment) / _PREPARED)

    def own(self) -> DebugLog:
        """The log of smtui's plugin."""
        log = own_log(self._environment)
        return DebugLog(str(log.path), log.is_on, fixed_by=self._named_by if log.by_variable else "", size=log.size)

    def official(self) -> DebugLog:
        """The log of the official plugin."""
        return self._seelog.look()

    def kept(self, *, ours: bool) -> str:
        """Why this log is not switched in this run, as a sentence; empty if it may be."""
        if self._read_only:
            return "smtui is read-only, so it switches no log."
        return "" if ours or not self._demo else "The demo leaves the official plugin's log as it is."

    def switch_own(self, on: bool) -> SwitchSteps:
        """Switch the log of smtui's plugin for sessions that start from now on."""
        if own_log(self._environment).by_variable:
            return SwitchSteps(f"{self._named_by} names the log: it is on as long as it does.", is_done=on)
        try:
            switch_own_log(on, self._environment)
        except OSError as error:
            return SwitchSteps(f"The log was not switched: {error.strerror or error_words(error)}.", is_done=False)
        if not on:
            return SwitchSteps("smtui's plugin logs nothing from its next session on. What was logged stays.")
        return SwitchSteps(
            "smtui's plugin logs from its next session on: kinds, sizes and times of messages, "
            "nothing that is typed or shown."
        )

    def switch_official(self, on: bool) -> SwitchSteps:
        """Switch the official plugin's log, or return the commands that do."""
        return self._seelog.switch(on)

    def tail(self, path: str) -> tuple[str, ...]:
        """The last lines of a log, at most 64 KiB; a sentence in their place where it cannot be read."""
        try:
            with opened_regular(Path(path)) as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - TAIL_BYTES))
                text = file.read(TAIL_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return (f"There is no log yet: {path}",)
        except OSError as error:
            return (f"{path} cannot be read: {error.strerror or error_words(error)}.",)
        if size > TAIL_BYTES:
            text = text[text.find("\n") + 1 :]
        lines = text.removesuffix("\n").split("\n") if text else []
        return tuple(harmless(_TOKEN.sub(MASK, line.rstrip("\r").expandtabs())) for line in lines)
