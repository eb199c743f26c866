"""Saves the title of the user's window before a session's programs set it, and restores it.

A title cannot be read back, but most terminals keep a stack of them: it is pushed before it is first set, and popped
at the end. Source: xterm's control sequences (OSC 0 to 2, XTWINOPS 22 and 23).
"""

from __future__ import annotations

import re

_ICON, _WINDOW = b"1", b"2"
_PARTS = {b"0": {_ICON, _WINDOW}, b"1": {_ICON}, b"2": {_WINDOW}}
"""The titles that a parameter of these sequences names; any other means both."""
_MOST_PUSHED = 10
"""As in xterm."""
_SET_OR_STACK = re.compile(rb"\x1b(?:\](?P<set>[012]);|\[2(?P<stack>[23])(?:;(?P<which>[0-9]?))?(?:;[0-9]*)?t)")
_BEGUN = re.compile(rb"\x1b(?:\][012]?|\[(?:2(?:[23](?:;[0-9;]{0,4})?)?)?)?\Z")
_LONGEST_BEGUN = 10


class Titles:
    """Filters all output for the terminal, in pieces of any size: show what `guard` returns."""

    def __init__(self) -> None:
        self._pushed: list[set[bytes]] = []
        self._set: set[bytes] = set()
        self._held = b""

    def guard(self, output: bytes) -> bytes:
        """Return the output, with a push before each title that would be lost.

        The beginning of a sequence is held back until its rest comes; a terminal would show nothing for it.
        """
        if not self._held and b"\x1b" not in output:
            return output
        output = self._held + output
        begun = _BEGUN.search(output, max(len(output) - _LONGEST_BEGUN, 0))
        end = begun.start() if begun else len(output)
        self._held = output[end:]
        return _SET_OR_STACK.sub(self._obey, output[:end])

    def undo(self) -> bytes:
        """Return the bytes that restore the titles. An empty title makes terminals without a stack show their own."""
        undo = [b"\x1b]%s;\x1b\\" % _number(self._set)] if self._set else []
        undo += [b"\x1b[23;%st" % _number(parts) for parts in reversed(self._pushed)]
        return b"".join(undo)

    def _obey(self, found: re.Match[bytes]) -> bytes:
        if found["set"]:
            return self._on_set(_PARTS[found["set"]]) + found[0]
        parts = _PARTS.get(found["which"], _PARTS[b"0"])
        if found["stack"] == b"2":
            self._push(parts)
        else:
            self._pop(parts)
        return found[0]

    def _on_set(self, parts: set[bytes]) -> bytes:
        self._set |= parts
        lost = parts - self._saved()
        if not lost:
            return b""
        self._push(lost)
        return b"\x1b[22;%st" % _number(lost)

    def _push(self, parts: set[bytes]) -> None:
        if len(self._pushed) < _MOST_PUSHED:
            self._pushed.append(set(parts))

    def _pop(self, parts: set[bytes]) -> None:
        for part in parts & self._saved():
            last = max(index for index, pushed in enumerate(self._pushed) if part in pushed)
            self._pushed[last].discard(part)
            if part not in self._saved():
                self._set.discard(part)
        self._pushed = [pushed for pushed in self._pushed if pushed]

    def _saved(self) -> set[bytes]:
        """Return the titles that are on the stack."""
        return set().union(*self._pushed)


def _number(parts: set[bytes]) -> bytes:
    return next(number for number, meant in _PARTS.items() if meant == parts)
