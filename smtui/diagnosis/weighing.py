"""What one result means beside the others: symptoms that a found cause explains, faults that live evidence outranks."""

from __future__ import annotations

from collections.abc import Sequence

from smtui.domain.check import CheckResult, Verdict
from smtui.domain.evidence.record import Evidence

SYMPTOMS = ("node.registered", "node.ping", "node.connection")
"""They fail because something else does: they wait for all others before they are called FAIL."""


def weighed(results: Sequence[CheckResult], evidence: Evidence) -> tuple[CheckResult, ...]:
    """The results of all checks, each as it stands beside the others."""
    return tuple(results)


def verdict(results: Sequence[CheckResult], evidence: Evidence) -> Verdict:
    """One sentence: the first broken link, how sure we are, what else is wrong, what could not be seen."""
    return Verdict("")
