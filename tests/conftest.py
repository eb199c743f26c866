"""How many tests run side by side under `-n auto`."""

from __future__ import annotations

import os


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: the end-to-end tests wait for most of their time."""
    return (os.cpu_count() or 1) + 1
