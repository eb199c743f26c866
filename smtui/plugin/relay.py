"""Passes bytes between the user's terminal and a plugin's pty until the plugin ends (POSIX).

One thread selects over everything and never blocks on either side, so neither a busy event loop nor a stuck terminal
can keep a key from the plugin. The terminal is raw meanwhile and always restored.
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
from typing import TYPE_CHECKING

from smtui.domain.outcome import PluginWord
from smtui.domain.terminal_modes.modes import TerminalModes
from smtui.domain.text import harmless
from smtui.plugin.child import PtyChild, Shutdown, Wake
from smtui.plugin.companions import NOBODY, Companions
from smtui.plugin.escapes import HELP_BYTES, MOST_PENDING, Escape, Escapes
from smtui.plugin.plugin_output import Tail, understand
from smtui.plugin.prompt_line import PromptLine
from smtui.plugin.silence import FirstWord, Silence, Watchdog

if TYPE_CHECKING:
    from smtui.plugin.handoff import Patience
    from smtui.user_terminal import UserTerminal

_MOST_SHOWN_LATER = 65536
_INTERRUPT = b"\x03"
_ASK_CHILD = 0.02
_ASK_REMINDER = 1.0
"""Seconds between two questions to the reminder while something happens: keys may put off what is due."""
_ASK_AFTER_SLEEP = 10.0
"""Seconds after which the reminder is asked in any case: `select` does not count the time that the machine sleeps."""
_MOST_LEFT_READS = 4096
"""After the child's end: far more than a pty holds, but not without limit if something keeps writing."""
_CUT = b"\x18\x1b\\"
"""Ends a control sequence that was cut off."""


