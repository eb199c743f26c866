from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.demo.region import SimulatedRegion
from tests.demo.support import quiet_region


@pytest.fixture(autouse=True)
def _no_aws_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith(("AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running
