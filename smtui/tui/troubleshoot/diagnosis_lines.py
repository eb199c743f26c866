"""Writes the text beside the chain, line by line: a check with evidence and fix, or the overview."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis
from smtui.domain.text import harmless, harmless_lines
from smtui.topics.failure import Failure
from smtui.topics.machines import Machines
from smtui.topics.topic import ReadyCommand, Topic, WithheldCommand, terraform_offered
from smtui.topics.topic_text import (
    LOOKING,
    NO_ADVICE,
    Advice,
    advice,
    consequences,
    headed,
    step_texts,
)
from smtui.tui.parts.cells import chop, wrap
from smtui.tui.parts.row_table import Look
from smtui.tui.troubleshoot.check_rows import LOOKS

_INDENT = 2
_CHOSEN = "▌"
_OTHER_CAUSES = "Other possible causes"
_BREAKABLE = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Harmless text and how it is drawn."""

    text: str
    look: Look = Look.PLAIN
    strong: bool = False
    url: str = ""
    """The link that a terminal opens from this piece, if any; always the whole link."""


Line = tuple[Piece, ...]


@dataclass
class Page:
    """Lines of at most `width` cells, and the commands in them that can be copied."""

    width: int
    lines: list[Line] = field(default_factory=list)
    commands: list[ReadyCommand] = field(default_factory=list)
    command_lines: list[int] = field(default_factory=list)
    """The line at which each command begins."""
    withheld: list[WithheldCommand] = field(default_factory=list)

    def gap(self) -> None:
        """Add an empty line, unless the last one is empty."""
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def write(
        self, text: str, look: Look = Look.PLAIN, *, indent: int = 0, lead: str = "", strong: bool = False
    ) -> None:
        """Add a paragraph; `lead` stands before its first line."""
        deep = indent + cell_len(lead)
        for number, line in enumerate(wrap(harmless(text), max(1, self.width - deep))):
            before = " " * indent + lead if number == 0 else " " * deep
            self.lines.append((Piece(before, Look.QUIET), Piece(line, look, strong)))

    def title(self, text: str) -> None:
        """Add a heading."""
        self.gap()
        self.write(text, Look.ACCENT)

    def exact(self, text: str, look: Look = Look.PLAIN, *, indent: int = 0, strong: bool = False) -> None:
        """Add text that loses nothing but the blanks at the ends of lines; broken only where it must be."""
        for line in break_exactly(text, max(1, self.width - indent)):
            self.lines.append((Piece(" " * indent), Piece(line.rstrip(), look, strong)))

    def link(self, url: str) -> None:
        """Add a link in one line, indented less if it must be; cut only if no line can hold it."""
        url = harmless(url)
        indent = max(0, min(_INDENT, self.width - cell_len(url)))
        for piece in chop(url, max(1, self.width - indent)):
            self.lines.append((Piece(" " * indent), Piece(piece, Look.QUIET, url=url)))

    def text(self) -> str:
        """Return the page as plain text."""
        return "\n".join("".join(piece.text for piece in line).rstrip() for line in self.lines)


def break_exactly(text: str, width: int) -> list[str]:
    """Break harmless text into lines of at most `width` cells, which joined give the text again."""
    lines = [""]
    for word in _BREAKABLE.findall(text):
        if lines[-1] and cell_len(lines[-1] + word.rstrip()) > width:
            lines.append("")
        first, *more = chop(lines[-1] + word, width) if cell_len(word.rstrip()) > width else [lines[-1] + word]
        lines[-1] = first
        lines += more
    return lines


# The pages ---------------------------------------------------------------------------------------


def check_page(
    code: str,
    diagnosis: Diagnosis,
    topic: Topic | None,
    machines: Machines,
    chosen: int,
    width: int,
    failure: Failure | None = None,
) -> Page:
    """Write one check: `topic` fixes it, `chosen` is the selected command, `failure` what it explains, if anything."""
    page = Page(width)
    result = diagnosis.result(code)
    if result is None:
        page.lines.append((Piece(code, strong=True), Piece("  · waiting", Look.QUIET)))
        page.gap()
        page.write("Waiting for its evidence.", Look.QUIET)
        return page
    look = LOOKS[result.status]
    page.lines.append((Piece(code, strong=True), Piece(f"  {result.status.mark} {result.status.value}", look, True)))
    page.gap()
    page.write(result.finding, strong=result.status in (CheckStatus.FAIL, CheckStatus.WARN))
    advised = _advice(diagnosis, result, topic, machines)
    _fixes(page, advised, machines, chosen)
    if result.evidence:
        page.title("Evidence")
        for line in result.evidence:
            page.write(line, indent=_INDENT)
    if topic is not None:
        _explanation(page, topic, diagnosis.values_of(result), advised, machines, chosen)
    if failure is not None:
        _causes(page, _OTHER_CAUSES, failure, None)
    return page


def _advice(diagnosis: Diagnosis, result: CheckResult, topic: Topic | None, machines: Machines) -> Advice:
    if topic is None:
        return NO_ADVICE
    return advice(topic, diagnosis.values_of(result), machines, result.each)


