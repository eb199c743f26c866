"""Starts programs on the demo's nodes with a short environment, and ends them with everything they started."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_ALLOWED = re.compile(r"PATH|LANG|LC_[A-Z]+|TERM|TZ")
_NOT_IN_PROMPT = re.compile(r"[^A-Za-z0-9._-]")
_DEFAULT_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGPIPE, signal.SIGHUP, signal.SIGTERM)
_GRACE = 0.5
"""Seconds between SIGHUP and SIGKILL."""


def safe_name(node_name: str) -> str:
    """A node's name without characters that are special in a shell."""
    return _NOT_IN_PROMPT.sub("_", node_name)


def greeting(node_name: str) -> str:
    """What a shell says first: that this is the user's own machine."""
    name = safe_name(node_name)
    return f"This is your own machine, playing the node {name} of smtui's demo. It starts in a scratch folder."


def environment(mine: Mapping[str, str], home: Path, node_name: str) -> dict[str, str]:
    """The environment of a program: a short list of the user's variables, without keys and agent sockets."""
    name = safe_name(node_name)
    kept = {key: value for key, value in mine.items() if _ALLOWED.fullmatch(key)}
    prompt = f"[{name} \\W]$ " if shutil.which("bash") else f"[{name}]$ "
    return (
        {"PATH": os.defpath, "TERM": "xterm-256color"}
        | kept
        | {
            "HOME": str(home),
            "SMTUI_DEMO_NODE": name,
            "PS1": prompt,
            "HISTFILE": "",
            "BASH_SILENCE_DEPRECATION_WARNING": "1",
        }
    )


def spawn(argv: Sequence[str], variables: Mapping[str, str], file_actions: Iterable[tuple[Any, ...]]) -> int:
    """Start a program in its home folder, as the leader of a new session; returns its pid. Raises OSError."""
    # posix_spawn cannot change the working folder; a shell that execs the program can.
    return os.posix_spawn(
        "/bin/sh",
        ["sh", "-c", 'cd "$HOME" && exec "$@"', "sh", *argv],
        variables,
        file_actions=[*file_actions, *((os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in _inheritable())],
        setsid=True,
        setsigmask=[],
        setsigdef=_DEFAULT_SIGNALS,
    )


def _inheritable() -> list[int]:
    """Descriptors above 2 that an exec would leave open; the program must not get them."""
    found = []
    for entry in Path("/dev/fd").iterdir():
        descriptor = int(entry.name)
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is closed by now
            if descriptor > 2 and os.get_inheritable(descriptor):
                found.append(descriptor)
    return found


def end_session(leader: int, terminal: int | None) -> None:
    """End every process of a session. Its leader is reaped last, so that its id cannot be reused meanwhile."""
    _signal_session(leader, terminal, signal.SIGHUP, signal.SIGCONT)
    if terminal is not None:
        os.close(terminal)
    _wait_until_gone(leader)
    _signal_session(leader, None, signal.SIGKILL)
    _wait_until_gone(leader)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(leader, 0)


def _wait_until_gone(leader: int) -> None:
    deadline = time.monotonic() + _GRACE
    while _session_members(leader) and time.monotonic() < deadline:
        time.sleep(0.01)


def _signal_session(leader: int, terminal: int | None, *signals: signal.Signals) -> None:
    """Signal every process of a session; without /proc, the groups of its leader and of its foreground job."""
    members = set(_session_members(leader))
    for number in signals:
        for pid in members:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        if not sys.platform.startswith("linux"):
            for group in _groups(leader, terminal):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, number)


def _groups(leader: int, terminal: int | None) -> Iterable[int]:
    yield leader
    if terminal is not None:
        with contextlib.suppress(OSError):
            foreground = os.tcgetpgrp(terminal)
            if foreground > 1 and foreground != leader:
                yield foreground


def _session_members(leader: int) -> list[int]:
    """The live processes of a session, from /proc; none on systems without it."""
    members = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # After the command's name, which may contain anything, come state, parent, group and session.
            state, _, _, session, *_ = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if int(session) == leader and state not in "ZX":
            members.append(int(entry.parent.name))
    return members
