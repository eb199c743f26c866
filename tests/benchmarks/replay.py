"""A Region that costs nothing: it asks a simulated one for each answer once and then repeats it.

`python -m tests.benchmarks.replay UPSTREAM_URL LATENCY` prints its own URL and serves until its standard input ends.
The upstream's keys are in the environment, as the SDKs read them.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import sys
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

Key = tuple[bytes, bytes, bytes]
"""The request line, the operation and the body."""
_PASSED_ON = (b"content-type", b"x-amz-target")


class Replay:
    """Answers of one upstream, by request."""

    def __init__(self, upstream: str, latency: float) -> None:
        self._latency = latency
        self._upstream = urlsplit(upstream).netloc
        self._keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        self._answers: dict[Key, bytes] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *fields = head[:-4].split(b"\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (each.partition(b":") for each in fields)}
                if headers.get(b"expect", b"").lower() == b"100-continue":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
                key = (line, headers.get(b"x-amz-target", b""), body)
                if key not in self._answers:
                    self._answers[key] = await asyncio.to_thread(self._ask, line, headers, body)
                if self._latency:
                    await asyncio.sleep(self._latency)
                writer.write(self._answers[key])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def _ask(self, line: bytes, headers: dict[bytes, bytes], body: bytes) -> bytes:
        method, path, _ = line.decode().split(" ")
        scope = re.search(rb"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", headers.get(b"authorization", b""))
        kept = {name.decode(): value.decode() for name, value in headers.items() if name in _PASSED_ON}
        request = AWSRequest(method, f"http://{self._upstream}{path}", kept, body)
        if scope is not None:  # the upstream accepts its own address only, and that is signed
            region, service = (part.decode() for part in scope.groups())
            SigV4Auth(self._keys, service, region).add_auth(request)
        upstream = http.client.HTTPConnection(self._upstream, timeout=60)
        try:
            upstream.request(method, path, body, dict(request.headers.items()))
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        told = [(name, value) for name, value in answer.getheaders() if name.lower().startswith(("content-type", "x-"))]
        lines = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in told)]
        return "\r\n".join([*lines, f"Content-Length: {len(content)}", "", ""]).encode() + content


async def _main(upstream: str, latency: float) -> None:
    server = await asyncio.start_server(Replay(upstream, latency).serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], float(sys.argv[2])))
