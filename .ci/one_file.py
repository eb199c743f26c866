"""Builds smtui as one file that runs without an installation: dist/smtui.pex.

usage: python .ci/one_file.py [FILE]        with pex installed: `nox -s one_file` installs it first

The file is for the system, processor and Python that it is built with (cryptography and psutil have machine code), and
needs that Python on PATH. Its first start unpacks it below ~/.cache/pex; later ones take as long as an installed smtui.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build(file: Path) -> None:
    """Blocks; raises CalledProcessError with pex's own words on stderr."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # As a virtual environment of its own, smtui finds itself when it starts its plugin or the demo. A start by way of
    # sh spares Python's second start: 0.05 s of processor time, where shiv and pex's usual start take 0.15 s.
    how = ["--venv", "prepend", "--sh-boot", "--console-script", "smtui", "--output-file", str(file)]
    python = f"/usr/bin/env python{sys.version_info.major}.{sys.version_info.minor}"
    subprocess.run([sys.executable, "-m", "pex", str(ROOT), *how, "--python-shebang", python], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "dist/smtui.pex")
