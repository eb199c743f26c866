"""Makes the state of each account and Region of the simulated cloud when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from smtui.demo.account.account import Account
from smtui.demo.account.region_state import RegionState
from smtui.demo.account.switched_fleet import SwitchedFleet
from smtui.demo.story.place_fleets import nodes_at
from smtui.demo.story.simulated_fleet import Fleet

if TYPE_CHECKING:
    from smtui.demo.story.account_facts import DemoPlace
    from smtui.demo.story.region_faults import Faults


class ChannelAddresses(Protocol):
    """The addresses of one place's data channel."""

    def stream_url(self, session_id: str) -> str:
        """The StreamUrl of a session."""

    def tunnel_host(self) -> str:
        """Host and port of the EC2 Instance Connect Endpoints."""


class DemoStates:
    """The state of every place; safe to use from any thread."""

    def __init__(
        self,
        home: RegionState,
        faults: Faults,
        channel_of: Callable[[RegionState], ChannelAddresses],
        common: Mapping[str, Any],
    ) -> None:
        """`home` is the state of the story's own place, `common` are the fields that every other state shares with it.

        `channel_of` returns the running data channel of a place.
        """
        self._faults = faults
        self._channel_of = channel_of
        self._common = common
        self._lock = threading.Lock()
        self._accounts = {home.place.account: home.account}
        self._states = {home.place: home}

    def at(self, place: DemoPlace) -> RegionState:
        """The same state for the same place, each time."""
        with self._lock:
            if place not in self._states:
                self._states[place] = self._made(place)
            return self._states[place]

    def close(self) -> None:
        """Ends what Run Command has started anywhere."""
        with self._lock:
            states = list(self._states.values())
        for state in states:
            state.commands.close()

    def _made(self, place: DemoPlace) -> RegionState:
        account = self._accounts.setdefault(place.account, Account(place.account))
        nodes = nodes_at(place)
        # The switches are those of the story's own place.
        fleet = SwitchedFleet(Fleet(nodes), frozenset, account) if nodes else Fleet()
        return RegionState(
            place,
            fleet,
            lambda session_id: self._channel_of(self.at(place)).stream_url(session_id),
            tunnel_host=lambda: self._channel_of(self.at(place)).tunnel_host(),
            denies=partial(self._faults.denies, place=place),
            account=account,
            **self._common,
        )
