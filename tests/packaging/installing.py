"""Builds, installs and starts smtui as users do; for tests that need the package index."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from smtui import __version__
from tests.end_to_end.terminal import Terminal
from tests.packaging.ci_scripts import ROOT

PATIENCE = 600.0
"""Seconds for an installation, whose length the network decides, and for a program that has just been installed."""


@dataclass(frozen=True)
class Built:
    """The two files of a release."""

    sdist: Path
    wheel: Path


def build(source: Path, folder: Path) -> Built:
    """Without isolation: hatchling is one of the tools of the tests."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=PATIENCE)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


def environment(folder: Path, *packages: str | Path, python: str = sys.executable) -> Path:
    """A fresh virtual environment with these packages; answers the folder of its programs."""
    subprocess.run([python, "-m", "venv", folder], check=True, timeout=PATIENCE)
    programs = folder / "bin"
    install = [programs / "pip", "install", "-q", *packages]
    done = subprocess.run(install, check=False, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return programs


def new_user(home: Path) -> dict[str, str]:
    """The environment of somebody who has configured nothing."""
    home.mkdir()
    path = os.pathsep.join((str(Path(sys.executable).resolve().parent), "/usr/bin", "/bin"))
    return {"HOME": str(home), "TMPDIR": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color"}


def said(argv: Sequence[str | Path], surroundings: Mapping[str, str]) -> str:
    """What a command prints that must succeed."""
    done = subprocess.run(
        argv, check=False, env=surroundings, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE
    )
    assert done.returncode == 0, (argv, done.stdout, done.stderr)
    return done.stdout


def try_it(smtui: Path, surroundings: Mapping[str, str]) -> None:
    """Its version, one command, and the demo's screen until it is left."""
    assert said([smtui, "--version"], surroundings) == f"smtui {__version__}\n"
    assert "web-1" in said([smtui, "list", "--demo"], surroundings)
    try_screen([str(smtui), "--demo"], surroundings)


def try_screen(argv: Sequence[str], surroundings: Mapping[str, str]) -> None:
    with Terminal(argv, surroundings) as terminal:
        terminal.wait_for("web-1", PATIENCE)
        terminal.press("q")
        assert terminal.wait_for_end(PATIENCE) == 0
