"""Evidence from an AWS whose answers are told one by one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from smtui.aws.evidence import BotoEvidence
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACCOUNT = "123456789012"


class ToldAws:
    """An evidence and, for each service, the stub of its client; every answer is checked against AWS's model."""

    def __init__(self, stack: ExitStack) -> None:
        places = BotoPlaces.fixed("http://127.0.0.1:9", "AKID", "secret", "eu-west-1")
        places._now = lambda: NOW
        self.evidence: BotoEvidence = places.evidence_at(Place())
        self._stack = stack
        self._stubs: dict[str, Stubber] = {}

    def of(self, service: str) -> Stubber:
        if service not in self._stubs:
            connection = self.evidence._connection
            stub = Stubber(connection.brief_client(connection.opened(), service))
            self._stubs[service] = self._stack.enter_context(stub)
        return self._stubs[service]

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
    """A denial is told as one, and names the permission that it takes."""
    fault = fault_of(ask)
    assert (fault.kind, fault.action) == (FaultKind.DENIED, action)


def by_filter(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}
