"""Lists the commands of the account's sessions: their list, their logs, the account's rules, requests for access."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.tui.command import Command

_LIST: tuple[Command, ...] = ()
"""Of the list of sessions, `Scope.SESSIONS`."""
_LOG: tuple[Command, ...] = ()
"""Of a log, `Scope.SESSION_LOG`."""
_RULES: tuple[Command, ...] = ()
"""Of the preferences in words, `Scope.RULES`."""
_REQUESTS: tuple[Command, ...] = ()
"""Of the requests for access, `Scope.REQUESTS`."""

SESSION_COMMANDS: tuple[Command, ...] = (*_LIST, *_LOG, *_RULES, *_REQUESTS)
