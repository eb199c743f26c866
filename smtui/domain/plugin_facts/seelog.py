"""Changes the level in the official plugin's log configuration, seelog.xml, and nothing else of it."""

from __future__ import annotations

import re

OFF = "off"
DEBUG = "debug"
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<seelog\b[^>]*>")
_LEVEL = re.compile(r"""(\bminlevel\s*=\s*)(["'])([a-z]{0,20})\2""")

_LOG_FILE = re.compile(r"""<rollingfile\b[^>]*\bfilename\s*=\s*["']([^"'<>]*session-manager-plugin\.log)["']""")


class SeelogNotUnderstood(ValueError):
    """The text has no level to change; the message says why."""


def level_of(text: str) -> str:
    """Return the level, such as `off` or `debug`; empty if there is none."""
    found = _LEVEL.search(text[_root(text)])
    return found[3] if found is not None else ""


def with_level(text: str, level: str) -> str:
    """Return the configuration with this level; every other character stays. Raises `SeelogNotUnderstood`."""
    root = _root(text)
    changed, times = _LEVEL.subn(lambda found: f"{found[1]}{found[2]}{level}{found[2]}", text[root])
    if times != 1:
        raise SeelogNotUnderstood("it has no <seelog> element with a minlevel")
    return text[: root.start] + changed + text[root.stop :]


def _root(text: str) -> slice:
    """Find the opening tag of the root, outside comments; an empty slice if there is none."""
    found = _ROOT.search(_COMMENT.sub(lambda comment: " " * len(comment[0]), text))
    return slice(*found.span()) if found is not None else slice(0, 0)


def log_file_of(text: str) -> str:
    """Return the file that session-manager-plugin.log is written to; empty if the configuration names none."""
    found = _LOG_FILE.search(_COMMENT.sub("", text))
    return found[1] if found is not None else ""
