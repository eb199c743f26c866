"""Keeps a shell and a forward busy for any time while their connections are ended again and again, and counts.

The plugin runs as two real processes, the shell in a terminal. What goes out comes back, at a pace, as numbered lines
whose text follows from their number: so each byte that is lost, repeated or spoilt on the way is known.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256, shake_256
from itertools import cycle

import psutil

from tests.plugin.builtin.forward import Forward, forward
from tests.plugin.builtin.service import PROMPT, SESSION, Service, service

CUT_EVERY = 5.0
"""Seconds."""
_TICK = 0.1
_ECHO = {"portNumber": ("7",)}
_SHELL_LINE, _FORWARD_LINE = 64, 1_600
"""Bytes that each connection sends in a tick."""
_LASTING = 4
"""Connections through the forward that live as long as it does; one more is made with each cut."""
_SHORT_LINES = 20
_READ = 65_536
_PATIENCE = 60.0
_NUMBER = 10
_AT_EASE = 10.0
"""Seconds after the start at which memory is first measured: the way back is prepared by then."""
_MEGABYTE = 2**20


def line_of(name: str, number: int, size: int) -> bytes:
    """The line with this number."""
    head = b"%0*d" % (_NUMBER, number)
    text = shake_256(f"{name} {number}".encode()).hexdigest(size)[: size - _NUMBER - 1].encode()
    return head + text + b"\n"


class Counted:
    """What one connection sent, and what came back."""

    def __init__(self, name: str, size: int, lines: int | None = None) -> None:
        self.name = name
        self.lines_left = lines
        self.sent = self.received = 0
        self.repeated = self.spoilt = self.foreign = 0
        self._size = size
        self._next = self._expected = 0
        self._unsent = b""
        self._unread = b""
        self._digests = sha256(), sha256()

    def tick(self) -> None:
        """Have one more line to send."""
        if self.lines_left is not None:
            if not self.lines_left:
                return
            self.lines_left -= 1
        self._unsent += line_of(self.name, self._next, self._size)
        self._next += 1

    def send(self, write: Callable[[bytes], int]) -> None:
        """Send what can be sent now."""
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                taken = write(self._unsent[:_READ])
                self._digests[0].update(self._unsent[:taken])
                self._unsent = self._unsent[taken:]
                self.sent += taken

    def receive(self, data: bytes) -> None:
        """Take what came back."""
        self.received += len(data)
        self._digests[1].update(data)
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._count(line + b"\n")

    @property
    def is_whole(self) -> bool:
        """Whether all that was sent came back, in order and unchanged."""
        return not self._unsent and self._digests[0].digest() == self._digests[1].digest()

    @property
    def lost(self) -> int:
        """Bytes that are missing between others that came."""
        return max(0, self._expected * self._size + len(self._unread) - self.received + self.repeated + self.foreign)

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be sent that could not be sent yet."""
        return bool(self._unsent)

    @property
    def is_sent(self) -> bool:
        """Whether all of a given number of lines is sent."""
        return not self._unsent and not self.lines_left

    def _count(self, line: bytes) -> None:
        head = line[:_NUMBER]
        if not head.isdigit():
            self.foreign += len(line)
            return
        number = int(head)
        if line != line_of(self.name, number, self._size):
            self.spoilt += len(line)
        if number < self._expected:
            self.repeated += len(line)
        else:
            self._expected = number + 1


@dataclass
class State:
    """A plugin's use of the machine at one moment."""

    seconds: float
    memory: int
    processor: float
    descriptors: int
    threads: int

    @classmethod
    def of(cls, process: psutil.Process, seconds: float) -> State:
        with process.oneshot():
            times = process.cpu_times()
            return cls(
                seconds, process.memory_info().rss, times.user + times.system, process.num_fds(), process.num_threads()
            )

    def __str__(self) -> str:
        return (
            f"{self.seconds:6.0f} s: {self.memory / _MEGABYTE:.1f} MB, {self.processor:.1f} s of processor time, "
            f"{self.descriptors} descriptors, {self.threads} threads"
        )


