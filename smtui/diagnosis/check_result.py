"""Defines the results of checks and the verdict over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from smtui.topics.topic import NO_VALUES


class CheckStatus(StrEnum):
    """How a check ended."""

    PASS = "PASS"  # noqa: S105 - a result, not a password
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    """Could not be seen; the finding names the missing permission or the call that failed."""
    SKIPPED = "SKIPPED"
    """Does not apply; the finding says why."""

    @property
    def mark(self) -> str:
        """The symbol for it, one cell wide, so that colour is not needed."""
        return _MARKS[self]


_MARKS: Mapping[CheckStatus, str] = MappingProxyType(
    {
        CheckStatus.PASS: "✓",
        CheckStatus.WARN: "!",
        CheckStatus.FAIL: "✕",
        CheckStatus.UNKNOWN: "?",
        CheckStatus.SKIPPED: "–",
    }
)


class Layer(StrEnum):
    """The links of the chain, nearest first."""

    LOCAL = "local"
    NODE = "node"
    IDENTITY = "identity"
    PATH = "path"
    HANDSHAKE = "handshake"
    PREFERENCES = "preferences"


SYMPTOMS = ("node.registered", "node.ping", "node.connection")
"""Checks that fail because something else does: they stay pending until all others are known."""


class Certainty(StrEnum):
    """What a check that did not pass means for sessions on the node."""

    CERTAIN = "certain"
    """No session can start, and what was read proves it. Only a FAIL can be certain."""
    LIKELY = "likely"
    """It may be why sessions do not start."""
    ASIDE = "aside"
    """Sessions can start in spite of it."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One judged check. Texts may hold AWS's words: whoever shows them makes them harmless."""

    code: str
    """Stable: `layer.name`, such as `path.route`."""
    status: CheckStatus
    finding: str
    """One sentence."""
    evidence: tuple[str, ...] = ()
    """What it was judged from, a line each, beginning with the call: `ec2:DescribeRouteTables: rtb-… has …`."""
    topic: str = ""
    """The id of the topic that helps; empty where nothing has to be fixed."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    """Values that only this check knows of the topic's placeholders (`topic.PLACEHOLDERS`), such as `endpoint_id`."""
    each: tuple[Mapping[str, str], ...] = ()
    """The same for each resource that needs a fix of its own."""
    certainty: Certainty = Certainty.LIKELY

    def __post_init__(self) -> None:
        if self.certainty is Certainty.CERTAIN and self.status is not CheckStatus.FAIL:
            raise ValueError(f"{self.code} is {self.status}, and only a FAIL can be certain")

    @property
    def layer(self) -> Layer:
        """The part of the code before the dot."""
        return Layer(self.code.partition(".")[0])

    @property
    def name(self) -> str:
        """The part of the code after the dot."""
        return self.code.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence over all results."""

    sentence: str
    code: str = ""
    """The check that the sentence is about; empty where nothing is broken."""
    can_start: bool | None = None
    """Whether a session can start; None where nobody can tell."""
    certain: bool = False
    """Whether what was read proves `can_start`."""
    headline: str = ""
    """The verdict without node and finding: `Cannot be reached · certain`."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything judged so far."""

    target: str
    """The node's id; empty when only this machine was examined."""
    results: tuple[CheckResult, ...]
    """In the order of the chain."""
    pending: tuple[str, ...] = ()
    """Codes of the checks that are still waiting for evidence, in the order of the chain."""
    verdict: Verdict | None = None
    """None while checks are pending."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    """Values of the topics' placeholders, from the evidence; a result's own values come first."""

    def values_of(self, result: CheckResult) -> Mapping[str, str]:
        """All placeholders known for this check's topic."""
        return {**self.values, **result.values}

    def result(self, code: str) -> CheckResult | None:
        """The result of the check with this code; None while it is pending."""
        return next((result for result in self.results if result.code == code), None)
