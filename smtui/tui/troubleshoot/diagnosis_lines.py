"""Writes the page of a check, of a group of checks, or of what failed: the finding, the fix, the proof, the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from smtui.domain.text import harmless, harmless_lines
from smtui.topics.machines import System, system_named
from smtui.topics.topic import ReadyCommand, Topic, terraform_offered
from smtui.topics.topic_text import NO_ADVICE, Advice, advice, headed, step_texts
from smtui.tui.parts.cells import cell
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.page import Piece
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.troubleshoot.check_rows import LOOKS, PENDING_MARK
from smtui.tui.troubleshoot.page_lines import Page

if TYPE_CHECKING:
    from smtui.diagnosis.check_result import CheckResult, Diagnosis
    from smtui.domain.node import Node
    from smtui.topics.failure import Failure
    from smtui.topics.machines import Machines

_CALL = re.compile(r"(?P<call>[a-z0-9-]+:[A-Za-z]+): (?P<words>.+)")
_CODE = re.compile(r"(?P<code>[A-Za-z0-9.]+): ")
_LEAST_ROOM = 30
_ANOTHER = "  or  "
_PARTED = "   "
_LEAST_NAME = 16
"""Cells that the name of another fix has at least, unless it is shorter."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page is written for: the machines, the room, and what the user has chosen on it."""

    machines: Machines
    width: int
    chosen: int | None = None
    """The choice to mark; None for the first fix that can be copied."""
    is_open: bool = False
    """Whether the part that is folded is shown."""


def check_page(
    code: str, diagnosis: Diagnosis, topic: Topic | None, reading: Reading, failure: Failure | None = None
) -> Page:
    """Write one check: `topic` fixes it, `failure` is what it explains, if anything."""
    page = Page(reading.width)
    result = diagnosis.result(code)
    if result is None:
        page.write(PENDING_MARK, Look.QUIET)
        page.label("EVIDENCE")
        page.item(PENDING_MARK, Look.QUIET)
        return page
    page.write(result.finding)
    advised = NO_ADVICE
    values = diagnosis.values_of(result)
    if topic is not None:
        advised = advice(topic, values, reading.machines, result.each)
    _fixes(page, advised, reading)
    _evidence(page, result)
    if failure is not None:
        _general_causes(page, failure, reading)
    if topic is not None:
        _explanation(page, topic, values, advised, reading)
    return page


def failure_page(
    failure: Failure,
    diagnosis: Diagnosis,
    topic: Topic | None,
    reading: Reading,
    found: str = "",
    *,
    words_cut: bool = False,
) -> Page:
    """Write what a failure means, the plugin's last output, and `topic`, the most likely help.

    `found` is the check that explains the failure: its fix replaces the topic's guesses. The failure's own words stand
    above the page, and in it only if they were cut there.
    """
    page = Page(reading.width)
    if words_cut:
        page.write(failure.words)
    for text in failure.explanation():
        page.write(text)
    cause = diagnosis.result(found) if found else None
    values = {**diagnosis.values, **failure.values}
    if cause is not None:
        page.label("CAUSE")
        page.item(cause.finding)
        values |= cause.values
    elif topic is not None:
        page.label("LIKELY")
        page.item(f"{topic.title} ({topic.id})")
    causes = failure.causes or (topic.causes if topic is not None and cause is None else ())
    for number, text in enumerate(causes, 1):
        if number == 1:
            page.label("CAUSES")
        page.item(text, lead=f"{number}  ")
    if topic is not None:
        advised = advice(topic, values, reading.machines, cause.each if cause is not None else ())
        _fixes(page, advised, reading)
        _output(page, failure)
        _explanation(page, topic, values, advised, reading, with_title=cause is not None, with_causes=False)
    else:
        _output(page, failure)
    return page


def group_page(codes: Iterable[str], diagnosis: Diagnosis, width: int) -> Page:
    """Write the checks of one or more layers, each with its mark and its finding; `…` where it is awaited."""
    page = Page(width)
    names = list(codes)
    layers = {code.partition(".")[0] for code in names}
    shown = {code: code if len(layers) > 1 else code.partition(".")[2] for code in names}
    widest = max((cell_len(name) for name in shown.values()), default=0)
    layer = ""
    for code in names:
        if code.partition(".")[0] != layer and layer:
            page.gap()
        layer = code.partition(".")[0]
        _checked(page, shown[code], diagnosis.result(code), widest)
    return page


def _checked(page: Page, name: str, result: CheckResult | None, widest: int) -> None:
    mark, look = (result.status.mark, LOOKS[result.status]) if result else (PENDING_MARK, Look.QUIET)
    finding = result.finding if result else ""
    beside = page.width - widest - len("✓   ") >= _LEAST_ROOM
    if beside:
        page.write(finding, Look.QUIET, lead=f"{mark} {name.ljust(widest)}  ", lead_look=look)
        return
    page.lines.append((Piece(f"{mark} ", look), Piece(name)))
    if finding:
        page.write(finding, Look.QUIET, lead="  ")


# The fix -----------------------------------------------------------------------------------------


