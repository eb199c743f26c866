"""`smtui info`, run as a program: it calls nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_WALLED = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        sys.stderr.write(f"info did {event} {arguments}")
        sys.stderr.flush()
sys.addaudithook(refuse)
from smtui.cli import main
main()
"""


@pytest.mark.parametrize("words", [["info"], ["info", "--json"], ["--profile", "nobody", "info", "--json"]])
def test_prints_facts_and_calls_nobody(words: list[str], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SMTUI_"))}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "AWS_PROFILE": "acme", "SMTUI_PLUGIN": "builtin"}
    ran = subprocess.run(
        [sys.executable, "-c", _WALLED, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "acme" not in ran.stdout
    assert str(tmp_path) not in ran.stdout
    if "--json" in words:
        facts = json.loads(ran.stdout)
        assert facts["plugin"]["grade"] == "built in"
        assert facts["folders"]["config"] == "~/.config/smtui (not there yet, writable)"
    else:
        assert ran.stdout.startswith("versions\n  smtui ")
