"""`python -m tests.gallery`: copies the pictures in `screens/` from the snapshots of `tests/tui/test_snapshots.py`.

The snapshots are drawn anew by every run of the tests, from a world with its own clock, ids and sizes: a picture that
is equal to its snapshot shows today's screens.
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "screens"
SNAPSHOTS = Path(__file__).parent / "tui" / "__snapshots__" / "test_snapshots"
PICTURES = {
    "nodes": "test_scene[demo-140x32]",
    "nodes-80": "test_scene[filter-kept-80x24]",
    "details": "test_scene[details-140x32]",
    "details-80": "test_scene[details-80x24]",
    "help": "test_scene[help-140x32]",
    "palette": "test_scene[palette-80x24]",
    "not-ready": "test_scene[not-ready-140x32]",
    "troubleshoot": "test_scene[troubleshoot-140x45]",
    "troubleshoot-80": "test_scene[troubleshoot-80x24]",
    "troubleshoot-failure": "test_scene[failure-140x45]",
    "automation": "test_scene[automation-140x45]",
    "form": "test_scene[document-140x32]",
    "forward": "test_scene[forward-140x32]",
    "forward-80": "test_scene[forward-80x24]",
    "tunnels": "test_scene[tunnels-140x24]",
    "presets": "test_scene[presets-140x24]",
    "sessions": "test_scene[sessions-140x45]",
    "session-log": "test_scene[session-log-140x45]",
    "session-audit": "test_scene[session-audit-140x45]",
    "session-rules": "test_scene[rules-140x45]",
    "session-rules-form": "test_scene[rules-form-140x45]",
    "access": "test_scene[ask-access-140x45]",
    "access-requests": "test_scene[requests-140x45]",
    "filter": "test_scene[filter-completion-140x45]",
    "ssh": "test_scene[ssh-140x32]",
    "transfer": "test_scene[transfer-140x32]",
    "run": "test_scene[run-140x32]",
    "wait": "test_scene[wait-140x32]",
    "places": "test_scene[places-140x32]",
    "plugin": "test_scene[plugin-140x24]",
    "settings": "test_scene[settings-140x45]",
    "quit": "test_scene[quit-140x24]",
    "light": "test_light_theme[140x45]",
}
"""By picture: the test whose snapshot it is."""


def picture(name: str) -> Path:
    return FOLDER / f"{name}.svg"


def snapshot(name: str) -> Path:
    return SNAPSHOTS / f"{PICTURES[name]}.svg"


def stale() -> list[str]:
    """The pictures that do not show what their snapshots show."""
    return [name for name in PICTURES if not _is_current(name)]


def _is_current(name: str) -> bool:
    return picture(name).is_file() and picture(name).read_bytes() == snapshot(name).read_bytes()


def main() -> None:
    for name in stale():
        picture(name).write_bytes(snapshot(name).read_bytes())
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
