"""Counts the files of smtui/ that three ways through the program run code of; `tests/house_figures.py` starts it.

The real program is driven: the screen on a pty of its own, over the simulated Region, by the keys a person presses.
A profile function notes every function of smtui/ that runs between the start and the end of a way:

- nodes: `r` on the list, until its pages have been read, joined, matched, sorted and drawn; without the look for the
  plugin that `r` takes as well;
- session: `enter` on a node, a shell through smtui's own plugin, `exit`, until the list is there again. What the
  plugin's own process runs is not seen;
- check: `r` on one check of the troubleshooting pane, from reading AWS to the drawn finding. Every check is judged anew
  after each reading; what runs only for another check than this one is left out.

A file counts if a way runs a function of it that does not run anyway: while the help is open over the list, the list
ticks, a key is pressed and a notification is drawn. So the event loop's own machinery does not count, and a file that
serves both counts if the way needs more of it. The simulated Region does not count, nor what runs while modules are
imported. A dataclass without methods counts where one of its values is made.

Run in a process of its own with the tree to look at as the current folder; prints JSON: for each way the files.
"""

from __future__ import annotations

import asyncio
import fcntl
import inspect
import json
import os
import struct
import sys
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path.cwd()
HOUSE = f"{ROOT / 'smtui'}{os.sep}"
DEMO = "demo/"
CHECK = "path.security_group"
NODE = "web-1"
LONGEST = 120.0
"""Seconds that one step may take on a busy machine."""
CALM = 2.0
"""Seconds without a call of AWS and without a new function, after which a step is over."""
TICKS = 11.0
"""Seconds in which the list looks at its clock twice, and asks AWS for whatever is due."""
LISTING = "DescribeInstanceInformation"
PROBE = "GetConnectionStatus"
PROMPT = b"\x1b[?1049l"
SCREEN = b"\x1b[?1049h"
"""What a terminal gets when a screen gives it up, and when it takes it back."""


class Disturbed(Exception):
    """The list asked AWS by itself meanwhile, since a busy machine took too long: run it again."""


class Recorder:
    """A profile function: which functions of which files run while it records."""

    def __init__(self) -> None:
        self.recording = False
        self.functions: dict[str, set[str]] = {}
        self.changed_at = 0.0
        self.calls: list[str] = []
        """Operations of AWS that were called, in order."""
        self._known: set[CodeType] = set()
        self.calls_before = 0
        """How many of them before the way."""

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call" or code in self._known:
            return
        if code.co_name == "_make_api_call":
            self.calls.append(frame.f_locals["operation_name"])
            self.changed_at = time.monotonic()
        elif not self.recording:
            return
        elif code.co_filename == "<string>":
            self._made(frame)
        elif not code.co_filename.startswith(HOUSE) or not code.co_flags & inspect.CO_OPTIMIZED:
            self._known.add(code)
        elif not _is_aside(frame):
            self._known.add(code)
            self._note(code.co_filename, code.co_qualname)

    def _made(self, frame: FrameType) -> None:
        """A dataclass's `__init__` comes from no file: count the file of its class."""
        kind = type(frame.f_locals.get("self"))
        path = getattr(sys.modules.get(kind.__module__), "__file__", None) or ""
        is_noted = kind.__name__ in self.functions.get(path.removeprefix(HOUSE), ())
        if path.startswith(HOUSE) and not is_noted and not _is_aside(frame):
            self._note(path, kind.__name__)

    def _note(self, path: str, function: str) -> None:
        self.functions.setdefault(path.removeprefix(HOUSE), set()).add(function)
        self.changed_at = time.monotonic()

    def start(self) -> None:
        """Begin a way."""
        self.functions, self._known, self.changed_at = {}, set(), time.monotonic()
        self.calls_before = len(self.calls)
        self.recording = True

    async def calm(self, seconds: float = CALM) -> None:
        """Wait until nothing new has happened for so long."""
        await until(lambda: time.monotonic() - self.changed_at > seconds)

    def stop(self, *, lists: bool = False, probes: int = 0) -> dict[str, set[str]]:
        """End the way, which lists nodes or does not, and probes so many at most; its functions by file."""
        self.recording = False
        calls = self.calls[self.calls_before :]
        if not lists and (LISTING in calls or calls.count(PROBE) > probes):
            raise Disturbed(", ".join(calls))
        return {path: names for path, names in self.functions.items() if not path.startswith(DEMO)}


