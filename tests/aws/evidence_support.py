"""Evidence from an AWS whose answers are stubbed one by one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from smtui.aws.connection import Patience
from smtui.aws.places import BotoEvidence, BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACCOUNT = "123456789012"


class StubbedAws:
    """An evidence and, for each service, the stub of its client; every answer is checked against AWS's model."""

    def __init__(self, stack: ExitStack) -> None:
        places = BotoPlaces.fixed("http://127.0.0.1:9", "AKID", "secret", "eu-west-1")
        places._now = lambda: NOW
        self.evidence: BotoEvidence = places.evidence_at(Place())
        self._stack = stack
        self._stubs: dict[str, Stubber] = {}

    def of(self, service: str) -> Stubber:
        if service not in self._stubs:
            self._stubs[service] = self._stack.enter_context(Stubber(self.client(service)))
        return self._stubs[service]

    def client(self, service: str) -> Any:
        """The client that its calls use."""
        connection = self.evidence._connection
        return connection.client(connection.opened(), service, Patience.BRIEF)

    def answers(self, service: str, operation: str, answer: dict[str, Any], asked: dict[str, Any]) -> None:
        self.of(service).add_response(operation, answer, asked)

    def refuses(self, service: str, operation: str, code: str, message: str = "", status: int = 400) -> None:
        self.of(service).add_client_error(operation, code, message, http_status_code=status)

    def nothing_left(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


def fault_of(ask: Callable[[], Any]) -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        ask()
    return raised.value.fault


def check_denied(ask: Callable[[], Any], action: str) -> None:
    """A denial is reported as one, and names the permission that the call needs."""
    fault = fault_of(ask)
    assert (fault.kind, fault.action) == (FaultKind.DENIED, action)


def by_filter(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}
