"""These tests need no Region: none is started for them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_faults_left() -> None:
    """Replace the fixture of the folder above, which starts one."""
