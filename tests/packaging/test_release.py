"""What a release says, what stops it, and what its workflow may do."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.packaging.ci_scripts import ROOT, ci_script

release = ci_script("release")
CHANGELOG = """# Changelog

## [Unreleased]

## [0.2.0] - 2026-12-01

### Added

- Two.

### Fixed
- Three.

## [0.1.0] - 2026-11-01

### Added
- One.
"""
HOME = "https://host.example/smtui"
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
JOBS: dict[str, dict[str, Any]] = WORKFLOW["jobs"]
CI = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))


def test_the_notes_are_what_the_changelog_says_of_the_version() -> None:
    assert release.notes(CHANGELOG, "0.2.0", HOME) == (
        "### Added\n\n- Two.\n\n### Fixed\n- Three.\n\nAll changes: https://host.example/smtui/compare/v0.1.0...v0.2.0"
    )
    assert release.notes(CHANGELOG, "0.1.0", HOME) == "### Added\n- One."


@pytest.mark.parametrize(("version", "why"), [("0.3.0", "no heading for 0.3.0"), ("Unreleased", "nothing about Unr")])
def test_a_version_of_which_nothing_is_said_has_no_notes(version: str, why: str) -> None:
    with pytest.raises(LookupError, match=why):
        release.notes(CHANGELOG, version, HOME)


@pytest.mark.parametrize(
    ("tag", "ours", "repository", "why"),
    [
        ("v0.2.0", "0.2.0", HOME, []),
        ("v0.2.1", "0.2.0", HOME, ["The tag is v0.2.1, but smtui/__init__.py has the version 0.2.0."]),
        ("0.2.0", "0.2.0", HOME, ["The tag is 0.2.0, but smtui/__init__.py has the version 0.2.0."]),
        ("v0.3.0", "0.3.0", HOME, ["CHANGELOG.md has no heading for 0.3.0."]),
        ("v0.2.0", "0.2.0", "https://host.example/fork", [
            "pyproject.toml says that the project is at https://host.example/smtui, "
            "but this is https://host.example/fork."
        ]),
    ],
)  # fmt: skip
def test_a_tag_that_does_not_fit_is_not_released(tag: str, ours: str, repository: str, why: list[str]) -> None:
    assert release.problems(CHANGELOG, tag, ours, (HOME, repository)) == why


def test_a_release_without_its_date_is_not_released() -> None:
    undated = CHANGELOG.replace(" - 2026-12-01", "")
    assert release.problems(undated, "v0.2.0", "0.2.0", (HOME, HOME)) == ["CHANGELOG.md has no date for 0.2.0."]


def test_the_changelog_is_in_the_form_of_keep_a_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (.*)$", changelog, re.MULTILINE)
    assert versions[0] == "[Unreleased]"
    assert [each for each in versions[1:] if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", each)] == []
    kinds = set(re.findall(r"^### (.*)$", changelog, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_command_prints_the_notes_and_exits_with_1_where_a_tag_does_not_fit() -> None:
    command = [sys.executable, ".ci/release.py"]
    how: dict[str, Any] = {"cwd": ROOT, "capture_output": True, "text": True, "encoding": "utf-8"}
    printed = subprocess.run([*command, "notes"], check=False, **how)
    assert (printed.returncode, printed.stderr) == (0, "")
    assert printed.stdout.startswith("### ")
    refused = subprocess.run([*command, "check", "v99.0.0"], check=False, **how)
    assert refused.returncode == 1
    assert "The tag is v99.0.0, but smtui/__init__.py has the version" in refused.stderr


def runs(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job].get("steps", ()) if "run" in step]


def actions(job: str) -> list[str]:
    return [step["uses"].partition("@")[0] for step in JOBS[job].get("steps", ()) if "uses" in step]


def test_nothing_is_published_before_it_is_checked_built_and_tried() -> None:
    assert WORKFLOW[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as true
    needs = {name: job.get("needs", []) for name, job in JOBS.items()}
    assert needs == {"checks": [], "build": [], "try": "build", "publish": ["checks", "try"], "announce": "publish"}
    assert JOBS["checks"]["uses"] == "./.github/workflows/ci.yml"
    assert "workflow_call" in CI[True]


def test_the_files_are_built_once_and_checked_before_anybody_gets_them() -> None:
    steps = runs("build")
    assert steps[0].startswith("python .ci/release.py check ")
    assert steps[-1] == "python -m twine check --strict dist/*"
    assert [name for name in JOBS if any("build" in run for run in runs(name))] == ["build"]
    assert "pypa/gh-action-pypi-publish" in actions("publish")
    assert not runs("publish")


def test_the_files_are_tried_wherever_the_tests_run() -> None:
    tried, tested = JOBS["try"]["strategy"]["matrix"], CI["jobs"]["run"]["strategy"]["matrix"]
    assert tried == tested | {"file": ["whl", "tar.gz"]}
    assert "smtui list --demo" in runs("try")[-1]


def test_each_job_may_do_only_what_it_is_for() -> None:
    assert WORKFLOW["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "checks": {"contents": "read"},
        "build": {"contents": "read", "id-token": "write", "attestations": "write"},
        "try": {},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }
    assert JOBS["publish"]["environment"] == "release"


def test_no_password_is_used_and_no_text_from_outside_becomes_a_command() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text("utf-8")
    assert "secrets." not in text
    assert "password" not in text
    commands = [run for name in JOBS for run in runs(name)]
    assert [run for run in commands if "${{" in run.replace("${{ matrix.file }}", "")] == []
