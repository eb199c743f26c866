"""A terminal that answers no question: nothing that is typed on it is taken for an answer."""

from __future__ import annotations

import time
from pathlib import Path

from smtui.tui.terminal.terminal_answers import MUTE_SECONDS
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal


def test_a_burst_of_keys_after_an_editor_arrives(world: World, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\necho "clipbord = 1" > "$1"\n')
    editor.chmod(0o755)
    variables = {"EDITOR": str(editor), "SMTUI_CONFIG_DIR": str(tmp_path / "config")}
    with Terminal([SMTUI], {**world.environment, **variables}) as terminal:
        terminal.wait_for("45 nodes")
        asked_before = time.monotonic()
        terminal.wait_for(lambda _: time.monotonic() > asked_before + MUTE_SECONDS)
        terminal.press(",")
        terminal.wait_for("after_session")
        terminal.press("e")
        terminal.wait_for("clipbord")
        terminal.press("/mouse")
        terminal.wait_for(lambda text: "mouse" in text and "clipboard_command" not in text)
