"""`python -m tests.house_figures [ROOT]`: prints how large and how tangled the source tree in ROOT is.

ROOT is a checkout of any commit, this one without it. `tests/house.py` says how names, imports, docstrings and
contracts are counted, `tests/house_ways.py` how the files on the three ways are; the ways need a POSIX system.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from tests import house
from tests.test_house import MOST_IN_A_ROOM

WAYS = {
    "nodes": "a page of nodes, from AWS to a drawn row",
    "session": "`enter` on a node, to the plugin and back to the list",
    "check": "one check of the doctor, from reading AWS to its drawn finding",
}
PATIENCE = 600
"""Seconds for all ways."""
LARGEST = 5


def figures(root: Path) -> Iterator[str]:
    """The figures of the source alone, line by line."""
    modules = house.modules(root)
    lines = [module.lines for module in modules]
    yield f"files                          {len(modules)}"
    yield f"lines                          {sum(lines)}"
    yield f"median of a file               {median(lines):g} lines"
    largest = sorted(modules, key=lambda module: -module.lines)[:LARGEST]
    yield f"largest files                  {', '.join(f'{each.path} {each.lines}' for each in largest)}"
    yield f"imported by one module only    {len(house.imported_once(modules))}"
    repeated = house.repeated_names(modules)
    yield f"names used more than once      {len(repeated)}"
    yield from (f"  {name}: {', '.join(paths)}" for name, paths in repeated.items())
    contracts = house.contracts(root)
    loose = {name: hole.reason for name, hole in contracts.items() if hole.open}
    yield f"contracts with exceptions      {len(loose)} of {len(contracts)}"
    yield from (f"  {name}: {reason or 'no reason given'}" for name, reason in loose.items())
    crowded = {room: count for room, count in house.rooms(modules).items() if count > MOST_IN_A_ROOM}
    yield f"rooms with more than {MOST_IN_A_ROOM} files  {len(crowded)}"
    yield from (f"  {room}: {count}" for room, count in crowded.items())
    public = [documented for module in modules for _, documented in house.public_names(module)]
    yield f"public names with docstrings   {sum(public)} of {len(public)} ({sum(public) / len(public):.1%})"


def files_on_ways(root: Path) -> Mapping[str, Sequence[str]]:
    """For each way the files that it touches. Raises CalledProcessError where the program cannot be driven."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SMTUI_"))}
    environment |= {"PYTHONPATH": str(root), "SMTUI_PLUGIN": "builtin", "TERM": "xterm-256color", "SHELL": "/bin/sh"}
    program = [sys.executable, "-P", str(Path(__file__).with_name("house_ways.py"))]
    done = subprocess.run(
        program, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE
    )
    found: Mapping[str, Sequence[str]] = json.loads(done.stdout)
    return found


def main(root: Path) -> None:
    """Print everything."""
    for line in figures(root):
        print(line)
    print("files touched on")
    for way, files in files_on_ways(root).items():
        print(f"  {WAYS[way]}: {len(files)}")
        print(f"    {' '.join(files)}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve())
