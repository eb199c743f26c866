"""Makes what the pane below the list of sessions shows; imports each kind when it is first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.tui.sessions.session_pane import PaneTab

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smtui.domain.records.account_session import AccountSession
    from smtui.engine.launcher import Launcher
    from smtui.tui.sessions.session_pane import PaneBody


def _log(launcher: Launcher, session: AccountSession) -> PaneBody:
    from smtui.tui.sessions.log_pane import LogBody

    return LogBody(launcher, session)


def _audit(launcher: Launcher, session: AccountSession) -> PaneBody:
    from smtui.tui.sessions.audit_pane import AuditBody

    return AuditBody(launcher, session)


MAKERS: Mapping[PaneTab, Callable[[Launcher, AccountSession], PaneBody]] = {PaneTab.LOG: _log, PaneTab.AUDIT: _audit}
"""What each tab shows of a session; a body reads once it is mounted. The keys of tabs without one are dim."""


def pane_body(launcher: Launcher, tab: PaneTab, session: AccountSession) -> PaneBody:
    """Return what this tab shows of the session."""
    return MAKERS[tab](launcher, session)
