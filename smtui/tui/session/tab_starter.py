"""Starts a shell in a new tab or window of the user's terminal, so that the list stays where it is."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.domain.request import READ_ONLY, place_argv
from smtui.domain.shellquote import offered_line
from smtui.domain.text import error_words, harmless
from smtui.engine.hooks.hook_runner import kill_group
from smtui.engine.ssh_access import own_program
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.terminal.new_tab import NewTab, NoTab, Opener, new_tab

if TYPE_CHECKING:
    from textual.app import App
    from textual.notifications import SeverityLevel

    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher

OPENING_SECONDS = 10.0
WINDOW_SECONDS = 2.0
"""A command of the user's own that still runs after so long is taken for the window itself."""
_MOST_BYTES = 4_096
"""How much of what the opener said is read."""
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
    """Run the opener, until a window of the user's own is open; raises `NoTab` with its words. Blocks.

    A window outlives smtui, so it has a session of its own. A pipe for what is said would stay open as long as it.
    """
    by = f"No tab was opened by {tab.opener.value}"
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(
                tab.argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise NoTab(f"{by} ({error_words(error)}).") from None
        is_own = tab.opener is Opener.OWN
        try:
            status = process.wait(WINDOW_SECONDS if is_own else OPENING_SECONDS)
        except subprocess.TimeoutExpired:
            if is_own:
                threading.Thread(target=process.wait, name="window", daemon=True).start()  # reaps it
                return
            kill_group(process)
            raise NoTab(f"{by}: it did not end within {OPENING_SECONDS:.0f} s.") from None
        said.seek(0)
        words = harmless(" ".join(said.read(_MOST_BYTES).decode("utf-8", "replace").split()))
    if status:
        raise NoTab(f"{by} ({words or f'exit status {status}'}).")
