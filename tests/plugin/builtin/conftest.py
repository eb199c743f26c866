"""The service that the plugin of each test talks to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plugin.builtin.service import Service, service


@pytest.fixture
def far() -> Iterator[Service]:
    with service() as running:
        yield running
