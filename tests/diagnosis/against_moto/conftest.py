"""One server for all tests of a process; each test has a VPC of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.diagnosis.against_moto.world import World, serve


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    pytest.importorskip("moto")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            patch.delenv(name, raising=False)
        server = serve()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture
def world(url: str) -> World:
    return World(url)
