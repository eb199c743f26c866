"""What the two distributions hold, and what they tell a package index."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from smtui import __version__
from tests.packaging.ci_scripts import ROOT, ci_script
from tests.packaging.installing import Built, build

HOME = ci_script("release").home()
INFO = f"smtui-{__version__}.dist-info"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def metadata(built: Built) -> EmailMessage:
    with zipfile.ZipFile(built.wheel) as archive:
        return message_from_bytes(archive.read(f"{INFO}/METADATA"), policy=policy.EmailPolicy(utf8=True))


def tracked(*under: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *under], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(listed.stdout.split("\0")) - {""}


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


in_checkout = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout: nobody knows what is tracked")


@in_checkout
def test_the_wheel_holds_the_package_whole_and_nothing_else(built: Built) -> None:
    about = {f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")}
    manual = {f"smtui-{__version__}.data/data/share/man/man1/{Path(page).name}" for page in tracked("docs/man")}
    assert manual
    assert names(built.wheel) == tracked("smtui") | about | manual


@in_checkout
def test_the_source_distribution_holds_what_is_tracked_and_nothing_else(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        held = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert held == tracked() | {"PKG-INFO"}


def test_the_screens_styles_and_texts_are_in_the_wheel(built: Built) -> None:
    kinds = {Path(name).suffix for name in names(built.wheel)}
    assert {".tcss", ".toml", ".typed"} <= kinds


def test_a_build_from_the_source_distribution_gives_the_same_bytes(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    again = build(tmp_path / f"smtui-{__version__}", tmp_path / "dist")
    assert again.wheel.read_bytes() == built.wheel.read_bytes()
    assert again.sdist.read_bytes() == built.sdist.read_bytes()


def test_the_addresses_are_those_of_the_project(metadata: EmailMessage) -> None:
    urls = dict(line.split(", ") for line in metadata.get_all("Project-URL", []))
    assert list(urls) == ["Homepage", "Documentation", "Source", "Issues", "Changelog"]
    assert {url for url in urls.values() if not url.startswith(HOME)} == set()
    assert urlsplit(HOME).scheme == "https"
    assert not HOME.endswith("/")


@in_checkout
def test_the_projects_address_is_in_one_place() -> None:
    written = {name for name in tracked() if HOME.encode() in (ROOT / name).read_bytes()}
    assert written == {"pyproject.toml"}


def test_the_readme_for_an_index_has_only_links_that_lead_somewhere(metadata: EmailMessage) -> None:
    page = metadata.get_payload()
    assert isinstance(page, str)
    links = re.findall(r"\]\(([^)\s]+)\)", page)
    assert len(links) == len(re.findall(r"\]\(([^)\s]+)\)", (ROOT / "README.md").read_text("utf-8")))
    assert [link for link in links if not link.startswith("https://")] == []
    named = [re.fullmatch(rf"{re.escape(HOME)}/(raw|blob)/v{__version__}/([^#]+)(#.*)?", link) for link in links]
    ours = [found[2] for found in named if found]
    assert "screens/nodes.svg" in ours
    assert [name for name in ours if not (ROOT / name).exists()] == []
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", page)
    assert [link for link in pictures if not link.startswith(f"{HOME}/raw/")] == []


def test_the_classifiers_name_the_pythons_that_are_tested(metadata: EmailMessage) -> None:
    (pythons,) = re.findall(r"python: \[(.*)\]", (ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(metadata.get_all("Classifier", [])), re.MULTILINE)
    assert named == [each.strip('"') for each in pythons.split(", ")]


def test_the_project_is_described_whole(metadata: EmailMessage) -> None:
    assert metadata["Author"] == "The smtui contributors"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert {"session-manager", "tui"} <= set(metadata["Keywords"].split(","))
    assert not any(text.startswith("License ::") for text in metadata.get_all("Classifier", []))


def test_the_version_is_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" not in project["project"]
    assert ci_script("release").version() == __version__


def test_what_the_container_file_copies_is_enough_to_build_from(built: Built, tmp_path: Path) -> None:
    for line in (ROOT / ".ci/Containerfile").read_text("utf-8").splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "dist" / built.wheel.name).read_bytes() == built.wheel.read_bytes()
