"""Writes what a request for access says above and below its reason."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.engine.jobs import JobState
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs
from smtui.tui.parts.progress import spinner
from smtui.tui.parts.shown_keys import key_of

if TYPE_CHECKING:
    from smtui.domain.records.access_request import ApprovalPolicies
    from smtui.sessions.access_wait import AccessWait

_SHELL_ONLY = "It starts only the account's shell: no forward, no ssh, no other document."


def about_page(width: int, policies: ApprovalPolicies | None, way_round: str, *, is_read: bool) -> Paragraphs:
    """Write who will decide, as far as the policies tell; `is_read` says whether they were looked for."""
    page = Paragraphs(width)
    if policies is not None:
        page.write(policies.sentence, Look.QUIET)
    elif is_read:
        page.write("Which policy decides is not known: ssm:ListDocuments gave none.", Look.QUIET)
    else:
        page.write("Looking for the approval policies …", Look.QUIET)
    page.write(_SHELL_ONLY, Look.QUIET)
    if way_round:
        page.write(way_round, Look.PLAIN, lead="! ", lead_look=Look.WARN)
    return page


def decision_page(width: int, wait: AccessWait | None, now: datetime) -> Paragraphs:
    """Write how the request stands."""
    page = Paragraphs(width)
    if wait is None:
        return page
    if wait.state is JobState.RUNNING or wait.is_open(now):
        page.write(wait.order.reason, lead="reason  ")
    sentence = wait.sentence(now)
    match wait.state:
        case JobState.RUNNING:
            asked = f"Asked {age(wait.asked_at, now)} ago. You may leave: the status line tells."
            page.write(f"{sentence} {asked}", lead=f"{spinner(now)} ", lead_look=Look.ACCENT)
            if wait.trouble:
                page.write(wait.trouble, Look.WARN, lead="! ", lead_look=Look.WARN)
        case JobState.DONE if wait.is_open(now):
            page.write(
                f"{sentence.removesuffix('.')}: {key_of('form.next')} starts the shell.", lead="✓ ", lead_look=Look.GOOD
            )
        case JobState.FAILED:
            page.write(sentence, lead="✕ ", lead_look=Look.BAD)
        case _:
            page.write(sentence, Look.QUIET, lead="– ")
    return page
