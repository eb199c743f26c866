"""Runs the tests on every supported Python that this machine has: `nox`, or `nox -s tests-3.13 -- tests/domain`."""

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
