"""What the screen says around the list: the header's facts, what could not be seen, why nothing is listed."""

from __future__ import annotations

from smtui.domain.ages import age
from smtui.domain.plugin_grade import PluginPick
from smtui.engine.fleet import Problem
from smtui.engine.launcher import Launcher
from smtui.topics.next_step import after_grade
from smtui.tui.nodes.emptiness import ListState, why_empty
from smtui.tui.nodes.headline import HeaderFacts, several
from smtui.tui.nodes.node_rows import NodeRows
from smtui.tunnels.tunnel import count_tunnels

_KEYS_HINT = "L runs it here, C copies it."


def _with_keys(problem: Problem) -> str:
    """Its sentence ends in the command of the sign-in where one helps."""
    return f"{problem.sentence()} ({_KEYS_HINT})" if problem.fault.sign_in else problem.sentence()


class Situation:
    """Reads the fleet and the rows; holds what neither knows."""

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

    def header(self) -> HeaderFacts:
        places, setup = self._fleet.places, self._launcher.setup
        read_at = self._fleet.complete_at
        tunnels = count_tunnels(self._launcher.tunnels.views())
        return HeaderFacts(
            who="demo" if setup.demo else several(place.profile or setup.default_profile for place in places),
            account=several(caller.account for place in places if (caller := self._fleet.caller(place))),
            regions=self._regions(),
            plugin=self.plugin,
            plugin_sought=self.plugin_sought,
            shown=len(self._rows.view),
            total=len(self._rows),
            filtered=bool(self.filter_text.strip()),
            age=age(read_at, self._fleet.clock()) if read_at else "",
            loading=self._fleet.loading,
            read_only=setup.read_only,
            tunnels=tunnels.words,
            failed_tunnels=f"{tunnels.failed} failed" if tunnels.failed else "",
        )

    def problems(self) -> list[str]:
        """What could not be seen and what keeps sessions from starting, with the next step each."""
        told = []
        for problem in self._fleet.problems():
            where = "/".join(part for part in (problem.place.profile, problem.place.region) if part)
            sentence = _with_keys(problem)
            told.append(f"{where}: {sentence}" if where and self.several_places else sentence)
        told += self._pending()
        if self.plugin is not None and not self.plugin.usable:
            told.append(f"No session can start. {self.plugin.complaint} {after_grade(self.plugin.grade)}")
        return told

    def why_empty(self) -> tuple[str, ...]:
        """No sentence while something is listed."""
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
        return len(self._fleet.places) > 1

    def _regions(self) -> str:
        return several(self._fleet.region(place) for place in self._fleet.places)
