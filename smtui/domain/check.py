"""What one check found out, and what all of them together say: the words of troubleshooting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NO_VALUES: Mapping[str, str] = MappingProxyType({})


class CheckStatus(StrEnum):
    PASS = "PASS"  # noqa: S105 - a result, not a password
    WARN = "WARN"
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    """Could not be seen; the finding names the missing permission or the call that failed."""
    SKIPPED = "SKIPPED"
    """Does not apply; the finding says why."""

    @property
    def mark(self) -> str:
        """One cell that says it without colour."""
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


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One judged check. Texts may hold AWS's words: whoever shows them makes them harmless."""

    code: str
    """Stable: `layer.name`, such as `path.route`."""
    status: CheckStatus
    finding: str
    """One sentence."""
    evidence: tuple[str, ...] = ()
    """What it was judged from, a line each, with the call that told it: `ec2:DescribeRouteTables: rtb-… has …`."""
    topic: str = ""
    """The id of the topic that fixes it; empty where nothing need be fixed."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    """What only this check knows of the topic's placeholders, such as `endpoint_id`; see `topic.PLACEHOLDERS`."""

    @property
    def layer(self) -> Layer:
        return Layer(self.code.partition(".")[0])

    @property
    def name(self) -> str:
        return self.code.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sentence over all results."""

    sentence: str
    code: str = ""
    """The check that the sentence is about; empty where nothing is broken."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything judged so far."""

    target: str
    """The node's id; empty when only this machine was examined."""
    results: tuple[CheckResult, ...]
    """In the order of the chain."""
    pending: tuple[str, ...] = ()
    """Codes of the checks that still wait for evidence, in the order of the chain."""
    verdict: Verdict | None = None
    """None while checks are pending."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    """The topics' placeholders as far as the evidence tells them; a result's own values come first."""

    def result(self, code: str) -> CheckResult | None:
        return next((result for result in self.results if result.code == code), None)
