"""Machines in memory that can be started."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.node import StopFacts
from smtui.domain.place import Place
from tests.engine.fakes import NOW, FakeAws


@dataclass
class FakePower:
    """Starts the machines of a FakeAws: they are pending afterwards."""

    aws: FakeAws
    refusal: Fault | None = None
    started: list[str] = field(default_factory=list)

    def power_at(self, place: Place) -> FakePower:
        return self

    def stop_facts(self, node_id: str) -> StopFacts | None:
        return StopFacts("stopped", "m6i.large", NOW - timedelta(days=3), "Client.UserInitiatedShutdown")

    def may_start(self, node_id: str) -> None:
        if self.refusal is not None:
            raise AwsCallFailed(self.refusal)

    def start_instance(self, node_id: str) -> None:
        self.may_start(node_id)
        self.started.append(node_id)
        self.become(node_id, "pending")

    def become(self, node_id: str, state: str) -> None:
        self.aws.machines = [
            [replace(each, state=state) if each.node_id == node_id else each for each in page]
            for page in self.aws.machines
        ]
