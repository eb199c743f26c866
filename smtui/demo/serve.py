"""A simulated Region alone in a process, until it is told to end."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from typing import TextIO

from smtui.demo.fleet import Fleet
from smtui.demo.models import service_model
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.variables import FAULTS_VARIABLE, FLEET_VARIABLE, PARENT_PIPE_VARIABLE

_STDIN = 0


def serve(nodes: int | None, port: int, fmt: str, out: TextIO) -> int:
    """Runs until SIGTERM, SIGINT or SIGHUP (or the parent's end); the exit status. `fmt` is `json` or `env`."""
    ending = _ending_event()
    region = SimulatedRegion(_fleet(nodes), port=port)
    try:
        region.faults.apply_text(os.environ.get(FAULTS_VARIABLE, ""))
        region.start()
    except ValueError as error:
        return _failed(f"{FAULTS_VARIABLE}: {error}", 2)
    except OSError as error:
        return _failed(f"The simulated Region cannot listen on 127.0.0.1:{port}: {error.strerror or error}", 1)
    try:
        threading.Thread(target=_warm_up, daemon=True).start()
        out.write(_announcement(region, fmt))
        out.flush()
        ending.wait()
    except BrokenPipeError:
        return _failed("Nobody reads the address of the simulated Region.", 1)
    finally:
        region.close()
    return 0


def _fleet(nodes: int | None) -> Fleet:
    switch = os.environ.get(FLEET_VARIABLE)
    return demo_fleet(nodes, nasty=switch == "nasty", causes=switch == "causes")


def _ending_event() -> threading.Event:
    ending = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ending.set())
    if os.environ.get(PARENT_PIPE_VARIABLE) == "1":
        threading.Thread(target=_watch_parent, args=(ending,), daemon=True).start()
    return ending


def _watch_parent(ending: threading.Event) -> None:
    """Reads the descriptor itself: a thread inside sys.stdin would hold up the interpreter's end."""
    try:
        while os.read(_STDIN, 4096):
            pass
    finally:
        ending.set()


def _warm_up() -> None:
    """Reads the service models while the client is still starting."""
    for service in ("sts", "ssm", "ec2"):
        service_model(service)


def _announcement(region: SimulatedRegion, fmt: str) -> str:
    if fmt == "json":
        return json.dumps(_address(region)) + "\n"
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in _environment(region).items())


def _address(region: SimulatedRegion) -> Mapping[str, str]:
    return {
        "endpoint_url": region.endpoint_url,
        "region": region.region,
        "access_key_id": region.access_key_id,
        "secret_access_key": region.secret_access_key,
    }


def _environment(region: SimulatedRegion) -> Mapping[str, str]:
    """For a shell's eval; the empty session token replaces one that would not go with these keys."""
    return {
        "AWS_ENDPOINT_URL": region.endpoint_url,
        "AWS_REGION": region.region,
        "AWS_DEFAULT_REGION": region.region,
        "AWS_ACCESS_KEY_ID": region.access_key_id,
        "AWS_SECRET_ACCESS_KEY": region.secret_access_key,
        "AWS_SESSION_TOKEN": "",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _failed(sentence: str, status: int) -> int:
    sys.stderr.write(f"smtui: {sentence}\n")
    return status
