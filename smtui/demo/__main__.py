"""Runs the simulated Region as a program of its own: `python -m smtui.demo`, which `smtui --demo` starts."""

from __future__ import annotations

import argparse
import sys

from smtui.demo.serve import serve


def main() -> int:
    """Reads the arguments and serves the Region until it is ended; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m smtui.demo")
    parser.add_argument("--nodes", type=int)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--format", choices=("json", "env"), default="json")
    given = parser.parse_args()
    return serve(given.nodes, given.port, given.format, sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