@dataclass
class Figures:
    """What was counted."""

    closes: dict[str, int] = field(default_factory=lambda: {"reset": 0, "close": 0})
    """Of each session, by how it was done."""
    resumed: dict[str, int] = field(default_factory=dict)
    connections: list[Counted] = field(default_factory=list)
    shorts: int = 0
    """Connections that were made right after a cut, and ended."""
    states: dict[str, list[State]] = field(default_factory=lambda: {"shell": [], "forward": []})

    @property
    def is_whole(self) -> bool:
        return all(each.is_whole for each in self.connections)

    def growth(self, name: str) -> int:
        """Bytes by which a plugin's memory grew at most."""
        first, *later = (state.memory for state in self.states[name])
        return max(later, default=first) - first

    def __str__(self) -> str:
        sums = {
            what: sum(getattr(each, what) for each in self.connections)
            for what in ("sent", "received", "lost", "repeated", "spoilt", "foreign")
        }
        lines = [
            f"cuts of each session: {self.closes['reset']} by reset, {self.closes['close']} by close; "
            f"resumed: {', '.join(f'{name} {count}' for name, count in self.resumed.items())}",
            f"{len(self.connections)} connections, {self.shorts} of them made right after a cut; "
            f"{'all' if self.is_whole else 'NOT all'} hashes are equal",
            "bytes: " + ", ".join(f"{count:,} {what}" for what, count in sums.items()),
        ]
        for name, states in self.states.items():
            picked = states if len(states) <= 3 else (states[0], states[len(states) // 2], states[-1])
            lines += [f"{name} {state}" for state in picked]
            lines.append(f"{name}: memory grew by at most {self.growth(name) / _MEGABYTE:.1f} MB")
        return "\n".join(lines)


class Soak:
    """One run; call `run`."""

    def __init__(self, seconds: float, say: Callable[[str], None] = print) -> None:
        self.figures = Figures()
        self._seconds = seconds
        self._say = say
        self._selector = selectors.DefaultSelector()
        self._writes: dict[Counted, Callable[[bytes], int]] = {}

    def run(self) -> Figures:
        """Run for so long, then wait until everything has come back."""
        with (
            service() as for_shell,
            service() as for_forward,
            self._selector,
            forward(for_forward, _ECHO) as running,
            self._shell(for_shell) as shell,
        ):
            self._run(running, for_shell, for_forward, shell)
        return self.figures

    def _run(self, running: Forward, for_shell: Service, for_forward: Service, shell: psutil.Process) -> None:
        figures = self.figures
        processes = {"shell": shell, "forward": psutil.Process(running.process.pid)}
        for number in range(_LASTING):
            self._connect(running, f"lasting {number}")
        hows = cycle(figures.closes)
        began = time.monotonic()
        next_tick, next_cut, next_state = began, began + CUT_EVERY, began + _AT_EASE
        while (now := time.monotonic()) < began + self._seconds:
            if now >= next_tick:
                next_tick += _TICK
                for each in list(self._writes):
                    each.tick()
            if now >= next_cut:
                next_cut += CUT_EVERY
                self._cut(next(hows), for_shell, for_forward)
                figures.shorts += 1
                self._connect(running, f"short {figures.shorts}", _SHORT_LINES)
            if now >= next_state:
                next_state += max(_AT_EASE, self._seconds / 60)
                self._measure(processes, now - began)
            self._pass_on(max(0.0, next_tick - time.monotonic()))
        deadline = time.monotonic() + _PATIENCE
        while not all(each.is_whole for each in self._writes) and time.monotonic() < deadline:
            self._pass_on(_TICK)
        self._measure(processes, time.monotonic() - began)
        figures.resumed = {"shell": for_shell.resumed, "forward": for_forward.resumed}

    def _measure(self, processes: dict[str, psutil.Process], seconds: float) -> None:
        for name, process in processes.items():
            self.figures.states[name].append(State.of(process, seconds))
            self._say(f"{name} {self.figures.states[name][-1]}")

    def _cut(self, how: str, *services: Service) -> None:
        self.figures.closes[how] += 1
        for each in services:
            each.server.drop_now(SESSION, reset=how == "reset")

    def _connect(self, running: Forward, name: str, lines: int | None = None) -> None:
        connection = running.connect()
        connection.setblocking(False)
        counted = Counted(name, _FORWARD_LINE, lines)

        def read() -> None:
            data = connection.recv(_READ)
            counted.receive(data)
            if not data or (counted.is_sent and counted.is_whole and lines is not None):
                self._let_go(connection.fileno(), counted)
                connection.close()

        self._take(connection.fileno(), counted, connection.send, read)

    @contextlib.contextmanager
    def _shell(self, far: Service) -> Iterator[psutil.Process]:
        plugin = far.spawn()
        try:
            plugin.expect(PROMPT)
            plugin.send("stty raw -echo; echo ready; exec cat\r")
            plugin.expect_exact("\rready\n")
            terminal = plugin.child_fd
            os.set_blocking(terminal, False)
            counted = Counted("shell", _SHELL_LINE)
            self._take(
                terminal,
                counted,
                lambda data: os.write(terminal, data),
                lambda: counted.receive(os.read(terminal, _READ)),
            )
            yield psutil.Process(plugin.pid)
        finally:
            plugin.close(force=True)

    def _take(self, descriptor: int, counted: Counted, write: Callable[[bytes], int], read: Callable[[], None]) -> None:
        self.figures.connections.append(counted)
        self._writes[counted] = write
        self._selector.register(descriptor, selectors.EVENT_READ, read)

    def _let_go(self, descriptor: int, counted: Counted) -> None:
        self._selector.unregister(descriptor)
        del self._writes[counted]

    def _pass_on(self, seconds: float) -> None:
        for counted, write in self._writes.items():
            counted.send(write)
        for key, _ in self._selector.select(seconds):
            key.data()
