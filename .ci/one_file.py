"""Builds smtui as one file that runs without an installation: dist/smtui.pex.

usage: python .ci/one_file.py [FILE]        with pex installed: `nox -s one_file` installs it first

The file runs only on the system, processor and Python version that it was built with, because cryptography and psutil
contain machine code, and needs that Python on PATH. Its first start unpacks it below ~/.cache/pex; later starts are as
fast as those of an installed smtui.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build(file: Path) -> None:
    """Blocks; raises CalledProcessError after pex has printed its error to stderr."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # --venv unpacks into a virtual environment, so that the plugin and the demo, which smtui starts, can import smtui.
    # --sh-boot starts Python once instead of twice: 0.05 s of processor time; shiv, or pex without it, takes 0.15 s.
    how = ["--venv", "prepend", "--sh-boot", "--console-script", "smtui", "--output-file", str(file)]
    python = f"/usr/bin/env python{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([sys.executable, "-m", "pex", str(ROOT), *how, "--python-shebang", python], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist/smtui.pex")
