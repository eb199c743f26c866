r"""Finds regular expressions that Java and Python read differently.

Source: java.util.regex.Pattern in the Java documentation. Python refuses most of what only Java has (`\p{Alnum}`,
`\Q…\E`, `(?<name>…)`); this is about what Python accepts with another meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_OTHER_ESCAPES = frozenset("vZ0")
r"""`\v` is every vertical blank in Java, `\Z` comes before a last line end, `\0` begins an octal number."""
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(-[a-zA-Z]+)?[:)]")
_OTHER_FLAGS = frozenset("xuUdLa")
"""With `x` Java also ignores blanks inside classes; the other flags exist only in one of the two."""
_COMMENT = "(?#"


def means_another_thing_in_java(pattern: str) -> bool:
    """Tell whether Python would allow other texts by this pattern than AWS does."""
    flags = (set(found[1] + (found[2] or "")) for found in _FLAGS.finditer(pattern))
    if _COMMENT in pattern or any(given & _OTHER_FLAGS for given in flags):
        return True
    return any(token in _OTHER_CLASSES or token[1:] in _OTHER_ESCAPES for token in _tokens(pattern))


_OTHER_CLASSES = frozenset({"[[", "[&&", "[]"})
"""A class within a class, an intersection, and a bracket that closes nothing, as `_tokens` yields them."""


def _tokens(pattern: str) -> Iterator[str]:
    r"""Yield escapes such as `\v`, and what is in a class as `[` with the characters that matter."""
    at, in_class, first = 0, False, False
    while at < len(pattern):
        character = pattern[at]
        if character == "\\":
            yield pattern[at : at + 2]
            at, first = at + 2, False
            continue
        if not in_class:
            in_class = first = character == "["
            at += 1
            if in_class and pattern[at : at + 1] == "^":
                at += 1
            continue
        if character == "]" and not first:
            in_class = False
        elif character in "[]":
            yield f"[{character}"
        elif pattern[at : at + 2] == "&&":
            yield "[&&"
        at, first = at + 1, False
