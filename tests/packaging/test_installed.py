"""Installs what a release holds where nothing of the developer's is, and starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.packaging.ci_scripts import ROOT
from tests.packaging.installing import Built, build, environment, new_user, said, try_it, try_screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_VERSION = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2])"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def index_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment(tmp_path_factory.mktemp("index") / "venv", "twine", "readme_renderer[md]")


def python_of(version: str) -> str:
    """One that is on PATH, or that pyenv has; skips the test if there is none that can make environments."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    there = [shutil.which(f"python{version}"), *map(str, pyenv.glob(f"versions/{version}.*/bin/python3"))]
    for found in filter(None, there):
        asked = subprocess.run([found, "-c", _VERSION], capture_output=True, text=True, timeout=60, check=False)
        if asked.stdout.strip() == version:
            return found
    pytest.skip(f"no Python {version} here")


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
@pytest.mark.parametrize("version", PYTHONS)
def test_it_runs_from_a_fresh_environment(version: str, kind: str, built: Built, tmp_path: Path) -> None:
    file = built.wheel if kind == "wheel" else built.sdist
    programs = environment(tmp_path / "venv", file, python=python_of(version))
    surroundings = new_user(tmp_path / "home")
    try_it(programs / "smtui", surroundings)
    assert re.fullmatch(r"[\d.]+\n", said([programs / "smtui-plugin", "--version"], surroundings))


def test_a_package_index_accepts_both_files(built: Built, index_tools: Path) -> None:
    checked = said([index_tools / "twine", "--no-color", "check", "--strict", built.sdist, built.wheel], os.environ)
    assert checked.count("PASSED") == 2


def test_a_package_index_shows_the_readme_with_its_pictures(built: Built, index_tools: Path, tmp_path: Path) -> None:
    code = """
import sys, email, zipfile
from readme_renderer import markdown
wheel = zipfile.ZipFile(sys.argv[1])
(name,) = [name for name in wheel.namelist() if name.endswith("/METADATA")]
page = email.message_from_bytes(wheel.read(name)).get_payload(decode=True).decode("utf-8")
sys.stdout.reconfigure(encoding="utf-8")
print(markdown.render(page))
"""
    page = said([index_tools / "python", "-c", code, built.wheel], new_user(tmp_path / "home"))
    pictures = re.findall(r"!\[", (ROOT / "README.md").read_text("utf-8"))
    assert len(re.findall(r'<img [^>]*src="https://', page)) == len(pictures)
    links = re.findall(r'(?:href|src)="([^"]*)"', page)
    of_headings = "#user-content-"
    assert [link for link in links if not link.startswith(("https://", of_headings))] == []


def test_one_file_runs_without_an_installation(tmp_path: Path) -> None:
    python = environment(tmp_path / "venv", "pex") / "python"
    file = tmp_path / "programs/smtui.pex"
    subprocess.run([python, ".ci/one_file.py", file], cwd=ROOT, check=True, capture_output=True, timeout=3600)
    surroundings = new_user(tmp_path / "home")
    try_it(file, surroundings)
    plugin = said([file, "--version"], surroundings | {"PEX_SCRIPT": "smtui-plugin"})
    assert re.fullmatch(r"[\d.]+\n", plugin)
    named = "from smtui.engine.ssh_access import own_program; print(*own_program())"
    assert said([file, "-c", named], surroundings | {"PEX_INTERPRETER": "1"}) == f"{file}\n"
    moved = file.rename(tmp_path / "smtui")
    try_screen([str(moved), "--demo", "--filter", "web-1"], surroundings)
