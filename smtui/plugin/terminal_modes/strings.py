"""Records what operating system commands (OSC) leave behind: colours, a link, a progress bar, the pointer's shape.

Sources: xterm's control sequences; the OSC 8 convention for links; ConEmu (OSC 9 ; 4) for progress; console_codes(4).
Titles are in `titles`, since they must be saved beforehand.
"""

from __future__ import annotations

_PALETTE, _SPECIAL = 4, 5
_FIRST_DYNAMIC, _LAST_DYNAMIC = 10, 19
_RESET = 100
"""Added to the number of a command that sets a colour, it gives the one that resets it."""
_LINK, _PROGRESS, _POINTER = 8, 9, 22
_MOST_COLOURS = 1024
_LINUX_COLOUR, _LINUX_COLOURS_RESET = "P", "R"


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
        command = _number(number)
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
            if spec != "?" and 0 <= _number(index) < _MOST_COLOURS:
                colours.add(_number(index))

    def _reset_colours(self, colours: set[int], rest: str) -> None:
        if rest:
            colours -= {_number(index) for index in rest.split(";")}
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


def _number(text: str) -> int:
    """Return the number, -1 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else -1
