"""Serves a simulated Region until the process is asked to end."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from smtui.demo.account.organisation import new_start_url
from smtui.demo.account.planted_sessions import PAST_SESSIONS
from smtui.demo.account.session_registry import MOST_ENDED
from smtui.demo.config_texts import write_config
from smtui.demo.demo_config import config_from
from smtui.demo.far_end.node_sshd import SSH_VARIABLE, make_ssh_folder
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.region_process import FAULTS_VARIABLE, PARENT_PIPE_VARIABLE
from smtui.demo.story.demo_node import planted
from smtui.demo.wire.service_models import service_model
from smtui.domain.text import error_words, harmless

if TYPE_CHECKING:
    from smtui.demo.story.simulated_fleet import Fleet

FLEET_VARIABLE = "SMTUI_DEMO_FLEET"
"""`causes` adds the nodes of `more_causes`; any other value is the path of a JSON file with the facts of more nodes."""
SESSIONS_VARIABLE = "SMTUI_DEMO_SESSIONS"
"""How many past sessions the account has."""
_AT_LEISURE = {"boot": 9, "connect": 4}
"""How long an instance takes to come up, unless faults say otherwise: as one would see it, but faster."""
_STDIN = 0


def serve(nodes: int | None, port: int, fmt: str, out: TextIO) -> int:
    """Serves until SIGTERM, SIGINT, SIGHUP or the parent's end. Returns the exit status. `fmt` is `json` or `env`."""
    ending, config = _ending_event(), config_from(os.environ)
    try:
        region = SimulatedRegion(_fleet(nodes), port=port, past_sessions=_past_sessions())
        region.organisation = replace(region.organisation, start_url=new_start_url())
        _apply_faults(region)
        region.start()
    except ValueError as error:
        return _failed(error_words(error), 2)
    except OSError as error:
        why = error.strerror or error_words(error)
        return _failed(f"The simulated Region cannot listen on 127.0.0.1:{port}: {why}", 1)
    try:
        if config is not None:
            write_config(config, region.endpoint_url, region.keys, region.organisation.start_url)
        if SSH_VARIABLE in os.environ and PARENT_PIPE_VARIABLE not in os.environ:
            with contextlib.suppress(OSError):
                make_ssh_folder(region.ssh_folder)
        threading.Thread(target=_warm_up, daemon=True).start()
        out.write(_announcement(region, fmt))
        out.flush()
        ending.wait()
    except BrokenPipeError:
        return _failed("Nobody reads the address of the simulated Region.", 1)
    except OSError as error:
        return _failed(f"The demo's AWS configuration cannot be written: {error.strerror or error_words(error)}", 1)
    finally:
        region.close()
        if config is not None:
            config.remove()
    return 0


def _apply_faults(region: SimulatedRegion) -> None:
    region.faults.apply(_AT_LEISURE)
    try:
        region.faults.apply_text(os.environ.get(FAULTS_VARIABLE, ""))
    except ValueError as error:
        raise ValueError(f"{FAULTS_VARIABLE}: {error_words(error)}") from None


def _fleet(nodes: int | None) -> Fleet:
    given = os.environ.get(FLEET_VARIABLE, "")
    if given in ("", "causes"):
        return demo_fleet(nodes, causes=given == "causes")
    try:
        return demo_fleet(nodes, more=[planted(facts) for facts in json.loads(Path(given).read_bytes())])
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{FLEET_VARIABLE}: {error_words(error)}") from None


def _past_sessions() -> int:
    given = os.environ.get(SESSIONS_VARIABLE, "") or str(PAST_SESSIONS)
    if not (given.isascii() and given.isdigit() and int(given) <= MOST_ENDED):
        raise ValueError(f"{SESSIONS_VARIABLE}: {given!r} is not a number from 0 to {MOST_ENDED}.")
    return int(given)


def _ending_event() -> threading.Event:
    ending = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: ending.set())
    if os.environ.get(PARENT_PIPE_VARIABLE) == "1":
        threading.Thread(target=_watch_parent, args=(ending,), daemon=True).start()
    return ending


def _watch_parent(ending: threading.Event) -> None:
    """Reads the descriptor itself: a thread blocked in sys.stdin would delay the end of the interpreter."""
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
    """The variables for a shell. The empty session token overrides the user's, which does not fit these keys."""
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
    sys.stderr.write(f"smtui: {harmless(sentence)}\n")
    return status
