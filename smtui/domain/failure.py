"""What a user is told when something failed: the exact words first, then what they mean and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from smtui.domain.fault import Fault
from smtui.domain.text import harmless

_SHORT_IDS = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything the failure pane shows; every text is harmless for a terminal."""

    title: str
    """What did not happen: `The session on web-lost did not start`."""
    words: str
    """AWS's or the plugin's own message."""
    context: str
    """Which call, when, which request: `ssm:StartSession, 05:12:44 UTC, request 7f3a…`."""
    meaning: str
    next_step: str
    tail: tuple[str, ...] = ()
    """The last lines of the plugin's output."""

    def details(self) -> str:
        """All of it as plain lines, for the clipboard and for stderr."""
        lines = [
            f"{self.title}.",
            self.words,
            f"({self.context})" if self.context else "",
            self.meaning,
            self.next_step,
        ]
        if self.tail:
            lines += ["The plugin's last words:", *(f"  {line}" for line in self.tail)]
        return "\n".join(line for line in lines if line)


def from_fault(title: str, fault: Fault) -> Failure:
    """A failed AWS call as the user sees it."""
    words = ": ".join(part for part in (fault.code, fault.message) if part)
    context = [fault.action, f"{fault.at:%H:%M:%S} UTC"]
    if fault.request_id:
        context.append(f"request {fault.request_id[:_SHORT_IDS]}…")
    return Failure(
        title=harmless(title),
        words=harmless(words or fault.sentence()),
        context=harmless(", ".join(part for part in context if part)),
        meaning=harmless(fault.sentence()),
        next_step=harmless(fault.next_step()),
    )
