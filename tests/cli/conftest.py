"""A simulated Region per test module, and the command line run against it in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import tests.called_actions  # noqa: F401
from smtui.cli.group import cli
from smtui.demo.region import SimulatedRegion, demo_fleet

Run = Callable[..., Result]

_FOREIGN = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "SMTUI_PLUGIN")


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet()) as running:
        yield running


@pytest.fixture(autouse=True)
def no_faults_left(region: SimulatedRegion) -> Iterator[None]:
    yield
    region.faults.apply({"reset": True})


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str | None]:
    """Nothing of the developer's own AWS; no Region, no credentials."""
    return {
        **dict.fromkeys(_FOREIGN),
        "AWS_ACCESS_KEY_ID": None,
        "AWS_SECRET_ACCESS_KEY": None,
        "AWS_REGION": None,
        "AWS_ENDPOINT_URL": None,
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "SMTUI_CACHE_DIR": str(tmp_path / "cache"),
        "SMTUI_STATE_DIR": str(tmp_path / "state"),
        "SMTUI_CONFIG_DIR": str(tmp_path / "own"),
    }


@pytest.fixture
def run(environment: dict[str, str | None], region: SimulatedRegion) -> Run:
    """Run `smtui` with these words against the Region; further variables by keyword."""

    def invoke(*words: str, **variables: str | None) -> Result:
        reach = {
            "AWS_ENDPOINT_URL": region.endpoint_url,
            "AWS_REGION": region.region,
            "AWS_ACCESS_KEY_ID": region.access_key_id,
            "AWS_SECRET_ACCESS_KEY": region.secret_access_key,
        }
        return CliRunner().invoke(cli, list(words), env={**environment, **reach, **variables})

    return invoke
