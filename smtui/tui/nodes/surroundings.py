"""Says what stands around the list: place, count, what could not be read, why no node is listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.text import harmless
from smtui.tui.nodes.count_words import Count

if TYPE_CHECKING:
    from smtui.domain.plugin_grade import PluginPick
    from smtui.engine.fleet import Problem
    from smtui.engine.launcher import Launcher
    from smtui.tui.nodes.node_rows import NodeRows

_CLEAR = "esc  Clear the filter"
_CHECK = "t    Troubleshoot here"
_AGAIN = "r    Try again"
_KEYS_HINT = "L runs it here, C copies it."


@dataclass(frozen=True, slots=True)
class ListState:
    """What is known while no node is shown."""

    total: int
    """Nodes that are known, shown or not."""
    filter_text: str
    trouble: str
    """Why the list cannot be read at all; a sentence, or empty."""
    problems: Sequence[str]
    """What could not be read, as sentences."""
    reading: bool
    was_read: bool
    """Whether the list was read to its end at least once."""
    regions: str
    """The names of the Regions, separated by commas; empty until they are known."""
    pending: Sequence[str] = ()
    """Calls that have had no answer for unusually long, as sentences."""


class Surroundings:
    """Reads the fleet and the rows, and keeps what neither knows: the plugin, the filter and what went wrong."""

    def __init__(self, launcher: Launcher, rows: NodeRows) -> None:
        self._launcher = launcher
        self._fleet = launcher.fleet
        self._rows = rows
        self.plugin: PluginPick | None = None
        self.plugin_sought = False
        """Whether the plugin was looked for at least once."""
        self.trouble = ""
        """Why nothing can be read at all; a sentence."""
        self.filter_text = ""

    def place(self) -> tuple[str, str, str]:
        """Return who and where: profile, account and Region, each empty if it is not known."""
        places, setup = self._fleet.places, self._launcher.setup
        who = "demo" if setup.demo else several(place.profile or setup.default_profile for place in places)
        account = several(caller.account for place in places if (caller := self._fleet.caller(place)))
        return who, account, self._regions()

    def count(self) -> Count:
        """Return how many nodes are shown, and the age of the list."""
        read_at = self._fleet.complete_at
        return Count(
            shown=len(self._rows.view),
            total=max(len(self._rows), self._fleet.expected if self._fleet.restoring else 0),
            filtered=bool(self.filter_text.strip()),
            age=age(read_at, self._fleet.clock()) if read_at else "",
            loading=self._fleet.loading or self._fleet.restoring,
        )

    def problems(self) -> list[str]:
        """Return what could not be read and what keeps sessions from starting, each with the next step."""
        found = []
        for problem in self._fleet.problems():
            where = "/".join(part for part in (problem.place.profile, problem.place.region) if part)
            sentence = _with_keys(problem)
            found.append(f"{where}: {sentence}" if where and self.several_places else sentence)
        found += self._pending()
        if self.plugin is not None and not self.plugin.usable:
            from smtui.topics.next_step import after_grade

            found.append(f"No session can start. {self.plugin.complaint} {after_grade(self.plugin.grade)}")
        return found

    def why_empty(self) -> tuple[str, ...]:
        """Return why no node is listed, one sentence a line; empty while one is."""
        if self._rows.view:
            return ()
        return why_empty(
            ListState(
                total=len(self._rows),
                filter_text=self.filter_text,
                trouble=self.trouble,
                problems=[_with_keys(problem) for problem in self._fleet.problems()],
                reading=self._fleet.loading,
                was_read=self._fleet.complete_at is not None,
                regions=self._regions(),
                pending=self._pending(),
            )
        )

    def _pending(self) -> list[str]:
        now = self._fleet.clock()
        return [call.sentence(now) for call in self._fleet.pending()]

    @property
    def several_places(self) -> bool:
        """Whether nodes of more than one profile or Region are listed."""
        return len(self._fleet.places) > 1

    def _regions(self) -> str:
        return several(self._fleet.region(place) for place in self._fleet.places)


def several(names: Iterable[str]) -> str:
    """Join the distinct names in their order; leave out blanks."""
    return ", ".join(dict.fromkeys(harmless(name) for name in names if name))


def _with_keys(problem: Problem) -> str:
    """The problem's sentence, which ends in the sign-in's command where one helps, and the keys for that."""
    return f"{problem.sentence()} ({_KEYS_HINT})" if problem.fault.sign_in else problem.sentence()


def why_empty(state: ListState) -> tuple[str, ...]:
    """Return why no node is listed, one sentence a line, then the keys that help."""
    if state.total:
        return (f"No node matches  {state.filter_text.strip()}", _CLEAR)
    if state.trouble:
        return (state.trouble, _AGAIN)
    return _why_none_known(state) if state.was_read else _why_not_read(state)


def _why_not_read(state: ListState) -> tuple[str, ...]:
    if state.problems and not state.reading:
        return ("The nodes could not be read:", *state.problems, _CHECK, _AGAIN)
    return ("Reading the nodes …", *state.pending)


def _why_none_known(state: ListState) -> tuple[str, ...]:
    where = f" in {state.regions}" if state.regions else ""
    if state.problems:
        return (f"No nodes{where} could be read:", *state.problems, _CHECK, _AGAIN)
    return (
        f"No nodes{where}.",
        "Neither Systems Manager nor EC2 lists any.",
        _AGAIN,
        "Another Region or profile may have some: start smtui with --region or --profile.",
    )