def overview_page(
    failure: Failure | None,
    diagnosis: Diagnosis,
    topic: Topic | None,
    machines: Machines,
    chosen: int,
    width: int,
    found: str = "",
) -> Page:
    """Write what failed, in its own words, and `topic`, the most likely help; then the verdict over all checks.

    `found` is the check that explains the failure: its fix replaces the topic's guesses, which follow below. What grows
    while the checks run stands below what does not.
    """
    page = Page(width)
    if failure is not None:
        _failure(page, failure)
    cause = diagnosis.result(found) if found else None
    if failure is not None and cause is None:
        _causes(page, "Most likely causes", failure, topic)
    if topic is not None:
        known = {**diagnosis.values, **(failure.values if failure is not None else {})}
        if cause is not None:
            page.title(f"Cause found: {cause.code}")
            page.write(cause.finding, indent=_INDENT, strong=True)
            known, each = {**known, **cause.values}, cause.each
        else:
            each = ()
        advised = advice(topic, known, machines, each)
        _fixes(page, advised, machines, chosen)
        _explanation(page, topic, known, advised, machines, chosen, with_causes=False)
    if failure is not None and cause is not None:
        _causes(page, _OTHER_CAUSES, failure, None)
    page.gap()
    if diagnosis.verdict is not None:
        page.write(diagnosis.verdict.sentence, strong=True)
    elif failure is None:
        page.write("Results appear as their evidence arrives. The checks only read.", Look.QUIET)
    _listed(page, "Problems", diagnosis.results, {CheckStatus.FAIL, CheckStatus.WARN})
    _listed(page, "Not seen", diagnosis.results, {CheckStatus.UNKNOWN})
    return page


def _failure(page: Page, failure: Failure) -> None:
    page.write(failure.words, strong=True)
    if failure.context:
        page.write(f"({failure.context})", Look.QUIET)
    for text in failure.explanation():
        page.write(text)
    if failure.tail:
        page.title("Last output of the plugin")
        for line in failure.tail:
            page.exact(harmless(line), Look.QUIET, indent=_INDENT)


def _causes(page: Page, title: str, failure: Failure, topic: Topic | None) -> None:
    """Write the causes of such a failure, most likely first; the topic's own if the failure has none."""
    causes = failure.causes or (topic.causes if topic is not None else ())
    for number, cause in enumerate(causes, 1):
        if number == 1:
            page.title(title)
        page.write(cause, indent=_INDENT, lead=f"{number}  ")


def _listed(page: Page, title: str, results: Iterable[CheckResult], statuses: set[CheckStatus]) -> None:
    found = [result for result in results if result.status in statuses]
    if not found:
        return
    page.title(title)
    for result in found:
        head = (Piece(" " * _INDENT), Piece(f"{result.status.mark} {result.code}", LOOKS[result.status], True))
        page.lines.append(head)
        page.write(result.finding, indent=2 * _INDENT)


# The fix -----------------------------------------------------------------------------------------


def _fixes(page: Page, advised: Advice, machines: Machines, chosen: int) -> None:
    """Write the fixes, the least invasive first, each with what it changes and what could go wrong."""
    for number, command in enumerate(advised.fixes):
        if number == 0:
            page.title("Fix")
            page.write("← → selects a command, c copies it", Look.QUIET, indent=_INDENT)
        page.gap()
        _command(page, command, machines, chosen)


def _explanation(
    page: Page,
    topic: Topic,
    values: Mapping[str, str],
    advised: Advice,
    machines: Machines,
    chosen: int,
    *,
    with_causes: bool = True,
) -> None:
    """Write the topic: its causes and steps, commands that only read, Terraform, links."""
    page.title("Explanation")
    page.write(f"{topic.title} ({topic.id})", indent=_INDENT, strong=True)
    for number, cause in enumerate(topic.causes if with_causes else (), 1):
        if number == 1:
            page.gap()
            page.write(topic.causes_heading, Look.QUIET, indent=_INDENT)
        page.write(cause, indent=_INDENT, lead="-  " if topic.guide else f"{number}  ")
    _steps(page, step_texts(topic, machines))
    for number, command in enumerate(advised.looks):
        if number == 0:
            page.title(LOOKING)
        _command(page, command, machines, chosen)
    _terraform(page, topic, values)
    for number, link in enumerate(topic.links):
        if number == 0:
            page.title("Read more")
        page.write(link.title, indent=_INDENT)
        page.link(link.url)


def _steps(page: Page, steps: Iterable[str]) -> None:
    for number, step in enumerate(steps, 1):
        if number == 1:
            page.gap()
            page.write("What to do", Look.QUIET, indent=_INDENT)
        page.write(step, indent=_INDENT, lead=f"{number}  ")


def _command(page: Page, command: ReadyCommand | WithheldCommand, machines: Machines, chosen: int) -> None:
    if isinstance(command, WithheldCommand):
        page.write(headed(command, machines), indent=_INDENT)
        page.write(command.why, Look.QUIET, indent=2 * _INDENT)
        page.withheld.append(command)
        return
    number = len(page.commands)
    begins = len(page.lines)
    page.write(headed(command, machines), indent=_INDENT)
    for line in command.lines:
        page.exact(harmless(line), Look.ACCENT, indent=2 * _INDENT, strong=number == chosen)
    if number == chosen:
        page.lines[begins:] = [_marked(line) for line in page.lines[begins:]]
    for text in consequences(command):
        page.write(text, Look.QUIET, indent=2 * _INDENT)
    page.commands.append(command)
    page.command_lines.append(begins)


def _marked(line: Line) -> Line:
    first, *rest = line
    return (Piece(_CHOSEN, Look.ACCENT), Piece(first.text[1:], first.look), *rest)


def _terraform(page: Page, topic: Topic, values: Mapping[str, str]) -> None:
    text, why_not = terraform_offered(topic, values)
    if text or why_not:
        page.title("Terraform")
    if why_not:
        page.write(why_not, Look.QUIET, indent=_INDENT)
    for line in harmless_lines(text.strip()) if text else ():
        page.exact(line, indent=_INDENT)
