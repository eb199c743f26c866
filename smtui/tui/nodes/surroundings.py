"""Says what stands around the list: place, count, what could not be read, why no node is listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.text import harmless
from smtui.tui.lists.count_words import Count
from smtui.tui.nodes.empty_words import ListState, why_empty
from smtui.tui.parts.empty_state import Emptiness
from smtui.tui.parts.shown_keys import key_of

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.query.misses import Miss
    from smtui.engine.launcher import Launcher
    from smtui.engine.listing.problem import Problem
    from smtui.tui.nodes.node_rows import NodeRows


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
        self._missed: tuple[tuple[object, ...], Miss | None] = ((), None)

    def words(self) -> tuple[tuple[str, ...], ...]:
        """Return who and where for the header, then shorter forms: profile, account and Region, or how many places."""
        words = self._place_words()
        if self._fleet.organisation is None:
            return words
        return tuple((*form, "and the organisation") for form in words[:1]) + words

    def _place_words(self) -> tuple[tuple[str, ...], ...]:
        if self.several_places:
            from smtui.tui.nodes.several_places import header_words

            return header_words(self._fleet.place_states(), self._who(), self._fleet.clock())
        who, account, regions = self.place()
        return (who, account, regions), (who, regions or account), (regions or account,)

    @property
    def waits_for_places(self) -> bool:
        """Whether some of several places are still waited for: the header turns its spinner."""
        if not (self.several_places and self._fleet.loading):
            return False
        return any(state.answered_at is None and state.is_read for state in self._fleet.place_states())

    def _who(self) -> str:
        """Return what a place without a profile is called."""
        return "demo" if self._launcher.setup.demo else self._launcher.setup.default_profile

    def place(self) -> tuple[str, str, str]:
        """Return who and where: profile, account and Region, each empty if it is not known."""
        places, unnamed = self._fleet.places, self._who()
        who = several(place.profile or unnamed for place in places)
        account = several(caller.account for place in places if (caller := self._fleet.caller(place)))
        return who, account, self._regions()

    def count(self) -> Count:
        """Return how many nodes are shown, and the age of the list."""
        read_at = self._fleet.complete_at
        return Count(
            shown=len(self._rows.view),
            total=len(self._rows) + self._coming(),
            filtered=bool(self.filter_text.strip()),
            marked=self._rows.marks,
            only="not ready" if self._rows.not_ready_only else "",
            age=age(read_at, self._fleet.clock()) if read_at else "",
            loading=self._fleet.loading or self._fleet.restoring,
        )

    def problems(self) -> list[str]:
        """Return what could not be read and what keeps sessions from starting, each with the next step."""
        found = []
        if self.several_places:
            from smtui.tui.nodes.several_places import place_problems

            states, ended = self._fleet.place_states(), self._sign_ins_ended()
            found += place_problems(states, self._fleet.problems(), self._who(), ended, self._fleet.clock())
        else:
            found += [*(_with_keys(problem) for problem in self._fleet.problems()), *self._pending()]
        if self.plugin is not None and not self.plugin.usable:
            from smtui.topics.next_step import after_grade

            found.append(f"No session can start. {self.plugin.complaint} {after_grade(self.plugin.grade)}")
        return found

    def _sign_ins_ended(self) -> Mapping[str, datetime]:
        """Return when sign-ins ended, by profile, as far as files were read for it."""
        states = self._launcher.place_book.catalog.states
        return {name: state.until for name, state in states.items() if state.until is not None}

    def why_empty(self) -> Emptiness:
        """Return why no node is listed, and what helps; nothing while one is."""
        if self._rows.view:
            return Emptiness()
        read_at, places = self._fleet.complete_at, self._fleet.places
        known = self._launcher.place_book.catalog.profiles
        return why_empty(
            ListState(
                total=len(self._rows),
                filter_text=self.filter_text,
                not_ready_only=self._rows.not_ready_only,
                miss=self._find_miss() if not self._coming() else None,
                coming=self._coming(),
                trouble=self.trouble,
                faults=[problem.fault for problem in self._fleet.problems()],
                reading=self._fleet.loading,
                asked=age(read_at, self._fleet.clock()) if read_at else "",
                caller=next((caller.arn for place in places if (caller := self._fleet.caller(place))), ""),
                profiles=self.place()[0],
                regions=self._regions(),
                looked_at=known.files,
                no_profiles=bool(known.files) and not known.profiles,
                elsewhere=self._elsewhere(),
                pending=self._pending(),
            )
        )

    def _elsewhere(self) -> Sequence[tuple[str, int]]:
        """Return the Regions that were listed before through these profiles, and had nodes."""
        profiles = {place.profile for place in self._fleet.places}
        states = self._fleet.place_states(earlier=True)
        found = {each.region: each.nodes for each in states if each.place.profile in profiles and each.nodes}
        return [(harmless(region), nodes) for region, nodes in found.items() if region]

    @property
    def mended_filter(self) -> str:
        """The filter with the term that no node has mended; empty where nothing is near it."""
        miss = None if self._rows.view or self._coming() else self._find_miss()
        return miss.mended(self.filter_text) if miss is not None and miss.near else ""

    def _coming(self) -> int:
        """How many nodes of the last known list are yet to come."""
        return max(0, self._fleet.expected - len(self._rows)) if self._fleet.restoring else 0

    def _find_miss(self) -> Miss | None:
        """Compare all nodes with the filter only when either has changed."""
        asked = (self.filter_text, len(self._rows), self._fleet.places)
        if asked != self._missed[0]:
            from smtui.domain.query.misses import find_miss

            query = self._rows.query
            self._missed = asked, find_miss(query, self._rows.haystacks) if query is not None else None
        return self._missed[1]

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
    """The problem's sentence, and the key for the sign-in in place of its command."""
    fault = problem.fault
    return (
        f"{fault.sentence()} {key_of('sign-in')} signs in."
        if fault.wants_sign_in and not fault.advice
        else problem.sentence()
    )
