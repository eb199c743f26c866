"""Records what a remote program changes in how the keys of the keyboard are sent.

Sources: the kitty keyboard protocol; xterm's control sequences (modifyOtherKeys and its like); DECKPAM.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from smtui.domain.terminal_modes.sequences import numbers

_SET, _ADD, _REMOVE = 1, 2, 3
_MOST_PUSHED = 64
_MOST_RESOURCES = 16
"""More than xterm has of either kind."""
_FUNCTION_KEYS, _OTHER_KEYS = 2, 4


class KeyboardModes:
    """The state of the keyboard. `screen` is 0 for the main screen, 1 for the alternate one, with its own flags."""

    def __init__(self) -> None:
        self.screen = 0
        self._flags = [0, 0]
        self._pushed: tuple[list[int], list[int]] = ([], [])
        self._resources: set[tuple[bytes, int]] = set()
        self._keypad = False
        self.handlers: Mapping[str, Callable[[str], None]] = {
            "[>u": self._push,
            "[<u": self._pop,
            "[=u": self._set,
            "[>m": partial(self._set_resource, b"m"),
            "[>n": self._disable_resource,
            "[>f": partial(self._set_resource, b"f"),
            "=": partial(self._switch_keypad, True),
            ">": partial(self._switch_keypad, False),
        }

    def reset(self) -> None:
        """Follow a full reset."""
        self._flags = [0, 0]
        self._pushed = ([], [])
        self._resources.clear()
        self.reset_softly()

    def reset_softly(self) -> None:
        """Follow a soft reset (DECSTR)."""
        self._keypad = False

    def undo_flags(self, screen: int) -> bytes:
        """Return the bytes that restore the flags of a screen; write them while it is shown."""
        pushed = self._pushed[screen]
        first = pushed[0] if pushed else self._flags[screen]
        popped = b"\x1b[<%du" % len(pushed) if pushed else b""
        return popped + (b"\x1b[=0;1u" if first else b"")

    def undo(self) -> bytes:
        """Return the bytes that restore all but the flags."""
        undo = [b"\x1b[>%d%s" % (number, kind) for kind, number in sorted(self._resources)]
        if self._keypad:
            undo.append(b"\x1b>")
        return b"".join(undo)

    def _push(self, parameters: str) -> None:
        pushed = self._pushed[self.screen]
        if len(pushed) < _MOST_PUSHED:
            pushed.append(self._flags[self.screen])
        self._flags[self.screen] = numbers(parameters)[0]

    def _pop(self, parameters: str) -> None:
        pushed = self._pushed[self.screen]
        for _ in range(min(max(numbers(parameters)[0], 1), len(pushed) + 1)):
            self._flags[self.screen] = pushed.pop() if pushed else 0

    def _set(self, parameters: str) -> None:
        flags, how, *_ = [*numbers(parameters), 0]
        before = self._flags[self.screen]
        self._flags[self.screen] = {_ADD: before | flags, _REMOVE: before & ~flags}.get(how, flags)

    def _set_resource(self, kind: bytes, parameters: str) -> None:
        """Record a resource; without a value it gets its default back. No resource means all in some xterms only."""
        resource, *value = numbers(parameters)
        if not value or (resource, value[0]) == (_OTHER_KEYS, 0):
            self._resources.discard((kind, resource))
        elif resource < _MOST_RESOURCES:
            self._resources.add((kind, resource))

    def _disable_resource(self, parameters: str) -> None:
        resource = numbers(parameters)[0] if parameters else _FUNCTION_KEYS
        if resource < _MOST_RESOURCES:
            self._resources.add((b"m", resource))

    def _switch_keypad(self, on: bool, parameters: str) -> None:
        self._keypad = on
