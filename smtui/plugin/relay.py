"""Pass bytes between the user's terminal and a plugin's pty until the plugin ends (POSIX).

One thread selects over everything and never blocks on either side, so nothing on the event loop and no stuck
terminal can keep a key from the plugin. The terminal is raw meanwhile and restored in every case.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sys
import termios
import threading
import time
from collections.abc import Callable

from smtui.plugin.ending import Ending
from smtui.plugin.first_word import FirstWord, Watchdog
from smtui.plugin.patience import Patience
from smtui.plugin.spawn import PtyChild
from smtui.plugin.terminal import UserTerminal
from smtui.plugin.terminal_modes import TerminalModes
from smtui.plugin.wake import Wake
from smtui.plugin.words import Tail

_MOST_PENDING = 65536
_INTERRUPT = b"\x03"
_ASK_CHILD = 0.02
_MOST_LEFT_READS = 4096
"""After the child's end: far more than a pty holds, yet no endless talker is listened to for ever."""
_CUT = b"\x18\x1b\\"
"""Ends a sequence that was cut in its middle."""


class Relay:
    """One relay of one child; `run` once. `stop` and `resized` may come from any thread and signal handler."""

    def __init__(self, pty: PtyChild, label: str, patience: Patience) -> None:
        self.tail = Tail()
        self.left = False
        self.stopped = False
        self.hung_up = False
        self._child = pty.child
        self._master = pty.master
        self._patience = patience
        self._wake = Wake()
        self._stop = threading.Event()
        self._first_word = FirstWord()
        self._watchdog = Watchdog(self._first_word, label, patience.word)
        self._ending = Ending(pty.child, patience.stopping)
        self._modes = TerminalModes()
        self._to_child = bytearray()
        self._to_user = bytearray()
        self._master_open = True
        self._ended = False

    @property
    def spoke(self) -> bool:
        return self._first_word.spoken

    def stop(self) -> None:
        """End the plugin and the relay; returns at once."""
        self._stop.set()
        self._wake()

    def resized(self) -> None:
        """The user's terminal has another size, or we were stopped and go on."""
        self._wake()

    def close(self) -> None:
        self._wake.close()

    def run(self, terminal: UserTerminal) -> None:
        """Relay until the child has ended and its output is shown, or until it had to be given up."""
        self._terminal = terminal
        try:
            self._claim()
            with _selector() as selector:
                self._selector = selector
                self._pump()
            self._drain()
            self._give_back()
        finally:
            terminal.restore()

    def _claim(self) -> None:
        """Raw mode and the right size; repeated after a stop of our process, when the shell had the terminal."""
        try:
            self._terminal.make_raw()
        except (termios.error, OSError):
            self._hang_up()
        self._pass_size_on()

    def _pass_size_on(self) -> None:
        """The kernel tells the plugin only of a size that is another."""
        try:
            termios.tcsetwinsize(self._master, self._terminal.size())
        except (termios.error, OSError):
            self._hang_up()

    # The loop.

    def _pump(self) -> None:
        self._selector.register(self._wake.fd, selectors.EVENT_READ, self._on_wake)
        if self._child.pidfd >= 0:
            self._selector.register(self._child.pidfd, selectors.EVENT_READ, self._on_child)
        self._on_wake()
        while not self._ended:
            self._watch(self._terminal.input, self._wants_keys(), self._on_key)
            self._watch(self._terminal.output, selectors.EVENT_WRITE * bool(self._to_user), self._flush_to_user)
            self._watch(self._master, self._master_interest(), self._on_master)
            for key, _ in self._selector.select(self._timeout()):
                key.data()
            self._mind_the_clock()

    def _watch(self, fd: int, events: int, call: Callable[[], None]) -> None:
        """Select `fd` for exactly these events from now on."""
        registered = self._selector.get_map().get(fd)
        if registered is None:
            if events:
                self._selector.register(fd, events, call)
        elif not events:
            self._selector.unregister(fd)
        elif registered.events != events:
            self._selector.modify(fd, events, call)

    def _wants_keys(self) -> int:
        # Before the first word every key is looked at, since Ctrl-C must not wait behind what nobody reads.
        wanted = not self.hung_up and (len(self._to_child) < _MOST_PENDING or not self.spoke)
        return selectors.EVENT_READ * wanted

    def _master_interest(self) -> int:
        if not self._master_open:
            return 0
        reading = selectors.EVENT_READ * (len(self._to_user) < _MOST_PENDING)
        return reading | selectors.EVENT_WRITE * bool(self._to_child)

    def _timeout(self) -> float | None:
        dates = [date for date in (self._ending.due(), self._watchdog.due()) if date is not None]
        if self._child.pidfd < 0:
            dates.append(time.monotonic() + _ASK_CHILD)
        return max(min(dates) - time.monotonic(), 0.0) if dates else None

    def _mind_the_clock(self) -> None:
        line = self._watchdog.line()
        if line and not self.left:
            self._show(b"\r" + line + b"\r\n")
        self._ending.mind()
        if self._ending.given_up or (self._child.pidfd < 0 and self._child.poll() is not None):
            self._ended = True

    # What happens.

    def _on_wake(self) -> None:
        self._wake.clear()
        if self._stop.is_set():
            if not self.stopped:
                self.stopped = True
                self._ending.ask()
        else:
            self._claim()

    def _on_child(self) -> None:
        self._ended = self._child.poll() is not None

    def _on_key(self) -> None:
        keys = self._terminal.read()
        if keys is None:
            return
        if not keys:
            self._hang_up()
            return
        self._pass_size_on()  # a resize just before these keys must not arrive after them
        if not self.spoke:
            self._first_word.typed(keys)
            if _INTERRUPT in keys:
                self._leave()
        self._to_child += keys
        self._flush_to_child()

    def _leave(self) -> None:
        """Ctrl-C while connecting: the plugin may end by itself, but gets little time."""
        self.left = True
        self._ending.expect(self._patience.leaving)

    def _hang_up(self) -> None:
        """The terminal is gone: nothing can be shown, and nobody is there."""
        if not self.hung_up:
            self.hung_up = True
            self._to_user.clear()
            self._ending.ask()

    def _on_master(self) -> None:
        if self._to_child:
            self._flush_to_child()
        if len(self._to_user) < _MOST_PENDING:
            self._read_master()

    def _read_master(self) -> bool:
        """Whether there was something to read."""
        try:
            output = os.read(self._master, _MOST_PENDING)
        except BlockingIOError:
            return False
        except OSError:
            output = b""
        if not output:
            self._master_closed()
            return False
        self._show(output)
        self.tail.feed(output)
        self._modes.feed(output)
        self._first_word.feed(output)
        return True

    def _master_closed(self) -> None:
        """Nobody holds the plugin's terminal any more: it is ending, or of no use."""
        self._master_open = False
        self._ending.expect(self._patience.stopping)

    def _flush_to_child(self) -> None:
        try:
            written = os.write(self._master, self._to_child)
        except BlockingIOError:
            return
        except OSError:
            written = len(self._to_child)
        del self._to_child[:written]

    def _show(self, output: bytes) -> None:
        if not self.hung_up:
            self._to_user += output
            self._flush_to_user()

    def _flush_to_user(self) -> None:
        try:
            written = self._terminal.write(self._to_user)
        except OSError:
            self._hang_up()
            return
        del self._to_user[:written]

    # The end.

    def _drain(self) -> None:
        """Show all that the child still wrote, as long as the terminal takes it."""
        for _ in range(_MOST_LEFT_READS):
            if not (self._master_open and self._read_master() and self._wait_for_user()):
                break
        self._wait_for_user()

    def _wait_for_user(self) -> bool:
        """Until little is pending; False when the terminal has taken nothing for too long."""
        while self._to_user and not self.hung_up:
            pending = len(self._to_user)
            with _selector() as selector:
                selector.register(self._terminal.output, selectors.EVENT_WRITE)
                selector.select(self._patience.draining)
            self._flush_to_user()
            if len(self._to_user) == pending:
                return False
        return not self.hung_up

    def _give_back(self) -> None:
        """Undo what the remote has left switched on."""
        if self.hung_up:
            return
        undo = self._modes.undo(self._rows())
        if self._to_user:
            self._to_user.clear()
            undo = _CUT + undo
        if undo:
            self._show(undo)
            self._wait_for_user()

    def _rows(self) -> int:
        with contextlib.suppress(termios.error, OSError):
            return self._terminal.size()[0]
        return 0


def _selector() -> selectors.BaseSelector:
    # kqueue and poll refuse terminals on macOS.
    return selectors.SelectSelector() if sys.platform == "darwin" else selectors.PollSelector()
