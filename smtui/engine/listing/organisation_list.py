"""Holds the organisation's list: nodes of many accounts, as they were when the data was collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.domain.ages import seconds_between
from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.node import Node, Sighting
from smtui.domain.place import Place

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.places.organisation_facts import OrganisationFacts, WayIn
    from smtui.engine.launcher import Launcher
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws

ASKED_SECONDS = 120.0
"""Between two questions for a node that its own Region does not list."""


async def list_organisation(launcher: Launcher) -> None:
    """List the organisation's nodes beside those of the chosen places, as the first of these sees them."""
    from smtui.domain.places.ways_in import ways_in

    fleet, catalog = launcher.fleet, launcher.place_book.catalog
    profiles = (await catalog.read()).profiles
    callers = {place: caller for place in fleet.places if (caller := fleet.caller(place)) is not None}
    await fleet.read_organisation(fleet.places[0], ways_in(profiles, callers, catalog.place_of))


class OrganisationList:
    """The nodes that one place sees of its organisation, each in the place through which one reaches it."""

    def __init__(self, source: Place, aws: Callable[[Place], Aws], way_in: WayIn) -> None:
        self.source = source
        self.fault: Fault | None = None
        self._aws = aws
        self._way_in = way_in
        self._ways: dict[tuple[str, str], Place | None] = {}
        self._nodes: defaultdict[Place, dict[str, OrganisationFacts]] = defaultdict(dict)
        self._asked: dict[tuple[Place, str], datetime] = {}

    async def read(self, off_loop: OffLoop, changed: Callable[[], None]) -> None:
        """Read all pages, and call `changed` after each. A failure is the list's fault; what has come stays."""

        def pages() -> Iterator[Sequence[OrganisationFacts]]:
            return self._aws(self.source).organisation_nodes()

        try:
            async for page in off_loop.stream(pages):
                for facts in page:
                    self._nodes[self._place(facts.account, facts.region)][facts.node_id] = facts
                changed()
        except AwsCallFailed as failed:
            self.fault = failed.fault
            changed()

    def _place(self, account: str, region: str) -> Place:
        """The place that leads there; for an account without one a place that no profile can have."""
        if (account, region) not in self._ways:
            self._ways[account, region] = self._way_in(account, region)
        return self._ways[account, region] or Place(f"({account})", region)

    @property
    def places(self) -> Collection[Place]:
        """The places that its nodes are in."""
        return self._nodes.keys()

    def node_ids(self, place: Place, listed: Collection[tuple[str, str]]) -> Iterator[str]:
        """The ids of the nodes there, without those of the accounts and Regions that are listed themselves."""
        for node_id, facts in self._at(place).items():
            if (facts.account, facts.region) not in listed:
                yield node_id

    def _at(self, place: Place) -> Mapping[str, OrganisationFacts]:
        return self._nodes.get(place, {})

    def node(self, place: Place, node_id: str, known: Node | None = None) -> Node | None:
        """The node with what else is known of it; None for one that is not in the list."""
        facts = self._at(place).get(node_id)
        if facts is None:
            return None
        account, region = facts.account, facts.region
        node = known or Node(node_id, place, account, region, None, Sighting.PENDING, None, Sighting.PENDING)
        no_way = self._ways[account, region] is None
        return replace(node, account=account, region=region, organisation=facts, no_way_in=no_way)

    def take_due(self, place: Place, node_id: str, now: datetime) -> bool:
        """Tell whether to ask for the node by itself: one that can be reached, at most once in `ASKED_SECONDS`."""
        key = (place, node_id)
        facts, asked = self._at(place).get(node_id), self._asked.get(key)
        if facts is None or self._ways[facts.account, facts.region] is None:
            return False
        if asked is not None and 0 <= seconds_between(asked, now) < ASKED_SECONDS:
            return False
        self._asked[key] = now
        return True

    def outcome(self) -> str:
        """What has come of the reading, in a sentence."""
        accounts = len({facts.account for here in self._nodes.values() for facts in here.values()})
        nodes = sum(map(len, self._nodes.values()))
        read = f"{nodes:,} node{'s' * (nodes != 1)} in {accounts:,} account{'s' * (accounts != 1)}"
        if self.fault is None:
            return f"The organisation's list: {read}, each as it was when AWS collected it."
        if self._nodes:
            return f"The organisation's list was read in part ({read}). {self.fault.sentence()}"
        return f"The organisation's list could not be read. {self.fault.sentence()}"
