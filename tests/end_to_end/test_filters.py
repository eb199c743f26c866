"""A filter that is typed at speed, completed, saved, and used by its name wherever a filter can stand."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path

from smtui.store.filter_file import FILE_NAME, FilterFile
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal


def smtui(world: World, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, *words], env=world.environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_filter_is_completed_saved_and_used_by_its_name(world: World) -> None:
    folder = Path(world.environment["SMTUI_STATE_DIR"])
    with Terminal([SMTUI], world.environment, columns=140) as terminal:
        terminal.wait_for(lambda text: "web-3" in text and " s ago" in text)  # read to its end, tags and all
        terminal.press("/web tag:env=pr\tstat:re\t")  # in one piece, as a slow connection brings it
        shown = terminal.wait_for("/ web tag:env=prod status:re")
        assert "web-1" in shown
        terminal.press("\x13prod web\r")
        terminal.wait_for('Saved. @"prod web" finds the same.')
        terminal.press("\r")
        terminal.press("pq")  # at once: what was pinned is kept all the same
        assert terminal.wait_for_end() == 0
    kept = FilterFile(folder).load()
    assert dict(kept.saved) == {"prod web": "web tag:env=prod status:re"}
    assert len(kept.pins) == 1
    assert stat.S_IMODE(os.stat(folder / FILE_NAME).st_mode) == 0o600

    listed = smtui(world, "list", "--json", "--filter", '@"prod web" name:web-1')
    assert [node["name"] for node in json.loads(listed.stdout)["nodes"]] == ["web-1"]
    wrong = smtui(world, "run", "--filter", "@prodweb", "--", "true")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert '@prodweb: no filter is saved as that; @"prod web"?' in wrong.stderr

    with Terminal([SMTUI, "--filter", '@"prod web"'], world.environment, columns=140) as terminal:
        shown = terminal.wait_for("★")
        assert "db-1" not in shown
        terminal.press("\x1b")
        terminal.wait_for("db-1")
        terminal.press("/\x1b[A")  # the last filter of this place
        terminal.wait_for("/ web tag:env=prod status:re")
        terminal.press("\r")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    with Terminal([SMTUI, "--filter", "@nowhere"], world.environment) as terminal:
        assert terminal.wait_for_end() == 2
        assert "--filter: @nowhere: no filter is saved as that." in terminal.written()
