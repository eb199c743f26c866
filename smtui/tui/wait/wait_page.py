"""Writes a wait step by step, and the question before an instance is started."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len

from smtui.domain.ages import age, clock_words
from smtui.domain.fault import FaultKind
from smtui.engine.jobs import JobState
from smtui.engine.wait_job import seconds_left
from smtui.engine.waiting import EndKind, StepState
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Paragraphs, Piece
from smtui.tui.parts.progress import spinner

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.node import StopFacts
    from smtui.engine.wait_job import Wait

_NOTES_AT = 16
_MARKS = {
    StepState.DONE: ("✓", Look.GOOD),
    StepState.TO_COME: (" ", Look.QUIET),
    StepState.UNSEEN: ("?", Look.WARN),
}
_STOPPED_BY = {
    "Client.UserInitiatedShutdown": "by a user",
    "Client.UserInitiatedHibernate": "by a user, who had it hibernate",
    "Client.InstanceInitiatedShutdown": "from within",
}


def wait_page(wait: Wait, width: int, now: datetime, *, then_shell: bool | None) -> Paragraphs:
    """Write what is done, what is waited for, and what follows; afterwards how it ended.

    `then_shell` is None where there is no choice.
    """
    page = Paragraphs(width)
    for step, state, note, usual in wait.waiting.notes(now):
        going = (spinner(now), Look.ACCENT) if wait.ending is None and not wait.state.over else ("–", Look.QUIET)
        mark, look = _MARKS.get(state, going)
        word = Look.QUIET if state in (StepState.TO_COME, StepState.UNSEEN) else Look.PLAIN
        leads = [Piece(f"{mark} ", look), Piece(f"{step:<{_NOTES_AT - 2}}", word)]
        room = width - _NOTES_AT - cell_len(note) - cell_len(usual)
        if usual and room >= 2:
            page.lines.append((*leads, Piece(note, Look.QUIET), Piece(" " * room + usual, Look.QUIET)))
        else:
            page.hang(leads, note, Look.QUIET, _NOTES_AT)
    _below(page, wait, now, then_shell=then_shell)
    return page


def _below(page: Paragraphs, wait: Wait, now: datetime, *, then_shell: bool | None) -> None:
    if wait.state is JobState.STOPPED:
        page.write("Stopped waiting. The instance stays as it is.", Look.QUIET, lead="○ ")
    elif wait.ending is None:
        left = f"gives up in {clock_words(seconds_left(wait, now))}"
        leads = (Piece("then  " if then_shell is not None else "", Look.QUIET),)
        page.hang(leads, [*_choice(then_shell), left], Look.PLAIN, cell_len(leads[0].text), gap="   ")
        if wait.waiting.trouble:
            page.write(wait.waiting.trouble, Look.WARN, lead="! ", lead_look=Look.WARN)
    elif wait.state is JobState.RUNNING:
        page.write(wait.ending.sentence, Look.PLAIN, lead="✕ ", lead_look=Look.BAD)
        page.write("The checks look for the cause …", Look.QUIET, lead=f"{spinner(now)} ", lead_look=Look.ACCENT)
    elif wait.ending.kind is EndKind.GIVEN_UP:
        page.write(wait.ending.sentence, Look.PLAIN, lead="✕ ", lead_look=Look.BAD)
        if wait.verdict:
            page.write(wait.verdict, Look.PLAIN, lead="  ")
    else:
        mark, look = ("✓", Look.GOOD) if wait.ending.kind is EndKind.READY else ("?", Look.WARN)
        page.write(wait.ending.sentence, Look.PLAIN, lead=f"{mark} ", lead_look=look)


def _choice(then_shell: bool | None) -> tuple[str, ...]:
    if then_shell is None:
        return ()
    shell, tell = ("(•)", "( )") if then_shell else ("( )", "(•)")
    return f"{shell} start a shell", f"{tell} tell me"


def start_page(
    width: int,
    node_line: str,
    facts: StopFacts | None,
    allowed: Fault | Literal[True] | None,
    trouble: str,
    now: datetime,
) -> Paragraphs:
    """Write what is known of the instance that would be started.

    `facts` is None until they have come; `allowed` is what the dry run answered: a fault, True, or None before.
    `trouble` says why the facts are not known.
    """
    page = Paragraphs(width)
    kind = f" · {facts.instance_type}" if facts is not None and facts.instance_type else ""
    page.write(node_line.replace(" · ", f"{kind} · ", 1) if kind else node_line, Look.QUIET)
    if facts is not None:
        page.write(f"{stop_words(facts, now)} It costs money as soon as it runs. {_addresses(facts)}")
    elif trouble:
        page.write(f"Since when it is stopped is not known: {trouble} It costs money as soon as it runs.")
    else:
        page.write("It is stopped … It costs money as soon as it runs.")
    words, look = permission_words(allowed)
    page.write(words, look)
    return page


def stop_words(facts: StopFacts, now: datetime) -> str:
    """Return since when it is stopped, and by whom, as far as EC2 says."""
    who = _STOPPED_BY.get(facts.code, "by AWS" if facts.code.startswith("Server.") else "")
    since = f"{age(facts.stopped_at, now)} ago" if facts.stopped_at is not None else ""
    if facts.state == "stopping":
        return "It is stopping now, and is started once it has stopped."
    if not since and not who:
        return "Since when it is stopped, and by whom, is not known."
    if not since:
        return f"It was stopped {who}, it is not known when."
    return f"It was stopped {since}{f' {who}' if who else ', it is not known by whom'}."


def _addresses(facts: StopFacts) -> str:
    if facts.has_fixed_public_address:
        return "Its addresses stay."
    return "Its private address stays; a public one would be new."


def permission_words(allowed: Fault | Literal[True] | None) -> tuple[str, Look]:
    """Return whether the start is allowed."""
    if allowed is None:
        return "Whether you may: …", Look.QUIET
    if allowed is True:
        return "You may: ec2:StartInstances is allowed (dry run).", Look.PLAIN
    if allowed.kind is FaultKind.DENIED:
        return f"You may not: {allowed.action or 'ec2:StartInstances'} is denied (dry run).", Look.BAD
    return f"Whether you may is not known: {allowed.sentence()}", Look.WARN
