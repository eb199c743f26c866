"""Runs the tests on every supported Python that this machine has: `nox`, or `nox -s tests-3.13 -- tests/domain`.

`nox -s dist` builds the files of a release, `nox -s one_file` one file that runs without an installation.
"""

from pathlib import Path

import nox

PYTHONS = ("3.11", "3.12", "3.13", "3.14")

nox.needs_version = ">=2024.4"
nox.options.sessions = ("static", "tests")
nox.options.error_on_missing_interpreters = False  # nox reports each missing Python as skipped
nox.options.reuse_venv = "yes"


@nox.session(python=PYTHONS[0])
def static(session: nox.Session) -> None:
    """Runs ruff, mypy and import-linter on the oldest supported Python."""
    session.install("-q", "-e", ".[dev]")
    session.run("bash", ".ci/static", session.bin, external=True)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Runs pytest with the arguments after `--`; without any, all tests."""
    session.install("-q", "-e", ".[dev]")
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[-2])
def dist(session: nox.Session) -> None:
    """Builds the files of a release in dist/ and checks them as a package index does."""
    session.install("-q", "build", "twine")
    session.run("python", "-m", "build", "--outdir", "dist")
    session.run("twine", "check", "--strict", *(str(path) for path in Path("dist").glob("smtui-*")))


@nox.session
def one_file(session: nox.Session) -> None:
    """Builds dist/smtui.pex for the Python that runs nox: one file that needs this Python and no installation."""
    session.install("-q", "pex")
    session.run("python", ".ci/one_file.py")