def _is_aside(frame: FrameType) -> bool:
    """Whether it runs because a module is being imported, or because another check is being judged."""
    above = frame.f_back
    while above is not None:
        if above.f_code.co_filename.startswith(HOUSE):
            caller = above.f_locals.get("self")
            if above.f_code.co_name == "<module>":
                return True
            if type(caller).__name__ == "Check" and getattr(caller, "code", CHECK) != CHECK:
                return True
        above = above.f_back
    return False


async def until(true: Callable[[], bool]) -> None:
    """Wait for it; raises TimeoutError."""
    async with asyncio.timeout(LONGEST):
        while not true():
            await asyncio.sleep(0.02)


class Terminal:
    """The terminal of this process: a pty that we read and type into ourselves."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        os.login_tty(slave)
        self.shown = b""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            self.shown += os.read(self._master, 65536)

    def type(self, text: bytes) -> None:
        """As if a person had typed it."""
        os.write(self._master, text)


class Ways:
    """Drives the app and keeps what each way ran."""

    def __init__(self, recorder: Recorder, terminal: Terminal, launcher: Any) -> None:
        self._launcher = launcher
        self.found: dict[str, dict[str, set[str]]] = {}
        self._recorder = recorder
        self._terminal = terminal

    async def drive(self, pilot: Any) -> None:
        """All of it, and then out."""
        try:
            await until(lambda: LISTING in self._recorder.calls)
            await self._recorder.calm(TICKS)
            self.found["anyway"] = await self._anyway(pilot)
            self.found["nodes"] = await self._nodes(pilot)
            self.found["session"] = await self._session(pilot)
            self.found["check"] = await self._check(pilot)
        finally:
            pilot.app.exit()

    async def _anyway(self, pilot: Any) -> dict[str, set[str]]:
        await pilot.press("question_mark")
        await self._recorder.calm()
        self._recorder.start()
        pilot.app.notify("A notification", markup=False)
        await pilot.press("j")
        await asyncio.sleep(TICKS)
        found = self._recorder.stop()
        await pilot.press("escape")
        return found

    async def _nodes(self, pilot: Any) -> dict[str, set[str]]:
        plugin = await self._launcher.inspect_plugin(self._launcher.fleet.places[0])

        async def known(_: object) -> object:
            return plugin

        self._launcher.inspect_plugin = known
        self._recorder.start()
        await pilot.press("r")
        await self._recorder.calm()
        return self._recorder.stop(lists=True)

    async def _session(self, pilot: Any) -> dict[str, set[str]]:
        await pilot.press("slash", *NODE, "enter")
        await self._recorder.calm()
        before = len(self._terminal.shown)
        self._recorder.start()
        await pilot.press("enter")
        await until(lambda: PROMPT in self._terminal.shown[before:])
        await until(lambda: b"$ " in self._terminal.shown[before:].rpartition(PROMPT)[2])
        self._terminal.type(b"exit\r")
        await until(lambda: SCREEN in self._terminal.shown[before:].rpartition(PROMPT)[2])
        await self._recorder.calm()
        return self._recorder.stop()

    async def _check(self, pilot: Any) -> dict[str, set[str]]:
        await until(lambda: PROBE in self._recorder.calls[self._recorder.calls_before :])  # none is due for a minute
        await pilot.press("r")
        await self._recorder.calm()
        before = len(self._recorder.calls)
        await pilot.press("t")
        await until(lambda: "DescribeSecurityGroups" in self._recorder.calls[before:])
        await self._recorder.calm()
        chain = next(each for each in pilot.app.screen.walk_children() if hasattr(each, "rows"))
        chain.go_to(CHECK)
        await self._recorder.calm()
        self._recorder.start()
        await pilot.press("r")
        await self._recorder.calm()
        return self._recorder.stop(probes=1)


async def run(recorder: Recorder, terminal: Terminal) -> dict[str, dict[str, set[str]]]:
    """Start the program as its own command does, and drive it; the functions of each way by file."""
    from smtui import wiring
    from smtui.run_options import RunOptions

    async with wiring.wired(RunOptions(demo=True), lambda _: None) as launcher:
        await launcher.prepare()
        from smtui.tui.app import SmtuiApp

        ways = Ways(recorder, terminal, launcher)
        await SmtuiApp(launcher).run_async(auto_pilot=ways.drive)
        return ways.found


def main() -> None:
    """Print what was found on what was our stdout before we had a terminal."""
    report = os.dup(1)
    recorder, terminal = Recorder(), Terminal()
    threading.setprofile(recorder)
    sys.setprofile(recorder)
    found = asyncio.run(run(recorder, terminal))
    sys.setprofile(None)
    anyway = found.pop("anyway")
    touched = {
        way: sorted(path for path, names in files.items() if names - anyway.get(path, set()))
        for way, files in found.items()
    }
    os.write(report, json.dumps(touched).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
