"""Keeps what contributors are told true: the checks, the Pythons, the commands and what a release holds."""

from __future__ import annotations

import ast
import re
import shlex
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import click
import pytest

from smtui.cli.group import cli
from smtui.tui.commands import COMMANDS
from tests.conftest import SETS

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WORKFLOW = ROOT / ".github/workflows/ci.yml"
FORMS = ROOT / ".github/ISSUE_TEMPLATE"
PAGES = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
STATIC = "bash .ci/static"
PROGRAMS = {"bash", "coverage", "git", "mkdocs", "nox", "pip", "pre-commit", "pytest", "python", "python3", "smtui"}


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def lines_of(name: str) -> list[str]:
    """Its lines without comments, stripped."""
    return [line.strip() for line in text(name).splitlines() if line.strip() and not line.strip().startswith("#")]


def test_ci_pre_commit_and_nox_run_the_same_static_checks() -> None:
    assert STATIC in lines_of(".ci/run")
    assert f"entry: {STATIC}" in lines_of(".pre-commit-config.yaml")
    assert [line for line in lines_of(".pre-commit-config.yaml") if line.startswith("- repo:")] == ["- repo: local"]
    assert 'session.run("bash", ".ci/static", session.bin, external=True)' in lines_of("noxfile.py")
    assert [line for line in lines_of(".ci/static") if line.startswith('"$bin/')] == [
        '"$bin/ruff" check .',
        '"$bin/ruff" format --check .',
        '"$bin/mypy"',
        '"$bin/lint-imports"',
    ]


def test_the_workflow_runs_the_projects_own_checks_and_nothing_else() -> None:
    lines = lines_of(WORKFLOW.relative_to(ROOT).as_posix())
    assert [line for line in lines if re.match(r"(- )?run: ", line)] == ["run: bash .ci/run"]
    assert [line for line in lines if line.endswith(": write")] == []
    assert "contents: read" in lines
    assert "persist-credentials: false" in lines


@pytest.mark.parametrize("workflow", sorted(WORKFLOW.parent.iterdir()), ids=lambda path: path.name)
def test_a_workflow_pins_every_action_to_a_commit(workflow: Path) -> None:
    used = [action for action in re.findall(r"uses: (\S+)", workflow.read_text("utf-8")) if not action.startswith("./")]
    assert used
    assert [action for action in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)] == []


def test_workflow_nox_and_project_name_the_same_pythons() -> None:
    (found,) = re.findall(r"python: (\[.*\])", WORKFLOW.read_text("utf-8"))
    in_workflow = ast.literal_eval(found)
    assignments = [each for each in ast.parse(text("noxfile.py")).body if isinstance(each, ast.Assign)]
    (in_nox,) = [ast.literal_eval(each.value) for each in assignments if ast.unparse(each.targets[0]) == "PYTHONS"]
    assert list(in_nox) == in_workflow
    assert PROJECT["project"]["requires-python"] == f">={in_workflow[0]}"


def test_the_workflow_runs_on_every_system_that_the_project_names() -> None:
    (systems,) = re.findall(r"system: \[(.*)\]", WORKFLOW.read_text("utf-8"))
    assert [name.partition("-")[0] for name in systems.split(", ")] == ["ubuntu", "macos", "windows"]
    named = [each for each in PROJECT["project"]["classifiers"] if each.startswith("Operating System")]
    assert {each.rpartition(" :: ")[2] for each in named} == {"Linux", "MacOS", "Windows"}


@pytest.mark.integration
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: nobody knows what is tracked")
def test_a_source_distribution_holds_everything_that_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    tracked = {f"/{name.partition('/')[0]}" for name in listed.stdout.split("\0") if name}
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]) == tracked


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "smtui/py.typed").is_file()
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["smtui"]


def test_every_test_is_in_exactly_one_set(request: pytest.FixtureRequest) -> None:
    items = request.session.items
    found = {item.nodeid: [name for name in SETS if item.get_closest_marker(name)] for item in items}
    assert {name: sets for name, sets in found.items() if len(sets) != 1} == {}
    assert set(SETS) <= marks()


