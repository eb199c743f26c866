"""Random keys, pastes, mouse reports, answers, resizes and faults: smtui never crashes, hangs or spoils the terminal.

SMTUI_RANDOM_SECONDS says how long each seed runs, SMTUI_RANDOM_SEEDS (`5` or `0-19`) which seeds there are. What a
failure prints holds its seed, but the timing is the machine's: the same seed need not fail again.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import select
import signal
import string
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from smtui.demo.story.account_facts import SWITCHES
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.tui.terminal.test_terminal_answers import MORE, THE_NINE
from tests.waiting import wait_until

SECONDS = float(os.environ.get("SMTUI_RANDOM_SECONDS", "60"))
FIRST, _, LAST = os.environ.get("SMTUI_RANDOM_SEEDS", "0-4").partition("-")
SEEDS = range(int(FIRST), int(LAST or FIRST) + 1)

HANG_SECONDS = 90.0
"""Nobody waits longer for the end. smtui's own longest patience is half a minute."""
PASS_SECONDS = 1.0
"""Between two tries to leave by keys."""
ALTERNATE_SCREEN = 1049
LAST_SHOWN = 60
STATUS = re.compile(rb"status=(\d+)")
MODES = re.compile(rb".{0,20}\x1b\[\?(?!2026|2004)[\d;]+[hl]", re.DOTALL)