class Relay:
    """Relays one child; call `run` once. `stop` and `resized` may be called from any thread and signal handler."""

    def __init__(
        self,
        pty: PtyChild,
        label: str,
        patience: Patience,
        *,
        escapes: Escapes | None = None,
        companions: Companions = NOBODY,
    ) -> None:
        self.tail = Tail()
        self.left = False
        self.escaped = False
        self.stopped = False
        self.hung_up = False
        self._child = pty.child
        self._master = pty.master
        self._patience = patience
        self._wake = Wake()
        self._stop = threading.Event()
        self._first_word = FirstWord()
        self._watchdog = Watchdog(self._first_word, label, patience.word)
        self._escapes = escapes or Escapes()
        self._silence = Silence(label, patience.answer)
        self._shutdown = Shutdown(pty.child, patience.stopping)
        self._tap = companions.tap
        self._greeting = companions.greeting
        self._reminder = companions.reminder
        self._prompt = PromptLine() if companions.reminder is not None else None
        self._remind_at: float | None = None
        self._ask_reminder_at = 0.0
        self._modes = TerminalModes()
        self._to_child = bytearray()
        self._to_user = bytearray()
        self._master_open = True
        self._ended = False

    @property
    def spoke(self) -> bool:
        """Whether the far end has sent anything yet."""
        return self._first_word.spoken

    def stop(self) -> None:
        """End the plugin and the relay; returns at once."""
        self._stop.set()
        self._wake()

    def resized(self) -> None:
        """React to a new size of the terminal, or to being continued after a stop."""
        self._wake()

    def close(self) -> None:
        """Free the wake pipe; call it last."""
        self._wake.close()

    def run(self, terminal: UserTerminal) -> None:
        """Relay until the child has ended and its output is shown, or until it outlived SIGKILL."""
        self._terminal = terminal
        if self._reminder is not None:
            self._reminder.begin(self._wake)
        try:
            self._claim()
            if self._greeting:
                self._show(f"smtui: {harmless(self._greeting)}\r\n".encode("utf-8", "replace"))
            with _selector() as selector:
                self._selector = selector
                self._pump()
            self._drain()
            self._give_back()
        finally:
            terminal.restore()

    def _claim(self) -> None:
        """Set raw mode and the size; also after our process was stopped, when the shell had the terminal."""
        try:
            self._terminal.make_raw()
        except (termios.error, OSError):
            self._hang_up()
        self._pass_size_on()

    def _pass_size_on(self) -> None:
        """Set the pty's size; the kernel signals the plugin only if it differs."""
        try:
            size = self._terminal.size()
            termios.tcsetwinsize(self._master, size)
        except (termios.error, OSError):
            self._hang_up()
        else:
            if self._tap is not None:
                self._tap.resized(*size)

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
            self._check_deadlines()

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
        # An escape that ends the session must not wait behind keys that nobody reads.
        return selectors.EVENT_READ * (not self.hung_up and len(self._to_child) < MOST_PENDING)

    def _master_interest(self) -> int:
        if not self._master_open:
            return 0
        reading = selectors.EVENT_READ * (len(self._to_user) < _MOST_SHOWN_LATER)
        return reading | selectors.EVENT_WRITE * bool(self._to_child)

    def _timeout(self) -> float | None:
        due = (self._shutdown.due(), self._watchdog.due(), self._silence.due(), self._reminder_due())
        dates = [date for date in due if date is not None]
        if self._child.pidfd < 0:
            dates.append(time.monotonic() + _ASK_CHILD)
        return max(min(dates) - time.monotonic(), 0.0) if dates else None

    def _check_deadlines(self) -> None:
        line = self._watchdog.line()
        if line and not self.left:
            self._show(b"\r" + line + b"\r\n")
        line = self._silence.line()
        if line and self._modes.at_rest:
            self._show(line)
        self._remind()
        self._shutdown.step()
        if self._shutdown.given_up or (self._child.pidfd < 0 and self._child.poll() is not None):
            self._ended = True

    # The reminder. It is not asked for every piece of output. A line that cannot be shown now waits for output.

    def _reminder_due(self) -> float | None:
        """When the reminder has a line that fits, or is to be asked again; None if only output can change that."""
        if self._reminder is None or not self.spoke:
            return None
        now = time.monotonic()
        is_due = self._remind_at is not None and self._remind_at <= now
        if is_due or now >= self._ask_reminder_at:
            wait = self._reminder.wait()
            self._remind_at = None if wait is None else now + wait
            self._ask_reminder_at = now + _ASK_REMINDER
            is_due = wait is not None and wait <= 0
        if self._remind_at is None or (is_due and not self._line_fits()):
            return None
        return min(self._remind_at, self._ask_reminder_at + _ASK_AFTER_SLEEP)

    def _remind(self) -> None:
        due = self._reminder_due()
        if self._reminder is None or self._prompt is None or due is None or due > time.monotonic():
            return
        if line := self._reminder.line():
            self._show(self._prompt.below(f"smtui: {line}"))
        self._ask_reminder_at = 0.0

    def _line_fits(self) -> bool:
        is_owned = self._modes.is_full_screen or (self._prompt is not None and self._prompt.is_busy)
        return self._modes.at_rest and not is_owned and not self.stopped

    # What happens.

    def _on_wake(self) -> None:
        self._wake.clear()
        self._ask_reminder_at = 0.0
        if self._stop.is_set():
            if not self.stopped:
                self.stopped = True
                self._shutdown.terminate()
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
        keys, escapes = self._escapes.feed(keys)
        for escape in escapes:
            self._obey(escape)
        if self.spoke:
            self._silence.typed(keys)
            if keys and self._reminder is not None:
                self._reminder.typed()
        else:
            self._first_word.typed(keys)
            if _INTERRUPT in keys:
                self._leave()
        self._to_child += keys
        self._flush_to_child()

    def _obey(self, escape: Escape) -> None:
        match escape:
            case Escape.HELP:
                self._show(HELP_BYTES)
            case Escape.END:
                self.left = self.left or not self.spoke
                self.escaped = True
                self._shutdown.terminate()

    def _leave(self) -> None:
        """Handle Ctrl-C while connecting: the plugin may end by itself, but gets little time."""
        self.left = True
        self._shutdown.allow(self._patience.leaving)

    def _hang_up(self) -> None:
        """Handle the loss of the terminal: nothing can be shown any more."""
        if not self.hung_up:
            self.hung_up = True
            self._to_user.clear()
            self._shutdown.terminate()

    def _on_master(self) -> None:
        if self._to_child:
            self._flush_to_child()
        if len(self._to_user) < _MOST_SHOWN_LATER:
            self._read_master()

    def _read_master(self) -> bool:
        """Read some output and show it; return whether there was any."""
        try:
            output = os.read(self._master, _MOST_SHOWN_LATER)
        except BlockingIOError:
            return False
        except OSError:
            output = b""
        if not output:
            self._master_closed()
            return False
        shown = self._modes.pass_on(output)
        if self._prompt is not None:
            self._prompt.feed(shown)
        self._show(shown)
        self.tail.feed(output)
        self._first_word.feed(output)
        self._silence.broken()
        return True

    def _master_closed(self) -> None:
        """No process holds the pty any more, so the plugin is ending or stuck: give it little time."""
        self._master_open = False
        self._shutdown.allow(self._patience.stopping)

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
            if self._tap is not None:
                self._tap.shown(output)
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
        """Show what the child wrote last, as long as the terminal takes it."""
        for _ in range(_MOST_LEFT_READS):
            if not (self._master_open and self._read_master() and self._wait_for_user()):
                break
        self._wait_for_user()

    def _wait_for_user(self) -> bool:
        """Wait until the terminal has taken the pending output; False if it took nothing for too long."""
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
        """Undo what the remote programs left switched on or set."""
        if self.hung_up:
            return
        undo = self._modes.undo(*self._size(), softly_reset=not self._ended_by_itself())
        if self._to_user:
            self._to_user.clear()
            undo = _CUT + undo
        if undo:
            self._show(undo)
            self._wait_for_user()

    def _ended_by_itself(self) -> bool:
        """Tell whether the remote's programs had time to clean up; unknown, so False, if the plugin was killed."""
        cut = self.left or self.escaped or self.stopped or self._child.poll() is None
        return not cut and understand(self.tail.text()).word is PluginWord.EXITED

    def _size(self) -> tuple[int, int]:
        with contextlib.suppress(termios.error, OSError):
            return self._terminal.size()
        return 0, 0


def _selector() -> selectors.BaseSelector:
    # kqueue and poll refuse terminals on macOS.
    return selectors.SelectSelector() if sys.platform == "darwin" else selectors.PollSelector()