def test_a_unit_test_starts_no_program_and_opens_no_connection() -> None:
    with pytest.raises(RuntimeError, match="in a unit test"):
        subprocess.run([sys.executable, "-c", ""], check=True)
    with pytest.raises(RuntimeError, match="in a unit test"), socket.socket() as made:
        made.bind(("127.0.0.1", 0))


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_to_exists(page: str) -> None:
    linked = [link for link in re.findall(r"\]\(([^)#]+)", text(page)) if "://" not in link]
    assert [link for link in linked if not (ROOT / link).exists()] == []


def commands(page: str) -> Iterator[list[str]]:
    """The words of each command line in its shell blocks."""
    for block in re.findall(r"```sh\n(.*?)```", text(page), re.DOTALL):
        for line in block.splitlines():
            for command in line.partition(" #")[0].split("&&"):
                if words := shlex.split(command):
                    yield words


def nox_sessions() -> set[str]:
    functions = [each for each in ast.parse(text("noxfile.py")).body if isinstance(each, ast.FunctionDef)]
    return {each.name for each in functions if any("nox.session" in ast.unparse(by) for by in each.decorator_list)}


def marks() -> set[str]:
    return {each.partition(":")[0] for each in PROJECT["tool"]["pytest"]["ini_options"]["markers"]}


def missing(words: list[str]) -> list[str]:
    """What a command names that is not there: files, marks, modules and sessions of nox."""
    program, pairs = words[0].rpartition("/")[2], list(pairwise(words))
    wrong = [word for word in words if word.startswith(("tests/", ".ci/")) and not (ROOT / word).exists()]
    after_m = [word for flag, word in pairs if flag == "-m"]
    if program == "python":
        wrong += [module for module in after_m if not find_spec(module)]
    elif program in ("pytest", "nox"):
        wrong += [mark for mark in after_m if mark not in marks()]
    elif program == "smtui" and not {"--demo", *cli.list_commands(click.Context(cli))} & set(words):
        wrong += words
    return wrong + [name for flag, name in pairs if flag == "-s" and name.partition("-")[0] not in nox_sessions()]


def test_every_command_of_the_contributing_page_can_be_run() -> None:
    found = list(commands("CONTRIBUTING.md"))
    assert ["bash", ".ci/run"] in found
    assert [(shlex.join(words), missing(words)) for words in found if missing(words)] == []
    assert {words[0].rpartition("/")[2] for words in found} <= PROGRAMS


def test_the_forms_that_report_a_fault_ask_for_the_doctor_and_say_what_to_remove() -> None:
    forms = {
        path.name: " ".join(path.read_text("utf-8").split())
        for path in FORMS.glob("*.yml")
        if path.name != "config.yml"
    }
    assert {"bug.yml", "wrong_finding.yml"} <= set(forms)
    for form in forms.values():
        assert re.search(r"smtui doctor (TARGET )?--json", form)
        for named in ("account ID", "ARNs", "host names", "proxy addresses", "user name"):
            assert named in form


def test_the_form_for_a_bug_asks_for_the_facts() -> None:
    form = FORMS.joinpath("bug.yml").read_text("utf-8")
    assert "smtui info" in form
    assert "Copy facts for a bug report" in form
    assert any(command.name == "Copy facts for a bug report" for command in COMMANDS)


def test_no_page_names_a_folder_of_one_machine() -> None:
    own = ("noxfile.py", ".pre-commit-config.yaml", ".ci/run", ".ci/static", "pyproject.toml", *PAGES)
    files = [*(ROOT / name for name in own), *WORKFLOW.parent.iterdir(), *(ROOT / ".ci").glob("*.py"), *FORMS.iterdir()]
    found = [
        (path.name, re.findall(r"(?<![\w~.])/(?:home|root|work|Users|opt)/\w+", path.read_text("utf-8")))
        for path in files
    ]
    assert [each for each in found if each[1]] == []
