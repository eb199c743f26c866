"""Recognises escapes: keys after a new line that control the local program, as in OpenSSH and newer plugins.

`~.` ends the session, `~?` lists the escapes, `~~` sends one tilde, so `~~.` reaches an ssh inside the session as
`~.`. A tilde after a new line is held back until the next key; any other key sends both. A bracketed paste holds no
escapes. Pastes that the terminal does not mark look like typing.
"""

from __future__ import annotations

from enum import Enum

HELP = (
    "smtui: escapes, typed after a new line:",
    "  ~.  end the session",
    "  ~?  list the escapes",
    "  ~~  send a tilde",
)
"""Lines to show for `~?`."""

HELP_BYTES = "".join(f"\r\n{line}" for line in HELP).encode() + b"\r\n"
"""The same for a raw terminal."""

MOST_PENDING = 16 * 2**20
"""Bytes kept for a session that takes no input, while the keyboard is still read: more than people paste."""

_TILDE = b"~"
_LINE_ENDS = b"\r\n"
_PASTE_BEGINS = b"\x1b[200~"
_PASTE_ENDS = b"\x1b[201~"


class Escape(Enum):
    """What an escape does; the value is its key."""

    END = b"."
    HELP = b"?"


class Escapes:
    """Finds the escapes in typed bytes that arrive in pieces of any size. The session begins on a new line."""

    def __init__(self, *, doubled: bool = False) -> None:
        """`doubled`: the keys go on through another program with the same escapes, which must not obey any of them.

        That program is assumed to be on a new line only after a line end was passed on.
        """
        self._doubled = doubled
        self._held = False
        self._on_new_line = True
        self._pasting = False
        self._last = b""
        """The last bytes passed on: as many as a paste mark has, and one before it."""

    def feed(self, keys: bytes) -> tuple[bytes, list[Escape]]:
        """Return what to pass on, and the escapes among the keys. Keys after `~.` are dropped."""
        passed, escapes, at = bytearray(), list[Escape](), 0
        while at < len(keys):
            if self._held:
                self._held = False
                key = keys[at : at + 1]
                escape = _BY_KEY.get(key)
                if escape is Escape.END:
                    return bytes(passed), [*escapes, escape]
                if escape is not None:
                    escapes.append(escape)
                else:
                    passed += self._pass(_TILDE)
                if escape is not None or key == _TILDE:
                    at += 1
                continue
            tilde = keys.find(_TILDE, at)
            passed += self._pass(keys[at:] if tilde < 0 else keys[at:tilde])
            if tilde < 0:
                break
            at = tilde + 1
            if self._on_new_line and not self._pasting:
                self._held = True
            else:
                passed += self._pass(_TILDE)
        return bytes(passed), escapes

    def _pass(self, data: bytes) -> bytes:
        if not data:
            return data
        doubles = self._doubled and data == _TILDE and self._last[-1:] in (b"\r", b"\n")
        self._last = (self._last[-len(_PASTE_ENDS) :] + data)[-len(_PASTE_ENDS) - 1 :]
        self._on_new_line = self._last[-1] in _LINE_ENDS
        if self._last.endswith(_PASTE_BEGINS):
            self._pasting = True
        elif self._last.endswith(_PASTE_ENDS):
            self._pasting = False
            self._on_new_line = self._last[: -len(_PASTE_ENDS)] in (b"\r", b"\n")
        return data * 2 if doubles else data


_BY_KEY = {escape.value: escape for escape in Escape}
