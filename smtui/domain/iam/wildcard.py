"""The wildcards of policies: `*` is any text, `?` any one character."""

from __future__ import annotations

import re
from collections.abc import Callable

_ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_NEVER = "\0"


def covers(pattern: str, text: str) -> bool:
    """Whether `pattern` fits whatever `text` may stand for: a `*` in `text` is an unknown part that only `*` covers.

    A policy variable in the pattern (`${aws:username}`) covers nothing for sure.
    """
    pattern = _VARIABLE.sub(_NEVER, pattern)
    at = in_text = 0
    star = retry = -1
    while in_text < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, retry = at, in_text
            at += 1
        elif at < len(pattern) and _fits(pattern[at], text[in_text]):
            at += 1
            in_text += 1
        elif star >= 0:
            retry += 1
            at, in_text = star + 1, retry
        else:
            return False
    return not pattern[at:].strip("*")


def _fits(wanted: str, character: str) -> bool:
    return wanted == character or (wanted == "?" and character != "*")


def overlaps(left: str, right: str) -> bool:
    """Whether some text fits both; a policy variable may be any text."""
    left, right = _VARIABLE.sub("*", left), _VARIABLE.sub("*", right)
    below = [True] * (len(right) + 1)
    for at in range(len(right) - 1, -1, -1):
        below[at] = below[at + 1] and right[at] == "*"
    for wanted in reversed(left):
        row = [wanted == "*" and below[-1]] * (len(right) + 1)
        for at in range(len(right) - 1, -1, -1):
            if wanted == "*" or right[at] == "*":
                row[at] = below[at] or row[at + 1]
            else:
                row[at] = below[at + 1] and (wanted == right[at] or "?" in (wanted, right[at]))
        below = row
    return below[0]


def arn_covers(pattern: str, arn: str) -> bool:
    """As `covers`, part by part where both have all parts of an ARN."""
    return _part_by_part(covers, pattern, arn)


def arn_overlaps(left: str, right: str) -> bool:
    return _part_by_part(overlaps, left, right)


def _part_by_part(fits: Callable[[str, str], bool], left: str, right: str) -> bool:
    lefts, rights = (_VARIABLE.sub("${}", text).split(":", _ARN_PARTS - 1) for text in (left, right))
    if len(lefts) == len(rights) == _ARN_PARTS:
        return all(map(fits, lefts, rights))
    return fits(left, right)
