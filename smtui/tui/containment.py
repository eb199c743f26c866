"""Keeps the app running after a fault in a key, the mouse, a resize, a timer, a worker, a handler or a drawing.

Textual ends the program at the first exception, and the message loop of the widget that raised it with it. Here a fault
is logged and reported in a sentence, and the app goes on. Only if faults keep coming without the user doing anything
does the app leave, in order.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from textual import events
from textual.dom import DOMNode
from textual.message import Message
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import WorkerFailed

from smtui.tui.styled_app import StyledApp

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

log = logging.getLogger(__name__)

_MOST_FAULTS = 20
_FAULTS_PER_INPUT = 5
"""One key can cause several faults, and a key that is held down must not end the program."""
_RECOVERY_SECONDS = 2.0
"""After this time without faults, one more is allowed."""
_REPEAT_SECONDS = 30.0
"""The same sentence is shown at most this often."""


class FaultBudget:
    """Counts how many more faults the app may outlive: each input of the user adds some, and so does time, slowly."""

    def __init__(self, now: float = 0.0) -> None:
        self._left = float(_MOST_FAULTS)
        self._since = now

    def person_did_something(self) -> None:
        """Allow for the faults that one input can cause."""
        self._add(_FAULTS_PER_INPUT)

    def bears_another(self, now: float) -> bool:
        """Count one fault; return False if too many came by themselves. `now` is in seconds, monotonic."""
        self._add((now - self._since) / _RECOVERY_SECONDS)
        self._since = now
        self._left -= 1
        return self._left >= 0

    def _add(self, faults: float) -> None:
        self._left = min(self._left + faults, float(_MOST_FAULTS))


def fault_sentence(error: BaseException) -> str:
    """Return what the user reads about a fault. The error's own words may hold anything and are for the log only."""
    kept = "The log has the details" if logging.getLogger("smtui").handlers else "--log-file FILE keeps the details"
    return f"A fault in smtui itself ({_name(error)}). Sessions and tunnels go on. {kept}."


def _name(error: BaseException) -> str:
    """`KeyError, _option_list.py:812`: the kind, and where it was raised."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    kind = type(error).__name__
    if trace is None:
        return kind
    return f"{kind}, {PurePath(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


class ContainingApp(StyledApp):
    """An app that outlives faults once its first screen is up. `fault` is the one that ended it; None if none did."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.fault: Exception | None = None
        self._is_up = False
        self._is_shut_down = False
        self._budget = FaultBudget(time.monotonic())
        self._shown_at: dict[str, float] = {}
        self._stopped_drawing: AbstractContextManager[None] | None = None

    def person_did_something(self) -> None:
        """Call this after each input of the user."""
        self._budget.person_did_something()

    def leave_in_order(self) -> None:
        """Leave because faults keep coming."""
        self.exit(return_code=1)

    def on_ready(self) -> None:
        """Outlive faults from now on."""
        self._is_up = True

    async def _shutdown(self) -> None:
        """Also called if the task that runs the app is cancelled, as Ctrl-C does during the start."""
        self._is_shut_down = True
        await super()._shutdown()

    @property
    def _is_ending(self) -> bool:
        return self._exit or self._is_shut_down

    def contain(self, error: Exception, doing: str) -> None:
        """Log the fault and report it, or leave if there were too many. `doing` completes "fault while …"."""
        if self._is_ending:
            # Textual mounts nothing any more, so code that looks for what was to be mounted fails.
            log.warning("fault at the end, while %s", doing, exc_info=error)
            return
        if not self._is_up:
            self._handle_exception(error)
            return
        self._report_to_pilot(error)
        if self._stopped_drawing is not None:
            return
        log.error("fault while %s", doing, exc_info=error)
        if not self._budget.bears_another(time.monotonic()):
            self._give_up(error)
        else:
            self._report(fault_sentence(error))

    def _report(self, sentence: str) -> None:
        now = time.monotonic()
        if now >= self._shown_at.get(sentence, now):
            self._shown_at[sentence] = now + _REPEAT_SECONDS
            self.notify(sentence, severity="error", markup=False)

    def _give_up(self, error: Exception) -> None:
        log.error("too many faults; leaving")
        self.fault = error
        self._stopped_drawing = self.batch_update()
        self._stopped_drawing.__enter__()  # for good
        self.leave_in_order()

    # Where Textual passes exceptions on -----------------------------------------------------------

    def _handle_exception(self, error: Exception) -> None:
        """Textual's own would end the app with a traceback on the terminal."""
        if isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        if self._is_up or self._is_ending:
            self.contain(error, "drawing, waiting or working")
            screen = _composing(error)
            if screen is not None:
                self.call_later(self._drop, screen)
            return
        log.error("fault at the start", exc_info=error)
        self.fault = self.fault or error
        self._return_code = 1
        self._report_to_pilot(error)
        self._close_messages_no_wait()

    def _report_to_pilot(self, error: Exception) -> None:
        """Make a test with Textual's pilot fail with this error; nothing else reads it."""
        self._exception = self._exception or error
        self._exception_event.set()

    async def _dispatch_message(self, message: Message) -> None:
        await self._dispatched(self, super()._dispatch_message, message)

    def _register_child(self, parent: DOMNode, child: Widget, before: int | None, after: int | None) -> None:
        self._contain_dispatch(child)
        super()._register_child(parent, child, before, after)

    def _start_widget(self, parent: Widget, widget: Widget) -> None:
        self._contain_dispatch(widget)
        super()._start_widget(parent, widget)

    def _contain_dispatch(self, widget: Widget) -> None:
        """An exception that leaves this method ends the widget's message loop, and the widget with it."""
        if "_dispatch_message" in vars(widget):
            return
        dispatch = widget._dispatch_message  # noqa: SLF001 - Textual has no other place to catch them all

        async def contained(message: Message) -> None:
            await self._dispatched(widget, dispatch, message)

        widget._dispatch_message = contained  # type: ignore[method-assign]  # noqa: SLF001

    async def _dispatched(
        self, pump: MessagePump, dispatch: Callable[[Message], Awaitable[None]], message: Message
    ) -> None:
        try:
            await dispatch(message)
        except Exception as error:
            if not (self._is_up or self._is_ending):
                raise
            self.contain(error, f"handling {type(message).__name__} in {type(pump).__name__}")
            if isinstance(pump, Screen) and isinstance(message, events.Compose | events.Mount):
                self.call_later(self._drop, pump)

    def _drop(self, screen: Screen[Any]) -> None:
        """Close a screen that could not be set up: it would cover the others, and its caller would wait for ever."""
        if screen is self.screen and screen is not self.screen_stack[0]:
            screen.dismiss(None)


def _composing(error: Exception) -> Screen[Any] | None:
    """The screen that could not be composed; Textual catches that exception and passes on only its traceback."""
    trace = error.__traceback__
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        if trace.tb_frame.f_code is Widget._compose.__code__ and isinstance(owner, Screen):  # noqa: SLF001
            return owner
        trace = trace.tb_next
    return None