LETTERS = "abcdefghijklnopqrstuvwxyzGRW124/?:. "
"""What is typed goes to a real shell as well: no `m`, and nothing that writes into a file."""
NAMED = {
    "enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "backspace": "\x7f", "delete": "\x1b[3~",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "page up": "\x1b[5~", "page down": "\x1b[6~", "ctrl+u": "\x15", "ctrl+d": "\x04", "ctrl+s": "\x13",
    "ctrl+o": "\x0f", "ctrl+p": "\x10", "ctrl+y": "\x19", "ctrl+z": "\x1a", "ctrl+l": "\x0c", "f1": "\x1bOP",
    "alt+backspace": "\x1b\x7f", "shift+up": "\x1b[1;2A", "kitty enter": "\x1b[13u",
}  # fmt: skip
TEXTS = ("web-1", "i-0a1b2c3d", "5432", "127.0.0.1", "grün €", "a\tb", "line\nline\n", "\u202e\u200b", "[b]x[/b]", "0")
SIZES = ((100, 30), (140, 45), (120, 40), (80, 24), (20, 5), (1, 1), (2, 40), (200, 2), (40, 12))
ACTIONS = (
    "ssm:StartSession", "ssm:ResumeSession", "ssm:TerminateSession", "ssm:GetConnectionStatus", "ssm:DescribeSessions",
    "ssm:DescribeInstanceInformation", "ec2:DescribeInstances", "kms:GenerateDataKey", "sts:GetCallerIdentity",
    "ssm:*", "*",
)  # fmt: skip
WAYS: tuple[str | signal.Signals, ...] = ("q", "\x03", signal.SIGTERM, signal.SIGHUP)


class Person:
    """Somebody who types anything, at a service that fails at random. One a seed; `run` is the whole of it."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        self.chance = random.Random(seed)
        self.log = world.home / "smtui.log"
        self._before, self._after = world.home / "before", world.home / "after"
        self.count: Counter[str] = Counter()
        self.slowest = 0.0
        self._last: deque[str] = deque(maxlen=LAST_SHOWN)
        self._reported: set[str] = set()
        self._does: tuple[tuple[int, Callable[[Terminal], None]], ...] = (
            (40, self._key),
            (20, self._bunch),
            (10, self._session),
            (8, self._mouse),
            (5, self._resize),
            (5, self._answer),
            (5, self._fault),
            (4, self._paste),
            (2, self._bytes),
            (2, self._signal),
        )

    def run(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._one_smtui(deadline)
            self.count["starts"] += 1
        print(f"\nseed {self.seed}: {dict(self.count)}, longest way out {self.slowest:.1f} s", flush=True)

    def _one_smtui(self, deadline: float) -> None:
        words = self.chance.choice(["", "--filter web-1", "--filter web-1", "--read-only"])
        attributes = self.chance.choice([b"", b"\x1b[?62;22c"])
        columns, rows = self.chance.choice(SIZES[:5])
        self.world.region.faults.apply({"reset": True})
        self._note(f"smtui {words} at {columns}x{rows}")
        environment = {**self.world.environment, "PYTHONFAULTHANDLER": "1"}
        told = f"{SMTUI} --log-file {self.log} {words}; s=$?; trap '' INT; stty -g >{self._after}; echo status=$s"
        command = f"trap : INT; stty -g >{self._before}; echo begun; {told}"
        with Terminal(
            ["/bin/sh", "-c", command], environment, columns=columns, rows=rows, attributes=attributes
        ) as terminal:
            try:
                terminal.wait_for(lambda _: b"begun" in terminal.output)
                if self.chance.random() < 0.8:
                    terminal.wait_for(lambda _: b"\x1b[?1049h" in terminal.output or has_ended(terminal))
                until = min(deadline, time.monotonic() + self.chance.uniform(2, 20))
                while time.monotonic() < until and not has_ended(terminal):
                    weights, does = zip(*self._does, strict=True)
                    self.chance.choices(does, weights)[0](terminal)
                    time.sleep(self.chance.choice([0, 0, 0.01, 0.05, 0.2]))
                way = self._leave(terminal)
                self._judge(terminal, way)
            except BaseException as error:
                raise AssertionError(self._report(terminal, error)) from error

    # What a person does -------------------------------------------------------------------------

    def _send(self, terminal: Terminal, keys: str | bytes, name: str = "") -> None:
        """A program that does not read must not block the test."""
        data = keys.encode(errors="surrogateescape") if isinstance(keys, str) else keys
        if b"\x1b[?1049h" not in terminal.output:
            data = data.replace(b"\x03", b"")  # Python itself still starts, and shows a traceback
        self._note(name or repr(data))
        self.count["keys"] += 1
        descriptor = terminal._child.child_fd
        for start in range(0, len(data), 64):
            if not select.select([], [descriptor], [], HANG_SECONDS)[1]:
                raise AssertionError(f"smtui has read nothing for {HANG_SECONDS} s")
            with contextlib.suppress(OSError):
                os.write(descriptor, data[start : start + 64])

    def _continue(self) -> bool:
        """Where Ctrl-Z came while the terminal was the shell's: a person would type `fg`. Always False."""
        for process in self.world.processes(SMTUI):
            with contextlib.suppress(psutil.Error):
                if process.status() == psutil.STATUS_STOPPED:
                    self._note("SIGCONT: it was stopped")
                    process.send_signal(signal.SIGCONT)
        return False

    def _some_key(self) -> str:
        kind = self.chance.random()
        if kind < 0.01:
            return "\x03"
        if kind < 0.45:
            return self.chance.choice(list(NAMED.values()))
        return self.chance.choice(LETTERS)

    def _key(self, terminal: Terminal) -> None:
        self._send(terminal, self._some_key())

    def _bunch(self, terminal: Terminal) -> None:
        keys = [self._some_key() for _ in range(self.chance.randint(2, 15))]
        if self.chance.random() < 0.2:
            keys = [self.chance.choice(keys)] * self.chance.randint(5, 60)  # held down
        self.count["keys"] += len(keys) - 1
        self._send(terminal, "".join(keys))

    def _session(self, terminal: Terminal) -> None:
        """Back to the list and into a session, or out of it; else random keys are in a session too rarely."""
        if ALTERNATE_SCREEN not in terminal.modes_left_on():
            self._send(terminal, self.chance.choice(["\x15exit\r", "\r~.", "\r~?", "ls\r", "sleep 1\r", "\x03"]))
        else:
            for _ in range(self.chance.randint(1, 3)):
                self._send(terminal, "\x1b")
            self._send(terminal, self.chance.choice(["1", "", ""]) + self.chance.choice(["s", "\r", "sx", "t"]))

    def _mouse(self, terminal: Terminal) -> None:
        for _ in range(self.chance.randint(1, 4)):
            button = self.chance.choice([0, 0, 0, 1, 2, 32, 35, 64, 65, 66, 128, 999])
            x, y = self.chance.randint(0, 210), self.chance.randint(0, 60)
            self._send(terminal, f"\x1b[<{button};{x};{y}{self.chance.choice('Mm')}")

    def _resize(self, terminal: Terminal) -> None:
        for _ in range(self.chance.randint(1, 4)):
            size = self.chance.choice([*SIZES, (self.chance.randint(1, 220), self.chance.randint(1, 70))])
            self._note(f"resize {size}")
            terminal.resize(*size)
            self.count["resizes"] += 1

    def _answer(self, terminal: Terminal) -> None:
        text = self.chance.choice([*THE_NINE.values(), *MORE[:-2], "\x1b[I", "\x1b[O", "\x1b[48;5;20;100;200t"])
        text = text.replace(">|", "!")
        self._send(terminal, text[: self.chance.choice([len(text), len(text), -len(text) // 3])])

    def _paste(self, terminal: Terminal) -> None:
        text = self.chance.choice([*TEXTS, "".join(self.chance.choices(LETTERS, k=600))])
        self._send(terminal, f"\x1b[200~{text}\x1b[201~")

    def _bytes(self, terminal: Terminal) -> None:
        """Nothing that a shell would write a file for, or run in the background."""
        some = [byte for byte in range(256) if chr(byte) not in string.punctuation + "m\x03\x1c"]
        self._send(terminal, bytes(self.chance.choices(some, k=self.chance.randint(1, 30))))

    def _signal(self, terminal: Terminal) -> None:
        numbers = self.chance.choice([[signal.SIGWINCH], [signal.SIGWINCH] * 5, [signal.SIGSTOP, signal.SIGCONT]])
        for number in numbers:
            self._note(number.name)
            self._signalled(number)

    def _fault(self, terminal: Terminal) -> None:
        faults = self.chance.choice([{"reset": True}, {"reset": True}, *self._faults()])
        self._note(f"fault {faults}")
        self.world.region.faults.apply(faults)
        self.count["faults"] += 1

    def _faults(self) -> list[dict[str, Any]]:
        action = self.chance.choice(ACTIONS)
        return [
            {"mute": True},
            {"mute_after_bytes": self.chance.randint(1, 500)},
            {"drop_now": True},
            {"drop_after_bytes": self.chance.randint(1, 2000)},
            {"drop_for_good": True, "drop_now": True},
            {"corrupt": self.chance.randint(1, 3)},
            {"channel_delay": 0.1},
            {"latency": {action: self.chance.uniform(0.05, 5)}},
            {"hang": [action]},
            {"deny": [action]},
            {"throttle": {action: self.chance.randint(1, 9)}},
            {"server_error": {action: self.chance.randint(1, 9)}},
            {"rate": {action: 1}},
            {"expired": True},
            {"switch": [self.chance.choice(list(SWITCHES))]},
        ]

    # The end ------------------------------------------------------------------------------------

    def _leave(self, terminal: Terminal) -> signal.Signals | None:
        """Leave in some way; the signal, if one did it."""
        way = self.chance.choice(WAYS)
        began = time.monotonic()
        self._note(f"leaving by {way!r}")
        sent = isinstance(way, signal.Signals) and self._signalled(way)
        if isinstance(way, signal.Signals):
            wait_until(lambda: self._continue() or has_ended(terminal), patience=HANG_SECONDS)
        else:
            self._leave_by_keys(terminal, way)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.count[f"left by {way!r}"] += 1
        return way if isinstance(way, signal.Signals) and sent else None

    def _leave_by_keys(self, terminal: Terminal, key: str) -> None:
        """As a person would: back, back, quit; and `~.` where the screen is a session's."""
        deadline = time.monotonic() + HANG_SECONDS
        tries = 0
        while not has_ended(terminal):
            assert time.monotonic() < deadline, f"no key has ended smtui for {HANG_SECONDS} s"
            if ALTERNATE_SCREEN in terminal.modes_left_on():
                # The second `q` answers the question about tunnels; Ctrl-C copies what is selected instead.
                if tries % 2 == 0 and (key == "q" or tries % 4 == 2):
                    self._send(terminal, "\x1b")
                    time.sleep(0.2)
                self._send(terminal, key)
            else:
                self._send(terminal, "\r~.")
            tries += 1
            self._continue()
            until = time.monotonic() + PASS_SECONDS
            while time.monotonic() < until and not has_ended(terminal):
                time.sleep(0.02)

    def _judge(self, terminal: Terminal, sent: signal.Signals | None) -> None:
        terminal.wait_for_end()
        assert self._before.read_text() == self._after.read_text(), "the terminal's own modes"
        assert terminal.modes_left_on() == set()
        assert terminal.keyboard_depth() <= 0
        assert not terminal.cursor_hidden()
        assert b"Traceback" not in terminal.output
        text = terminal.output.decode(errors="replace")
        status = int(STATUS.findall(terminal.output)[-1])
        active = set(self.world.active_sessions())
        if "may have begun" in text or "got no answer" in text:
            self._reported |= active
        self._reported |= {session for session in active if session in text}
        assert status in {0, 1, 130} | ({128 + sent} if sent else set()), f"exit status {status}"
        assert self.log.read_text(errors="replace").count(" ERROR ") == 0, "a fault is in the log"
        wait_until(lambda: not self._unreported())
        for process in self.world.processes():
            with contextlib.suppress(psutil.Error):
                process.wait(30)

    def _unreported(self) -> list[str]:
        return [session for session in self.world.active_sessions() if session not in self._reported]

    def _signalled(self, number: signal.Signals) -> bool:
        for process in self.world.processes(SMTUI):
            with contextlib.suppress(psutil.Error):
                if SMTUI in process.cmdline():
                    process.send_signal(number)
                    return True
        return False

    # What is told of a failure ------------------------------------------------------------------

    def _note(self, what: str) -> None:
        self._last.append(what)

    def _report(self, terminal: Terminal, error: BaseException) -> str:
        faults = self.world.region.faults.state()["faults"]
        screen, size = terminal.text(), len(terminal.output)
        if not has_ended(terminal) and self._signalled(signal.SIGABRT):
            with contextlib.suppress(AssertionError):  # where each of its threads is
                wait_until(lambda: has_ended(terminal))
        stacks = terminal.output[size:].decode(errors="replace").replace("\r", "")
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        told = [
            f"seed {self.seed}: {type(error).__name__}: {error}",
            f"active sessions: {self.world.active_sessions()}, reported: {sorted(self._reported)}",
            f"faults: {faults}",
            "the last that was done:",
            *(f"  {what[:300]}" for what in self._last),
            f"the screen:\n{screen}",
            f"after SIGABRT:\n{stacks[-6000:]}",
            f"modes: {[found.group() for found in MODES.finditer(terminal.output)][-60:]}",
            f"the output's end: {terminal.output[max(size - 1500, 0) : size]!r}",
            f"the log's end:\n{log[-6000:]}",
        ]
        return "\n".join(told)


def has_ended(terminal: Terminal) -> bool:
    return STATUS.search(terminal.output[-4000:]) is not None


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 400)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_that_is_typed_breaks_smtui(world: World, seed: int) -> None:
    person = Person(world, seed)
    person.run(SECONDS)
    assert person.count["starts"] > 0
    assert person.count["keys"] > SECONDS
