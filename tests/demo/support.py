"""What the tests of the simulated Region share: a Region without shells, clients for it, raw exchanges."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from smtui.demo.region import SimulatedRegion


class NoChannel:
    """A data channel that nobody connects to."""

    async def start(self, host: str, port: int) -> None:
        pass

    def stream_url(self, session_id: str) -> str:
        return f"ws://127.0.0.1:9/v1/data-channel/{session_id}?role=publish_subscribe"

    def tunnel_host(self) -> str:
        return "127.0.0.1:9"

    async def close(self) -> None:
        pass


def quiet_region(*args: Any, **facts: Any) -> SimulatedRegion:
    """A Region that starts no websocket server."""
    return SimulatedRegion(*args, channel_factory=lambda *_: NoChannel(), **facts)


def client(region: SimulatedRegion, service: str, **changed: Any) -> Any:
    """A boto3 client that tries once."""
    given: dict[str, Any] = {
        "region_name": region.region,
        "endpoint_url": region.endpoint_url,
        "aws_access_key_id": region.access_key_id,
        "aws_secret_access_key": region.secret_access_key,
        "aws_session_token": region.session_token or None,
        "config": Config(retries={"total_max_attempts": 1}, read_timeout=60),
    }
    return boto3.Session().client(service, **(given | changed))


def signed(region: SimulatedRegion, service: str, path: str = "/", **request: Any) -> tuple[int, bytes]:
    """One signed raw request: its status and body."""
    given = AWSRequest(**({"method": "POST", "url": region.endpoint_url + path} | request))
    keys = Credentials(region.access_key_id, region.secret_access_key, region.session_token or None)
    SigV4Auth(keys, service, region.region).add_auth(given)
    prepared = given.prepare()
    return exchange(region, prepared.method, path, prepared.body or b"", dict(prepared.headers))


def exchange(
    region: SimulatedRegion, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> tuple[int, bytes]:
    """One raw request: its status and body."""
    connection = http.client.HTTPConnection(urlsplit(region.endpoint_url).netloc, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def set_faults(region: SimulatedRegion, **faults: Any) -> dict[str, Any]:
    """Sets faults the way another process would; the state that is answered."""
    status, body = signed(region, "smtui-demo", "/_smtui/faults", data=json.dumps(faults).encode())
    assert status == 200, body
    state: dict[str, Any] = json.loads(body)
    return state
