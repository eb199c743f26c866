"""Keeps the house as ARCHITECTURE.md describes it: rooms, names, walls, docstrings, and what is imported when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from smtui.domain.place import Caller, Place
from smtui.domain.roster import Snapshot
from smtui.store.node_cache import NodeCache
from tests import house
from tests.domain.build import NOW, ec2_facts, ssm_facts

ROOT = Path(__file__).parents[1]

MOST_IN_A_ROOM = 25
MOST_LINES = 400

SAME_NAMES = {
    "forward": "the subcommand `forward`, and the port forward that it starts",
    "left_behind": "what a killed smtui left running, asked about on the command line and on the screen",
}
"""File names that several modules share, and why that misleads nobody."""

FEATURES_SHARE = ("lists", "parts", "terminal")
"""Folders of tui/ that every feature may import; they import none."""

INSTALLED = {
    "boto3", "botocore", "click", "cryptography", "platformdirs", "psutil", "pyperclip", "rich", "textual", "tomlkit",
    "websockets",
}  # fmt: skip
"""Every installed package that the walls are about."""

WALLS = {
    "smtui.cli": {*INSTALLED - {"click"}, "smtui.tui", "smtui.aws", "smtui.channel", "smtui.demo", "smtui.store"},
    "smtui.tui": {
        *INSTALLED - {"platformdirs", "rich", "textual"},
        "smtui.aws", "smtui.channel", "smtui.cli", "smtui.demo", "smtui.store", "smtui.diagnosis.judging",
    },
    "smtui.plugin": {
        *INSTALLED,
        "smtui.cli", "smtui.demo", "smtui.engine", "smtui.store", "smtui.topics", "smtui.tui", "smtui.tunnels",
    },
    "smtui.demo": {*INSTALLED, "smtui.cli", "smtui.plugin", "smtui.store", "smtui.tui", "smtui.tunnels"},
}  # fmt: skip
"""For each front end what no module of it imports, directly or through others, before it is called."""

FIRST_SCREEN = ROOT / "tests" / "first_screen.txt"
"""What is imported before the first paint: our modules, Textual's widgets, installed packages, and what a remark says
they cost. A new line costs everybody that much at every start."""
SLOW_STANDARD_LIBRARY = {"email", "http", "multiprocessing", "unittest", "urllib.request", "xml"}
"""None of these either; the rest of it differs from one Python to the next."""
PYTHONS_OWN = {"__main__", "__mp_main__", "sitecustomize", "usercustomize", "_distutils_hack", "_virtualenv"}
KEPT = Snapshot(
    Caller("111122223333", "arn", "AIDA", "eu-west-1"),
    NOW,
    tuple(ssm_facts(f"i-{number:017x}", seen_at=NOW) for number in range(200)),
    tuple(ec2_facts(f"i-{number:017x}", seen_at=NOW, name=f"web-{number}") for number in range(200)),
)
"""The list of an earlier run, for the first paint."""


HOUSE = house.modules(ROOT)


# What can be read in the source ------------------------------------------------------------------


def test_no_room_is_crowded() -> None:
    assert {room: count for room, count in house.rooms(HOUSE).items() if count > MOST_IN_A_ROOM} == {}


def test_no_module_is_long() -> None:
    assert {module.path for module in HOUSE if module.lines > MOST_LINES} == set()


def test_a_modules_name_is_used_once_or_says_why_not() -> None:
    assert set(house.repeated_names(HOUSE)) == set(SAME_NAMES)


def feature_of(name: str) -> str:
    """The folder of tui/ that a module is in, of those that are features; empty for all others."""
    parts = name.split(".")
    is_inside = parts[:2] == ["smtui", "tui"] and len(parts) > 3
    return parts[2] if is_inside and parts[2] not in FEATURES_SHARE else ""


def test_no_feature_of_the_screen_imports_another() -> None:
    names = {module.name for module in HOUSE}
    found = set()
    for module in HOUSE:
        inside = module.name.removeprefix("smtui.tui.")
        if not feature_of(module.name) and inside.partition(".")[0] not in FEATURES_SHARE:
            continue  # the app's own modules know every feature
        for imported in house.imports(module, names):
            if feature_of(imported) not in ("", feature_of(module.name)):
                found.add(f"{inside} -> {imported.removeprefix('smtui.tui.')}")
    assert found == set()


def test_public_names_have_docstrings_where_ruff_is_not_told_to_look_away() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    exempt = project["tool"]["ruff"]["lint"]["per-file-ignores"]
    to_be_mended = {path.split("/")[1] for path, rules in exempt.items() if path.startswith("smtui/") and "D1" in rules}
    assert {name.split(".")[1] for name in house.undocumented(HOUSE)} == to_be_mended


def test_a_contract_with_a_hole_says_why() -> None:
    assert {name for name, hole in house.contracts(ROOT).items() if hole.open and not hole.reason} == set()


# What can be seen at run time only ---------------------------------------------------------------


def loaded(program: str, home: Path, *words: str) -> set[str]:
    """The modules that a fresh interpreter has when the program prints them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SMTUI_"))}
    environment |= {"AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def within(names: set[str], forbidden: set[str]) -> set[str]:
    """Those of `forbidden` that are loaded, themselves or a module inside."""
    return {each for each in forbidden if any(name == each or name.startswith(f"{each}.") for name in names)}


WHOLE_FRONT_END = """
import importlib, json, pkgutil, sys
before = set(sys.modules)
front_end = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(front_end.__path__, f"{sys.argv[1]}."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.integration
@pytest.mark.parametrize("front_end", WALLS)
def test_a_front_end_imports_nothing_beyond_its_walls(front_end: str, tmp_path: Path) -> None:
    names = loaded(WHOLE_FRONT_END, tmp_path, front_end)
    assert front_end in names
    assert within(names, WALLS[front_end]) == set()


LIGHT = {*INSTALLED, "asyncio", "json"}


@pytest.mark.integration
def test_importing_the_command_line_imports_nothing_heavy(tmp_path: Path) -> None:
    names = loaded("import sys, smtui.cli; found = list(sys.modules); import json; print(json.dumps(found))", tmp_path)
    assert "smtui.cli" in names
    assert within(names, LIGHT) == set()


FIRST_PAINT = """
import asyncio, json, os, sys
os.environ["SMTUI_CACHE_DIR"] = sys.argv[1]
import smtui.cli.start_screen, smtui.engine.shutdown, smtui.strays
import smtui.tui.terminal.starting_terminal, smtui.tui.terminal.prompt_driver
from smtui import wiring
from smtui.run_options import RunOptions

async def run():
    async with wiring.wired(RunOptions(), print) as launcher, wiring.begun(launcher) as app_class:
        def painted(app):
            assert app.screen.table.visible_rows, "the first paint shows no node"
            print(json.dumps(sorted(sys.modules)), flush=True)
            os._exit(0)

        app_class.post_display_hook = painted
        await app_class(launcher).run_async(headless=True, size=(140, 40))

asyncio.run(run())
"""


@pytest.fixture(scope="session")
def first_paint(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules that are loaded when the first rows are drawn, from a list that was kept."""
    home = tmp_path_factory.mktemp("home")
    NodeCache(home, {"AWS_REGION": "eu-west-1"}).save(Place(), KEPT)
    return loaded(FIRST_PAINT, home, str(home))


@pytest.mark.integration
def test_what_is_imported_before_the_first_paint_is_listed(first_paint: set[str]) -> None:
    listed = {line.partition("#")[0].strip() for line in FIRST_SCREEN.read_text("utf-8").splitlines()} - {""}
    assert {name for name in map(as_listed, first_paint) if name} == listed


def as_listed(name: str) -> str:
    """The name as the file lists it; empty for what it does not list."""
    package, _, inside = name.partition(".")
    if package == "smtui" or (package == "textual" and inside.startswith("widgets._")):
        return name
    return "" if package in sys.stdlib_module_names or package in PYTHONS_OWN else package


@pytest.mark.integration
def test_nothing_slow_of_the_standard_library_is_imported_before_the_first_paint(first_paint: set[str]) -> None:
    assert within(first_paint, SLOW_STANDARD_LIBRARY) == set()
