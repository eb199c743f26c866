"""Records what operating system commands (OSC) leave behind in the terminal, and saves the title before it is set.

They set colours, a link, a progress bar, the shape of the pointer and the title. A title cannot be read back, but most
terminals keep a stack of them: it is pushed before it is first set, and popped at the end.
Sources: xterm's control sequences (OSC 0 to 2, XTWINOPS 22 and 23); the OSC 8 convention for links; ConEmu (OSC 9 ; 4)
for progress; console_codes(4).
"""

from __future__ import annotations

import re

_PALETTE, _SPECIAL = 4, 5
_FIRST_DYNAMIC, _LAST_DYNAMIC = 10, 19
_RESET = 100
"""Added to the number of a command that sets a colour, it gives the one that resets it."""
_LINK, _PROGRESS, _POINTER = 8, 9, 22
_MOST_COLOURS = 1024
_LINUX_COLOUR, _LINUX_COLOURS_RESET = "P", "R"
_ICON, _WINDOW = b"1", b"2"
_PARTS = {b"0": {_ICON, _WINDOW}, b"1": {_ICON}, b"2": {_WINDOW}}
"""The titles that a parameter of these sequences names; any other means both."""
_MOST_PUSHED = 10
"""As in xterm."""
_SET_OR_STACK = re.compile(rb"\x1b(?:\](?P<set>[012]);|\[2(?P<stack>[23])(?:;(?P<which>[0-9]?))?(?:;[0-9]*)?t)")
_BEGUN = re.compile(rb"\x1b(?:\][012]?|\[(?:2(?:[23](?:;[0-9;]{0,4})?)?)?)?\Z")
_LONGEST_BEGUN = 10


class TerminalStrings:
    """What OSCs have changed."""

    def __init__(self) -> None:
        self._colours: dict[int, set[int]] = {_PALETTE: set(), _SPECIAL: set()}
        self._dynamic: set[int] = set()
        self._linux_colours = False
        self._link = False
        self._progress = False
        self._pointer = False

    def obey(self, text: str) -> None:
        """Follow one OSC; `text` is without its terminator."""
        if text.startswith((_LINUX_COLOUR, _LINUX_COLOURS_RESET)):
            self._linux_colours = text.startswith(_LINUX_COLOUR)
            return
        number, _, rest = text.partition(";")
        command = _command_number(number)
        if command in self._colours:
            self._set_colours(self._colours[command], rest.split(";"))
        elif command - _RESET in self._colours:
            self._reset_colours(self._colours[command - _RESET], rest)
        elif _FIRST_DYNAMIC <= command <= _LAST_DYNAMIC:
            # Each further colour is for the next command.
            specs = enumerate(rest.split(";"), command)
            self._dynamic |= {each for each, spec in specs if spec not in ("", "?") and each <= _LAST_DYNAMIC}
        elif _FIRST_DYNAMIC <= command - _RESET <= _LAST_DYNAMIC:
            self._dynamic.discard(command - _RESET)
        else:
            self._obey_other(command, rest)

    def _set_colours(self, colours: set[int], pairs: list[str]) -> None:
        for index, spec in zip(pairs[::2], pairs[1::2], strict=False):
            if spec != "?" and 0 <= _command_number(index) < _MOST_COLOURS:
                colours.add(_command_number(index))

    def _reset_colours(self, colours: set[int], rest: str) -> None:
        if rest:
            colours -= {_command_number(index) for index in rest.split(";")}
        else:
            colours.clear()

    def _obey_other(self, command: int, rest: str) -> None:
        if command == _LINK:
            self._link = bool(rest.partition(";")[2])
        elif command == _PROGRESS and rest.startswith("4;"):
            self._progress = rest.split(";")[1] not in ("", "0")
        elif command == _POINTER:
            self._pointer = rest != "" and not rest.startswith("<")

    def undo(self) -> bytes:
        """Return the bytes that undo all of it."""
        texts = []
        if self._link:
            texts.append(b"8;;")
        texts += [b"%d" % (number + _RESET) for number, colours in self._colours.items() if colours]
        texts += [b"%d" % (number + _RESET) for number in sorted(self._dynamic)]
        if self._linux_colours:
            texts.append(b"R")
        if self._progress:
            texts.append(b"9;4;0")
        if self._pointer:
            texts.append(b"22;")
        return b"".join(b"\x1b]%s\x1b\\" % text for text in texts)


def _command_number(text: str) -> int:
    """Return the number, -1 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1


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
        undo = [b"\x1b]%s;\x1b\\" % _title_number(self._set)] if self._set else []
        undo += [b"\x1b[23;%st" % _title_number(parts) for parts in reversed(self._pushed)]
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
        return b"\x1b[22;%st" % _title_number(lost)

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


def _title_number(parts: set[bytes]) -> bytes:
    return next(number for number, meant in _PARTS.items() if meant == parts)
