"""The values of the list of capabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ADVICE_IS_TOLD = "tests/topics/test_sources.py::test_one_entry_tells_the_statement_in_every_shell"
NODE_IS_NAMED = "tests/cli/test_doctor_table.py::test_a_broken_node_is_named_for_what_is_planted"
SWITCH_IS_NAMED = "tests/cli/test_doctor_table.py::test_a_switch_of_the_region_is_named"
FIX_MENDS_NODE = "tests/end_to_end/test_mending.py::test_the_marked_fix_mends_the_node_or_bares_the_next_cause"
FIX_MENDS_ACCOUNT = "tests/end_to_end/test_mending.py::test_the_marked_fix_mends_the_account"

ISSUE_14 = ("sessions", "logs", "audit", "notification rule", "rules in words", "preferences form")
"""The features of issue 14 that a text names."""


@dataclass(frozen=True)
class Capability:
    """Something that the text names and smtui must be able to do."""

    id: str
    heading: str
    """The heading of the text that names it."""
    can: str
    """What smtui can do, beginning with the verb."""
    proved_by: tuple[str, ...] = ()
    """Tests, as `file::function` or `file::Class::function`. None is needed if the rest of the entry names some."""
    advice: tuple[str, ...] = ()
    """Topics that tell the part that is advice; statements of the same text lead to them."""
    nodes: tuple[str, ...] = ()
    """Nodes of the demo with this fault: the doctor names exactly it."""
    switches: tuple[str, ...] = ()
    """Switches of the demo's account with this fault: the doctor names exactly it."""
    is_mended: bool = True
    """Whether the doctor's marked fix mends all of these when the AWS CLI runs it; some need a hand on the node."""
    issue_14: str = ""
    """The feature of issue 14 that brings it."""

    @property
    def tests(self) -> tuple[str, ...]:
        """Every test that proves it."""
        also = {
            ADVICE_IS_TOLD: self.advice,
            NODE_IS_NAMED: self.nodes,
            SWITCH_IS_NAMED: self.switches,
            FIX_MENDS_NODE: self.nodes if self.is_mended else (),
            FIX_MENDS_ACCOUNT: self.switches if self.is_mended else (),
        }
        return (*self.proved_by, *(test for test, named in also.items() if named))


@dataclass(frozen=True)
class Document:
    """One of the five texts."""

    source: str
    """Its name in `SOURCES` of `tests/topics/statements.py`; with dashes, its file."""
    headings: tuple[str, ...]
    """In their order. One that occurs twice stands behind the heading above it: `ABOVE > HEADING`."""
    capabilities: tuple[Capability, ...]
    nothing: Mapping[str, str] = field(default_factory=dict)
    """Headings without anything for a launcher to do, and why."""
    releases: Mapping[str, str] = field(default_factory=dict)
    """Releases of AWS's plugin that the text lists -> the capability that they brought, or why there is none."""
