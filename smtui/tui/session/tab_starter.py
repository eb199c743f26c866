"""Starts a shell in a new tab or window of the user's terminal, so that the list stays where it is."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.domain.request import READ_ONLY, place_argv
from smtui.domain.shellquote import offered_line
from smtui.domain.text import error_words, harmless
from smtui.engine.ssh_access import own_program
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.terminal.new_tab import NewTab, NoTab, new_tab

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel

    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher

_OPENING_SECONDS = 10.0
_IN_DEMO = "A new tab is another process, which cannot reach the Region of this demo: start the shell here with {key}."


async def open_tab(app: App[Any], launcher: Launcher, node: Node) -> None:
    """Open the tab, and say with which command; where that is not possible, copy the command and say why."""

    def say(sentence: str, severity: SeverityLevel = "information") -> None:
        app.notify(harmless(sentence), severity=severity, markup=False)

    if launcher.setup.read_only or launcher.setup.demo:
        say(READ_ONLY if launcher.setup.read_only else _IN_DEMO.format(key=key_of("shell")), "warning")
        return
    command = ["connect", node.node_id, *place_argv(_whole_place(launcher, node.place))]
    shown = offered_line(["smtui", *command])
    try:
        # The PATH of a new tab may lead to another smtui, or to none.
        tab = new_tab(
            os.environ, [*own_program(), *command], node.name or node.node_id, has_profile=bool(node.place.profile)
        )
        await launcher.off_loop.call(lambda: _run(tab))
    except NoTab as none:
        app.copy_to_clipboard(shown)
        say(f"{none} Copied, for another terminal: {shown}", "warning")
        return
    launcher.place_book.filters.note_used(node.place, node.node_id)
    say(f"Opened by {tab.opener.value}: {shown}")


def _whole_place(launcher: Launcher, place: Place) -> Place:
    """The place with the Region in use: the new tab may have another default."""
    return replace(place, region=place.region or launcher.fleet.region(place))


def _run(tab: NewTab) -> None:
    """Run the opener to its end; raises `NoTab` with its words. Blocks."""
    try:
        done = subprocess.run(
            tab.argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_OPENING_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoTab(f"No tab was opened by {tab.opener.value} ({error_words(error)}).") from None
    if done.returncode:
        said = harmless(" ".join(done.stderr.decode("utf-8", "replace").split()))
        raise NoTab(f"No tab was opened by {tab.opener.value} ({said or f'exit status {done.returncode}'}).")