def _fixes(page: Page, advised: Advice, reading: Reading) -> None:
    """Write one fix with what it changes and what could go wrong, and the others in a line."""
    page.choices = [*advised.fixes, *advised.looks]
    first = next((at for at, fix in enumerate(advised.fixes) if isinstance(fix, ReadyCommand)), 0)
    page.chosen = first if reading.chosen is None else max(0, min(reading.chosen, len(page.choices) - 1))
    if not advised.fixes:
        return
    shown = min(page.chosen, len(advised.fixes) - 1)
    fix = advised.fixes[shown]
    several = len(advised.fixes) > 1
    page.label(f"FIX {shown + 1} of {len(advised.fixes)}" if several else "FIX")
    page.chosen_line = len(page.lines)
    page.item(headed(fix, reading.machines))
    if isinstance(fix, ReadyCommand):
        page.command(fix, 0)
        page.write(fix.changes, Look.QUIET, lead="  changes  ")
        page.write(fix.risk, Look.QUIET, lead="  risk     ")
    else:
        page.write(fix.why, Look.QUIET, lead="  ")
    if several:
        others = [(at + 1, headed(other, reading.machines)) for at, other in enumerate(advised.fixes) if at != shown]
        line = alternatives(others, page.width)
        page.lines.append((Piece(_ANOTHER, Look.QUIET), Piece(line, Look.QUIET)))


def alternatives(others: Iterable[tuple[int, str]], width: int) -> str:
    """Return the other fixes on one line, by number: what they do loses its tail, and the last are only counted."""
    named = [(f"{number} ", _capital(harmless(does).removeprefix("Or "))) for number, does in others]
    for many in range(len(named), 0, -1):
        more = len(named) - many
        parts = [*named[:many], *([(f"and {more} more", "")] if more else ())]
        room = width - cell_len(_ANOTHER) - len(_PARTED) * (len(parts) - 1) - sum(cell_len(lead) for lead, _ in parts)
        longest = max(cell_len(does) for _, does in parts)
        share = longest if sum(cell_len(does) for _, does in parts) <= room else room // many
        if share >= min(longest, _LEAST_NAME) or many == 1:
            break
    line = _PARTED.join(f"{lead}{cell(does, max(0, min(share, cell_len(does))))}" for lead, does in parts)
    keys = f"{key_of('check.previous-fix')} {key_of('check.next-fix')}"
    hinted = f"{line}{_PARTED}({keys} shows them)"
    return hinted if cell_len(_ANOTHER + hinted) <= width else line


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# The proof and the reason ------------------------------------------------------------------------


def _evidence(page: Page, result: CheckResult) -> None:
    """Write what the check was judged from: the call, and beside it what it said."""
    lines = [line for line in result.evidence if harmless(line) != harmless(result.finding)]
    calls = [found for line in lines if (found := _CALL.fullmatch(line))]
    key = max((cell_len(call["call"]) for call in calls), default=0) + 2
    beside = page.width - page.column - key >= _LEAST_ROOM
    for number, line in enumerate(lines):
        if number == 0:
            page.label("EVIDENCE")
        call = _CALL.fullmatch(line)
        if call is not None and beside:
            page.item(call["words"], lead=call["call"].ljust(key))
        else:
            page.item(line)


def _general_causes(page: Page, failure: Failure, reading: Reading) -> None:
    """Write the causes that such a failure may have in general, folded to a line."""
    if not failure.causes:
        return
    page.folds = True
    page.gap()
    code = _CODE.match(failure.words)
    of = code["code"] if code else "such a failure"
    count = f"{len(failure.causes)} general cause{'' if len(failure.causes) == 1 else 's'} of {of}"
    hint = "" if reading.is_open else f"    {key_of('check.fold')} opens"
    mark, fold = "▾ " if reading.is_open else "▸ ", "screen.fold"
    page.lines.append((Piece(mark, Look.ACCENT, action=fold), Piece(count, action=fold), Piece(hint, Look.QUIET)))
    for number, cause in enumerate(failure.causes if reading.is_open else (), 1):
        page.write(cause, lead=f"  {number}  ")


def _output(page: Page, failure: Failure) -> None:
    for number, line in enumerate(failure.tail):
        if number == 0:
            page.heading("LAST OUTPUT OF THE PLUGIN")
        page.exact(harmless(line), Look.QUIET, indent=2)


def _explanation(
    page: Page,
    topic: Topic,
    values: Mapping[str, str],
    advised: Advice,
    reading: Reading,
    *,
    with_title: bool = True,
    with_causes: bool = True,
) -> None:
    """Write the topic: its causes and steps, commands that only read, Terraform, links."""
    if with_title:
        page.label("WHY")
        page.item(f"{topic.title} ({topic.id})")
    for number, cause in enumerate(topic.causes if with_causes else (), 1):
        page.item(cause, lead="-  " if topic.guide else f"{number}  ")
    for number, step in enumerate(step_texts(topic, reading.machines), 1):
        if number == 1:
            page.label("STEPS")
        page.item(step, lead=f"{number}  ")
    _looks(page, advised, reading)
    _terraform(page, topic, values)
    for number, link in enumerate(topic.links):
        if number == 0:
            page.label("MORE")
        page.item(link.title)
        page.link(link.url)


def _looks(page: Page, advised: Advice, reading: Reading) -> None:
    for number, look in enumerate(advised.looks):
        if number == 0:
            page.label("LOOK")
        if page.choices[page.chosen] is look:
            page.chosen_line = len(page.lines)
        page.item(headed(look, reading.machines))
        if isinstance(look, ReadyCommand):
            page.command(look, page.column - 2)
        else:
            page.item(look.why, Look.QUIET)


def _terraform(page: Page, topic: Topic, values: Mapping[str, str]) -> None:
    text, why_not = terraform_offered(topic, values)
    if why_not:
        page.label("TERRAFORM")
        page.item(why_not, Look.QUIET)
    elif text:
        page.heading("TERRAFORM")
    for line in harmless_lines(text.strip()) if text else ():
        page.exact(line, indent=2)


def system_of(node: Node) -> System:
    """Return the node's operating system, from Systems Manager, else from EC2; ANY where neither names it."""
    reported = (node.ssm.platform_type if node.ssm else "") or (node.ec2.platform_details if node.ec2 else "")
    return system_named(reported)
